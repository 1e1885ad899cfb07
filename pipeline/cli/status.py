"""``sohoa status``: where dossiers stand, as the ledger tells it."""

from __future__ import annotations

from typing import Any

from pipeline.cli.show import coloured, people, put_json, safe, table
from pipeline.clock import local_time
from pipeline.errors import REVIEWS, Usage
from pipeline.house import House, open_house
from pipeline.messages import say
from pipeline.model import CodeError, DossierCode
from pipeline.settings import Settings
from storage import DepositRow, DossierRow, FileRow

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
    refused = [row for row in house.ledger.refused_deposits(limit=_NEWEST) if row.dossier is None]
    if as_json:
        told = {
            "dossiers": [_dossier(row) for row in rows],
            "deposits": [_deposit(row) for row in refused],
        }
        put_json({"format": FORMAT, **told})
        return 0
    console = people()
    if not rows and not refused:
        console.print(say("status.none"))
    if rows:
        columns = ("dossier", "procedure", "state", "verdict", "version", "updated")
        shown = table(say("status.heading"), *(say(f"status.column-{column}") for column in columns))
        for row in rows:
            shown.add_row(*_cells(row))
        console.print(shown)
    if refused:
        heads = (say("status.column-deposit"), say("run.column-reason"), say("run.column-code"))
        shown = table(say("status.deposits-heading"), *heads)
        for deposit in refused:
            shown.add_row(safe(deposit.name), safe(deposit.reason or ""), safe(deposit.code or ""))
        console.print(shown)
    return 0


def _one(house: House, code: str, *, as_json: bool) -> int:
    try:
        row = house.ledger.dossier(str(DossierCode.parse(code)))
    except CodeError:
        row = None
    if row is None:
        raise Usage("dossier-unknown", dossier=code[:80])
    files = house.ledger.files(row.code, row.version)
    if as_json:
        put_json({"format": FORMAT, **_dossier(row), "files": [_file(file) for file in files]})
        return 0
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
    return 0


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


def _deposit(row: DepositRow) -> dict[str, Any]:
    state = "review" if row.code in REVIEWS else row.state
    return {"deposit": row.name, "state": state, "code": row.code, "reason": row.reason}


def _file(row: FileRow) -> dict[str, Any]:
    names = ("component", "name", "digest", "size", "pages", "state", "code")
    return {name: getattr(row, name) for name in names}
