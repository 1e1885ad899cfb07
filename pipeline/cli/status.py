"""``sohoa status``: where dossiers stand, as the ledger tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipeline.cli.show import coloured, people, put_json, safe, table
from pipeline.clock import ICT, local_time
from pipeline.errors import REVIEWS, Usage
from pipeline.house import House, open_house
from pipeline.messages import say
from pipeline.model import CodeError, DossierCode
from pipeline.progress import UnderWay, progress_of, under_way
from pipeline.settings import Settings
from storage import DepositRow, DocumentRow, DossierRow, FileRow

if TYPE_CHECKING:
    from rich.table import Table

FORMAT = 1
_NEWEST = 200


def status_command(settings: Settings, dossier: str | None, *, as_json: bool) -> int:
    """Show the newest dossiers, or one of them with its files; return the exit code.

    Raises:
        Usage: ``ledger-missing`` or ``dossier-unknown``.
    """
    house = open_house(settings, make=False)
    return _one(house, dossier, as_json=as_json) if dossier else _all(house, as_json=as_json)


def _all(house: House, *, as_json: bool) -> int:
    rows = house.ledger.dossiers(limit=_NEWEST)
    moving = under_way(house.ledger, limit=_NEWEST)
    refused = [row for row in house.ledger.refused_deposits(limit=_NEWEST) if row.dossier is None]
    if as_json:
        told = {
            "under_way": [_moving(each) for each in moving],
            "dossiers": [_dossier(row) for row in rows],
            "deposits": [_deposit(row) for row in refused],
        }
        put_json({"format": FORMAT, **told})
        return 0
    console = people()
    if not rows and not refused and not moving:
        console.print(say("status.none"))
    if moving:
        console.print(_moving_table(moving))
        for each in moving:
            if each.reason:  # a sentence; beside a table of five columns it would be a tower of words
                console.print(_waits(each))
    if rows:
        columns = ("dossier", "procedure", "state", "verdict", "version", "updated")
        shown = table(say("status.heading"), *(say(f"status.column-{column}") for column in columns))
        for row in rows:
            shown.add_row(*_cells(row))
        console.print(shown)
    # Of a deposit that stands among those under way, the reason is told there.
    told_of = {each.item.deposit for each in moving}
    if refused := [row for row in refused if row.id not in told_of]:
        heads = (say("status.column-deposit"), say("run.column-reason"), say("run.column-code"))
        shown = table(say("status.deposits-heading"), *heads)
        for deposit in refused:
            shown.add_row(safe(deposit.name), safe(deposit.reason or ""), safe(deposit.code or ""))
        console.print(shown)
    return 0


def _one(house: House, code: str, *, as_json: bool) -> int:
    """Show one dossier: how far it is, if it is not through, and what is filed of it."""
    try:
        known = str(DossierCode.parse(code))
    except CodeError:
        known = ""
    row = house.ledger.dossier(known)
    item = house.ledger.item(known)
    moving = progress_of(house.ledger, [item])[0] if item and item.state != "sealed" else None
    documents = house.ledger.documents(known)
    if row is None and moving is None:
        raise Usage("dossier-unknown", dossier=code[:80])
    files = house.ledger.files(row.code, row.version) if row else []
    twins = house.ledger.scans_elsewhere(known)
    if as_json:
        filed = _dossier(row) if row else {"dossier": known}
        told = {**filed, "files": [_file(file) for file in files], "scans_elsewhere": [asdict(twin) for twin in twins]}
        if moving:
            told["under_way"] = _moving(moving) | {"documents": [_document(each) for each in documents]}
        put_json({"format": FORMAT, **told})
        return 0
    if moving:
        _show_moving(moving, documents)
    if row:
        _show_filed(row, files)
    for twin in twins:
        people().print(coloured("review", say("status.scan-elsewhere", **asdict(twin))))
    return 0


def _show_moving(moving: UnderWay, documents: Sequence[DocumentRow]) -> None:
    console = people()
    heads = (*(say(f"run.column-{column}") for column in ("component", "file", "pages", "state")),)
    shown = table(say("status.documents-heading", dossier=moving.dossier, state=moving.label), *heads)
    for each in documents:
        shown.add_row(safe(each.component), safe(each.name), str(each.pages), say(f"document-state.{each.state}"))
    console.print(shown)
    if moving.reason:
        console.print(_waits(moving))
    if moving.item.state in ("review", "failed"):
        console.print(safe(say("status.retry", dossier=moving.dossier)))


def _show_filed(row: DossierRow, files: Sequence[FileRow]) -> None:
    console = people()
    columns = (
        *(say(f"run.column-{column}") for column in ("component", "file", "state", "pages", "code")),
        say("status.column-sha256"),
    )
    shown = table(say("status.files-heading", dossier=row.code, version=row.version), *columns)
    for file in files:
        state = "digitised" if file.state == "sealed" else "rejected"
        shown.add_row(
            safe(file.component),
            safe(file.name),
            coloured(state, say(f"state.{state}")),
            str(file.pages or ""),
            safe(file.code or ""),
            file.digest[:16],
        )
    console.print(shown)
    console.print(coloured(row.verdict, say(f"verdict.{row.verdict}")))


def _waits(moving: UnderWay) -> str:
    return coloured(moving.item.state, f"{moving.dossier}: {moving.reason} [{moving.item.reason}]")


def _moving_table(moving: Sequence[UnderWay]) -> Table:
    columns = (
        *(say(f"status.column-{column}") for column in ("dossier", "station", "state")),
        say("run.column-pages"),
        say("status.column-received"),
    )
    shown = table(say("status.under-way-heading"), *columns)
    for each in moving:
        item = each.item
        shown.add_row(
            safe(item.code),
            safe(item.station),
            coloured(item.state, each.label),
            f"{each.done}/{each.pages}" if each.pages else "",
            f"{item.received_at.astimezone(ICT):%H:%M %d/%m/%Y}",
        )
    return shown


def _cells(row: DossierRow) -> tuple[str, ...]:
    return (
        safe(row.code),
        safe(row.procedure),
        coloured(row.state, say(f"dossier-state.{row.state}")),
        coloured(row.verdict, say(f"verdict.{row.verdict}")),
        str(row.version),
        local_time(row.updated_at),
    )


def _dossier(row: DossierRow) -> dict[str, Any]:
    return {
        "dossier": row.code,
        "procedure": row.procedure,
        "channel": row.channel,
        "agency": row.agency,
        "state": row.state,
        "verdict": row.verdict,
        "version": row.version,
        "manifest": row.manifest,
        "updated": local_time(row.updated_at),
    }


def _moving(each: UnderWay) -> dict[str, Any]:
    item = each.item
    return {
        "dossier": item.code,
        "station": item.station,
        "state": item.state,
        "code": item.reason,
        "reason": each.reason,
        "pages_done": each.done,
        "pages": each.pages,
        "received": local_time(item.received_at),
        "changed": local_time(item.changed_at),
    }


def _document(row: DocumentRow) -> dict[str, Any]:
    return {"component": row.component, "name": row.name, "pages": row.pages, "state": row.state}


def _deposit(row: DepositRow) -> dict[str, Any]:
    state = "review" if row.code in REVIEWS else row.state
    return {"deposit": row.name, "state": state, "code": row.code, "reason": row.reason}


def _file(row: FileRow) -> dict[str, Any]:
    names = ("component", "name", "digest", "size", "pages", "state", "code")
    return {name: getattr(row, name) for name in names}
