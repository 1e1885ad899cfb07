"""Readings of one line made into one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ocr.model import UNCERTAIN_BELOW, Box, Word
from ocr.voting import shifted, vote


def reading(*told: tuple[str, float, float, float]) -> tuple[Word, ...]:
    """Make words of text, left, right and confidence."""
    return tuple(Word(text, Box(left, 0, right, 30), confidence) for text, left, right, confidence in told)


def texts(words: tuple[Word, ...]) -> list[str]:
    return [word.text for word in words]


def test_two_readings_outvote_one():
    lonely, agreed = reading(("9.1.", 0, 40, 0.5)), reading(("5.1.", 0, 40, 0.9))
    assert texts(vote([lonely, agreed, agreed])) == ["5.1."]


def test_a_reading_that_is_no_syllable_loses_against_one_that_is():
    """QUYÉT is no Vietnamese syllable: the rhyme needs the hat."""
    first, second = reading(("QUYÉT", 0, 90, 0.91)), reading(("QUYẾT", 0, 90, 0.7))
    won = vote([first, second])
    assert texts(won) == ["QUYẾT"]
    assert won[0].confidence == 0.7, "a misspelling is no dispute"


def test_where_two_spellings_that_may_both_be_disagree_the_word_is_uncertain():
    (won,) = vote([reading(("bổ", 0, 40, 0.9)), reading(("bố", 0, 40, 0.95))])
    assert won.confidence < UNCERTAIN_BELOW


def test_of_equals_the_first_reading_stays():
    (won,) = vote([reading(("bổ", 0, 40, 0.9)), reading(("bố", 0, 40, 0.9))])
    assert won.text == "bổ"


def test_noise_that_one_reading_alone_has_goes():
    noisy = reading(("số", 0, 40, 0.95), ("›", 50, 60, 0.1), ("điều", 70, 130, 0.95))
    clean = reading(("số", 0, 40, 0.95), ("điều", 70, 130, 0.95))
    assert texts(vote([noisy, clean, clean])) == ["số", "điều"]


def test_a_word_that_was_torn_in_two_is_taken_from_where_it_is_whole():
    torn = reading(("1", 0, 12, 0.3), ("07/2021/NĐ-CP", 20, 200, 0.9))
    whole = reading(("107/2021/NĐ-CP", 0, 200, 0.94))
    assert texts(vote([torn, whole])) == ["107/2021/NĐ-CP"]


def test_a_word_that_one_reading_missed_stays():
    assert texts(vote([reading(("Điều", 0, 60, 0.9), ("3", 70, 82, 0.9)), reading(("Điều", 0, 60, 0.9))])) == [
        "Điều",
        "3",
    ]


WORDS = st.lists(
    st.tuples(st.sampled_from(["hồ", "sơ", "QUYẾT", "12/2026", "-"]), st.integers(0, 2000), st.floats(0, 1)),
    min_size=1,
    max_size=12,
)


@given(st.lists(WORDS, min_size=1, max_size=3))
def test_every_word_comes_from_a_reading_and_they_stand_from_left_to_right(drawn):
    readings = [reading(*((text, left, left + 40.0, sure) for text, left, sure in words)) for words in drawn]
    won = vote(readings)
    known = {(word.text, word.box) for words in readings for word in words}
    assert all((word.text, word.box) in known for word in won)


@given(WORDS)
def test_a_reading_that_agrees_with_itself_is_itself(drawn):
    words = tuple(Word(text, Box(50.0 * at, 0, 50.0 * at + 40, 30), sure) for at, (text, _, sure) in enumerate(drawn))
    assert vote([words, words]) == words


@given(st.floats(0.5, 2), st.floats(0, 500), st.floats(0, 500))
def test_words_of_a_cut_out_come_back_to_their_place(scale, left, top):
    (word,) = shifted((Word("a", Box(0, 0, 10 * scale, 20 * scale), 1.0),), scale=scale, left=left, top=top)
    assert abs(word.box.left - left) < 1e-6
    assert abs(word.box.right - left - 10) < 1e-6
    assert abs(word.box.bottom - top - 20) < 1e-6
