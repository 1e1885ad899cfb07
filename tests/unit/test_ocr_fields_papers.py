from __future__ import annotations

import pytest
from assembly_helpers import line, reading, word

from ocr import Line, Reading
from ocr.fields import find_fields, find_secrecy

SIZE = (1654, 2339)
MIDDLE = 840.0


def centred(text: str, top: float, middle: float = MIDDLE) -> Line:
    return at(text, middle - (len(text) * 15 - 1) / 2, top)


def at(text: str, left: float, top: float) -> Line:
    words = []
    for each in text.split():
        words.append(word(each, left, top, left + 15 * len(each) - 1, top + 28))
        left += 15 * len(each) + 15
    return line(*words)


HEAD = (centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 190), centred("Độc lập - Tự do - Hạnh phúc", 235))
FORM = (
    *HEAD,
    centred("TỜ KHAI ĐĂNG KÝ KHAI SINH", 350),
    centred("Kính gửi: Ủy ban nhân dân phường Tuy Phước", 430),
    at("Họ, chữ đệm, tên người yêu cầu: Lê Thị Hương", 240, 520),
    at("Giới tính: Nữ", 240, 570),
    at("Số định danh cá nhân: 001160012345", 240, 620),
    at("Họ, chữ đệm, tên: TRẦN NGỌC AN", 240, 720),
    at("Số CCCD: 002090054321", 240, 770),
)


def page(*lines: Line) -> Reading:
    return reading(SIZE, *lines)


def values(*lines: Line) -> dict[str, str | None]:
    return {field.name: field.value for field in find_fields([page(*lines)])}


def test_a_form_states_its_kind_its_purpose_and_who_hands_it_in() -> None:
    assert values(*FORM) == {
        "type": "TỜ KHAI",
        "subject": "ĐĂNG KÝ KHAI SINH",
        "owner-name": "Lê Thị Hương",
        "owner-identity": "001160012345",
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Họ và tên: NGUYỄN VĂN AN", "NGUYỄN VĂN AN"),
        ("Họ và tên: Nguyễn Văn An Giới tính: Nam", "Nguyễn Văn An"),
        ("Họ và tên: Nguyễn Văn An, sinh ngày 05/9/1990", "Nguyễn Văn An"),
        ("1. Họ và tên chủ hộ: Nguyễn Văn An", "Nguyễn Văn An"),
        ("Ông/Bà: Nguyễn Văn An", "Nguyễn Văn An"),
        ("Tôi tên là: Nguyễn Văn An", "Nguyễn Văn An"),
        ("Ho và tên: Nguyễn Văn An", "Nguyễn Văn An"),
    ],
)
def test_a_name_stands_after_its_label(text: str, name: str) -> None:
    assert values(*HEAD, at(text, 240, 520))["owner-name"] == name


@pytest.mark.parametrize(
    "text",
    [
        "Họ và tên: ............",
        "Họ và tên: Ng~yễn V@n An",
        "Họ và tên: (viết chữ in hoa)",
        "Họ và tên của người yêu cầu",
        "Họ và tên: văn An Bình",
        "Họ và tên: Nguyễn",
        "Nhà ông An: nguyễn văn an",
    ],
)
def test_what_is_no_full_name_is_not_given_as_one(text: str) -> None:
    assert "owner-name" not in values(*HEAD, at(text, 240, 520))


def test_an_identity_number_whose_digits_are_parted_is_one_number() -> None:
    assert values(*HEAD, at("Số CCCD: 001 160 012 345", 240, 520))["owner-identity"] == "001160012345"


def test_an_identity_number_with_a_digit_lost_has_no_value() -> None:
    (field,) = find_fields([page(*HEAD, at("Số CCCD: 00116001234", 240, 520))])
    assert (field.value, field.check) == (None, "identity-form")


def test_an_identity_number_that_cannot_be_is_given_with_the_reason() -> None:
    (field,) = find_fields([page(*HEAD, at("Số CCCD: 099160012345", 240, 520))])
    assert (field.value, field.check) == ("099160012345", "identity-province")


def test_an_empty_line_for_an_identity_number_does_not_take_the_day_beside_it() -> None:
    assert values(*HEAD, at("Số CCCD: Ngày cấp: 12 tháng 5", 240, 520)) == {}


@pytest.mark.parametrize(
    ("heading", "kind", "subject"),
    [
        ("GIẤY KHAI SINH", "GIẤY KHAI SINH", None),
        ("GIẤY CHỨNG NHẬN KẾT HÔN", "GIẤY CHỨNG NHẬN KẾT HÔN", None),
        ("GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH", "GIẤY CHỨNG NHẬN", "ĐĂNG KÝ HỘ KINH DOANH"),
        ("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP XÂY DỰNG", "ĐƠN ĐỀ NGHỊ", "CẤP GIẤY PHÉP XÂY DỰNG"),
        ("HỢP ĐỒNG", "HỢP ĐỒNG", None),
        ("THÔNG BÁO", "THÔNG BÁO", None),
        ("THÔNG CÁO", "THÔNG CÁO", None),
        ("TƠ TRINH", "TỜ TRÌNH", None),
        ("GIẤY CHƯNG NHÂN", "GIẤY CHỨNG NHẬN", None),
    ],
)
def test_a_heading_names_the_paper(heading: str, kind: str, subject: str | None) -> None:
    found = values(*HEAD, centred(heading, 350))
    assert (found["type"], found.get("subject")) == (kind, subject)


@pytest.mark.parametrize("text", ["Quyết định này có hiệu lực", "DANH MỤC THỦ TỤC", "THÔNG TIN", "Tờ khai"])
def test_what_is_no_heading_names_no_paper(text: str) -> None:
    assert "type" not in values(*HEAD, centred(text, 350))


def test_a_heading_far_from_the_middle_names_no_paper() -> None:
    assert "type" not in values(*HEAD, at("QUYẾT ĐỊNH", 1300, 350))


@pytest.mark.parametrize(
    ("text", "level"),
    [("MẬT", "MẬT"), ("TỐI MẬT", "TỐI MẬT"), ("TUYỆT MẬT", "TUYỆT MẬT"), ("MẠT", "MẬT"), ("TÓI MÂT", "TỐI MẬT")],
)
def test_a_mark_of_secrecy_stands_alone_in_capitals(text: str, level: str) -> None:
    mark = find_secrecy(page(*HEAD, at(text, 240, 340), centred("QUYẾT ĐỊNH", 400)))
    assert mark is not None and mark.level == level and mark.text == text


def test_a_mark_beside_the_letterhead_is_seen_though_it_was_read_into_its_line() -> None:
    row = line(*at("MẬT", 200, 300).words, *at("Hà Nội, ngày 05 tháng 9 năm 2026", 900, 300).words)
    mark = find_secrecy(page(*HEAD, row))
    assert mark is not None and mark.box == at("MẬT", 200, 300).box


@pytest.mark.parametrize(
    "text", ["bí mật kinh doanh", "Mật độ xây dựng", "MẬT ĐỘ DÂN SỐ", "mật khẩu", "mật", "Mật", "MẬT ONG", "BÍ MẬT"]
)
def test_the_same_letters_in_other_words_are_no_mark(text: str) -> None:
    assert find_secrecy(page(*HEAD, at(text, 240, 340))) is None


def test_a_mark_of_secrecy_is_not_looked_for_in_the_lower_part_of_a_page() -> None:
    assert find_secrecy(page(*HEAD, at("MẬT", 240, 1900))) is None


def test_of_several_marks_the_highest_counts() -> None:
    mark = find_secrecy(page(at("MẬT", 240, 100), at("TUYỆT MẬT", 240, 200)))
    assert mark is not None and mark.level == "TUYỆT MẬT"


def test_an_empty_page_bears_no_mark() -> None:
    assert find_secrecy(page()) is None
