"""``sohoa procedures``: the catalogue of procedures in the ledger."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.catalogue import procedure_from
from pipeline.cli.show import people, put_json, safe, table
from pipeline.errors import Usage
from pipeline.house import open_house
from pipeline.messages import say
from pipeline.model import Procedure
from pipeline.settings import Settings
from pipeline.wiring import import_file, seed
from storage import ProcedureRow

FORMAT = 1


def import_command(settings: Settings, file: Path, *, as_json: bool) -> int:
    """Put a JSON, CSV or XLSX file into the ledger; return the exit code.

    Raises:
        Usage: the file is missing or wrong; then nothing of it is imported.
    """
    house = open_house(settings, make=True)
    new, same = import_file(house, file)
    if as_json:
        put_json({"format": FORMAT, "imported": new, "known": same})
    else:
        people().print(safe(say("procedures.imported", count=new, file=file.name, same=same)))
    return 0


def list_command(settings: Settings, *, as_json: bool) -> int:
    """List every version of every procedure; return the exit code."""
    rows = _rows(settings)
    if as_json:
        put_json({"format": FORMAT, "procedures": [json.loads(row.body) for row in rows]})
        return 0
    if not rows:
        people().print(say("procedures.none"))
        return 0
    columns = ("code", "name", "field", "effective", "version", "parts")
    shown = table(say("procedures.heading"), *(say(f"procedures.column-{column}") for column in columns))
    for row in rows:
        each = procedure_from(json.loads(row.body))
        parts = {component.code for case in each.cases for component in case.components}
        cells = (
            each.code,
            each.name,
            each.field_name,
            _effective(each),
            str(each.version),
            str(len(parts)),
        )
        shown.add_row(*map(safe, cells))
    people().print(shown)
    return 0


def show_command(settings: Settings, code: str, *, as_json: bool) -> int:
    """Show the newest version of one procedure with its cases and components; return the exit code.

    Raises:
        Usage: ``procedure-not-found``.
    """
    rows = [row for row in _rows(settings) if row.code == code]
    if not rows:
        raise Usage("procedure-not-found", procedure=code[:80])
    body = json.loads(max(rows, key=lambda row: row.version).body)
    if as_json:
        put_json(body)
        return 0
    procedure, console = procedure_from(body), people()
    console.print(f"[bold]{safe(procedure.code)} {safe(procedure.name)}[/bold]")
    console.print(safe(f"{procedure.field_name}, {_effective(procedure)}. {procedure.source}"))
    columns = ("required", "originals", "copies", "comparison")
    for case in procedure.cases:
        heading = say("procedures.case", code=case.code, name=case.name)
        if case.default and len(procedure.cases) > 1:
            heading = f"{heading} {say('procedures.default')}"
        heads = (
            say("run.column-component"),
            *(say(f"procedures.column-{column}") for column in columns),
        )
        shown = table(heading, *heads)
        for each in case.components:
            yes = [say("procedures.yes") if each.required else say("procedures.no")]
            yes += [str(each.originals), str(each.copies)]
            yes += [say("procedures.yes") if each.comparison else say("procedures.no")]
            shown.add_row(safe(f"{each.code} {each.name}"), *yes)
        console.print(shown)
    return 0


def _rows(settings: Settings) -> list[ProcedureRow]:
    house = open_house(settings, make=True)
    seed(house)
    return house.ledger.procedures()


def _effective(procedure: Procedure) -> str:
    start = f"{procedure.effective_from:%d/%m/%Y}"
    if procedure.effective_to is None:
        return say("procedures.from", start=start)
    return say("procedures.from-to", start=start, end=f"{procedure.effective_to:%d/%m/%Y}")
