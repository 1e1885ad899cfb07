from __future__ import annotations

from dataclasses import replace

import pytest
from assembly_helpers import line, reading, word

from ocr import Line, Reading
from ocr.fields import find_fields

SIZE = (1654, 2339)
LEFT, RIGHT, PAGE = 480.0, 1120.0, 840.0  # middles of the letterhead's halves and of the print


def printed(text: str, middle: float, top: float, *, sure: float = 0.95) -> Line:
    """A line of print about *middle*, 28 pixels high, letters 14 wide."""
    x = middle - (len(text) * 15 - 1) / 2
    words = []
    for each in text.split():
        words.append(replace(word(each, x, top, x + 15 * len(each) - 1, top + 28), confidence=sure))
        x += 15 * len(each) + 15
    return line(*words)


def from_left(text: str, left: float, top: float) -> Line:
    return printed(text, left + (len(text) * 15 - 1) / 2, top)


def joined(one: Line, other: Line) -> Line:
    """Both in one line, as an engine reads the halves of a letterhead."""
    return line(*one.words, *other.words)


ORGAN = (printed("ỦY BAN NHÂN DÂN", LEFT, 190), printed("XÃ TUY PHƯỚC", LEFT, 235))
MOTTO = (printed("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", RIGHT, 190), printed("Độc lập - Tự do - Hạnh phúc", RIGHT, 235))
NUMBER = printed("Số: 123/QĐ-UBND", LEFT, 300)
DATE = printed("Tuy Phước, ngày 05 tháng 9 năm 2026", RIGHT, 300)
TITLE = printed("QUYẾT ĐỊNH", PAGE, 400)
SUBJECT = (
    printed("Về việc giao đất ở cho hộ gia đình, cá nhân", PAGE, 450),
    printed("tại thôn Mẫu Lâm", PAGE, 500),
)
BODY = (
    printed("CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ TUY PHƯỚC", PAGE, 600),
    from_left("Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;", 320, 670),
)
SIGNED = (
    joined(from_left("Nơi nhận:", 240, 1500), printed("KT. CHỦ TỊCH", 1200, 1500)),
    joined(from_left("- Như Điều 3;", 240, 1545), printed("PHÓ CHỦ TỊCH", 1200, 1545)),
    from_left("- Lưu: VT.", 240, 1590),
    printed("Lê Thị Bích Phúc", 1200, 1800),
)
DECISION = (*ORGAN, *MOTTO, NUMBER, DATE, TITLE, *SUBJECT, *BODY, *SIGNED)


def page(*lines: Line) -> Reading:
    return reading(SIZE, *lines)


def values(*pages: Reading) -> dict[str, str | None]:
    return {field.name: field.value for field in find_fields(pages)}


def without(lines: tuple[Line, ...], *gone: Line) -> tuple[Line, ...]:
    return tuple(line for line in lines if line not in gone)


def test_a_decision_states_who_when_what_and_who_signed() -> None:
    assert values(page(*DECISION)) == {
        "type": "QUYẾT ĐỊNH",
        "number": "123",
        "notation": "QĐ-UBND",
        "place": "Tuy Phước",
        "date": "2026-09-05",
        "agency": "ỦY BAN NHÂN DÂN XÃ TUY PHƯỚC",
        "subject": "Về việc giao đất ở cho hộ gia đình, cá nhân tại thôn Mẫu Lâm",
        "signer-position": "PHÓ CHỦ TỊCH",
        "signer-name": "Lê Thị Bích Phúc",
    }


def test_halves_of_the_letterhead_read_as_one_line_say_the_same() -> None:
    across = (joined(ORGAN[0], MOTTO[0]), joined(ORGAN[1], MOTTO[1]), joined(NUMBER, DATE))
    rest = DECISION[len((*ORGAN, *MOTTO, NUMBER, DATE)) :]
    assert values(page(*across, *rest)) == values(page(*DECISION))


def test_a_motto_that_lost_its_marks_still_parts_the_halves() -> None:
    garbled = printed("CỌNG HÒA XA HỌI CHU NGHIA VIỆT NAM", RIGHT, 190)
    lines = (joined(ORGAN[0], garbled), *without(DECISION, ORGAN[0], MOTTO[0]))
    assert values(page(*lines)) == values(page(*DECISION))


def test_a_heading_that_lost_a_mark_is_named_rightly_and_quoted_as_read() -> None:
    lines = (*without(DECISION, TITLE), printed("QUYÉT ĐỊNH", PAGE, 400))
    found = next(field for field in find_fields([page(*lines)]) if field.name == "type")
    assert (found.text, found.value) == ("QUYÉT ĐỊNH", "QUYẾT ĐỊNH")


def test_the_organ_above_is_not_the_one_that_issues() -> None:
    lines = without(DECISION, *ORGAN)
    found = values(page(*lines, printed("UBND TỈNH HẢI THỊNH", LEFT, 190), printed("SỞ TƯ PHÁP", LEFT, 235)))
    assert found["superior"] == "UBND TỈNH HẢI THỊNH"
    assert found["agency"] == "SỞ TƯ PHÁP"


def test_an_organ_that_lost_a_mark_is_put_right_in_the_value_only_where_its_words_are_known() -> None:
    lines = without(DECISION, *ORGAN)
    known = (printed("UY BAN NHÂN DÁN", LEFT, 190), printed("XÃ TUY PHƯỚC", LEFT, 235))
    unknown = (printed("ỦY BAN NHÂN DÂN", LEFT, 190), printed("XÃ TUY PHUỚC", LEFT, 235))
    assert values(page(*lines, *known))["agency"] == "ỦY BAN NHÂN DÂN XÃ TUY PHƯỚC"
    assert values(page(*lines, *unknown))["agency"] is None


@pytest.mark.parametrize("text", ["Số: ¿02/QĐ-UBND", "Số: lệ/QĐ-UBND", "Số: 1O2/QĐ-UBND"])
def test_a_number_by_hand_is_left_to_be_typed(text: str) -> None:
    lines = (*without(DECISION, NUMBER), printed(text, LEFT, 300))
    field = next(field for field in find_fields([page(*lines)]) if field.name == "number")
    assert field.value is None and field.check == "number-form"
    assert values(page(*lines))["notation"] == "QĐ-UBND"


def test_a_number_that_does_not_fill_its_space_is_left_to_be_typed() -> None:
    spaced = line(*printed("Số:", 330, 300).words, *printed("2", 400, 300).words, *printed("/QĐ-UBND", 560, 300).words)
    field = next(f for f in find_fields([page(*without(DECISION, NUMBER), spaced)]) if f.name == "number")
    assert field.value is None and field.check == "number-uncertain"


def test_a_day_that_does_not_exist_has_no_value_but_a_reason() -> None:
    lines = (*without(DECISION, DATE), printed("Tuy Phước, ngày 31 tháng 02 năm 2026", RIGHT, 300))
    field = next(field for field in find_fields([page(*lines)]) if field.name == "date")
    assert field.value is None and field.check == "date-impossible"


def test_an_office_whose_name_looks_like_the_word_for_number_is_an_organ() -> None:
    lines = without(DECISION, *ORGAN)
    found = values(page(*lines, printed("UBND TỈNH QUẾ SƠN", LEFT, 190), printed("SỞ Y TẾ", LEFT, 235)))
    assert (found["agency"], found["number"]) == ("SỞ Y TẾ", "123")


def test_a_letter_has_its_subject_below_its_number_and_prints_no_type() -> None:
    letter = (
        *ORGAN,
        *MOTTO,
        printed("Số: 45/UBND-VP", LEFT, 300),
        DATE,
        printed("V/v niêm yết công khai", LEFT, 345),
        printed("phương án bồi thường", LEFT, 385),
        printed("Kính gửi: Sở Tư pháp", PAGE, 480),
        from_left("Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024 và các văn bản hướng dẫn", 320, 560),
        *SIGNED,
    )
    found = {field.name: field for field in find_fields([page(*letter)])}
    assert (found["type"].value, found["type"].text) == ("CÔNG VĂN", "")
    assert found["subject"].value == "niêm yết công khai phương án bồi thường"
    assert found["notation"].value == "UBND-VP"


def test_the_box_of_a_field_is_around_its_words() -> None:
    found = {field.name: field for field in find_fields([page(*DECISION)])}
    assert found["type"].box == TITLE.box
    assert found["signer-name"].box == SIGNED[-1].box
    assert found["subject"].box.top == SUBJECT[0].box.top and found["subject"].box.bottom == SUBJECT[1].box.bottom


def test_the_signature_may_be_on_a_later_page_and_annexes_after_it() -> None:
    first = page(*without(DECISION, *SIGNED))
    annex = page(printed("DANH MỤC", PAGE, 200), printed("Nguyễn Văn An", 1200, 900))
    found = {field.name: field.page for field in find_fields([first, page(*SIGNED), annex])}
    assert found["type"] == 0 and found["signer-name"] == 1


@pytest.mark.parametrize("cut", ["ê Thị Bích Phúc", "Lê Thị Bícf Phúc", "Lê Thị BíchPhúc", "LÊ Thị Bích Phúc"])
def test_a_name_of_which_a_part_is_lost_is_left_to_be_typed(cut: str) -> None:
    lines = (*without(DECISION, SIGNED[-1]), printed(cut, 1200, 1800))
    field = next(field for field in find_fields([page(*lines)]) if field.name == "signer-name")
    assert (field.text, field.value) == (cut, None)


def test_a_name_that_lost_its_last_syllable_no_longer_stands_under_the_position() -> None:
    rest = line(*SIGNED[-1].words[:-1])
    assert values(page(*without(DECISION, SIGNED[-1]), rest))["signer-name"] is None


def test_strokes_beside_a_name_do_not_hide_it() -> None:
    stroke = from_left("z", 1000, 1800)
    assert values(page(*DECISION, stroke))["signer-name"] == "Lê Thị Bích Phúc"


def test_a_deputy_whose_own_line_is_lost_has_no_position() -> None:
    lines = (*without(DECISION, SIGNED[1]), printed("CHỦ TỊCH", 1200, 1545))
    field = next(field for field in find_fields([page(*lines)]) if field.name == "signer-position")
    assert field.value is None and field.text == "KT. CHỦ TỊCH CHỦ TỊCH"


def test_who_signs_for_a_committee_signs_as_its_chairman() -> None:
    lines = (
        *without(DECISION, *SIGNED[:2]),
        printed("TM. ỦY BAN NHÂN DÂN", 1200, 1500),
        printed("CHỦ TỊCH", 1200, 1545),
    )
    assert values(page(*lines))["signer-position"] == "CHỦ TỊCH"


def test_a_heading_that_names_the_head_of_an_office_is_no_signature() -> None:
    heading = printed("GIÁM ĐỐC", PAGE + 60, 620)
    assert values(page(*without(DECISION, BODY[0]), heading))["signer-position"] == "PHÓ CHỦ TỊCH"


def test_a_motto_of_which_only_the_second_line_was_read_parts_the_halves_too() -> None:
    assert values(page(*without(DECISION, MOTTO[0]))) == values(page(*DECISION))


def test_a_paper_without_the_motto_has_no_letterhead() -> None:
    found = values(page(*without(DECISION, *MOTTO)))
    assert not {"agency", "number", "date", "place"} & set(found)


def test_an_abbreviation_with_a_small_letter_is_put_right_or_left_out() -> None:
    near, far = printed("Số: 19/TIr-SXD", LEFT, 300), printed("Số: 19/Qđ-SXD", LEFT, 300)
    assert values(page(*without(DECISION, NUMBER), near))["notation"] == "TTr-SXD"
    assert values(page(*without(DECISION, NUMBER), far))["notation"] is None


def test_strokes_read_as_a_word_across_another_do_not_count() -> None:
    stroke = replace(DATE.words[0], text="TÌ", confidence=0.1)
    assert values(page(*DECISION, line(stroke))) == values(page(*DECISION))


def test_prose_names_no_owner_unless_something_is_certified_of_them() -> None:
    certified = from_left("Chứng nhận ông Lưu Đức Thắng, số định danh cá nhân 001090012345, thường trú", 240, 760)
    named = from_left("Người làm chứng là ông Lưu Đức Thắng, số định danh cá nhân 001090012345,", 240, 760)
    found = values(page(*DECISION, certified))
    assert (found["owner-name"], found["owner-identity"]) == ("Lưu Đức Thắng", "001090012345")
    assert "owner-name" not in values(page(*DECISION, named)) and "owner-identity" not in values(page(*DECISION, named))


def test_an_owner_in_prose_is_found_across_a_line_break() -> None:
    above = from_left("Chứng nhận ông Lưu Đức", 320, 760)
    below = from_left("Thắng, số định danh cá nhân 001090012345, thường trú tại số 3", 240, 810)
    found = values(page(*DECISION, above, below))
    assert (found["owner-name"], found["owner-identity"]) == ("Lưu Đức Thắng", "001090012345")


def test_a_paper_of_nothing_states_nothing() -> None:
    unread = replace(page(), failure="timed-out")
    assert find_fields([]) == find_fields([page()]) == find_fields([unread]) == ()
