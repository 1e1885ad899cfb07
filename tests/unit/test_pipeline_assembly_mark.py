"""The seal's mark finds free paper at the top right of page 1, or page 1 grows; it never covers what was scanned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from assembly_helpers import (
    DPI,
    MARK,
    built,
    drawn,
    far_apart,
    line,
    lines_of,
    marked,
    page_of,
    reading,
    scanned,
    stored_as,
    word,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from ocr import Line
from pipeline.assembly import assemble
from pipeline.assembly.margin import CLEAR, RIGHT, TOP, Spot, find_spot

#: Where the mark of `MARK` is on a free A4 page at 200 dpi: 14 points from the right, 8 from the top, 200 × 40 points.
PLACE = (1654 - 39 - 556, 22, 1654 - 39, 22 + 111)
#: The same mark as wide as it is, and set in narrower boxes.
SHAPES = ((200.0, 40.0), (120.0, 60.0), (80.0, 90.0))
SERIF = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
A4 = (595.44, 842.04)


def placed(picture: Image.Image, *lines: Line, shapes: Any = (MARK,)) -> Spot:
    size = picture.width * 72 / DPI, picture.height * 72 / DPI
    return find_spot(picture, 1, reading(picture.size, *lines), size, shapes)


def darkest(spot: Spot, picture: Image.Image, shapes: Any = (MARK,)) -> int:
    """The darkest dot of the scan that lies under the mark, 0 to 255; white when the page grew for it."""
    (height,) = (high for wide, high in shapes if wide == spot.width)
    right, top = (round(each * DPI / 72) for each in (spot.right - spot.room[0], spot.top - spot.room[1]))
    wide, high = (round(each * DPI / 72) for each in (spot.width, height))
    box = (picture.width - right - wide, top, picture.width - right, top + high)
    return int(np.asarray(picture.convert("L").crop(box))[max(0, -top) :].min(initial=255))


def paper(shade: int = 245) -> Image.Image:
    return Image.new("L", (1654, 2339), shade)


def printed(text: str, at: tuple[int, int], *, size_pt: float = 11, shade: int = 40) -> Image.Image:
    picture = paper()
    font = ImageFont.truetype(SERIF, size_pt * DPI / 72)
    ImageDraw.Draw(picture).text(at, text, font=font, fill=shade)
    return picture


def inked(box: tuple[int, int, int, int], picture: Image.Image | None = None, ink: Any = 40) -> Image.Image:
    picture = picture or paper()
    picture.paste(ink, box)
    return picture


BOXES = [(1500, 30, 1600, 60), (1070, 30, 1150, 60), (1500, 110, 1600, 150), (200, 30, 1600, 60)]
#: Ink all over the corner in which the mark must stand.
FULL = (900, 0, 1654, 700)


def test_on_a_free_page_the_mark_stands_in_the_corner(tmp_path: Path) -> None:
    spot = placed(inked((200, 400, 1500, 2000)), *lines_of(["xa"], top=1000))
    assert spot == Spot(MARK[0], RIGHT, TOP)


def test_a_page_without_room_grows_and_the_pages_after_it_do_not(tmp_path: Path) -> None:
    page = page_of(inked(FULL))
    target = tmp_path / "made.pdf"
    spot = assemble([page, page], [page.reading] * 2, target, title="t", agency="a", mark_shapes=[MARK])
    with pikepdf.open(target) as pdf:
        sizes = [tuple(float(side) for side in leaf.MediaBox[2:]) for leaf in pdf.pages]
    assert spot == Spot(MARK[0], RIGHT, TOP, (0.0, MARK[1] + TOP + CLEAR))
    assert sizes[0] == pytest.approx((A4[0], A4[1] + MARK[1] + TOP + CLEAR), abs=0.1)
    assert sizes[1] == pytest.approx(A4, abs=0.1)


@pytest.mark.parametrize("box", BOXES)
def test_the_mark_goes_beside_or_below_what_is_written_in_the_corner(box: tuple[int, int, int, int]) -> None:
    # Read or not: handwriting and stamps are no words.
    picture = inked(box)
    spot = placed(picture)
    assert not any(spot.room)
    assert (spot.right, spot.top) != (RIGHT, TOP)
    assert darkest(spot, picture) > 200


@pytest.mark.parametrize("box", BOXES)
def test_words_are_not_covered_though_they_have_no_more_ink_than_specks(box: tuple[int, int, int, int]) -> None:
    # A page number or “Số: 5”.
    spot = placed(paper(), line(word("5", *box)))
    taken = Image.new("L", (1654, 2339), 255)
    taken.paste(0, box)
    assert darkest(spot, taken) == 255


def test_the_mark_stays_in_the_corner_of_the_page() -> None:
    # NĐ 30/2020: top right. A mark that is free to go anywhere would stand where nobody looks for it.
    spot = placed(inked((900, 0, 1654, 420)))
    assert any(spot.room), "free paper begins 150 points below the edge of 842"


def test_a_narrower_mark_is_tried_before_the_page_grows() -> None:
    # 130 points are free to the right of a block of text that goes up to the edge.
    picture = inked((0, 0, 1654 - 361, 900))
    spot = placed(picture, shapes=SHAPES[:1])
    assert any(spot.room)
    spot = placed(picture, shapes=SHAPES)
    assert (spot.width, any(spot.room)) == (80.0, False)
    assert darkest(spot, picture, SHAPES) > 200


def test_the_widest_mark_that_fits_is_taken() -> None:
    assert placed(paper(), shapes=SHAPES).width == 200.0
    assert placed(inked((0, 0, 1654 - 500, 900)), shapes=SHAPES).width == 120.0


def test_a_narrow_paper_takes_a_narrow_mark_above_it_and_keeps_its_width() -> None:
    spot = placed(inked((0, 0, 674, 425), Image.new("L", (674, 425), 245)), shapes=((266.0, 48.0), (207.0, 60.0)))
    assert spot == Spot(207.0, RIGHT, TOP, (0.0, 60.0 + TOP + CLEAR))


@pytest.mark.parametrize("ink", [40, 150])
def test_a_red_or_pale_seal_is_not_covered(ink: int) -> None:
    picture = Image.new("RGB", (1654, 2339), "white")
    ImageDraw.Draw(picture).ellipse((1150, 20, 1600, 470), outline=(255, ink, ink), width=9)
    spot = placed(picture)
    assert darkest(spot, picture) > 200


def test_specks_of_a_scanner_do_not_drive_the_mark_away() -> None:
    picture = paper()
    for at in range(5):
        picture.paste(60, (1100 + 100 * at, 40 + 10 * at, 1103 + 100 * at, 43 + 10 * at))
    assert placed(picture) == Spot(MARK[0], RIGHT, TOP)


def test_a_dotted_line_is_no_row_of_specks() -> None:
    picture = paper()
    for at in range(60):
        picture.paste(20, (1000 + 10 * at, 80, 1004 + 10 * at, 84))
    assert darkest(placed(picture), picture) > 200


def test_a_black_mark_is_not_put_on_a_dark_page() -> None:
    # A booklet's cover, or a copy with a black edge: the mark could not be read.
    assert any(placed(paper(40)).room)


def test_the_black_edge_of_a_scan_is_left_aside() -> None:
    picture = inked((1610, 0, 1654, 2339))
    picture.paste(0, (0, 0, 1654, 20))
    spot = placed(picture)
    assert not any(spot.room)
    assert darkest(spot, picture) > 200


_THING = st.tuples(
    st.sampled_from(["text", "line", "ring"]),
    st.integers(300, 1640),
    st.integers(-10, 500),
    st.integers(8, 15),
    st.integers(0, 110),
)


@given(st.lists(_THING, min_size=1, max_size=7))
@settings(max_examples=40, deadline=None)
def test_nothing_that_is_on_a_page_is_ever_covered(things: list[tuple[str, int, int, int, int]]) -> None:
    picture = paper()
    draw = ImageDraw.Draw(picture)
    for kind, left, top, size, shade in things:
        if kind == "text":
            font = ImageFont.truetype(SERIF, size * DPI / 72)
            draw.text((left, top), "Số: 209/QĐ-CT, ngày 07 tháng 02"[: 2 * size], font=font, fill=shade)
        elif kind == "line":
            draw.line((left, top, left + 12 * size, top + size), fill=shade, width=max(2, size // 4))
        else:
            draw.ellipse((left, top, left + 9 * size, top + 9 * size), outline=shade, width=4)
    spot = placed(picture, shapes=SHAPES)
    assert spot.right >= RIGHT
    assert spot.top >= TOP
    # not a dot is darker than half of the paper's brightness
    assert darkest(spot, picture, SHAPES) > 122


def ink_on_nothing() -> Image.Image:
    layers = np.zeros((2339, 1654, 2), np.uint8)
    layers[PLACE[1] : PLACE[3], PLACE[0] : PLACE[2], 1] = 255
    return Image.fromarray(layers)


def ink_of_16_bits() -> Image.Image:
    # What a scanner calls black is no zero.
    pixels = np.full((2339, 1654), 245 * 257, np.uint16)
    pixels[PLACE[1] : PLACE[3], PLACE[0] : PLACE[2]] = 60 * 257
    return Image.fromarray(pixels)


@pytest.mark.parametrize("made", [ink_on_nothing, ink_of_16_bits])
def test_ink_is_seen_however_it_is_stored(made: Any) -> None:
    spot = placed(made())
    assert (spot.right, spot.top) != (RIGHT, TOP)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("rotation", [0, 90])
def test_the_place_of_the_mark_is_that_of_the_upright_page(tmp_path: Path, orientation: int, rotation: int) -> None:
    # Ink at the top right of the page as it is filed, wherever that was on the scanner's glass.
    for box, grows in ((FULL, True), ((20, 1000, 500, 1200), False)):
        upright = inked(box)
        scan = upright.rotate(rotation, expand=True)
        read = reading(scan.size, rotation=rotation)
        page = page_of(stored_as(scan, orientation), read, exif=orientation)
        with pikepdf.open(built(tmp_path, page)) as pdf:
            assert (float(pdf.pages[0].MediaBox[3]) > 843) == grows


def test_what_was_scanned_stays_where_it_was_below_the_strip(tmp_path: Path) -> None:
    picture = inked(FULL, marked(1654, 2339), (0, 0, 0))
    seen = drawn(built(tmp_path, page_of(picture)), 50)
    added = seen.height - round(2339 / 4)
    assert added >= (MARK[1] + 8) * 50 / 72
    assert np.asarray(seen)[: added - 1].min() == 255
    assert far_apart(seen.crop((0, added, seen.width, seen.height)), picture) < 3


@pytest.mark.parametrize("size", [(674, 425), (300, 200), (200, 600)])
def test_a_small_paper_gets_room_for_a_mark_that_is_wider_than_it(tmp_path: Path, size: tuple[int, int]) -> None:
    # An identity card is 242 points wide (674 dots at 200 dpi); the mark of “UBND phường Tuy Phước” takes 266. What
    # cannot carry its mark cannot be sealed, and cards are in every other dossier.
    mark = (266.0, 48.0)
    path = built(tmp_path, page_of(marked(*size)), mark=mark)
    with pikepdf.open(path) as pdf:
        width, height = (float(each) for each in pdf.pages[0].MediaBox[2:])
    assert width >= mark[0] + 14  # the margin at which it is put
    assert height >= mark[1] + 8
    assert far_apart(scanned(path, size), marked(*size)) < 3
