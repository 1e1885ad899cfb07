"""What the order of a page promises, whatever is on it and however the engine cut it into lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from layout_helpers import centred, line, texts

from ocr.layout import arrange
from ocr.model import Box, Line, Word
from ocr.ruling import Rulings

modest = settings(deadline=None, max_examples=80)

sides = st.floats(0, 400)
places = st.tuples(st.floats(0, 1600), st.floats(0, 2300))
boxes = st.builds(lambda at, w, h: Box(at[0], at[1], at[0] + w, at[1] + h), places, sides, sides)
words = st.builds(Word, st.sampled_from(["Số:", "12", "-", ".", "QUYẾT", "x", "2:", "a)"]), boxes, st.floats(0, 1))
lines = st.lists(words, min_size=1, max_size=6).map(lambda w: Line(tuple(w), Box.around(tuple(x.box for x in w))))
pages = st.lists(lines, max_size=12)
# From few, so that the same room comes twice and rooms lie in one another.
rooms = (
    st.sampled_from([Box(0, 0, 1600, 2300), Box(0, 0, 800, 400), Box(100, 100, 700, 300), Box(800, 0, 1600, 400)])
    | boxes
)
rulings = st.builds(
    Rulings, st.floats(-0.02, 0.02), st.lists(st.lists(boxes, min_size=1, max_size=5).map(tuple), max_size=3).map(tuple)
)

BODY = "Giao cho ông Võ Đình Mẫu sử dụng thửa đất số 125 tờ bản đồ số 08 tại thôn Ví"
PAPER = (
    line(centred("ỦY BAN NHÂN DÂN", 450), centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 1150), top=200),
    line(centred("XÃ MẪU LÂM", 450), centred("Độc lập - Tự do - Hạnh phúc", 1150), top=250),
    line(centred("QUYẾT ĐỊNH", 890), top=400),
    *(line((BODY, 250), top=480 + 50 * number) for number in range(4)),
    line(("Họ và tên: Võ Đình Mẫu", 250), ("Năm sinh: 1965", 1000), top=700),
    line(("Nơi nhận:", 250), centred("CHỦ TỊCH", 1200), top=800),
    line(("- Như trên;", 250), top=840),
    line(centred("Bùi Thị Ngọc Mẫu", 1200), top=1050),
)
READ = texts(arrange(PAPER))


def moved(each: Line, way: object) -> Line:
    words = tuple(replace(word, box=way(word.box)) for word in each.words)  # type: ignore[operator]
    return Line(words, Box.around(tuple(word.box for word in words)))


@modest
@given(pages, rulings)
def test_every_word_that_comes_in_goes_out_exactly_once(page, ruled):
    out = arrange(page, ruled)
    assert Counter(word for each in out for word in each.words) == Counter(word for each in page for word in each.words)


@modest
@given(pages, rulings)
def test_blocks_and_paragraphs_are_numbered_in_reading_order_and_nest(page, ruled):
    out = arrange(page, ruled)
    for numbers in ([each.block for each in out], [each.paragraph for each in out]):
        assert numbers == sorted(numbers)
        assert set(numbers) == set(range(len(set(numbers))))
    assert len({(each.block, each.paragraph) for each in out}) == len({each.paragraph for each in out})


@modest
@given(st.floats(-150, 150), st.floats(-150, 150), st.floats(0.3, 3))
def test_a_page_reads_the_same_wherever_it_lies_and_at_any_resolution(right, down, scale):
    def way(box: Box) -> Box:
        left, top, far, low = box.left + right, box.top + down, box.right + right, box.bottom + down
        return Box(left * scale, top * scale, far * scale, low * scale)

    assert texts(arrange([moved(each, way) for each in PAPER])) == READ


@modest
@given(st.randoms(use_true_random=False))
def test_a_pixel_here_or_there_changes_nothing(chance):
    def way(box: Box) -> Box:
        x, y = chance.uniform(-1, 1), chance.uniform(-1, 1)
        return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)

    assert texts(arrange([moved(each, way) for each in PAPER])) == READ


@modest
@given(st.data())
def test_it_does_not_matter_where_the_engine_cut_its_lines_nor_in_what_order_it_gave_them(data):
    cut = []
    for each in PAPER:
        place = data.draw(st.integers(0, len(each.words) - 1))
        parts = (each.words[:place], each.words[place:])
        cut += [Line(part, Box.around(tuple(word.box for word in part))) for part in parts if part]
    assert texts(arrange(data.draw(st.permutations(cut)))) == READ


@modest
@given(st.floats(-0.0085, 0.0085))
def test_a_page_that_leans_by_half_a_degree_reads_the_same(slope):
    def way(box: Box) -> Box:
        x, y = box.centre
        return Box(box.left - slope * y, box.top + slope * x, box.right - slope * y, box.bottom + slope * x)

    assert texts(arrange([moved(each, way) for each in PAPER])) == READ


def test_what_is_in_order_stays_in_order():
    once = arrange(PAPER)
    assert arrange(once) == once
