from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

from assembly_helpers import line, reading, word
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr import Box, Line, Reading, Word
from ocr.fields import find_fields, find_secrecy, review
from ocr.syllables import is_syllable

SIZE = (1654, 2339)
ROWS = (
    ("ỦY BAN NHÂN DÂN", 330.0, 190.0),
    ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 850.0, 190.0),
    ("XÃ TUY PHƯỚC", 360.0, 235.0),
    ("Độc lập - Tự do - Hạnh phúc", 900.0, 235.0),
    ("Số: 123/QĐ-UBND", 350.0, 300.0),
    ("Tuy Phước, ngày 05 tháng 9 năm 2026", 850.0, 300.0),
    ("QUYẾT ĐỊNH", 770.0, 400.0),
    ("Về việc phê duyệt kế hoạch số hóa hồ sơ", 550.0, 450.0),
    ("Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;", 320.0, 600.0),
    ("KT. CHỦ TỊCH", 1110.0, 1500.0),
    ("PHÓ CHỦ TỊCH", 1110.0, 1545.0),
    ("Lê Thị Bích Phúc", 1080.0, 1800.0),
)


def row(text: str, left: float, top: float) -> Line:
    words = []
    for each in text.split():
        words.append(word(each, left, top, left + 15 * len(each) - 1, top + 28))
        left += 15 * len(each) + 15
    return line(*words)


PAPER = tuple(row(*each) for each in ROWS)


def page(lines: tuple[Line, ...], size: tuple[int, int] = SIZE) -> Reading:
    return reading(size, *lines)


def values(read: Reading) -> dict[str, str | None]:
    return {field.name: field.value for field in find_fields([read])}


def moved(box: Box, scale: float, x: float, y: float) -> Box:
    return Box(box.left * scale + x, box.top * scale + y, box.right * scale + x, box.bottom * scale + y)


@given(order=st.permutations(PAPER))
@settings(deadline=None, max_examples=30)
def test_fields_do_not_depend_on_the_order_of_lines(order: list[Line]) -> None:
    assert values(page(tuple(order))) == values(page(PAPER))


@given(seed=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_fields_do_not_depend_on_where_lines_were_cut(seed: Random) -> None:
    cut: list[Line] = []
    for each in PAPER:
        at = seed.randrange(len(each.words))
        cut += [line(*part) for part in (each.words[:at], each.words[at:]) if part]
    assert values(page(tuple(cut))) == values(page(PAPER))


@given(scale=st.sampled_from([0.75, 1.0, 1.5, 2.0]), x=st.floats(-25, 25), y=st.floats(-40, 60))
@settings(deadline=None, max_examples=30)
def test_fields_do_not_depend_on_resolution_nor_on_a_small_shift(scale: float, x: float, y: float) -> None:
    lines = tuple(line(*(replace(each, box=moved(each.box, scale, x, y)) for each in whole.words)) for whole in PAPER)
    assert values(page(lines, (round(SIZE[0] * scale), round(SIZE[1] * scale)))) == values(page(PAPER))


@given(number=st.integers(1, 99999), day=st.dates(date(1945, 1, 1), date(2099, 12, 31)))
@settings(deadline=None, max_examples=50)
def test_every_number_and_date_comes_out_as_it_went_in(number: int, day: date) -> None:
    lines = (
        *PAPER[:4],
        row(f"Số: {number}/QĐ-UBND", 350, 300),
        row(f"Tuy Phước, ngày {day:%d} tháng {day.month} năm {day.year}", 850, 300),
        *PAPER[6:],
    )
    found = values(page(lines))
    assert (found["number"], found["date"]) == (str(number), day.isoformat())


WORDS = st.builds(
    lambda text, left, top, width, height, sure: Word(text, Box(left, top, left + width, top + height), sure),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
    | st.sampled_from([each for text, _, _ in ROWS for each in text.split()]),
    st.floats(0, 1600),
    st.floats(0, 2300),
    st.floats(0, 200),
    st.floats(0, 60),
    st.floats(0, 1),
)


@given(lines=st.lists(st.builds(line, WORDS, WORDS), max_size=12))
@settings(deadline=None, max_examples=100)
def test_no_page_is_too_odd_to_be_looked_at(lines: list[Line]) -> None:
    read = page(tuple(lines))
    for field in find_fields([read]):
        assert 0 <= field.confidence <= 1
        assert field.name == "type" or field.text
    review([read])
    find_secrecy(read)


@given(lost=st.integers(0, len("LêThịBíchPhúc") - 1))
@settings(deadline=None, max_examples=20)
def test_a_signer_whose_name_has_lost_a_letter_is_given_only_if_it_still_is_a_name(lost: int) -> None:
    name = "Lê Thị Bích Phúc"
    place = [at for at, letter in enumerate(name) if letter != " "][lost]
    damaged = name[:place] + name[place + 1 :]
    found = values(page((*PAPER[:-1], row(damaged, 1080, 1800)))).get("signer-name")
    assert found is None or (found == " ".join(damaged.split()) and all(is_syllable(each) for each in found.split()))
