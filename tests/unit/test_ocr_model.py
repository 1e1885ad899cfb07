from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ocr import Box, Line, Reading, Word


def a_line(*words: tuple[str, float]) -> Line:
    made = tuple(Word(text, Box(60 * n, 10, 60 * n + 50, 30), sure) for n, (text, sure) in enumerate(words))
    return Line(made, Box.around(tuple(word.box for word in made)), (0.0, 28.0, 110.0, 27.5))


def a_reading(*lines: Line) -> Reading:
    return Reading(
        rotation=90,
        rotation_confidence=9.5,
        rotation_ground="osd",
        skew=-0.4,
        frame_width=1654,
        frame_height=2339,
        frame_dpi=200.0,
        lines=lines,
        engine="scripted 1",
        treatment=("red-channel",),
    )


def test_a_reading_survives_the_store():
    reading = a_reading(a_line(("Tuy", 0.96), ("Phước", 0.4)), replace(a_line(("x", 1.0))))
    assert Reading.from_json(reading.to_json()) == reading


def test_a_line_without_baseline_survives_the_store():
    reading = a_reading(replace(a_line(("Tuy", 0.96)), baseline=None))
    assert Reading.from_json(reading.to_json()) == reading


def test_equal_readings_are_equal_bytes_whatever_the_arithmetic_left_behind():
    word = Word("Tuy", Box(-0.0, 10.04, 50.0, 30.0), 0.1 + 0.2)
    other = Word("Tuy", Box(0.0, 10.0, 50.0, 30.0), 0.3)
    one, two = (a_reading(Line((w,), w.box)).to_json() for w in (word, other))
    assert one == two


def test_the_json_is_canonical_and_vietnamese_letters_are_themselves():
    data = a_reading(a_line(("Phước", 0.5))).to_json()
    assert "Phước".encode() in data
    again = json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again.encode() == data


def test_a_number_that_json_has_no_word_for_is_not_written():
    reading = replace(a_reading(), rotation_confidence=float("nan"))
    with pytest.raises(ValueError, match="JSON compliant"):
        reading.to_json()


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'"x"', b"\xff", b'{"format":1}', b'{"format":2}'])
def test_bytes_that_are_no_reading_are_refused(data):
    with pytest.raises(ValueError, match=r".+"):
        Reading.from_json(data)


def test_the_text_has_a_line_for_a_line():
    reading = a_reading(a_line(("Tuy", 1), ("Phước", 1)), a_line(("Gia", 1), ("Lai", 1)))
    assert reading.text == "Tuy Phước\nGia Lai"


def test_uncertain_words_are_counted_and_not_averaged_away():
    reading = a_reading(a_line(("a", 0.59), ("b", 0.60), ("c", 1.0), ("d", 1.0)))
    assert reading.uncertain_share == 0.25
    assert reading.mean_confidence == pytest.approx(0.7975)


def test_a_page_without_words_has_no_confidence_rather_than_none_at_all():
    assert a_reading().mean_confidence is None
    assert a_reading().uncertain_share is None


def test_a_failure_never_carries_text():
    with pytest.raises(ValueError, match="no lines"):
        replace(a_reading(a_line(("a", 1))), failure="died")


@pytest.mark.parametrize("wrong", [{"rotation": 45}, {"skew": 15.1}])
def test_an_impossible_turn_is_refused(wrong):
    with pytest.raises(ValueError, match=r"not"):
        replace(a_reading(), **wrong)


def test_a_box_is_never_inside_out():
    with pytest.raises(ValueError, match="inside out"):
        Box(10, 0, 9, 5)
