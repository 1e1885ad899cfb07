"""Reading and assembling see the same page: whatever a file is, both turn it the same way up on the same paper."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from assembly_helpers import stored_as
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from ocr import Reading, ScriptedEngine, unread_page
from pipeline.errors import Fault
from pipeline.pictures import PageFacts
from pipeline.stage import Bench, Made
from pipeline.stages import assemble, intake, read
from pipeline.stages.read import page_array
from pipeline.stages.seal import mark_of, seal, shapes_of
from signing import development_identity

DPI = 200
WHEN = datetime(2026, 11, 20, 3, tzinfo=UTC)


def bench() -> Bench:
    return Bench(ScriptedEngine)


def marked(width: int = 480, height: int = 400) -> Image.Image:
    """White paper with a different shade in each of three corners, so that no turn of it looks like another."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[: height // 4, : width // 4] = 0
    pixels[: height // 4, -width // 6 :] = 90
    pixels[-height // 6 :, : width // 8] = 160
    return Image.fromarray(pixels)


def stored(kind: str, orientation: int) -> bytes:
    """A file that means `marked` and says by its orientation how it lies."""
    picture = stored_as(marked(), orientation)
    buffer = io.BytesIO()
    if kind == "TIFF":
        picture.save(buffer, "TIFF", dpi=(DPI, DPI), tiffinfo={274: orientation})
    else:
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture.save(buffer, kind, dpi=(DPI, DPI), exif=exif)
    return buffer.getvalue()


def gated(path: Path) -> Mapping[str, Any]:
    return intake.run([path], {}, path.parent, bench()).facts


def unread(facts: PageFacts) -> Reading:
    sides = (facts.width, facts.height) if facts.exif < 5 else (facts.height, facts.width)
    return unread_page(*sides, dpi=(facts.dpi_x, facts.dpi_y), engine="none", failure="engine-failed")


def assembled(folder: Path, *paths: Path) -> Path:
    return made(folder, *paths).files[0].path


def made(folder: Path, *paths: Path, shapes: Sequence[tuple[float, float]] = ((20.0, 5.0),)) -> Made:
    """Take every page of *paths* through the gate and into one file, unread."""
    pages, readings = [], []
    for number, path in enumerate(paths):
        gate = gated(path)
        for index, page in enumerate(gate["pages"]):
            pages.append({"file": number, "index": index, "media": gate["media"], "page": page})
            target = folder / f"reading-{number}-{index}.json"
            target.write_bytes(unread(PageFacts.from_json(page)).to_json())
            readings.append(target)
    params = {"pages": pages, "title": "TP01", "agency": "UBND", "mark_shapes": [list(shape) for shape in shapes]}
    return assemble.run([*paths, *readings], params, folder, bench())


def scanned(path: Path, page: int = 1, size: tuple[int, int] = (480, 400)) -> Image.Image:
    """The part of a page where the scan is, *size* dots: its lower left; room for the mark may be beside and above."""
    command = ["pdftoppm", "-r", str(DPI), "-f", str(page), "-l", str(page), "-gray", path]
    seen = Image.open(io.BytesIO(subprocess.run(command, capture_output=True, check=True).stdout))
    return seen.crop((0, seen.height - size[1], size[0], seen.height))


def far_apart(one: Image.Image, other: Image.Image) -> float:
    seen = [np.asarray(each.convert("L").resize((48, 48), Image.Resampling.BOX), np.float64) for each in (one, other)]
    return float(np.abs(seen[0] - seen[1]).mean())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_read_and_filed_the_way_up_that_it_says(tmp_path: Path, kind: str, orientation: int) -> None:
    # Pillow turns a TIFF when it loads it and leaves the others to us: turned twice or not at all, the words would
    # stand on another page than the one that is filed.
    path = tmp_path / "scan"
    path.write_bytes(stored(kind, orientation))
    facts = PageFacts.from_json(gated(path)["pages"][0])
    media = {"JPEG": "image/jpeg", "PNG": "image/png", "TIFF": "image/tiff"}[kind]
    with page_array(path, media, 0, facts) as picture:
        assert far_apart(Image.fromarray(picture), marked()) < 3
    assert far_apart(scanned(assembled(tmp_path, path)), marked()) < 3


def test_each_page_of_a_tiff_lies_as_it_says(tmp_path: Path) -> None:
    # A sheet feeder with a tablet in the middle of the batch: one page on its side among others.
    path = tmp_path / "scan.tif"
    with AppendingTiffWriter(str(path), new=True) as writer:
        for orientation in (1, 6, 3, 8):
            writer.write(stored("TIFF", orientation))
            writer.newFrame()
    pages = [PageFacts.from_json(page) for page in gated(path)["pages"]]
    for index, facts in enumerate(pages):
        with page_array(path, "image/tiff", index, facts) as picture:
            assert far_apart(Image.fromarray(picture), marked()) < 3
    filed = assembled(tmp_path, path)
    assert all(far_apart(scanned(filed, number), marked()) < 3 for number in (1, 2, 3, 4))


def test_a_page_on_its_side_whose_dots_are_not_square_keeps_its_shape(tmp_path: Path) -> None:
    # 480 × 400 dots at 400 × 200 dpi are 1.2 × 2 inches; on its side 2 × 1.2.
    for kind in ("TIFF", "JPEG"):
        path = tmp_path / "scan"
        if kind == "TIFF":
            marked().save(path, kind, dpi=(400, 200), tiffinfo={274: 6})
        else:
            exif = Image.Exif()
            exif[0x0112] = 6
            marked().save(path, kind, dpi=(400, 200), exif=exif)
        turned = marked().transpose(Image.Transpose.ROTATE_270)
        (page,) = gated(path)["pages"]
        assert (page["dpi_x"], page["dpi_y"]) == (200, 400)
        assert far_apart(scanned(assembled(tmp_path, path), size=(400, 240)), turned) < 3


def modes() -> dict[str, tuple[str, Image.Image]]:
    """Pictures that all mean `marked`, by the way they are stored."""
    grey = marked()
    pixels = np.asarray(grey)
    clear = np.zeros((*pixels.shape, 2), np.uint8)
    clear[..., 1] = 255 - pixels  # black ink on nothing
    ink = Image.fromarray(clear)
    deep = pixels.astype(np.uint16) * 257
    return {
        "grey": ("PNG", grey),
        "palette": ("PNG", grey.quantize(16)),
        "ink on nothing": ("PNG", ink),
        "coloured ink on nothing": ("PNG", ink.convert("RGBA")),
        "16 bits": ("PNG", Image.fromarray(deep)),
        "16 bits, low byte first": ("TIFF", Image.fromarray(deep)),
        "16 bits, high byte first": ("TIFF", Image.fromarray(deep.astype(">u2"))),
        "for print": ("TIFF", grey.convert("RGB").convert("CMYK")),
    }


@pytest.mark.parametrize("name", list(modes()))
def test_a_picture_is_read_as_it_is_seen(tmp_path: Path, name: str) -> None:
    # What the engine sees decides everything (traps.md): black ink on nothing is no black page.
    kind, picture = modes()[name]
    path = tmp_path / "scan"
    picture.save(path, kind, dpi=(DPI, DPI))
    facts = gated(path)
    with page_array(path, facts["media"], 0, PageFacts.from_json(facts["pages"][0])) as pixels:
        assert pixels.dtype == np.uint8
        assert pixels.ndim in {2, 3}
        assert far_apart(Image.fromarray(pixels), marked()) < 5
    assert far_apart(scanned(assembled(tmp_path, path)), marked()) < 5


def test_the_jpeg_of_a_scan_is_filed_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "scan.jpg"
    marked().save(path, "JPEG", dpi=(DPI, DPI))
    with pikepdf.open(assembled(tmp_path, path)) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert bytes(image.read_raw_bytes()) == path.read_bytes()


def test_the_jpeg_inside_a_scanners_pdf_is_filed_byte_for_byte(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    marked().save(buffer, "JPEG")
    path = tmp_path / "scan.pdf"
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(172.8, 144))
        stream = pikepdf.Stream(pdf, buffer.getvalue())
        stream.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=480,
            Height=400,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=pdf.make_indirect(stream)))
        page.Contents = pikepdf.Stream(pdf, b"q 172.8 0 0 144 0 0 cm /Im0 Do Q")
        pdf.save(path)
    with pikepdf.open(assembled(tmp_path, path)) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert bytes(image.read_raw_bytes()) == buffer.getvalue()


def test_pages_of_several_files_are_filed_in_their_order(tmp_path: Path) -> None:
    first, second = tmp_path / "two.tif", tmp_path / "one.jpg"
    turned = marked().transpose(Image.Transpose.ROTATE_180)
    marked().save(first, "TIFF", dpi=(DPI, DPI), save_all=True, append_images=[turned])
    turned.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(second, "JPEG", dpi=(DPI, DPI))
    path = assembled(tmp_path, first, second)
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 3
    wanted = [marked(), turned, turned.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    assert all(far_apart(scanned(path, number), picture) < 3 for number, picture in enumerate(wanted, 1))


@pytest.mark.parametrize("size", [(674, 425), (480, 400), (1654, 2339)], ids=["card", "note", "A4"])
def test_whatever_was_scanned_can_carry_its_mark(tmp_path: Path, size: tuple[int, int]) -> None:
    # An identity card is 242 points wide and the mark of the issue's own agency 266. A paper that cannot be sealed
    # would stop its whole dossier with a fault of ours.
    path = tmp_path / "scan.png"
    marked(*size).save(path, dpi=(DPI, DPI))
    mark = mark_of("UBND phường Tuy Phước", "Nguyễn Thị Mẫu", trial=True)
    identity = development_identity(tmp_path / "identity", agency="UBND phường Tuy Phước", clock=lambda: WHEN)
    done = made(tmp_path, path, shapes=shapes_of(mark, WHEN))
    pdf, placed = done.files[0].path, {**mark, "place": done.facts["mark"]}
    assert seal(pdf, placed, identity=identity, when=WHEN).facts["trial"]


def test_what_is_not_pdfa_never_leaves_the_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.assembly import NotConforming

    def refuse(data: bytes) -> None:
        raise NotConforming(("6.2.11 a font: it is not embedded",))

    monkeypatch.setattr(assemble, "check_pdfa_2u", refuse)
    path = tmp_path / "scan.png"
    marked().save(path, dpi=(DPI, DPI))
    with pytest.raises(Fault) as caught:
        assembled(tmp_path, path)
    assert caught.value.code == "not-pdfa"


def test_a_page_that_hung_leaves_a_reading_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "scan"
    path.write_bytes(stored("JPEG", 6))
    params = {"page": gated(path)["pages"][0], "media": "image/jpeg", "index": 0}
    made = read.given_up(params, "timed-out", "tesserocr", tmp_path)
    reading = Reading.from_json(made.files[0].path.read_bytes())
    assert (reading.failure, reading.lines) == ("timed-out", ())
    assert (reading.frame_width, reading.frame_height) == (480, 400)  # upright
    assert made.facts["failure"] == "timed-out"
    assert made.facts["mean_confidence"] is None


def test_a_page_that_was_read_leaves_its_words_and_the_facts_of_them(tmp_path: Path) -> None:
    from conftest import LINE, a_page

    path = tmp_path / "scan.jpg"
    path.write_bytes(a_page())
    params = {"page": gated(path)["pages"][0], "media": "image/jpeg", "index": 0}
    made = read.run([path], params, tmp_path, Bench(lambda: ScriptedEngine(lines=(LINE,))))
    reading = Reading.from_json(made.files[0].path.read_bytes())
    assert reading.text == "CỘNG HÒA"
    # 0.95 and 0.5: mean 0.725, and one of two below 0.6
    assert (made.facts["words"], made.facts["mean_confidence"], made.facts["uncertain_share"]) == (2, 0.725, 0.5)
    assert made.facts["failure"] is None
