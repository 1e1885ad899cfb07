"""Pages to assemble, and what programs that are not ours see of the file: poppler draws, pdftotext reads."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from PIL import Image

from ocr import Box, Line, Reading, Word
from ocr.geometry import frame_size
from pipeline.assembly import AssembledPage, assemble

MARK = (200.0, 40.0)
DPI = 200


def reading(
    size: tuple[int, int], *lines: Line, rotation: int = 0, skew: float = 0.0, dpi: float = DPI, frame_dpi: float = DPI
) -> Reading:
    """The reading of an upright picture of *size* pixels."""
    width, height = frame_size(*size, dpi=(dpi, dpi), frame_dpi=frame_dpi, turn=rotation + skew)
    return Reading(rotation, 1.0, "osd", skew, width, height, frame_dpi, lines, "by hand")


def word(text: str, left: float, top: float, right: float, bottom: float) -> Word:
    return Word(text, Box(left, top, right, bottom), 0.9)


def line(*words: Word, baseline: tuple[float, float, float, float] | None = None) -> Line:
    return Line(words, Box.around(tuple(each.box for each in words)), baseline)


def page_of(
    picture: Image.Image, read: Reading | None = None, *, jpeg: bytes | None = None, **more: Any
) -> AssembledPage:
    dpi = more.pop("dpi", (float(DPI), float(DPI)))
    return AssembledPage(picture, jpeg, dpi, more.pop("exif", 1), read or reading(picture.size))


def built(folder: Path, *pages: AssembledPage, title: str = "TP01", mark: tuple[float, float] = MARK) -> Path:
    target = folder / "made.pdf"
    readings = [page.reading for page in pages]
    assemble(iter(pages), readings, target, title=title, agency="UBND phường Tuy Phước", mark_shapes=[mark])
    return target


def drawn(path: Path, dpi: int = DPI, page: int = 1) -> Image.Image:
    which = ["-f", str(page), "-l", str(page)]
    done = subprocess.run(["pdftoppm", "-r", str(dpi), *which, "-png", path], capture_output=True, check=True)
    assert done.stderr == b""
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


def scanned(path: Path, size: tuple[int, int], dpi: int = DPI) -> Image.Image:
    """The part of page 1 where the scan is, *size* dots: its lower left; room for the mark may be beside and above."""
    seen = drawn(path, dpi)
    return seen.crop((0, seen.height - size[1], size[0], seen.height))


def bytes_of_image(path: Path) -> bytes:
    with pikepdf.open(path) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        return bytes(image.read_raw_bytes())


def marked(width: int = 480, height: int = 320, mode: str = "RGB") -> Image.Image:
    """White paper with a different colour in each of three corners, so that no turn of it looks like another."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[: height // 4, : width // 4] = (200, 0, 0)
    pixels[: height // 4, -width // 6 :] = (0, 120, 0)
    pixels[-height // 6 :, : width // 8] = (0, 0, 160)
    return Image.fromarray(pixels).convert(mode)


def jpeg_of(picture: Image.Image, **save: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90, dpi=(DPI, DPI), **save)
    return buffer.getvalue()


def far_apart(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures seen from far away, 0 to 255."""
    seen = [np.asarray(each.convert("RGB").resize((48, 48), Image.Resampling.BOX), np.float64) for each in (one, other)]
    return float(np.abs(seen[0] - seen[1]).mean())


def stored_as(upright: Image.Image, orientation: int) -> Image.Image:
    """The picture that a camera stores with *orientation* when *upright* is meant (EXIF 2.32, 4.6.5)."""
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    return upright if undo is None else upright.transpose(undo)


def lines_of(texts: Sequence[str], *, per_line: int = 4, top: float = 160) -> list[Line]:
    """Words 285 dots wide, 15 apart, in lines 30 dots high, on an A4 page at 200 dpi."""
    words = []
    for at, text in enumerate(texts):
        left, above = 100 + 300 * (at % per_line), top + 40 * (at // per_line)
        words.append(word(text, left, above, left + 285, above + 30))
    return [line(*words[at : at + per_line]) for at in range(0, len(words), per_line)]


def a4(*lines: Line) -> AssembledPage:
    picture = Image.new("1", (1654, 2339), 1)
    return page_of(picture, reading(picture.size, *lines))
