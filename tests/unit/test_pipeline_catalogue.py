"""Procedures come in as JSON, CSV or XLSX; whatever the form, the same value comes out or the place is named."""

from __future__ import annotations

import copy
import csv
import io
import json
import random
import unicodedata
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline import catalogue
from pipeline.catalogue import COLUMNS, load, procedure_from, shipped
from pipeline.errors import Usage
from pipeline.messages import reason

SHIPPED = sorted((Path(__file__).parents[2] / "samples" / "catalogue").glob("*.json"))
BIRTH: dict[str, Any] = {
    "format": 1,
    "code": "1.001193",
    "version": 2,
    "name": "Thủ tục đăng ký khai sinh",
    "field": {"code": "HT", "name": "Hộ tịch"},
    "effective_from": "2025-07-01",
    "effective_to": "2027-01-01",
    "source": "QĐ 1/2025, có dấu phẩy và “ngoặc”",
    "retention": "01",
    "cases": [
        {
            "code": "TH01",
            "name": "Đúng hạn",
            "default": True,
            "components": [
                {
                    "code": "TP01",
                    "name": "Tờ khai",
                    "required": True,
                    "originals": 1,
                    "copies": 0,
                    "comparison": False,
                },
                {
                    "code": "TP02",
                    "name": "Bản sao Giấy chứng sinh",
                    "required": False,
                    "originals": 0,
                    "copies": 2,
                    "comparison": True,
                },
            ],
        },
        {
            "code": "TH02",
            "name": "Quá hạn",
            "default": False,
            "components": [
                {
                    "code": "TP01",
                    "name": "Tờ khai",
                    "required": True,
                    "originals": 1,
                    "copies": 0,
                    "comparison": False,
                }
            ],
        },
    ],
}
WORD = {True: "có", False: "không"}


def rows(procedure: dict[str, Any]) -> list[dict[str, Any]]:
    """The table of a procedure: one row a component."""
    head = {name: procedure[name] for name in ("code", "version", "name", "effective_from", "source", "retention")}
    head |= {"field_code": procedure["field"]["code"], "field_name": procedure["field"]["name"]}
    head["effective_to"] = procedure["effective_to"] or ""
    return [
        head
        | {"case_code": case["code"], "case_name": case["name"], "case_default": WORD[case["default"]]}
        | {"component_code": each["code"], "component_name": each["name"], "required": WORD[each["required"]]}
        | {"originals": each["originals"], "copies": each["copies"], "comparison": WORD[each["comparison"]]}
        for case in procedure["cases"]
        for each in case["components"]
    ]


def as_json(folder: Path, value: Any, encoding: str = "utf-8") -> Path:
    path = folder / "c.json"
    path.write_text(json.dumps(value, ensure_ascii=False), encoding=encoding)
    return path


def as_csv(folder: Path, table: list[dict[str, Any]], encoding: str = "utf-8") -> Path:
    path = folder / "c.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    return path


def as_xlsx(folder: Path, table: list[dict[str, Any]]) -> Path:
    path = folder / "c.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(COLUMNS))
    for row in table:
        sheet.append([row.get(name) for name in COLUMNS])
    book.save(path)
    return path


def refused(path: Path) -> str:
    with pytest.raises(Usage) as caught:
        load(path)
    assert caught.value.code == "catalogue-invalid"
    return reason(caught.value.code, caught.value.facts)


def with_(**more: Any) -> dict[str, Any]:
    return copy.deepcopy(BIRTH) | more


# --- what is shipped ----------------------------------------------------------------------------------------------


def test_five_procedures_are_shipped() -> None:
    # The issue: birth, certified copy, household business, residence, land-use certificate.
    assert len(SHIPPED) == 5
    assert list(shipped(SHIPPED[0].parent)) == SHIPPED


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_procedure_fits_the_schema_and_is_called_by_its_code(path: Path) -> None:
    (raw,) = load(path)
    procedure = procedure_from(raw)
    assert procedure.code == path.stem
    assert procedure.case(None) is not None  # a ticket may leave the case out
    assert any(component.required for case in procedure.cases for component in case.components)
    assert unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))


# --- three forms, one value ---------------------------------------------------------------------------------------


def test_json_csv_and_xlsx_of_a_procedure_give_the_same_value(tmp_path: Path) -> None:
    table = rows(BIRTH)
    assert load(as_json(tmp_path, BIRTH)) == load(as_csv(tmp_path, table)) == load(as_xlsx(tmp_path, table)) == [BIRTH]


def test_the_value_is_the_procedure(tmp_path: Path) -> None:
    procedure = procedure_from(load(as_json(tmp_path, BIRTH))[0])
    assert (procedure.code, procedure.version, procedure.retention) == ("1.001193", 2, "01")
    assert (procedure.effective_from, procedure.effective_to) == (date(2025, 7, 1), date(2027, 1, 1))
    assert [case.code for case in procedure.cases] == ["TH01", "TH02"]
    assert procedure.cases[0].components[1].comparison
    assert procedure.cases[0].components[1].copies == 2


def test_what_excel_makes_of_a_table_is_still_the_same_procedure(tmp_path: Path) -> None:
    # Excel turns codes and counts into numbers, 01 into 1, and days into date cells.
    table = rows(BIRTH)
    for row in table:
        row |= {"version": 2.0, "retention": 1, "originals": float(row["originals"]), "code": 1.001193}
        row |= {"effective_from": datetime(2025, 7, 1), "effective_to": datetime(2027, 1, 1)}  # noqa: DTZ001 -- a cell
        row |= {name: row[name] == "có" for name in ("case_default", "required", "comparison")}
    assert load(as_xlsx(tmp_path, table)) == [BIRTH]


def test_a_procedure_that_still_holds_has_no_last_day(tmp_path: Path) -> None:
    endless = with_(effective_to=None)
    assert load(as_csv(tmp_path, rows(endless))) == load(as_xlsx(tmp_path, rows(endless))) == [endless]
    assert procedure_from(endless).effective_to is None


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert load(as_csv(tmp_path, rows(BIRTH), "utf-8-sig")) == [BIRTH]
    assert load(as_json(tmp_path, BIRTH, "utf-8-sig")) == [BIRTH]


def test_several_procedures_and_versions_come_from_one_table(tmp_path: Path) -> None:
    other = with_(code="2.000815", name="Chứng thực bản sao")
    newer = with_(version=3, effective_from="2027-01-01", effective_to=None)
    table = [*rows(BIRTH), *rows(other), *rows(newer)]
    assert load(as_csv(tmp_path, table)) == [BIRTH, other, newer]


def test_names_are_composed_whatever_the_table_was_made_with(tmp_path: Path) -> None:
    loose = [
        {name: unicodedata.normalize("NFD", cell) if isinstance(cell, str) else cell for name, cell in row.items()}
        for row in rows(BIRTH)
    ]
    assert load(as_csv(tmp_path, loose)) == [BIRTH]
    assert load(as_xlsx(tmp_path, loose)) == [BIRTH]


def test_empty_rows_and_further_columns_of_a_sheet_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    book = openpyxl.Workbook()
    book.active.append([*COLUMNS, "ghi chú"])
    for row in rows(BIRTH):
        book.active.append([*(row[name] for name in COLUMNS), "xem lại"])
        book.active.append([])
    book.save(path)
    assert load(path) == [BIRTH]


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
    assert name in refused(path)


def test_another_ending_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    path = tmp_path / "c.xls"
    path.write_bytes(b"x")
    said = refused(path)
    assert ".json" in said
    assert ".csv" in said
    assert ".xlsx" in said


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    # Excel's plain "CSV" is CP1258 on a Vietnamese Windows; guessing would garble names for decades.
    path = tmp_path / "c.csv"
    path.write_bytes((",".join(COLUMNS) + "\nĐ").encode("cp1258"))
    assert "UTF-8" in refused(path)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("code,version\n1.001193,1\n", encoding="utf-8")
    said = refused(path)
    assert "component_code" in said
    assert "“2”" in said


@pytest.mark.parametrize(("column", "cell"), [("originals", "một"), ("required", "maybe"), ("version", "-1")])
def test_a_wrong_cell_is_named_by_row_and_column(tmp_path: Path, column: str, cell: str) -> None:
    table = rows(BIRTH)
    table[1][column] = cell
    said = refused(as_csv(tmp_path, table))
    assert f"3.{column}" in said  # the header is row 1
    assert cell in said


def test_rows_are_counted_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    table = rows(BIRTH)
    table[1]["originals"] = "một"
    assert "4.originals" in refused(as_xlsx(tmp_path, [table[0], {}, table[1]]))


@pytest.mark.parametrize("column", ["name", "effective_from", "source", "case_name"])
def test_rows_of_one_procedure_that_contradict_each_other_are_refused(tmp_path: Path, column: str) -> None:
    # Taking the first and dropping the second would import a procedure that nobody wrote.
    table = rows(BIRTH)
    table[1][column] = "2025-08-01"
    refused(as_csv(tmp_path, table))


# --- hostile workbooks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"", b"not a zip", b"PK\x03\x04 but no more", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64]
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    # The last is the head of an .xls or of a workbook with a password.
    path = tmp_path / "c.xlsx"
    path.write_bytes(data)
    assert "XLSX" in refused(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "x")
    assert "XLSX" in refused(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MOST_UNPACKED", 1 << 20)
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *a, **k: pytest.fail("it was unpacked"))
    path = tmp_path / "c.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (2 << 20))
    assert path.stat().st_size < 10_000
    assert "1 MB" in refused(path)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MOST_BYTES", 100)
    refused(as_json(tmp_path, BIRTH))


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
    assert "XLSX" in refused(path)
