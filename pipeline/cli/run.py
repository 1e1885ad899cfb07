"""``sohoa run``: digitise deposits, with progress; what became of each is shown by `pipeline.cli.outcomes`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from pipeline import works
from pipeline.books import lease
from pipeline.cli.outcomes import outcome_json, show_outcomes
from pipeline.cli.show import INTERRUPTED, aside, people, put_json, safe
from pipeline.driver import Driver, Outcome
from pipeline.errors import Fault, SohoaError, Usage
from pipeline.filed import SIDECARS
from pipeline.handout import hand_out
from pipeline.house import open_house
from pipeline.log import log_fault, write
from pipeline.manifest import NAME
from pipeline.messages import say
from pipeline.settings import Settings, sidecar_kinds
from pipeline.stages.file import latest
from pipeline.translate import ours
from pipeline.versions import Verdict, verdict_of
from pipeline.wiring import open_driver, seed
from storage import digest_of_file

FORMAT = 1
#: Worst first: what the whole run ends with when its deposits differ.
_EXITS = (1, 2, 4, 3, 0)


def run_command(
    settings: Settings,
    deposits: Sequence[Path],
    *,
    out: Path,
    procedure: str | None,
    sidecar: str | None,
    as_json: bool,
) -> int:
    """Digitise *deposits* and hand them out below *out*; return the exit code.

    Args:
        settings: As the environment has them.
        deposits: Folders.
        out: Where the results go.
        procedure: For deposits without a ticket.
        sidecar: Kinds wanted beside each PDF, with commas between; None for those of the settings.
        as_json: For machines.

    Raises:
        Usage: one of the deposits is no folder, two are of one dossier, *out* lies among them, or there is no such
            kind of sidecar; nothing is begun.
    """
    folders = _checked(deposits, out)
    sidecars = None if sidecar is None else _kinds(sidecar)
    house = open_house(settings, make=True)
    with _Bars(quiet=as_json) as bars:
        if count := seed(house):
            bars.say(say("run.seeded", count=count))
        with open_driver(house, bars.watch, sidecars) as driver:
            try:
                ended = _run_all(driver, folders, out, procedure, at_once=max(2, settings.worker_count))
            except KeyboardInterrupt:
                bars.stop_now()
    for outcome, _ in ended:
        _log(settings, outcome)
    return _told(ended, as_json=as_json)


def _told(ended: Sequence[tuple[Outcome, Path | None]], *, as_json: bool) -> int:
    """Say what became of the deposits; return the exit code of the whole run."""
    code = next(code for code in _EXITS if code in {outcome.exit_code for outcome, _ in ended})
    if as_json:
        told = [outcome_json(outcome, folder) for outcome, folder in ended]
        put_json({"format": FORMAT, "exit": code, "dossiers": told})
    else:
        show_outcomes(people(), ended)
    return code


def _kinds(text: str) -> frozenset[str]:
    kinds, unknown = sidecar_kinds(text)
    if unknown:
        raise Usage("sidecar-unknown", kind=unknown[0], known=", ".join(SIDECARS))
    return kinds


def _run_all(
    driver: Driver, folders: Sequence[Path], out: Path, procedure: str | None, *, at_once: int
) -> list[tuple[Outcome, Path | None]]:
    """Run deposits side by side, *at_once* at a time; the crew keeps the number of steps under way in bounds."""

    def one(folder: Path) -> tuple[Outcome, Path | None]:
        outcome = driver.run(folder, procedure)
        if outcome.verdict is None:
            return outcome, None
        try:
            with ours():
                return outcome, _hand_out_newest(driver, outcome.verdict, out)
        except SohoaError as error:
            return Outcome(outcome.deposit, None, error, outcome.fresh, outcome.kept, outcome.seconds), None

    # No `with`: it would wait for every dossier before a Ctrl-C gets through.
    dossiers = ThreadPoolExecutor(at_once)
    ended = list(dossiers.map(one, folders))
    dossiers.shutdown()
    return ended


def _checked(deposits: Sequence[Path], out: Path) -> list[Path]:
    """Return the folders to run, each once, when none of them can be harmed by what is handed out."""
    folders = list(dict.fromkeys(folder.resolve() for folder in deposits))
    for folder in folders:
        if not folder.is_dir():
            raise Usage("not-a-folder" if folder.exists() else "path-missing", path=str(folder))
        target = (out / folder.name).resolve()
        if target == folder or folder in (out.resolve(), *out.resolve().parents):
            raise Usage("out-in-deposit", path=str(folder))
    names = [folder.name for folder in folders]
    for name in names:
        if names.count(name) > 1:
            raise Usage("dossier-twice", dossier=name)
    return folders


def _hand_out_newest(driver: Driver, verdict: Verdict, out: Path) -> Path:
    """Hand out the newest version, which another run may have filed meanwhile; one run at a time."""
    store, dossier = driver.yard.store, verdict.version.dossier
    with lease(driver.yard.ledger, f"handout/{dossier}"):
        newest = latest(store, dossier)
        chosen = verdict_of(store, newest) if newest else verdict
        had = _holds(out / dossier / NAME, chosen.version.manifest)
        folder = hand_out(store, chosen, out)
        if not had:
            number, manifest = chosen.version.number, chosen.version.manifest
            driver.yard.ledger.event(driver.actor, "handed-out", dossier, version=number, manifest=manifest)
        return folder


def _holds(path: Path, sha256: str) -> bool:
    try:
        return digest_of_file(path)[0] == sha256
    except OSError:  # not there, or not to be read: handing out says what is to be done
        return False


def _log(settings: Settings, outcome: Outcome) -> None:
    version = outcome.verdict.version if outcome.verdict else None
    write(
        settings.var,
        "dossier",
        dossier=version.dossier if version else None,
        version=version.number if version else None,
        state=version.state if version else "not-filed",
        code=outcome.error.code if outcome.error else None,
        steps=outcome.fresh,
        seconds=round(outcome.seconds, 3),
    )
    if isinstance(outcome.error, Fault):
        log_fault(outcome.error, settings.var)


class _Bars:
    """A bar for each stage of each dossier, on the error console; nothing when *quiet*."""

    def __init__(self, *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.fields[dossier]}"),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=aside(),
            disable=quiet,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def watch(self, progress: works.Progress) -> None:
        """See `pipeline.works.Watch`."""
        key = (progress.subject, progress.stage)
        if key not in self._tasks:
            said = say(f"stage.{progress.stage}")
            self._tasks[key] = self._progress.add_task(said, total=progress.total, dossier=progress.subject)
        self._progress.update(self._tasks[key], completed=progress.done, total=progress.total)

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(safe(text))

    def stop_now(self) -> NoReturn:
        """End the process at once, as a crash would; what is recorded is not done again."""
        self._progress.stop()
        self.say(say("run.stopped"))
        os._exit(INTERRUPTED)

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
