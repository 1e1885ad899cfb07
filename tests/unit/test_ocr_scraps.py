"""What is dropped as no writing, and what never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import Box, Line, Word
from ocr.scraps import without_scraps


def a_line(*words: tuple[str, float]) -> Line:
    told = tuple(Word(text, Box(100 + 80 * at, 50, 160 + 80 * at, 80), sure) for at, (text, sure) in enumerate(words))
    return Line(told, Box.around(tuple(word.box for word in told)))


@pytest.mark.parametrize(
    "words",
    [
        [("|", 0.97)],
        [("|", 0.9), ("|", 0.97)],
        [("⁄", 0.92)],
        [(";", 0.99)],
        [("⁄", 0.55), ("2x", 0.81), ("`", 0.34), (")", 0.0)],
        [("J", 0.59)],
    ],
)
def test_sides_of_cells_strokes_and_specks_are_no_lines(words):
    assert without_scraps([a_line(*words)]) == ()


@pytest.mark.parametrize(
    "words",
    [
        [("3", 0.1)],  # the number of a row, as faint as it may be
        [("12.", 0.0)],
        [("và", 0.0)],
        [("V", 0.9)],
        [("ý.", 0.95)],
        [("-", 0.9), ("Lưu:", 0.2), ("VT", 0.1)],
        [("030", 0.2)],
    ],
)
def test_a_number_or_a_syllable_stays_however_unsure_it_is(words):
    line = a_line(*words)
    assert without_scraps([line]) == (line,)


def test_the_side_of_a_cell_goes_and_what_stands_in_the_cell_stays():
    (line,) = without_scraps([a_line(("|", 0.9), ("Họ", 0.9), ("tên", 0.9), ("_", 0.9))])
    assert line.text == "Họ tên"
    assert (line.box.left, line.box.right) == (180, 320)


@given(st.lists(st.text(st.sampled_from("ab12|⁄;`- "), min_size=1, max_size=4).filter(str.strip), min_size=1))
def test_doing_it_twice_changes_nothing_more(texts):
    once = without_scraps([a_line(*((text.strip(), 0.5) for text in texts))])
    assert without_scraps(once) == once
