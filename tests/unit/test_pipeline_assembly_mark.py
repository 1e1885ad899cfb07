"""Page 1 makes room for the seal's mark, which never covers what was scanned."""

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
from PIL import Image, ImageDraw, ImageFont

from ocr import Line
from pipeline.assembly import assemble

#: Where the mark of `MARK` will be on A4 at 200 dpi: 14 points from the right, 8 from the top, 200 × 40 points.
PLACE = (1654 - 39 - 556, 22, 1654 - 39, 22 + 111)


def strip(tmp_path: Path, picture: Image.Image, *lines: Line) -> float:
    """By how many points page 1 grew at the top; a second page alike must not."""
    page = page_of(picture, reading(picture.size, *lines))
    target = tmp_path / "made.pdf"
    grown = assemble([page, page], [page.reading] * 2, target, title="t", agency="a", mark_size=MARK)
    with pikepdf.open(target) as pdf:
        (width, first), (_, second) = ((float(side) for side in leaf.MediaBox[2:]) for leaf in pdf.pages)
    assert (width, second) == pytest.approx((595.44, 842.04), abs=0.1)
    assert grown == (first > second)
    return first - second


def paper(shade: int = 245) -> Image.Image:
    return Image.new("L", (1654, 2339), shade)


def printed(text: str, at: tuple[int, int], *, size_pt: float = 11, shade: int = 40) -> Image.Image:
    picture = paper()
    font = ImageFont.truetype("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf", size_pt * DPI / 72)
    ImageDraw.Draw(picture).text(at, text, font=font, fill=shade)
    return picture


def inked(box: tuple[int, int, int, int], picture: Image.Image | None = None, ink: Any = 40) -> Image.Image:
    picture = picture or paper()
    picture.paste(ink, box)
    return picture


BOXES = [(1500, 30, 1600, 60), (1070, 30, 1150, 60), (1500, 110, 1600, 150), (200, 30, 1600, 60), (0, 0, 1654, 400)]


def test_a_page_whose_top_right_is_free_is_not_changed(tmp_path: Path) -> None:
    assert strip(tmp_path, inked((200, 400, 1500, 2000)), *lines_of(["xa"], top=1000)) == 0


@pytest.mark.parametrize("box", BOXES)
def test_ink_where_the_mark_will_be_makes_room_above_it(tmp_path: Path, box: tuple[int, int, int, int]) -> None:
    # The mark must never cover what was scanned, read or not: handwriting and stamps are no words.
    assert strip(tmp_path, inked(box)) >= MARK[1] + 8


@pytest.mark.parametrize("box", BOXES[:4])
def test_words_where_the_mark_will_be_make_room_above_them(tmp_path: Path, box: tuple[int, int, int, int]) -> None:
    # A page number or “Số: 5” has less ink than the specks of a scan.
    assert strip(tmp_path, paper(), line(word("5", *box))) >= MARK[1] + 8


def test_a_number_alone_where_the_mark_will_be_is_not_covered(tmp_path: Path) -> None:
    picture = printed("Số: 5", (1400, 60))
    assert strip(tmp_path, picture, line(word("Số:", 1400, 62, 1440, 90), word("5", 1446, 62, 1460, 90))) > 0


@pytest.mark.parametrize("box", [(20, 20, 1000, 60), (1500, 180, 1600, 220)])
def test_ink_and_words_beside_and_below_the_mark_leave_the_page_alone(
    tmp_path: Path, box: tuple[int, int, int, int]
) -> None:
    assert strip(tmp_path, inked(box), line(word("chữ", *box))) == 0


def test_a_red_seal_where_the_mark_will_be_makes_room(tmp_path: Path) -> None:
    assert strip(tmp_path, inked((1400, 30, 1500, 110), Image.new("RGB", (1654, 2339), "white"), (255, 120, 120))) > 0


def test_specks_of_a_scanner_do_not_make_room(tmp_path: Path) -> None:
    picture = paper()
    for at in range(5):
        picture.paste(60, (1100 + 100 * at, 40 + 10 * at, 1103 + 100 * at, 43 + 10 * at))
    assert strip(tmp_path, picture) == 0


def test_a_black_mark_is_not_put_on_a_dark_page(tmp_path: Path) -> None:
    # A booklet's cover, or a copy with a black edge: the mark could not be read.
    assert strip(tmp_path, paper(40)) > 0


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
def test_ink_is_seen_however_it_is_stored(tmp_path: Path, made: Any) -> None:
    assert strip(tmp_path, made()) > 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("rotation", [0, 90])
def test_the_place_of_the_mark_is_that_of_the_upright_page(tmp_path: Path, orientation: int, rotation: int) -> None:
    # Ink at the top right of the page as it is filed, wherever that was on the scanner's glass.
    for box, grows in ((PLACE, True), ((20, 1000, 500, 1200), False)):
        upright = inked(box)
        scan = upright.rotate(rotation, expand=True)
        read = reading(scan.size, rotation=rotation)
        page = page_of(stored_as(scan, orientation), read, exif=orientation)
        with pikepdf.open(built(tmp_path, page)) as pdf:
            assert (float(pdf.pages[0].MediaBox[3]) > 843) == grows


def test_what_was_scanned_stays_where_it_was_below_the_strip(tmp_path: Path) -> None:
    picture = inked((1400, 30, 1600, 100), marked(1654, 2339), (0, 0, 0))
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
