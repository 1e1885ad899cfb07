from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.metrics import character_error_rate, distance, plain_error_rate, without_diacritics

words = st.text("abcđế ", max_size=24)


def by_the_book(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)))
    return row[-1]


@settings(deadline=None, max_examples=200)
@given(words, words)
def test_the_fast_distance_is_the_distance_of_the_book(one, other):
    assert distance(one, other) == by_the_book(one, other)


def test_letters_count_the_same_however_they_are_composed():
    assert character_error_rate("Quyết định", "Quye\u0302\u0301t đi\u0323nh") == 0


def test_where_a_line_breaks_is_no_mistake():
    assert character_error_rate("Tuy Phước\nGia Lai", " Tuy  Phước Gia Lai\n") == 0


def test_a_lost_tone_is_one_error_and_none_when_tones_are_forgiven():
    assert character_error_rate("QUYẾT", "QUYÉT") == pytest.approx(1 / 5)
    assert plain_error_rate("QUYẾT", "QUYÉT") == 0


def test_reading_what_is_not_there_costs():
    assert character_error_rate("", "") == 0
    assert character_error_rate("", "ghost") == 5


def test_d_with_a_stroke_is_a_letter_without_a_mark_and_still_becomes_d():
    assert without_diacritics("Đường đi Ủy ban") == "Duong di Uy ban"
