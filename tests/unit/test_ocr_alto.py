"""ALTO 4: what an independent parser (lxml) finds in it is what was read, whatever was read."""

from __future__ import annotations

from dataclasses import replace

from assembly_helpers import line, reading, word
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ocr import Box, Line, Reading, Word
from ocr.alto import to_alto
from ocr.plain_text import writable

NS = {"a": "http://www.loc.gov/standards/alto/ns-v4#"}
quick = settings(deadline=None, max_examples=60)

places = st.floats(0, 3000).map(lambda number: round(number, 1))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top, width, height = (draw(places) for _ in range(4))
    return Box(left, top, left + width, top + height)


words = st.builds(
    Word,
    st.text(min_size=1, max_size=8) | st.sampled_from(['"&<>', "\x00\x1b[31m", "]]>", "\ud800", "￿", "a\nb\tc"]),
    boxes(),
    st.floats(0, 1),
)
baselines = st.none() | st.tuples(places, places, places, places)


@st.composite
def pages(draw: st.DrawFn) -> Reading:
    lines, paragraph = [], 0
    for printed in draw(st.lists(st.lists(words, min_size=1, max_size=4), max_size=4)):
        paragraph += draw(st.integers(0, 1))
        box = Box.around(tuple(each.box for each in printed))
        lines.append(Line(tuple(printed), box, draw(baselines), paragraph, paragraph))
    size = (draw(st.integers(1, 3000)), draw(st.integers(1, 3000)))
    return reading(size, *lines, rotation=draw(st.sampled_from([0, 90, 180, 270])), skew=draw(st.sampled_from([0, 2])))


def parsed(read: list[Reading], name: str = "TP01-01.pdf") -> etree._Element:
    # No entity, no network, no repair: a strict reader.
    strict = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    return etree.fromstring(to_alto(read, file_name=name, software=("Sohoa", "0.1.0")), strict)


def box_of(element: etree._Element) -> tuple[float, float, float, float]:
    left, top, width, height = (float(element.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    return left, top, left + width, top + height


@quick
@given(st.lists(pages(), min_size=1, max_size=3))
def test_another_parser_finds_every_word_where_it_was_read(read: list[Reading]) -> None:
    found = parsed(read).findall(".//a:Page", NS)
    assert len(found) == len(read)
    for page, told in zip(read, found, strict=True):
        strings = told.findall(".//a:String", NS)
        assert [each.get("CONTENT") for each in strings] == [writable(each.text) for each in page.words]
        for each, told_word in zip(page.words, strings, strict=True):
            wanted = (each.box.left, each.box.top, each.box.right, each.box.bottom)
            assert all(abs(one - other) < 0.11 for one, other in zip(box_of(told_word), wanted, strict=True))
            assert abs(float(told_word.get("WC")) - each.confidence) < 1e-4


@quick
@given(st.lists(pages(), min_size=1, max_size=3))
def test_lines_and_paragraphs_are_elements_in_reading_order(read: list[Reading]) -> None:
    for page, told in zip(read, parsed(read).findall(".//a:Page", NS), strict=True):
        blocks = told.findall("a:PrintSpace/a:TextBlock", NS)
        assert [len(block.findall("a:TextLine", NS)) for block in blocks] == [len(lines) for lines in page.paragraphs]
        for printed, row in zip(page.lines, told.findall(".//a:TextLine", NS), strict=True):
            names = [etree.QName(each).localname for each in row]
            assert names == ["String", "SP"] * (len(printed.words) - 1) + ["String"]
            assert all(float(space.get("WIDTH")) >= 0 for space in row.findall("a:SP", NS))
            assert (row.get("BASELINE") is None) == (printed.baseline is None)


@quick
@given(st.lists(pages(), min_size=1, max_size=3))
def test_ids_are_unique_and_every_reference_leads_somewhere(read: list[Reading]) -> None:
    root = parsed(read)
    ids = root.xpath("//@ID")
    assert len(set(ids)) == len(ids)
    # An xsd:ID begins with a letter and has no space.
    assert all(each[0].isalpha() and " " not in each for each in ids)
    assert set(root.xpath("//@PROCESSINGREFS")) <= set(ids)


@quick
@given(pages())
def test_equal_readings_give_equal_bytes(page: Reading) -> None:
    one, other = (to_alto([each], file_name="a.pdf", software=("Sohoa", "1")) for each in (page, replace(page)))
    assert one == other


@given(st.text(max_size=20))
@quick
def test_no_file_name_can_break_the_document(name: str) -> None:
    told = parsed([reading((10, 10))], name).findtext(".//a:fileName", None, NS)
    assert (told or "") == writable(name)


def test_the_page_says_how_it_was_turned_and_how_fine_its_pixels_are() -> None:
    page = reading((800, 400), line(word("Số", 10, 20, 30, 40)), rotation=90, skew=0.4)
    root = parsed([page])
    settings_ = root.findtext(".//a:processingStepSettings", None, NS)
    assert "rotation=90 skew=0.4 dpi=200" in settings_
    leaf = root.find(".//a:Page", NS)
    assert (leaf.get("WIDTH"), leaf.get("HEIGHT")) == (str(page.frame_width), str(page.frame_height))
    assert leaf.get("PHYSICAL_IMG_NR") == "1"


def test_the_document_says_its_file_its_unit_and_its_software() -> None:
    root = parsed([reading((800, 400))])
    assert (root.tag, root.get("SCHEMAVERSION")) == ("{http://www.loc.gov/standards/alto/ns-v4#}alto", "4.4")
    names = ("MeasurementUnit", "fileName", "softwareName", "softwareVersion", "applicationDescription")
    assert [root.findtext(f".//a:{name}", None, NS) for name in names] == [
        "pixel",
        "TP01-01.pdf",
        "Sohoa",
        "0.1.0",
        "by hand",
    ]


def test_a_page_that_could_not_be_read_is_there_and_says_so() -> None:
    unread = replace(reading((800, 400)), failure="timed-out")
    root = parsed([unread])
    assert root.findtext(".//a:processingStepDescription", None, NS) == "timed-out"
    assert root.find(".//a:Page", NS).get("PC") is None
    assert root.findall(".//a:String", NS) == []
