"""Tables of procedures, CSV or XLSX, as Vietnamese Excel writes them, turned into the JSON of the published schema.

One row a component with the columns `COLUMNS`; rows of one procedure and version belong together. What a table
cannot say is refused here, by row and column; whether the procedures hold good is `pipeline.catalogue`'s affair.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import Usage

COLUMNS = (
    *("code", "version", "name", "field_code", "field_name"),
    *("effective_from", "effective_to", "source", "retention"),
    *("case_code", "case_name", "case_default"),
    *("component_code", "component_name", "required", "originals", "copies", "comparison"),
)
#: Unpacked size allowed for a workbook; a zip bomb unpacks to a thousand times its size.
MOST_UNPACKED = 512 << 20
#: What zipfile and openpyxl raise on bytes that are no workbook, or a locked one (RuntimeError).
_BROKEN_BOOK = (
    *(OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, EOFError),
    *(RuntimeError, zlib.error, zipfile.BadZipFile),
)
_TRUE, _FALSE = {"1", "true", "yes", "x", "có"}, {"0", "false", "no", "", "không"}
_DELIMITERS = ",;\t"
#: Tells Excel the delimiter; a spreadsheet neither shows nor counts the line.
_SEP_LINE = re.compile(r'"?sep=[^\r\n]"?[,;\t]*(\r\n|\r|\n|\Z)', re.IGNORECASE)
#: As Excel shows days in Vietnam. Two digits only: 7/1/2025 is how an American Excel writes the first of July.
_DAY_MONTH_YEAR = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: Digits of the longest number that a cell may hold; Python refuses to read one of some thousands.
_MOST_DIGITS = 9


def from_csv(path: Path) -> list[Any]:
    """Return the procedures in a table of text.

    Raises:
        Usage: ``catalogue-invalid`` with row and column, the header being row 1.
    """
    told = text(path)
    told = told[match.end() :] if (match := _SEP_LINE.match(told)) else told
    try:
        lines = list(csv.reader(io.StringIO(told, newline=""), delimiter=_delimiter(told), strict=True))
    except csv.Error as error:
        raise invalid(path, "/", "csv-broken") from error
    return _grouped(path, lines)


def from_xlsx(path: Path) -> list[Any]:
    """Return the procedures in the first sheet of a workbook.

    Raises:
        Usage: ``catalogue-invalid`` with row and column as the sheet shows them.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_UNPACKED:
                raise invalid(path, "/", "unpacked-too-large")
        # openpyxl gives either what a formula last came to or the formula; only both tell of one that came to nothing.
        cells, formulas = _sheet(path, data_only=True), _sheet(path, data_only=False)
    except _BROKEN_BOOK as error:
        raise invalid(path, "/", "xlsx-broken") from error
    for number, (row, raw) in enumerate(zip(cells, formulas, strict=True), 1):
        for name, cell, formula in zip(cells[0], row, raw, strict=False):
            if name in COLUMNS and cell is None and formula is not None:
                raise invalid(path, f"{number}.{name}", "formula-without-value")
    return _grouped(path, [[_cell(value) for value in row] for row in cells])


def text(path: Path) -> str:
    """Return the text of a file, composed (NFC): UTF-8, or UTF-16 when it says so itself.

    Raises:
        Usage: ``catalogue-invalid``; CP1258 for one is never guessed at, as that would garble names for decades.
    """
    data = path.read_bytes()
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return unicodedata.normalize("NFC", data.decode(encoding))
    except UnicodeDecodeError as error:
        raise invalid(path, "/", "encoding-unknown") from error


def invalid(path: Path, where: str, problem: str) -> Usage:
    """Return the refusal of a catalogue; *problem* is a key ``problem.<code>`` of the messages."""
    return Usage("catalogue-invalid", file=path.name, where=where or "/", problem=problem)


def _delimiter(told: str) -> str:
    """Return the delimiter with which the header has the most columns that we know."""
    header = next(io.StringIO(told, newline=""), "")
    return max(_DELIMITERS, key=lambda each: len(set(COLUMNS) & set(next(csv.reader([header], delimiter=each), []))))


def _sheet(path: Path, *, data_only: bool) -> list[tuple[Any, ...]]:
    import openpyxl  # noqa: PLC0415 -- a quarter of a second that only this format needs

    with warnings.catch_warnings(action="ignore"):  # about styles and extensions that we do not read
        book = openpyxl.load_workbook(path, read_only=True, data_only=data_only)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    return rows


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else unicodedata.normalize("NFC", str(value))


def _grouped(path: Path, lines: Sequence[Sequence[str]]) -> list[Any]:
    """Gather rows, one a component, into procedures; an empty row counts, but says nothing."""
    procedures: dict[tuple[str, str], dict[str, Any]] = {}
    if not any(map(any, lines)):
        return []
    header, *body = lines
    if missing := [name for name in COLUMNS if name not in header]:
        raise invalid(path, f"1: {', '.join(missing)}", "columns-missing")
    for number, line in enumerate(body, 2):
        if not any(line):
            continue
        row = dict(zip(header, line, strict=False))
        if cut := [name for name in COLUMNS if name not in row]:
            raise invalid(path, f"{number}.{cut[0]}", "row-too-short")
        cells = {name: row[name].strip() for name in COLUMNS}
        key = (cells["code"], cells["version"])
        told = _procedure(path, number, cells)
        procedure = procedures.setdefault(key, told)
        _agrees(path, number, procedure, told)
        _component(path, number, cells, procedure["cases"])
    return list(procedures.values())


def _procedure(path: Path, number: int, cells: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": 1,
        "code": cells["code"],
        "version": _number(path, number, cells, "version"),
        "name": cells["name"],
        "field": {"code": cells["field_code"], "name": cells["field_name"]},
        "effective_from": _day(path, number, cells, "effective_from"),
        "effective_to": _day(path, number, cells, "effective_to") if cells["effective_to"] else None,
        "source": cells["source"],
        # Spreadsheets turn 01 into 1.
        "retention": cells["retention"].zfill(2),
        "cases": [],
    }


def _component(path: Path, number: int, cells: Mapping[str, str], cases: list[dict[str, Any]]) -> None:
    told: dict[str, Any] = {
        "code": cells["case_code"],
        "name": cells["case_name"],
        "default": _truth(path, number, cells, "case_default"),
        "components": [],
    }
    case = next((case for case in cases if case["code"] == told["code"]), None)
    if case is None:
        case = told
        cases.append(case)
    _agrees(path, number, case, told, "case_")
    case["components"].append(
        {
            "code": cells["component_code"],
            "name": cells["component_name"],
            "required": _truth(path, number, cells, "required"),
            "originals": _number(path, number, cells, "originals"),
            "copies": _number(path, number, cells, "copies"),
            "comparison": _truth(path, number, cells, "comparison"),
        }
    )


def _agrees(path: Path, row: int, before: Mapping[str, Any], told: Mapping[str, Any], prefix: str = "") -> None:
    """Refuse a row that tells a procedure or a case in another way than the row that brought it up."""
    for name, value in told.items():
        if isinstance(value, dict):
            _agrees(path, row, before[name], value, f"{name}_")
        elif not isinstance(value, list) and value != before[name]:  # a list is what the rows add to
            raise invalid(path, f"{row}.{prefix}{name}", "row-differs")


def _number(path: Path, row: int, cells: Mapping[str, str], name: str) -> int:
    if not cells[name]:
        raise invalid(path, f"{row}.{name}", "minLength")
    if not cells[name].isdecimal() or len(cells[name]) > _MOST_DIGITS:
        raise invalid(path, f"{row}.{name}", "not-a-number")
    return int(cells[name])


def _truth(path: Path, row: int, cells: Mapping[str, str], name: str) -> bool:
    word = cells[name].lower()
    if word not in _TRUE | _FALSE:
        raise invalid(path, f"{row}.{name}", "not-yes-or-no")
    return word in _TRUE


def _day(path: Path, row: int, cells: Mapping[str, str], name: str) -> str:
    """Return a day as ISO 8601 has it."""
    day = _DAY_MONTH_YEAR.sub(r"\3-\2-\1", cells[name]) if _DAY_MONTH_YEAR.fullmatch(cells[name]) else cells[name]
    if not is_day(day):
        raise invalid(path, f"{row}.{name}", "not-a-day" if day else "minLength")
    return day


def is_day(told: str) -> bool:
    """Tell whether *told* is a day that there is, as YYYY-MM-DD."""
    try:
        return _ISO_DAY.fullmatch(told) is not None and bool(date.fromisoformat(told))
    except ValueError:
        return False
