"""Procedures come in as JSON, CSV or XLSX; whatever the form, the same value comes out."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from catalogue_helpers import BIRTH, as_csv, as_json, as_xlsx, rows, with_

from pipeline.catalogue import COLUMNS, load, procedure_from, shipped

SHIPPED = sorted((Path(__file__).parents[2] / "samples" / "catalogue").glob("*.json"))


Form = Callable[[Path, list[dict[str, Any]]], Path]


def delimited(folder: Path, delimiter: str) -> Path:
    """The table of `BIRTH` with another delimiter."""
    path = folder / "c.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows(BIRTH))
    return path


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


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\r\n", '"sep={}"\r\n', "SEP={}\n"])
def test_a_text_is_read_however_excel_writes_it(tmp_path: Path, encoding: str, delimiter: str, first: str) -> None:
    # A Vietnamese Windows separates lists by semicolons; Excel's “Unicode text” is UTF-16 with tabs.
    path = delimited(tmp_path, delimiter)
    text = first.format(delimiter) + path.read_text(encoding="utf-8")
    path.write_bytes(text.encode(encoding))
    assert load(path) == [BIRTH]


def test_the_header_tells_the_delimiter_whatever_the_line_above_it_says(tmp_path: Path) -> None:
    path = delimited(tmp_path, ";")
    path.write_text("sep=,\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load(path) == [BIRTH]


def test_the_empty_rows_below_an_exported_table_do_no_harm(tmp_path: Path) -> None:
    path = delimited(tmp_path, ";")
    with path.open("a", encoding="utf-8") as file:
        file.write(";" * (len(COLUMNS) - 1) + "\r\n\r\n")
    assert load(path) == [BIRTH]


@pytest.mark.parametrize("form", [as_csv, as_xlsx])
def test_days_are_taken_as_a_vietnamese_excel_shows_them(tmp_path: Path, form: Form) -> None:
    table = [row | {"effective_from": "01/07/2025", "effective_to": "01/01/2027"} for row in rows(BIRTH)]
    table[1]["effective_from"] = "2025-07-01"  # the same day, so no contradiction
    assert load(form(tmp_path, table)) == [BIRTH]


def test_utf_16_is_read_in_json_too(tmp_path: Path) -> None:
    assert load(as_json(tmp_path, BIRTH, "utf-16")) == [BIRTH]


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
