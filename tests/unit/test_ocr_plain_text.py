"""Readings as a text file, worked out by hand."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from assembly_helpers import line, reading, word
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.plain_text import to_text

SIZE = (800, 400)


def printed(text: str, paragraph: int = 0):
    return replace(line(*(word(each, 0, 0, 10, 10) for each in text.split())), paragraph=paragraph)


def test_lines_paragraphs_and_pages_are_told_apart() -> None:
    first = reading(SIZE, printed("CỘNG HÒA"), printed("Độc lập", 1), printed("Tự do", 1))
    assert to_text([first, reading(SIZE, printed("Trang hai"))]).decode() == (
        "CỘNG HÒA\n\nĐộc lập\nTự do\n\fTrang hai\n"
    )


def test_a_page_without_words_keeps_its_place() -> None:
    # The third page of the file must be the third page of the paper.
    pages = [reading(SIZE, printed("một")), reading(SIZE), reading(SIZE, printed("ba"))]
    assert to_text(pages).decode().split("\f") == ["một\n", "", "ba\n"]


def test_letters_are_composed() -> None:
    apart = unicodedata.normalize("NFD", "Đăng ký khai sinh")
    assert to_text([reading(SIZE, printed(apart))]).decode() == "Đăng ký khai sinh\n"


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=5))
def test_no_word_can_break_a_line_or_a_page(texts: list[str]) -> None:
    hostile = line(*(word(text, 0, 0, 10, 10) for text in texts))
    said = to_text([reading(SIZE, hostile)] * 2).decode()
    assert len(said.split("\f")) == 2
    assert [len(page.split("\n")) for page in said.split("\f")] == [2, 2]
