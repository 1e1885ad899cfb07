"""``sohoa renew``: renew what soon runs out, dossier by dossier; what is done is decided in `pipeline.renewal`."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.cli.show import aside, coloured, error_json, people, put_json, safe, table
from pipeline.errors import Fault, Misconfigured
from pipeline.house import open_house
from pipeline.log import log_fault, write
from pipeline.messages import reason, say
from pipeline.renewal import Ended, Renewal, Trouble
from pipeline.settings import Settings
from pipeline.stages.file import dossiers_of
from pipeline.translate import ours
from pipeline.wiring import open_renewal

FORMAT = 1
#: Dossiers that are told one by one; the counts are of all. A store may have a million.
MOST_TOLD = 1_000
#: Worst first: what the whole job ends with.
_EXITS = (1, 2, 4, 3, 0)


@dataclass(slots=True)
class _Tally:
    """What became of the dossiers so far, in no more memory than `MOST_TOLD` of them take."""

    dossiers: int = 0
    due: int = 0
    renewed: int = 0
    waiting: int = 0  # things, as the next
    troubles: int = 0
    codes: set[int] = field(default_factory=lambda: {0})
    told: list[Ended] = field(default_factory=list)
    left_out: int = 0

    def add(self, ended: Ended) -> None:
        self.dossiers += 1
        self.due += bool(ended.files or ended.sealed or ended.waiting)
        self.renewed += ended.version is not None
        self.waiting += len(ended.waiting)
        self.troubles += len(ended.troubles)
        self.codes |= ended.exit_codes
        if ended.idle:
            return
        if len(self.told) < MOST_TOLD:
            # bare errors: their trace-backs would keep the PDFs that they passed
            troubles = tuple(Trouble(each.file, copy(each.error)) for each in ended.troubles)
            self.told.append(replace(ended, troubles=troubles))
        else:
            self.left_out += 1

    @property
    def exit_code(self) -> int:
        return next(code for code in _EXITS if code in self.codes)


def renew_command(settings: Settings, *, dry_run: bool, within: int, as_json: bool) -> int:
    """Renew what ends within so many days; return 0, 3 when something waits, 4 when something does not verify, 1.

    Args:
        settings: As the environment has them.
        dry_run: Tell what is due, and write nothing.
        within: Days.
        as_json: For machines.

    Raises:
        Usage: ``ledger-missing``.
        Misconfigured: the key or the authorities cannot be used; nothing is begun.
    """
    house = open_house(settings, make=False)
    renewal = open_renewal(house, timedelta(days=within))
    if not dry_run and renewal.identity_of("").timestamper is None:
        raise Misconfigured("authorities-needed")
    tally = _Tally()
    for ended in _ended(renewal, dry_run=dry_run, quiet=as_json):
        if not dry_run and not ended.idle:
            _log(settings, ended)
        tally.add(ended)
    if as_json:
        put_json(_json(tally, dry_run=dry_run))
    else:
        _show(tally, dry_run=dry_run)
    return tally.exit_code


def _ended(renewal: Renewal, *, dry_run: bool, quiet: bool) -> Iterator[Ended]:
    work = renewal.look if dry_run else renewal.renew
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ours(), Progress(*columns, console=aside(), transient=True, disable=quiet) as progress:
        total = sum(1 for _ in dossiers_of(renewal.store))
        task = progress.add_task(say("progress.renewing"), total=total)
        for code in dossiers_of(renewal.store):
            yield work(code)
            progress.advance(task)


def _log(settings: Settings, ended: Ended) -> None:
    codes = [trouble.error.code for trouble in ended.troubles]
    said = {"files": len(ended.files), "waiting": len(ended.waiting), "codes": codes}
    write(settings.var, "renewal", dossier=ended.dossier, version=ended.version, **said)
    for trouble in ended.troubles:
        if isinstance(trouble.error, Fault):
            log_fault(trouble.error, settings.var)


def _json(tally: _Tally, *, dry_run: bool) -> dict[str, Any]:
    counts = {name: getattr(tally, name) for name in ("dossiers", "due", "renewed", "waiting", "troubles", "left_out")}
    return {
        "format": FORMAT,
        "exit": tally.exit_code,
        "dry_run": dry_run,
        **counts,
        "told": [_ended_json(each) for each in tally.told],
    }


def _ended_json(ended: Ended) -> dict[str, Any]:
    return {
        "dossier": ended.dossier,
        "version": ended.version,
        "files": list(ended.files),
        "seal": ended.sealed,
        "waiting": list(ended.waiting),
        "troubles": [{"file": each.file, **error_json(each.error)} for each in ended.troubles],
    }


def _show(tally: _Tally, *, dry_run: bool) -> None:
    console = people()
    if tally.told:
        heads = (say(f"renew.column-{column}") for column in ("dossier", "version", "what", "state"))
        shown = table(say("renew.heading"), *heads)
        for ended in tally.told:
            for what, state in _rows(ended, dry_run=dry_run):
                shown.add_row(safe(ended.dossier), str(ended.version or ""), safe(what), state)
        console.print(shown)
    if tally.left_out:
        console.print(say("renew.left-out", most=MOST_TOLD))
    counts = {"count": tally.dossiers, "due": tally.due, "renewed": tally.renewed}
    key = "nothing" if not tally.due else "would" if dry_run else "done"
    console.print(safe(say(f"renew.{key}", **counts)))
    if undone := tally.troubles + tally.waiting:
        console.print(coloured("fails", say("renew.troubles", count=undone)))


def _rows(ended: Ended, *, dry_run: bool) -> Iterator[tuple[str, str]]:
    """Yield what was due and what became of it, in words."""
    done = coloured("warns", say("renew.due")) if dry_run else coloured("works", say("renew.renewed"))
    yield from ((name, done) for name in ended.files)
    if ended.sealed:
        yield "manifest.json", done
    yield from ((name, coloured("warns", say("renew.waiting"))) for name in ended.waiting)
    for each in ended.troubles:
        said = f"{reason(each.error.code, each.error.facts)} [{each.error.code}]"
        yield each.file or "–", coloured("fails", said)
