"""``sohoa separator``: print the sheets by which a stack scanned in one go is split."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.catalogue import procedure_from
from pipeline.cli.show import people, put_json, safe
from pipeline.errors import Misconfigured, Usage
from pipeline.house import open_house
from pipeline.messages import say
from pipeline.model import Case, CodeError, Component, DossierCode, Kind, Procedure, name_code
from pipeline.separator_sheets import sheets_pdf
from pipeline.separators import MOST_PAGES, MOST_SHEETS, ComponentSheet, Part, Sheet, payload, sheets_of
from pipeline.settings import Settings
from pipeline.wiring import seed

FORMAT = 1


def separator_command(
    settings: Settings,
    *,
    dossier: str,
    procedure: str,
    case: str | None,
    station: str | None,
    components: Sequence[str],
    pages: Sequence[int],
    copies: Sequence[str],
    out: Path,
    as_json: bool,
) -> int:
    """Write the sheets for a dossier as PDF to *out*; return the exit code.

    Args:
        settings: As the environment has them.
        dossier: Its code.
        procedure: Its code; the procedure must be in the catalogue on the day of the dossier.
        case: None for the procedure's usual one.
        station: None when the sheets are for any.
        components: In the order of the papers; none for all of the case.
        pages: Of each of *components*; none when nobody counted.
        copies: Components that are handed in as copies; the catalogue tells the others.
        out: The PDF.
        as_json: For machines.

    Raises:
        Usage: a code is wrong or unknown, or pages do not fit the components; nothing is written.
        Misconfigured: ``output-failed`` or ``program-missing``.
    """
    code, place = _code(dossier), _name(station)
    known, chosen = _procedure(settings, code, procedure, case)
    parts = _parts(chosen, procedure, components, pages, copies)
    sheets = sheets_of(code, known.code, chosen.code, place, parts)
    _write(out, sheets_pdf(sheets, known, chosen))
    if as_json:
        put_json({"format": FORMAT, "path": str(out), "sheets": [_told(sheet) for sheet in sheets]})
    else:
        people().print(safe(say("separator.written", count=len(sheets), path=out)), soft_wrap=True)
    return 0


def _parts(
    case: Case, procedure: str, components: Sequence[str], pages: Sequence[int], copies: Sequence[str]
) -> list[Part]:
    known = {component.code: component for component in case.components}
    for each in (*components, *copies):
        if each not in known:
            raise Usage("separator-component", procedure=procedure, component=each[:80])
    wanted = list(components or known)
    if not 1 <= len(wanted) <= MOST_SHEETS:
        raise Usage("separator-too-many", most=MOST_SHEETS)
    if pages and (len(pages) != len(components) or not all(1 <= count <= MOST_PAGES for count in pages)):
        raise Usage("separator-pages", most=MOST_PAGES)
    counts: list[int | None] = [*pages] or [None] * len(wanted)
    return [
        Part(each, Kind.COPY if each in copies else _usual(known[each]), count)
        for each, count in zip(wanted, counts, strict=True)
    ]


def _usual(component: Component) -> Kind:
    return Kind.COPY if component.copies and not component.originals else Kind.ORIGINAL


def _procedure(settings: Settings, dossier: DossierCode, code: str, case: str | None) -> tuple[Procedure, Case]:
    house = open_house(settings, make=True)
    seed(house)
    row = house.ledger.procedure(code, dossier.day)
    if row is None:
        raise Usage("procedure-not-found", procedure=code[:80])
    procedure = procedure_from(json.loads(row.body))
    chosen = procedure.case(case)
    if chosen is None:
        raise Usage("separator-case", procedure=code, known=", ".join(each.code for each in procedure.cases))
    return procedure, chosen


def _code(text: str) -> DossierCode:
    try:
        return DossierCode.parse(text)
    except CodeError as error:
        raise Usage("dossier-code-invalid", text=text[:80]) from error


def _name(station: str | None) -> str | None:
    try:
        return name_code(station, "station") if station else None
    except CodeError as error:
        raise Usage("separator-code", text=error.text[:80]) from error


def _write(out: Path, data: bytes) -> None:
    """Write beside, then move into place."""
    beside = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(out)
    except OSError as error:
        raise Misconfigured("output-failed", path=str(out), problem=error.strerror or "") from error


def _told(sheet: Sheet) -> Mapping[str, object]:
    part = sheet.part if isinstance(sheet, ComponentSheet) else None
    return {
        "number": sheet.number,
        "component": part.component if part else None,
        "kind": part.kind.value if part else None,
        "pages": part.pages if part else None,
        "payload": payload(sheet),
    }
