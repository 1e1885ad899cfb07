from __future__ import annotations

from dataclasses import replace

from assembly_helpers import line, reading, word

from ocr import Line, Reading
from ocr.fields import Field, Reason, review
from ocr.fields.review import FEWEST_WORDS, LARGEST_UNCERTAIN_SHARE
from ocr.model import Box

GOOD = "Căn cứ Luật Hộ tịch ngày 20 tháng 11 năm 2014 của Quốc hội"


def row(text: str, top: float, *, sure: float = 0.95) -> Line:
    words, left = [], 200.0
    for each in text.split():
        words.append(replace(word(each, left, top, left + 15 * len(each), top + 28), confidence=sure))
        left += 15 * len(each) + 15
    return line(*words)


def replace_left(whole: Line, left: float) -> Line:
    by = left - whole.box.left
    return line(*(replace(each, box=shifted(each.box, by)) for each in whole.words))


def shifted(box: Box, by: float) -> Box:
    return Box(box.left + by, box.top, box.right + by, box.bottom)


def page(*lines: Line) -> Reading:
    return reading((1654, 2339), *lines)


def good_page() -> Reading:
    return page(*(row(GOOD, 900 + 50 * at) for at in range(6)))


def field(value: str | None, check: str | None) -> Field:
    return Field("date", "ngày", value, 0, Box(0, 0, 1, 1), 0.9, check)


def test_a_page_that_reads_well_gives_no_reason() -> None:
    assert review([good_page()]) == ()


def test_a_page_that_was_not_read_is_a_reason_with_the_code_of_its_failure() -> None:
    assert review([good_page(), replace(page(), failure="timed-out")]) == (Reason("page-unread", 1, "timed-out"),)


def test_a_page_whose_turn_was_guessed_is_a_reason() -> None:
    assert review([replace(good_page(), rotation_ground="assumed")]) == (Reason("turn-assumed", 0),)


def test_an_empty_page_whose_turn_was_guessed_is_none() -> None:
    assert review([replace(page(), rotation_ground="assumed")]) == ()


def test_many_uncertain_words_are_a_reason() -> None:
    bad = page(*(row(GOOD, 900 + 50 * at, sure=0.4 if at < 2 else 0.95) for at in range(6)))
    assert review([bad]) == (Reason("words-uncertain", 0, share=0.3333),)


def test_words_against_the_orthography_count_as_uncertain_though_the_engine_is_sure() -> None:
    wrong = GOOD.replace("Luật", "Luạt").replace("Quốc", "Qốc").replace("tịch", "tịcb")
    assert [reason.code for reason in review([page(*(row(wrong, 900 + 50 * at) for at in range(6)))])] == [
        "words-uncertain"
    ]


def test_few_uncertain_words_are_no_reason_nor_is_a_page_of_few_words() -> None:
    wrong = len(good_page().words) * LARGEST_UNCERTAIN_SHARE
    specks = page(row("x " * (FEWEST_WORDS - 1), 900, sure=0.1))
    nearly = page(*good_page().lines, row("x " * int(wrong), 1400, sure=0.1))
    assert review([specks]) == review([nearly]) == ()


def test_a_field_without_a_value_and_one_that_cannot_be_are_reasons() -> None:
    fields = [field(None, "date-form"), field("1026-01-01", "date-year"), field("2026-01-01", None)]
    assert review([good_page()], fields) == (
        Reason("field-unread", 0, "date-form", "date"),
        Reason("field-wrong", 0, "date-year", "date"),
    )


def test_a_position_without_a_name_below_it_is_a_reason() -> None:
    signed = page(*good_page().lines, replace_left(row("CHỦ TỊCH", 1500), 1100))
    assert review([signed]) == (Reason("field-missing", 0, field="signer-name"),)


def test_fields_are_found_when_they_are_not_given() -> None:
    with_number = page(*good_page().lines, row("Số CCCD: 099160012345", 1500))
    assert review([with_number]) == (Reason("field-wrong", 0, "identity-province", "owner-identity"),)


def test_reasons_come_page_by_page() -> None:
    unread = replace(page(), failure="too-large")
    reasons = review([unread, replace(good_page(), rotation_ground="assumed"), unread])
    assert [reason.page for reason in reasons] == [0, 1, 2]
