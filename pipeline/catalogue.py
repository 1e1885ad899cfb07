"""Procedures as versioned data: read from JSON, CSV or XLSX, checked against the published schema, kept as JSON.

How a table (CSV, XLSX) is read is `pipeline.catalogue_tables`' affair; where procedures are kept, the ledger's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.catalogue_tables import COLUMNS, from_csv, from_xlsx, invalid, is_day, text
from pipeline.errors import Usage
from pipeline.model import Case, Component, Procedure, canonical_json
from pipeline.schemas import mismatch

__all__ = ["COLUMNS", "MOST_BYTES", "load", "procedure_from", "shipped"]

#: The national list has some 6,000 procedures; as JSON that is about 20 MB.
MOST_BYTES = 64 << 20
_DAYS = ("effective_from", "effective_to")


def load(path: Path) -> list[dict[str, Any]]:
    """Return the procedures in *path* as plain JSON that fits the published schema.

    Raises:
        Usage: ``path-missing``, or ``catalogue-invalid`` with the place and the problem.
    """
    if not path.is_file():
        raise Usage("path-missing", path=str(path))
    if path.stat().st_size > MOST_BYTES:
        raise invalid(path, "/", "catalogue-too-large")
    readers = {".json": _from_json, ".csv": from_csv, ".xlsx": from_xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise invalid(path, "/", "ending-unknown")
    procedures = reader(path)
    if not procedures:
        raise invalid(path, "/", "catalogue-empty")
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
        # To be told that a day departs from a pattern, or from one of two, is no help in writing it.
        day = wrong.where in _DAYS and wrong.rule in {"pattern", "anyOf"}
        raise invalid(path, f"{dot}{wrong.where}", "not-a-day" if day else wrong.rule)
    for name in _DAYS:
        if procedure.get(name) and not is_day(procedure[name]):
            raise invalid(path, f"{dot}{name}", "not-a-day")
    if procedure.get("effective_to") and procedure["effective_to"] <= procedure["effective_from"]:
        raise invalid(path, f"{dot}effective_to", "ends-before-it-starts")
    cases = procedure["cases"]
    if sum(case["default"] for case in cases) > 1:
        raise invalid(path, f"{dot}cases", "default-twice")
    for group, names in [("cases", [case["code"] for case in cases])] + [
        (f"cases.{case['code']}", [each["code"] for each in case["components"]]) for case in cases
    ]:
        if len(set(names)) != len(names):
            raise invalid(path, f"{dot}{group}", "code-twice")


def _from_json(path: Path) -> list[Any]:
    told = text(path)
    if not told.strip():
        return []
    try:
        raw = json.loads(told)
        # JSON can spell half of a surrogate pair; let in, nothing that tells of it could be written.
        canonical_json(raw)
    except (ValueError, RecursionError) as error:
        raise invalid(path, "/", "json-broken") from error
    return raw if isinstance(raw, list) else [raw]


def shipped(folder: Path) -> Iterator[Path]:
    """Yield the catalogue files of *folder*, by name."""
    yield from sorted(folder.glob("*.json"))
