"""Pictures go into the file as they are, JPEG byte for byte and others without loss, in the size of the paper."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from assembly_helpers import built, bytes_of_image, drawn, jpeg_of, marked, page_of
from PIL import Image

from pipeline.assembly import check_pdfa_2u


def image_of(path: Path) -> Image.Image:
    with pikepdf.open(path) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        return pikepdf.PdfImage(image).as_pil_image().convert("RGB")


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_stays_byte_for_byte(tmp_path: Path, mode: str, progressive: bool) -> None:
    data = jpeg_of(marked(mode=mode), progressive=progressive)
    path = built(tmp_path, page_of(Image.open(io.BytesIO(data)), jpeg=data))
    assert bytes_of_image(path) == data
    check_pdfa_2u(path)


GREY = np.tile(np.arange(0, 256, dtype=np.uint8), (300, 2))


def scans() -> dict[str, tuple[Image.Image, Image.Image]]:
    """Pictures of every mode that passes the gate, each with what must be seen of it."""
    colour, grey = marked(), Image.fromarray(GREY)
    clear = np.zeros((*GREY.shape, 4), np.uint8)
    clear[:150, :, 3] = 255  # black above, nothing below
    see_through = Image.fromarray(clear)
    on_paper = Image.fromarray(np.where(clear[..., 3] > 0, 0, 255).astype(np.uint8))
    deep = GREY.astype(np.uint16) * 257
    keyed = colour.copy()
    keyed.info["transparency"] = (200, 0, 0)
    unkeyed = np.asarray(colour).copy()
    unkeyed[(unkeyed == (200, 0, 0)).all(axis=2)] = 255
    two = Image.fromarray(GREY > 127)
    return {
        "RGB": (colour, colour),
        "L": (grey, grey),
        "1": (two, two),
        "P": (colour.quantize(16), colour.quantize(16)),
        "RGBA": (see_through, on_paper),
        "LA": (see_through.convert("LA"), on_paper),
        "P with alpha": (see_through.quantize(4), on_paper),
        "RGB with a clear colour": (keyed, Image.fromarray(unkeyed)),
        "I;16": (Image.fromarray(deep), grey),
        "I;16B": (Image.fromarray(deep.astype(">u2")), grey),
        "CMYK": (colour.convert("CMYK"), colour.convert("CMYK").convert("RGB")),
    }


@pytest.mark.parametrize("name", list(scans()))
def test_every_other_picture_is_put_in_without_loss(tmp_path: Path, name: str) -> None:
    picture, seen = scans()[name]
    path = built(tmp_path, page_of(picture))
    check_pdfa_2u(path)
    difference = np.asarray(image_of(path), np.int16) - np.asarray(seen.convert("RGB"), np.int16)
    assert np.abs(difference).max() <= 1


def test_a_fax_page_takes_little_room_and_is_not_inverted(tmp_path: Path) -> None:
    pixels = np.ones((2339, 1654), bool)
    pixels[300:340, 200:1400] = False
    path = built(tmp_path, page_of(Image.fromarray(pixels)))
    assert path.stat().st_size < 20_000
    seen = np.asarray(drawn(path, 50).convert("L"))
    assert seen.mean() > 200


def test_a_page_has_the_size_of_its_paper(tmp_path: Path) -> None:
    # NĐ 30/2020: 100 % scale. A4 is 595 × 842 points.
    picture = Image.new("1", (1654, 2339), 1)
    with pikepdf.open(built(tmp_path, page_of(picture))) as pdf:
        box = [float(each) for each in pdf.pages[0].MediaBox]
    assert box == pytest.approx([0, 0, 595.44, 842.04], abs=0.1)
