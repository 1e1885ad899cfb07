"""``sohoa run``: digitise deposits, with progress, and show what became of each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from pipeline import works
from pipeline.cli.show import INTERRUPTED, aside, coloured, error_json, people, put_json, safe, table
from pipeline.closing import Verdict, verdict_of
from pipeline.driver import Driver, Outcome
from pipeline.errors import Fault, SohoaError, Usage
from pipeline.handout import hand_out
from pipeline.log import log_fault, write
from pipeline.messages import say
from pipeline.settings import Settings
from pipeline.stages.file import latest
from pipeline.translate import ours
from pipeline.wiring import open_driver, open_house, seed

FORMAT = 1
#: Worst first: what the whole run ends with when its deposits differ.
_EXITS = (1, 2, 4, 3, 0)


def run_command(
    settings: Settings, deposits: Sequence[Path], *, out: Path, procedure: str | None, as_json: bool
) -> int:
    """Digitise *deposits* and hand them out below *out*; return the exit code.

    Raises:
        Usage: one of the deposits is no folder, two are of one dossier, or *out* lies among them; nothing is begun.
    """
    folders = _checked(deposits, out)
    house = open_house(settings, make=True)
    with _Bars(quiet=as_json) as bars:
        if count := seed(house):
            bars.say(say("run.seeded", count=count))
        with open_driver(house, bars.watch) as driver:
            try:
                ended = _run_all(driver, folders, out, procedure, at_once=max(2, settings.worker_count))
            except KeyboardInterrupt:
                bars.stop_now()
    for outcome, _ in ended:
        _log(settings, outcome)
        if isinstance(outcome.error, Fault):
            log_fault(outcome.error, settings.var)
    code = next(code for code in _EXITS if code in {outcome.exit_code for outcome, _ in ended})
    if as_json:
        put_json(
            {
                "format": FORMAT,
                "exit": code,
                "dossiers": [_json(outcome, folder) for outcome, folder in ended],
            }
        )
    else:
        _show(people(), ended)
    return code


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
    with works.lease(driver.yard.ledger, f"handout/{dossier}"):
        newest = latest(store, dossier)
        return hand_out(store, verdict_of(store, newest) if newest else verdict, out)


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


def _json(outcome: Outcome, folder: Path | None) -> dict[str, Any]:
    manifest = outcome.verdict.manifest if outcome.verdict else {}
    return {
        "deposit": outcome.deposit,
        "dossier": manifest.get("dossier"),
        "exit": outcome.exit_code,
        "version": manifest.get("version"),
        "trial": manifest.get("trial"),
        "verdict": manifest.get("verdict"),
        "components": [_component_json(each) for each in manifest.get("components", ())],
        "rejections": manifest.get("rejections", []),
        "steps_done": outcome.fresh,
        "files_kept": outcome.kept,
        "seconds": round(outcome.seconds, 3),
        "folder": str(folder) if folder else None,
        "error": error_json(outcome.error) if outcome.error else None,
    }


def _component_json(component: dict[str, Any]) -> dict[str, Any]:
    told = ("name", "sha256", "size", "page_count", "mean_confidence", "uncertain_share")
    return {
        "code": component["code"],
        "required": component["required"],
        "state": component["state"],
        "codes": component["codes"],
        "files": [{name: file[name] for name in told} for file in component["files"]],
    }


def _show(console: Console, ended: Sequence[tuple[Outcome, Path | None]]) -> None:
    for outcome, folder in ended:
        if outcome.error is not None:
            error = error_json(outcome.error)
            key = "run.rejected" if outcome.exit_code == 4 else "run.failed"  # noqa: PLR2004 -- see the contract
            said = say(key, deposit=outcome.deposit, reason=error["reason"], code=error["code"])
            console.print(f"[red]{safe(said)}[/red]")
            if error["detail"]:
                console.print(f"[dim]{safe(say('fault.detail', detail=error['detail']))}[/dim]")
            if outcome.kept:
                console.print(say("run.kept", count=outcome.kept))
        elif outcome.verdict is not None:
            _show_dossier(console, outcome, outcome.verdict.manifest, folder)
    if any(outcome.verdict and outcome.verdict.manifest["trial"] for outcome, _ in ended):
        console.print(f"[red bold]{say('run.trial')}[/red bold]")


def _show_dossier(console: Console, outcome: Outcome, manifest: Any, folder: Path | None) -> None:
    verdict, facts = (
        manifest["verdict"],
        {"dossier": manifest["dossier"], "version": manifest["version"]},
    )
    said = say(f"verdict.{verdict['state']}")
    if outcome.fresh == 0:
        key = "run.nothing-to-do" if verdict["state"] == "complete" else "run.again"
        console.print(coloured(verdict["state"], say(key, verdict=said, **facts)))
    else:
        done = say("run.done", verdict=said, steps=outcome.fresh, seconds=f"{outcome.seconds:.1f}", **facts)
        _show_components(console, manifest)
        console.print(coloured(verdict["state"], done))
    for finding in manifest["rejections"]:
        name = f"{finding['component'] or '–'} {finding['file']}"
        console.print(
            f"  [red]{safe(name)}[/red]: {safe(finding['reason'])} [dim]{safe('[' + finding['code'] + ']')}[/dim]"
        )
    for remark in verdict["remarks"]:
        console.print(f"  [yellow]{safe(remark['text'])}[/yellow]")
    if folder:
        console.print(safe(say("run.where", path=folder)), soft_wrap=True)


def _show_components(console: Console, manifest: Any) -> None:
    columns = ("component", "state", "file", "pages", "confidence", "doubt")
    heading = f"{manifest['dossier']} – {manifest['procedure']['name']}"
    shown = table(heading, *(say(f"run.column-{column}") for column in columns))
    absent = [each for each in manifest["components"] if each["state"] == "missing" and not each["required"]]
    for component in manifest["components"]:
        if component in absent:
            continue
        for file in component["files"] or [None]:
            shown.add_row(
                safe(f"{component['code']} {component['name']}"),
                coloured(component["state"], say(f"state.{component['state']}")),
                safe(file["name"]) if file else "",
                str(file["page_count"]) if file else "",
                _percent(file["mean_confidence"]) if file else "",
                _percent(file["uncertain_share"]) if file else "",
            )
    console.print(shown)
    if absent:
        console.print(f"[dim]{safe(say('run.absent', codes=', '.join(each['code'] for each in absent)))}[/dim]")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}".replace(".", ",")


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
