"""The maker's own promises: letters that exist, tables that agree, differences that are named."""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
from PIL import Image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
#: Every letter of the Vietnamese alphabet with every tone, in small letters (TCVN 6909).
VOWELS = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The script as a module; its folder is on the path only as long as the test runs."""
    monkeypatch.syspath_prepend(str(SAMPLES))
    script = importlib.import_module("make_samples")
    script.fonts_sha256()  # says which package is missing: the tests need it (requirements/debian-packages.sh)
    yield script


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"maker.{name}")


def test_every_face_has_every_vietnamese_letter(maker: ModuleType) -> None:
    layout = _module("layout")
    letters = {ord(letter) for letter in VOWELS + VOWELS.upper()}
    assert all(letters <= layout.glyphs(face) for face in layout.Face)


def test_every_letter_of_the_known_text_can_be_drawn(maker: ModuleType) -> None:
    layout = _module("layout")
    texts = (path.read_text(encoding="utf-8") for path in (SAMPLES / "truth").rglob("*.txt"))
    used = {ord(letter) for text in texts for letter in text} - {ord("\n"), ord("\f")}
    assert used <= layout.glyphs(layout.Face.REGULAR)


def test_a_letter_without_a_glyph_stops_the_maker(maker: ModuleType) -> None:
    layout = _module("layout")
    with pytest.raises(ValueError, match="has no"):
        layout.Sheet(72).ink((9, 9), "\N{CJK UNIFIED IDEOGRAPH-6F22}", layout.Style())


def test_a_value_too_long_for_its_field_stops_the_maker(maker: ModuleType) -> None:
    with pytest.raises(ValueError, match="no room"):
        _module("printer").Printer(72).fields(("Họ và tên:", "Mẫu " * 60))


def test_the_left_block_of_a_letterhead_is_read_first(maker: ModuleType) -> None:
    printer = _module("printer")
    paper = printer.Printer(72)
    paper.letterhead([("A", printer.BODY), ("B", printer.BODY)], [("C", printer.BODY)])
    assert paper.sheet.lines == ["A", "B", "C"]


def test_a_scan_is_the_same_twice_and_another_with_another_seed(maker: ModuleType) -> None:
    ageing = _module("ageing")
    sheet = Image.new("RGB", (160, 220), "white")
    first, again, other = (ageing.scan(sheet, ageing.Glass(seed, skew=100)).tobytes() for seed in (1, 1, 2))
    assert first == again != other


def test_a_page_laid_in_sideways_comes_out_wide(maker: ModuleType) -> None:
    ageing = _module("ageing")
    picture = ageing.scan(Image.new("RGB", (160, 220), "white"), ageing.Glass(1, turn=90))
    assert picture.size == (220, 160)


def test_both_example_tables_say_the_same(maker: ModuleType) -> None:
    tables = _module("tables")
    text = io.StringIO(tables.as_csv().decode())
    book = openpyxl.load_workbook(io.BytesIO(tables.as_xlsx()))
    sheet = [
        [str(cell).lower() if isinstance(cell, bool) else str(cell or 0) for cell in row]
        for row in book["procedures"].iter_rows(values_only=True)
    ]
    assert [[cell or "0" for cell in row] for row in csv.reader(text)] == sheet


def test_a_changed_a_missing_and_a_stray_file_are_each_named(maker: ModuleType, tmp_path: Path) -> None:
    files = [("truth/a.txt", b"a"), ("truth/b.txt", b"b")]
    maker.write(files, tmp_path)
    assert maker.differences(files, tmp_path) == []
    (tmp_path / "truth/a.txt").write_bytes(b"A")
    (tmp_path / "truth/b.txt").rename(tmp_path / "truth/c.txt")
    assert [line.split(":")[0] for line in maker.differences(files, tmp_path)] == [
        "truth/a.txt",
        "truth/b.txt",
        "truth/c.txt",
    ]
