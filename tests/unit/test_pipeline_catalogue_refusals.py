"""A catalogue that cannot be taken is refused, and the place is named; a hostile workbook does no harm."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from catalogue_helpers import BIRTH, as_csv, as_json, as_xlsx, rows, with_

from pipeline import catalogue, catalogue_tables
from pipeline.catalogue import COLUMNS, load
from pipeline.errors import Usage
from pipeline.messages import catalogue as sentences
from pipeline.messages import reason


def refused(path: Path) -> str:
    with pytest.raises(Usage) as caught:
        load(path)
    assert caught.value.code == "catalogue-invalid"
    assert f"problem.{caught.value.facts['problem']}" in sentences()  # a stable code, told in Vietnamese
    return reason(caught.value.code, caught.value.facts)


# --- what is refused, and how it is told ----------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Usage) as caught:
        load(tmp_path / "no.json")
    assert caught.value.code == "path-missing"


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (with_(code="1.00119"), "code"),
        (with_(code="1.٠٠١١٩٣"), "code"),
        (with_(code="1.001193\n"), "code"),
        (with_(retention="08"), "retention"),
        (with_(version=0), "version"),
        (with_(effective_from="01/07/2025"), "effective_from"),
        (with_(effective_from="2025-02-30"), "effective_from"),
        (with_(effective_to="2025-06-30"), "effective_to"),
        (with_(effective_to="2025-07-01"), "effective_to"),
        (with_(cases=[]), "cases"),
        (with_(cases=[*BIRTH["cases"], BIRTH["cases"][1]]), "cases"),
        (with_(cases=[BIRTH["cases"][0], BIRTH["cases"][1] | {"default": True}]), "cases"),
        (
            with_(cases=[BIRTH["cases"][0] | {"components": BIRTH["cases"][0]["components"] * 2}]),
            "TH01",
        ),
        (with_(cases=[BIRTH["cases"][0] | {"code": "../x"}]), "cases[0].code"),
        (with_(colour="red"), "colour"),
    ],
)
def test_a_procedure_that_cannot_be_is_refused_with_its_place(tmp_path: Path, wrong: Any, where: str) -> None:
    said = refused(as_json(tmp_path, wrong))
    assert "c.json" in said
    assert f"“{where}" in said or f".{where}" in said


@pytest.mark.parametrize(
    ("wrong", "meaning"),
    [
        (with_(code="1.00119"), "sai dạng mã"),
        (with_(effective_from="01/07/2025"), "2025-07-01"),
        (with_(effective_to="01/01/2027"), "2025-07-01"),
        (with_(effective_from="2025-02-30"), "ngày có thật"),
        (with_(effective_to="2025-07-01"), "phải sau ngày có hiệu lực"),
        (with_(cases=[BIRTH["cases"][0], BIRTH["cases"][1] | {"default": True}]), "hơn một trường hợp mặc định"),
        (with_(cases=[BIRTH["cases"][0], BIRTH["cases"][0] | {"default": False}]), "lặp lại"),
    ],
)
def test_what_is_wrong_with_a_procedure_is_said_in_words(tmp_path: Path, wrong: Any, meaning: str) -> None:
    said = refused(as_json(tmp_path, wrong))
    assert meaning in said
    assert not re.search(r"\\d|\^|does not|[×≠<>]", said)  # neither a regex, nor English, nor signs


def test_the_place_says_which_of_several_procedures(tmp_path: Path) -> None:
    assert "[1].retention" in refused(as_json(tmp_path, [BIRTH, with_(retention="99")]))


@pytest.mark.parametrize("name", ["effective_from", "effective_to"])
def test_the_place_in_a_single_procedure_is_written_without_a_leading_dot(tmp_path: Path, name: str) -> None:
    assert f"“{name}”" in refused(as_json(tmp_path, with_(**{name: "2024-13-01"})))


def test_half_a_surrogate_pair_is_refused_at_the_door(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(with_(name="Thủ tục \ud83d")), encoding="utf-8")
    refused(path)


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"\xff\xfe{\0}\0", b'"x"', b"null", b"[1]", b"NaN"])
def test_what_is_no_catalogue_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(data)
    refused(path)


@pytest.mark.parametrize("name", ["c.json", "c.csv", "c.xlsx"])
def test_a_catalogue_with_nothing_in_it_is_no_success(tmp_path: Path, name: str) -> None:
    # House rule 8: "imported 0 procedures" after exporting the wrong sheet would look like work done.
    path = {"c.json": as_json, "c.csv": as_csv, "c.xlsx": as_xlsx}[name](tmp_path, [])
    said = refused(path)
    assert name in said
    assert "không có thủ tục nào" in said


@pytest.mark.parametrize("name", ["c.json", "c.csv"])
def test_an_empty_file_is_said_to_have_no_procedures(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf\r\n")
    assert "không có thủ tục nào" in refused(path)


def test_another_ending_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    path = tmp_path / "c.xls"
    path.write_bytes(b"x")
    said = refused(path)
    assert "đuôi .json, .csv hoặc .xlsx" in said


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    # Excel's plain "CSV" is CP1258 on a Vietnamese Windows; guessing would garble names for decades.
    path = tmp_path / "c.csv"
    path.write_bytes((",".join(COLUMNS) + "\nĐ").encode("cp1258"))
    assert "hãy lưu lại trong Excel theo kiểu “CSV UTF-8”" in refused(path)


def test_utf_16_cut_in_the_middle_of_a_letter_is_refused(tmp_path: Path) -> None:
    path = as_csv(tmp_path, rows(BIRTH), "utf-16")
    path.write_bytes(path.read_bytes()[:-1])
    assert "UTF-8" in refused(path)


def test_missing_columns_are_named_with_the_row_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(",".join(COLUMNS).replace("version,", "").replace("source,", "") + "\n1\n", encoding="utf-8")
    said = refused(path)
    assert "“1: version, source”" in said
    assert "dòng tiêu đề thiếu các cột này" in said


def test_a_row_that_stops_early_is_refused_where_it_stops(tmp_path: Path) -> None:
    path = as_csv(tmp_path, rows(BIRTH))
    path.write_text(path.read_text(encoding="utf-8").rstrip().removesuffix(",không"), encoding="utf-8")
    said = refused(path)
    assert "“4.comparison”" in said
    assert "thiếu ô" in said


def test_a_quote_that_is_not_closed_is_refused(tmp_path: Path) -> None:
    path = as_csv(tmp_path, rows(BIRTH))
    path.write_text(path.read_text(encoding="utf-8") + '"1.001193', encoding="utf-8")
    assert "dấu nháy kép" in refused(path)


@pytest.mark.parametrize(
    ("column", "cell", "meaning"),
    [
        ("originals", "một", "số nguyên"),
        ("version", "-1", "số nguyên"),
        ("copies", "9" * 5000, "số nguyên"),  # Python refuses to read such a number
        ("copies", "", "không được để trống"),
        ("required", "maybe", "“có” hoặc “không”"),
        ("effective_from", "31/02/2025", "ngày có thật"),
        ("effective_from", "7/1/2025", "01/07/2025"),  # an American Excel means the first of July
        ("effective_from", "", "không được để trống"),
        ("effective_to", "20270101", "2025-07-01"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(tmp_path: Path, column: str, cell: str, meaning: str) -> None:
    table = rows(BIRTH)
    table[1][column] = cell
    said = refused(as_csv(tmp_path, table))
    assert f"“3.{column}”" in said  # the header is row 1
    assert meaning in said


@pytest.mark.parametrize("column", ["originals", "required", "effective_to"])
def test_a_formula_that_was_never_calculated_is_refused(tmp_path: Path, column: str) -> None:
    # Taken for an empty cell it would say “not required” or “no last day”, which nobody wrote.
    table = rows(BIRTH)
    table[1][column] = "=A1"  # openpyxl writes the formula, but no value
    said = refused(as_xlsx(tmp_path, table))
    assert f"“3.{column}”" in said
    assert "công thức" in said


def test_a_line_that_tells_the_delimiter_is_not_counted(tmp_path: Path) -> None:
    table = rows(BIRTH)
    table[1]["originals"] = "một"
    path = as_csv(tmp_path, table)
    path.write_text("sep=,\r\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert "“3.originals”" in refused(path)  # Excel and LibreOffice show the header as row 1


def test_empty_lines_of_a_text_are_counted(tmp_path: Path) -> None:
    table = rows(BIRTH)
    table[0]["originals"] = "một"
    path = as_csv(tmp_path, table)
    header, body = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(f"{header}\n\n{body}", encoding="utf-8")
    assert "“3.originals”" in refused(path)


def test_rows_are_counted_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    table = rows(BIRTH)
    table[1]["originals"] = "một"
    assert "4.originals" in refused(as_xlsx(tmp_path, [table[0], {}, table[1]]))


@pytest.mark.parametrize("column", ["name", "field_name", "effective_from", "source", "case_name"])
def test_rows_of_one_procedure_that_contradict_each_other_are_refused(tmp_path: Path, column: str) -> None:
    # Taking the first and dropping the second would import a procedure that nobody wrote.
    table = rows(BIRTH)
    table[1][column] = "2025-08-01"
    said = refused(as_csv(tmp_path, table))
    assert f"“3.{column}”" in said
    assert "khác với dòng đầu tiên" in said


# --- hostile workbooks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"", b"not a zip", b"PK\x03\x04 but no more", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64]
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    # The last is the head of an .xls or of a workbook with a password.
    path = tmp_path / "c.xlsx"
    path.write_bytes(data)
    assert "không mở được bảng tính" in refused(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "x")
    assert "không mở được bảng tính" in refused(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_tables, "MOST_UNPACKED", 1 << 20)
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *a, **k: pytest.fail("it was unpacked"))
    path = tmp_path / "c.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (2 << 20))
    assert path.stat().st_size < 10_000
    assert "giải nén" in refused(path)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MOST_BYTES", 100)
    assert "tệp lớn hơn" in refused(as_json(tmp_path, BIRTH))


def test_a_workbook_damaged_anywhere_is_refused_or_read_never_a_crash(tmp_path: Path) -> None:
    whole = as_xlsx(tmp_path, rows(BIRTH)).read_bytes()
    chance = random.Random(20261120)
    path = tmp_path / "damaged.xlsx"
    for _ in range(60):
        at = chance.randrange(len(whole))
        path.write_bytes(whole[:at] + chance.randbytes(8) + whole[at + 8 :])
        try:
            load(path)
        except Usage as error:
            assert error.code == "catalogue-invalid"


def test_a_workbook_with_a_locked_member_is_refused(tmp_path: Path) -> None:
    whole = bytearray(as_xlsx(tmp_path, rows(BIRTH)).read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(whole))) as archive:
        offsets = [member.header_offset for member in archive.infolist()]
    for at in offsets:
        whole[at + 6] |= 1  # general purpose bit 0: encrypted
    at = whole.find(b"PK\x01\x02")
    while at >= 0:
        whole[at + 8] |= 1
        at = whole.find(b"PK\x01\x02", at + 4)
    path = tmp_path / "locked.xlsx"
    path.write_bytes(bytes(whole))
    assert "không mở được bảng tính" in refused(path)
