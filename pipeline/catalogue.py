"""Procedures as versioned data: read from JSON, CSV or XLSX, checked against the published schema, kept as JSON.

A table (CSV, XLSX) has one row a component with the columns `COLUMNS`; rows of one procedure and version belong
together. Where procedures are kept is the ledger's affair.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import Usage
from pipeline.model import Case, Component, Procedure, canonical_json
from pipeline.schemas import mismatch

COLUMNS = (
    *(
        "code",
        "version",
        "name",
        "field_code",
        "field_name",
        "effective_from",
        "effective_to",
        "source",
        "retention",
    ),
    *("case_code", "case_name", "case_default"),
    *("component_code", "component_name", "required", "originals", "copies", "comparison"),
)
#: The national list has some 6,000 procedures; as JSON that is about 20 MB.
MOST_BYTES = 64 << 20
#: Unpacked size allowed for a workbook; a zip bomb unpacks to a thousand times its size.
MOST_UNPACKED = 512 << 20
#: What zipfile and openpyxl raise on bytes that are no workbook, or a locked one (RuntimeError).
_BROKEN_BOOK = (
    *(OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, EOFError),
    *(RuntimeError, zlib.error, zipfile.BadZipFile),
)
_TRUE, _FALSE = {"1", "true", "yes", "x", "có"}, {"0", "false", "no", "", "không"}


def load(path: Path) -> list[dict[str, Any]]:
    """Return the procedures in *path* as plain JSON that fits the published schema.

    Raises:
        Usage: ``path-missing``, or ``catalogue-invalid`` with the place and the problem.
    """
    if not path.is_file():
        raise Usage("path-missing", path=str(path))
    if path.stat().st_size > MOST_BYTES:
        raise _invalid(path, "/", f"> {MOST_BYTES >> 20} MB")
    readers = {".json": _from_json, ".csv": _from_csv, ".xlsx": _from_xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _invalid(path, "/", " | ".join(readers))
    procedures = reader(path)
    if not procedures:
        raise _invalid(path, "/", "0")
    for at, procedure in enumerate(procedures):
        _check(path, f"[{at}]" if len(procedures) > 1 else "", procedure)
    return procedures


def procedure_from(raw: Mapping[str, Any]) -> Procedure:
    """Return the procedure that a checked catalogue entry describes."""
    return Procedure(
        code=raw["code"],
        version=raw["version"],
        name=raw["name"],
        field_code=raw["field"]["code"],
        field_name=raw["field"]["name"],
        effective_from=date.fromisoformat(raw["effective_from"]),
        effective_to=date.fromisoformat(raw["effective_to"]) if raw.get("effective_to") else None,
        source=raw["source"],
        retention=raw["retention"],
        cases=tuple(
            Case(
                case["code"],
                case["name"],
                case["default"],
                tuple(Component(**each) for each in case["components"]),
            )
            for case in raw["cases"]
        ),
    )


def _check(path: Path, where: str, procedure: Any) -> None:
    dot = f"{where}." if where else ""
    if wrong := mismatch("catalogue-1", procedure):
        raise _invalid(path, f"{dot}{wrong.where}", f"{wrong.rule}: {wrong.detail}")
    for name in ("effective_from", "effective_to"):
        if procedure.get(name):
            _day(path, f"{dot}{name}", procedure[name])
    if procedure.get("effective_to") and procedure["effective_to"] <= procedure["effective_from"]:
        raise _invalid(path, f"{dot}effective_to", "<= effective_from")
    cases = procedure["cases"]
    if sum(case["default"] for case in cases) > 1:
        raise _invalid(path, f"{dot}cases", "default × 2")
    for group, names in [("cases", [case["code"] for case in cases])] + [
        (f"cases.{case['code']}", [each["code"] for each in case["components"]]) for case in cases
    ]:
        if len(set(names)) != len(names):
            raise _invalid(path, f"{dot}{group}", "code × 2")


def _from_json(path: Path) -> list[Any]:
    try:
        raw = json.loads(_text(path))
        # JSON can spell half of a surrogate pair; let in, nothing that tells of it could be written.
        canonical_json(raw)
    except (ValueError, RecursionError) as error:
        raise _invalid(path, "/", "JSON") from error
    return raw if isinstance(raw, list) else [raw]


def _from_csv(path: Path) -> list[Any]:
    try:
        rows = list(csv.DictReader(io.StringIO(_text(path)), strict=True))
    except csv.Error as error:
        raise _invalid(path, "/", "CSV") from error
    return _grouped(path, rows)


def _from_xlsx(path: Path) -> list[Any]:
    import openpyxl  # noqa: PLC0415 -- a quarter of a second that only this format needs

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_UNPACKED:
                raise _invalid(path, "/", f"> {MOST_UNPACKED >> 20} MB")
        with warnings.catch_warnings(action="ignore"):  # about styles and extensions that we do not read
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        cells = [[_cell(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    except _BROKEN_BOOK as error:
        raise _invalid(path, "/", "XLSX") from error
    header, *body = cells or [[]]
    return _grouped(path, [dict(zip(header, row, strict=False)) if any(row) else {} for row in body])


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else unicodedata.normalize("NFC", str(value))


def _grouped(path: Path, rows: Iterable[Mapping[str, str | None]]) -> list[Any]:
    """Gather rows, one a component, into procedures; an empty row counts, but says nothing."""
    procedures: dict[tuple[str, str], dict[str, Any]] = {}
    for number, row in enumerate(rows, 2):
        if not row:
            continue
        if missing := [name for name in COLUMNS if row.get(name) is None]:
            raise _invalid(path, f"{number}", f"missing {', '.join(missing)}")
        cells = {name: str(row[name]).strip() for name in COLUMNS}
        key = (cells["code"], cells["version"])
        told = _procedure(path, number, cells)
        procedure = procedures.setdefault(key, told)
        _agrees(path, number, procedure, told, "cases")
        _component(path, number, cells, procedure["cases"])
    return list(procedures.values())


def _procedure(path: Path, number: int, cells: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": 1,
        "code": cells["code"],
        "version": _number(path, number, cells, "version"),
        "name": cells["name"],
        "field": {"code": cells["field_code"], "name": cells["field_name"]},
        "effective_from": cells["effective_from"],
        "effective_to": cells["effective_to"] or None,
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
    _agrees(path, number, case, told, "components")
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


def _agrees(path: Path, row: int, before: Mapping[str, Any], told: Mapping[str, Any], below: str) -> None:
    """Refuse a row that tells a procedure or a case in another way than the row that brought it up."""
    if differing := [name for name in told if name != below and told[name] != before[name]]:
        raise _invalid(path, f"{row}.{differing[0]}", "≠")


def _number(path: Path, row: int, cells: Mapping[str, str], name: str) -> int:
    if not cells[name].isdecimal():
        raise _invalid(path, f"{row}.{name}", repr(cells[name][:20]))
    return int(cells[name])


def _truth(path: Path, row: int, cells: Mapping[str, str], name: str) -> bool:
    text = cells[name].lower()
    if text not in _TRUE | _FALSE:
        raise _invalid(path, f"{row}.{name}", repr(text[:20]))
    return text in _TRUE


def _day(path: Path, where: str, text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise _invalid(path, where, text) from error


def _text(path: Path) -> str:
    try:
        return unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _invalid(path, "/", "UTF-8") from error


def _invalid(path: Path, where: str, problem: str) -> Usage:
    return Usage("catalogue-invalid", file=path.name, where=where or "/", problem=problem)


def shipped(folder: Path) -> Iterator[Path]:
    """Yield the catalogue files of *folder*, by name."""
    yield from sorted(folder.glob("*.json"))
