from __future__ import annotations

from layout_helpers import centred, line

from ocr.layout import arrange
from ocr.model import Line

FULL = "nghĩa vụ tài chính chuyển hồ sơ cho văn phòng đăng ký đất đai chỉnh lý theo hồ"


def paragraphs(*lines: Line) -> list[int]:
    return [each.paragraph for each in arrange(lines)]


def test_lines_of_running_text_are_one_paragraph_and_an_indented_one_begins_the_next():
    assert paragraphs(
        line((FULL[:-6], 330), top=500),
        line((FULL, 250), top=550),
        line(("theo quy định.", 250), top=600),
        line((FULL[:-6], 330), top=650),
        line((FULL, 250), top=700),
    ) == [0, 0, 0, 1, 1]


def test_a_line_with_room_for_the_next_word_was_ended_on_purpose():
    assert paragraphs(
        line((FULL, 250), top=500),
        line(("Họ và tên: Võ Đình Mẫu", 250), top=550),
        line(("Nơi cư trú: Thôn Ví Dụ", 250), top=600),
    ) == [0, 0, 1]


def test_items_and_articles_begin_paragraphs_even_after_a_full_line():
    assert paragraphs(
        line((f"{FULL};", 250), top=500),
        line((f"- {FULL[:-3]};", 250), top=550),
        line((f"Điều 2. {FULL[:-9]}", 250), top=600),
        line((FULL, 250), top=650),
    ) == [0, 1, 2, 2]


def test_white_above_a_line_begins_a_paragraph():
    tops = (500, 550, 600, 700, 750)
    assert paragraphs(*(line((FULL, 250), top=top) for top in tops)) == [0, 0, 0, 1, 1]


def test_a_page_number_is_a_block_of_its_own_above_and_below():
    text = [line((FULL, 250), top=200 + 50 * number) for number in range(3)]
    above = arrange((line(centred("2", 900), top=100), *text))
    below = arrange((*text, line(centred("Trang 2/5", 900), top=420)))
    assert [each.block for each in above] == [0, 1, 1, 1]
    assert [each.block for each in below] == [0, 0, 0, 1]


def test_no_paragraph_is_part_of_two_blocks():
    read = arrange((line(centred("2", 900), top=100), line((FULL, 250), top=200), line((FULL, 250), top=250)))
    assert [(each.block, each.paragraph) for each in read] == [(0, 0), (1, 1), (1, 1)]
