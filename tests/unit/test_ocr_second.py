"""A second look, with an engine that says what it is told."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import Box, Line, ScriptedEngine, Word
from ocr.leftovers import find_leftovers
from ocr.second import look_again

DPI = 200.0


def a_line(*words: tuple[str, float], top: float = 100) -> Line:
    told = tuple(
        Word(text, Box(100 + 80 * at, top, 160 + 80 * at, top + 30), sure) for at, (text, sure) in enumerate(words)
    )
    return Line(told, Box.around(tuple(word.box for word in told)))


def paper() -> np.ndarray:
    return np.full((600, 800), 255, np.uint8)


def test_a_line_read_with_confidence_is_not_read_again():
    engine = ScriptedEngine()
    line = a_line(("hồ", 0.95), ("sơ", 0.95))
    assert look_again(paper(), (line,), DPI, engine).lines == (line,)
    assert engine.read_alone == []


@pytest.mark.parametrize("words", [[("hồ", 0.5)], [("nghiệp", 0.96), ("quyêt", 0.96)], [("CỘNG", 0.8), ("HÒA", 0.9)]])
def test_an_unsure_line_a_misspelt_one_and_unsure_capitals_are(words):
    engine = ScriptedEngine()
    assert look_again(paper(), (a_line(*words),), DPI, engine).again == 1
    assert engine.read_alone


def test_where_two_readings_agree_there_is_no_third():
    line = a_line(("hồ", 0.5))
    engine = ScriptedEngine(alone=(Word("hồ", Box(16, 6, 76, 36), 0.9),))
    look_again(paper(), (line,), DPI, engine)
    assert len(engine.read_alone) == 1


def test_a_line_of_which_nothing_is_read_again_stays():
    line = a_line(("hồ", 0.5), ("sơ", 0.9))
    assert look_again(paper(), (line,), DPI, ScriptedEngine()).lines == (line,)


def ink(page: np.ndarray, left: int, top: int, width: int = 14, height: int = 24) -> np.ndarray:
    """Draw a ring: as full as a figure is."""
    page[top : top + height, left : left + width] = 0
    page[top + 4 : top + height - 4, left + 4 : left + width - 4] = 255
    return page


def test_print_that_was_passed_over_is_found():
    """A page number stands alone at the top, and layout analysis drops it."""
    (box,) = find_leftovers(ink(paper(), 390, 40), [a_line(("hồ", 0.9))], DPI)
    assert box.left <= 391
    assert box.right >= 403
    assert box.top <= 41
    assert box.bottom >= 63


def test_what_words_cover_is_not_passed_over():
    page = ink(paper(), 110, 104)
    assert find_leftovers(page, [a_line(("hồ", 0.9))], DPI) == ()


@pytest.mark.parametrize(
    "blot", [(slice(300, 303), slice(100, 700)), (slice(100, 500), slice(300, 303)), (slice(300, 500), slice(100, 500))]
)
def test_rules_and_dark_fields_are_no_print(blot):
    page = paper()
    page[blot] = 0
    assert find_leftovers(page, [], DPI) == ()


@pytest.mark.parametrize(("sure", "taken"), [(0.95, ["2"]), (0.4, [])])
def test_what_was_passed_over_is_taken_only_when_it_is_read_with_confidence(sure, taken):
    engine = ScriptedEngine(alone=(Word("2", Box(0, 0, 60, 60), sure),))
    seen = look_again(ink(paper(), 390, 40), (), DPI, engine)
    assert [line.text for line in seen.lines] == taken
    assert seen.new == len(taken)


def test_marks_without_letters_or_figures_are_not_taken():
    engine = ScriptedEngine(alone=(Word("—", Box(10, 10, 24, 34), 0.97),))
    assert look_again(ink(paper(), 390, 40), (), DPI, engine).lines == ()


def test_a_page_full_of_patterns_is_not_read_bit_by_bit():
    page = paper()
    for left in range(40, 760, 60):
        for top in range(40, 560, 60):
            ink(page, left, top)
    engine = ScriptedEngine()
    look_again(page, (), DPI, engine)
    assert engine.read_alone == []
