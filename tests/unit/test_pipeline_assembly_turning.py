"""Pages are shown upright: turned by the page and not by re-encoding, as poppler draws them."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from assembly_helpers import built, bytes_of_image, far_apart, jpeg_of, marked, page_of, reading, scanned, stored_as
from PIL import Image, ImageOps

from ocr import Reading
from ocr.geometry import frame_size
from pipeline.assembly.pictures import placement


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_shown_as_its_exif_orientation_says(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = jpeg_of(stored_as(marked(), orientation), exif=exif)
    with Image.open(io.BytesIO(data)) as picture:
        meant = ImageOps.exif_transpose(picture)
        assert far_apart(meant, marked()) < 3  # this test understands EXIF as Pillow does
        path = built(tmp_path, page_of(picture, reading(meant.size), jpeg=data, exif=orientation))
    assert far_apart(scanned(path, meant.size), meant) < 3
    assert bytes_of_image(path) == data  # turned by the page, not by re-encoding


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 3.0, -2.5])
def test_a_turned_page_is_shown_upright(tmp_path: Path, rotation: int, skew: float) -> None:
    picture = marked()
    path = built(tmp_path, page_of(picture, reading(picture.size, rotation=rotation, skew=skew)))
    turned = picture.rotate(-(rotation + skew), Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    assert far_apart(scanned(path, turned.size), turned) < 3


@pytest.mark.parametrize("orientation", [6, 7])
def test_exif_comes_before_the_turn_that_was_read(tmp_path: Path, orientation: int) -> None:
    stored = stored_as(marked(), orientation)
    path = built(tmp_path, page_of(stored, reading((480, 320), rotation=90, skew=3.0), exif=orientation))
    turned = marked().rotate(-93, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    assert far_apart(scanned(path, turned.size), turned) < 3


def test_a_fax_whose_dots_are_not_square_is_shown_in_the_shape_of_its_paper(tmp_path: Path) -> None:
    picture = marked(800, 400)
    width, height = frame_size(800, 400, dpi=(400.0, 200.0), frame_dpi=200.0, turn=0)
    read = Reading(0, 1.0, "osd", 0.0, width, height, 200.0, (), "by hand")
    path = built(tmp_path, page_of(picture, read, dpi=(400.0, 200.0)))
    assert far_apart(scanned(path, (400, 400)), marked(400, 400)) < 3


def test_a_page_that_was_read_at_another_resolution_keeps_its_size(tmp_path: Path) -> None:
    # Reading 300 dpi at 200 is quicker and as good (traps.md); the paper does not shrink with it.
    picture = marked(600, 450)
    read = reading(picture.size, dpi=300, frame_dpi=200)
    path = built(tmp_path, page_of(picture, read, dpi=(300.0, 300.0)))
    assert far_apart(scanned(path, (600, 450), 300), picture) < 3


@pytest.mark.parametrize("turn", [0, 90, 180, 270, 3, 47.5])
def test_placing_turns_about_the_centre_and_never_stretches(turn: float) -> None:
    a, b, c, d, e, f = placement((300, 200), turn, (400, 400))
    assert (a + c) / 2 + e == pytest.approx(200)
    assert (b + d) / 2 + f == pytest.approx(200)
    assert (math.hypot(a, b), math.hypot(c, d)) == pytest.approx((300, 200))
    assert a * d - b * c == pytest.approx(300 * 200)  # not mirrored
