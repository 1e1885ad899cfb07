from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr import ScriptedEngine, read_page
from ocr.leaders import erase_leaders

SERIF = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
BASE = 60  # px from the top to the line on which the letters stand
MARGIN = 40


def printed(text: str, size: int = 36, width: int = 1500) -> np.ndarray:
    """One line of print; 36 px are 13 points at 200 dpi."""
    picture = Image.new("L", (width, 100), 255)
    face = ImageFont.truetype(SERIF, size)
    ImageDraw.Draw(picture).text((MARGIN, BASE), text, fill=0, font=face, anchor="ls")
    return np.array(picture)


def dotted(page: np.ndarray, left: int, right: int, y: int) -> np.ndarray:
    """Add a leader of hair dots, 0.25 mm wide and 1.1 mm apart at 200 dpi, greyed as a scan greys them."""
    with_dots = page.copy()
    for x in range(left, right, 9):
        with_dots[y : y + 2, x : x + 2] = 90
    return with_dots


@pytest.mark.parametrize(
    "text",
    [
        "Tôi cam đoan đúng sự thật. Ủy ban nhân dân xã.",
        "các giấy tờ nộp kèm gồm có… và v.v... ..... như trên",
        "Một mục lục: 1.2.3.4.5.6.7.8.9. và 220.200.000.000.000 đồng",
        "Hội nghị trị sự: bị lợi dụng, thị trị bệnh viện",
        "các điểm (i), (ii), (iii), (iiii) và (viii); Fiji",
        "Hỏi: có phải không??? Có!!! Bên A: ông: bà: số:",
        "- - - - - - - - - - - - -  ---------------",
    ],
)
def test_print_with_no_leader_is_left_as_it_is(text):
    page = printed(text)
    seen = erase_leaders(page, 200.0)
    assert seen.steps == ()
    assert seen.picture is page


@pytest.mark.parametrize("leader", ["." * 40, "…" * 20, ". " * 25])
@pytest.mark.parametrize("size", [28, 36, 42])
def test_a_leader_goes_without_a_trace_and_the_print_before_it_stays(leader, size):
    seen = erase_leaders(printed("Họ, chữ đệm, tên: Lê Thị Mẫu " + leader, size), 200.0)
    assert seen.steps == ("leaders",)
    assert np.array_equal(seen.picture, printed("Họ, chữ đệm, tên: Lê Thị Mẫu", size))


def test_a_leader_goes_at_the_resolution_of_the_page():
    # At 100 dpi the same pixels are dots of a millimetre, 2.3 mm apart: no leader, but a row of bullets.
    page = printed("Tên: Lê Thị Mẫu " + "." * 40, 72)
    assert erase_leaders(page, 400.0).steps == ("leaders",)
    assert erase_leaders(page, 100.0).steps == ()


@pytest.mark.parametrize("text", ["năm 1991.", "và v.v...", "Ngày sinh:", "Có hay không?"])
def test_the_punctuation_before_a_leader_stays(text):
    # A space is as wide as a dot, so that the full stop stands at two pitches from the leader.
    page = printed(f"{text} {'.' * 40}")
    assert np.array_equal(erase_leaders(page, 200.0).picture, printed(text))


def test_a_colon_with_the_leader_right_behind_it_keeps_its_lower_dot():
    page = printed(f"Ngày sinh:{'.' * 40}")
    assert np.array_equal(erase_leaders(page, 200.0).picture, printed("Ngày sinh:"))


def test_the_dots_below_letters_stay_when_a_leader_runs_at_their_height():
    text = printed("Phạm Thị Mẫu, Bà nội, huyện Mỹ Lộc")
    below = BASE + 7
    seen = erase_leaders(dotted(text, MARGIN, 1400, below), 200.0).picture
    ours = text[: below - 4] < 160
    assert (seen[: below - 4][ours] < 160).all()
    marks = text[below - 2 : below + 4] < 100
    assert (seen[below - 2 : below + 4][marks] < 160).all()
    assert (seen[:, 800:] == 255).all()


def test_a_leader_is_followed_past_the_letters_that_hang_into_it():
    page = np.full((100, 600), 255, np.uint8)
    page[50:72, 205:225] = 0  # the tail of a letter over two of the dots
    page[50:72, 240:250] = 0
    seen = erase_leaders(dotted(page, 20, 260, 66), 200.0).picture
    # Two dots stand alone between the tails: too few for a row of their own.
    assert np.array_equal(seen[:, 230:239], page[:, 230:239])


def test_five_dots_are_an_ellipsis_and_six_are_a_leader():
    page = np.full((100, 300), 255, np.uint8)
    assert erase_leaders(dotted(page, 50, 50 + 5 * 9, 50), 200.0).steps == ()
    assert np.array_equal(erase_leaders(dotted(page, 50, 50 + 6 * 9, 50), 200.0).picture, page)


def test_dots_at_uneven_distances_are_not_a_leader():
    page = np.full((100, 400), 255, np.uint8)
    for x in (20, 29, 43, 52, 70, 79, 95, 104, 120, 137):
        page[50:52, x : x + 2] = 0
    assert erase_leaders(page, 200.0).picture is page


def test_an_upright_row_of_dots_is_not_a_leader():
    page = np.ascontiguousarray(dotted(np.full((100, 400), 255, np.uint8), 20, 380, 50).T)
    assert erase_leaders(page, 200.0).picture is page


def test_the_picture_handed_in_is_the_callers():
    page = printed("Tên: " + "." * 40)
    before = page.copy()
    erase_leaders(page, 200.0)
    assert np.array_equal(page, before)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3)])
@pytest.mark.parametrize("level", [0, 255])
def test_a_page_too_small_for_a_leader_has_none(shape, level):
    assert erase_leaders(np.full(shape, level, np.uint8), 200.0).steps == ()


def test_a_leader_at_the_edge_of_the_picture_goes_as_well():
    page = np.full((40, 200), 255, np.uint8)
    for y in (0, 38):
        assert np.array_equal(erase_leaders(dotted(page, 0, 199, y), 200.0).picture, page)


def test_a_reading_tells_that_leaders_were_taken_from_it():
    page = printed("Tên: Lê Thị Mẫu " + "." * 40)
    read = [read_page(each, dpi=(200, 200), engine=ScriptedEngine(), rotation=0) for each in (page, page[:, :300])]
    assert ["leaders" in reading.treatment for reading in read] == [True, False]
