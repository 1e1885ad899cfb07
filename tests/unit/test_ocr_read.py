from __future__ import annotations

import numpy as np
import pytest

from ocr import (
    Box,
    EngineFailed,
    EngineMissing,
    EngineTimedOut,
    Line,
    Orientation,
    Reading,
    ScriptedEngine,
    Word,
    read_page,
    unread_page,
)
from ocr.clean import turn
from ocr.geometry import frame_size, to_picture

UPRIGHT = Orientation(0, 12.0)
WORD = Word("Mẫu", Box(100, 200, 160, 220), 0.9)
LINE = Line((WORD,), WORD.box, (100.0, 216.0, 160.0, 216.0))


def a_page(width: int = 500, height: int = 700) -> np.ndarray:
    page = np.full((height, width), 255, np.uint8)
    for top in range(60, height - 60, 30):
        page[top : top + 10, 60 : width - 60 : 1] = 0
    return page


def test_a_straight_page_is_read_as_it_is():
    reading = read_page(a_page(), dpi=(200, 200), engine=ScriptedEngine((LINE,), lies=UPRIGHT))
    assert reading.lines == (LINE,)
    assert (reading.frame_width, reading.frame_height) == (500, 700)
    assert reading.turn == 0
    assert reading.failure is None


def test_a_page_that_lies_on_its_side_is_shown_upright():
    engine = ScriptedEngine((LINE,), lies=Orientation(90, 12.0))
    reading = read_page(turn(a_page(), 270), dpi=(200, 200), engine=engine)
    assert engine.read == [(700, 500)]
    assert (reading.rotation, reading.rotation_ground) == (90, "osd")
    assert (reading.frame_width, reading.frame_height) == (500, 700)


def test_an_unsure_orientation_is_not_followed():
    engine = ScriptedEngine(lies=Orientation(180, 0.4))
    reading = read_page(a_page(), dpi=(200, 200), engine=engine)
    assert (reading.rotation, reading.rotation_ground) == (0, "assumed")


def test_a_given_rotation_is_not_asked_about():
    engine = ScriptedEngine(lies=Orientation(90, 20.0))
    reading = read_page(a_page(), dpi=(200, 200), engine=engine, rotation=180)
    assert engine.oriented == []
    assert (reading.rotation, reading.rotation_ground) == (180, "given")


def test_orientation_is_looked_at_as_finely_as_the_page_is_read():
    engine = ScriptedEngine()
    read_page(a_page(600, 900), dpi=(300, 300), engine=engine)
    assert engine.oriented == [(600, 400)]  # 200 dpi


def test_a_fine_page_is_brought_down_and_a_coarse_one_never_up():
    engine = ScriptedEngine()
    fine = read_page(a_page(600, 900), dpi=(300, 300), engine=engine)
    coarse = read_page(a_page(600, 900), dpi=(150, 150), engine=engine)
    assert engine.read == [(600, 400), (900, 600)]
    assert (fine.frame_dpi, coarse.frame_dpi) == (200, 150)


def test_a_small_skew_is_left_to_the_engine_and_only_the_boxes_are_turned():
    engine = ScriptedEngine((LINE,), lies=UPRIGHT)
    askew = turn(a_page(), -0.3)
    reading = read_page(askew, dpi=(200, 200), engine=engine)
    assert reading.skew == pytest.approx(0.3, abs=0.11)
    assert engine.read == [askew.shape]  # untouched
    assert "turn" not in reading.treatment
    (moved,) = reading.words
    assert moved.box != WORD.box
    assert moved.box.right - moved.box.left == pytest.approx(60, abs=0.11)


def test_a_large_skew_is_taken_out_of_the_picture():
    engine = ScriptedEngine((LINE,), lies=UPRIGHT)
    askew = turn(a_page(), -5)
    reading = read_page(askew, dpi=(200, 200), engine=engine)
    assert reading.skew == pytest.approx(5, abs=0.11)
    assert "turn" in reading.treatment
    assert engine.read == [(reading.frame_height, reading.frame_width)]
    assert reading.lines == (LINE,)


@pytest.mark.parametrize(("turned", "skew"), [(0, 0.0), (90, 0.3), (180, -4.0), (270, 7.5)])
def test_the_frame_is_the_one_that_the_geometry_names(turned, skew):
    page = turn(turn(a_page(), -skew), (360 - turned) % 360)
    known = {"dpi": (200.0, 200.0), "frame_dpi": 200.0}
    reading = read_page(page, dpi=known["dpi"], engine=ScriptedEngine((LINE,), lies=UPRIGHT), rotation=turned)
    height, width = page.shape
    expected = frame_size(width, height, turn=reading.turn, **known)
    assert (reading.frame_width, reading.frame_height) == expected
    x, y = to_picture(width, height, turn=reading.turn, **known).at(*reading.words[0].box.centre)
    assert 0 <= x <= width
    assert 0 <= y <= height


def test_what_is_read_is_what_is_stored():
    askew = turn(a_page(), -0.3)
    reading = read_page(askew, dpi=(200, 200), engine=ScriptedEngine((LINE,), lies=UPRIGHT))
    assert Reading.from_json(reading.to_json()) == reading


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngineFailed("broken"), "engine-failed"), (EngineTimedOut("slow"), "timed-out")],
)
def test_a_page_that_cannot_be_read_says_so_and_keeps_its_turn(error, code):
    engine = ScriptedEngine((LINE,), lies=Orientation(90, 12.0), failure=error)
    reading = read_page(turn(a_page(), 270), dpi=(200, 200), engine=engine)
    assert (reading.failure, reading.lines, reading.rotation) == (code, (), 90)


def test_a_missing_program_is_no_fault_of_the_page():
    class Missing(ScriptedEngine):
        def recognise(self, picture, dpi):
            raise EngineMissing("install it")

    with pytest.raises(EngineMissing, match="install it"):
        read_page(a_page(), dpi=(200, 200), engine=Missing())


def test_a_page_too_large_to_read_is_told_before_memory_is_taken():
    # One dot per inch along makes two hundred pixels out of each: 500 become 100,000.
    engine = ScriptedEngine((LINE,), lies=UPRIGHT)
    reading = read_page(a_page(), dpi=(1, 200), engine=engine)
    assert reading.failure == "too-large"
    assert engine.read == []


def test_a_rotation_that_is_no_right_angle_is_refused():
    with pytest.raises(ValueError, match="rotation is 0, 90, 180 or 270"):
        read_page(a_page(), dpi=(200, 200), engine=ScriptedEngine(), rotation=45)


def test_a_page_whose_reader_died_has_a_reading_too():
    reading = unread_page(2480, 3508, dpi=(300, 300), engine="scripted 1", failure="died")
    assert (reading.failure, reading.words) == ("died", ())
    assert (reading.frame_width, reading.frame_height) == (1653, 2339)
    assert Reading.from_json(reading.to_json()) == reading


def test_a_one_bit_page_is_despeckled_and_nothing_else():
    reading = read_page(a_page(), dpi=(200, 200), engine=ScriptedEngine())
    assert reading.treatment == ("despeckle",)


class OneWayEngine(ScriptedEngine):
    """Finds words on a page that lies in one way only, as pages of a few words do, and nothing by its orientation."""

    def recognise(self, picture, dpi):
        super().recognise(picture, dpi)
        # The mark is in the top left corner when the page is upright.
        return (LINE_OF_SENSE,) if (picture[:40, :40] < 128).any() else (NONSENSE,)


SENSE = Word("nghiệp", Box(100, 200, 200, 220), 0.95)
LINE_OF_SENSE = Line((SENSE, SENSE), SENSE.box)
NONSENSE = Line((Word("ɟɐ|", Box(100, 200, 160, 220), 0.3),), Box(100, 200, 160, 220))


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_that_nothing_else_tells_of_lies_as_it_makes_sense(turned):
    page = np.full((700, 500), 255, np.uint8)
    page[10:30, 10:30] = 0
    page[300:310, 100:300] = 0
    reading = read_page(turn(page, 360 - turned), dpi=(200, 200), engine=OneWayEngine())
    assert (reading.rotation, reading.rotation_ground) == (turned, "confidence")
    assert "nghiệp" in reading.text


def test_a_page_that_makes_no_sense_in_any_way_is_left_as_it_came():
    engine = ScriptedEngine((NONSENSE,))
    reading = read_page(a_page(), dpi=(200, 200), engine=engine)
    assert (reading.rotation, reading.rotation_ground) == (0, "assumed")


def test_what_an_engine_makes_of_bare_paper_is_not_kept():
    """A back page that shines through once gave 513 words."""
    reading = read_page(np.full((700, 500), 255, np.uint8), dpi=(200, 200), engine=ScriptedEngine((NONSENSE,)))
    assert reading.blank_score == 1.0
    assert reading.lines == ()


def test_words_on_a_page_that_looks_bare_are_kept():
    """Print so faint that it does not count as ink."""
    engine = ScriptedEngine((LINE_OF_SENSE,), lies=UPRIGHT)
    reading = read_page(np.full((700, 500), 255, np.uint8), dpi=(200, 200), engine=engine)
    assert reading.text == "nghiệp nghiệp"


def test_a_smaller_copy_is_read_in_the_frame_of_the_original():
    """A page at 600 dpi is decoded at half its dots; words must still stand where the original has them."""
    engine = ScriptedEngine((LINE,), lies=UPRIGHT)
    half = read_page(a_page(600, 900), size=(1200, 1800), dpi=(600, 600), engine=engine)
    assert (half.frame_width, half.frame_height, half.frame_dpi) == (400, 600, 200)
