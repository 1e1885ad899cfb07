"""What became of deposits, as ``sohoa run`` tells it: a table for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from pipeline.cli.show import coloured, error_json, safe, table
from pipeline.driver import Outcome
from pipeline.errors import REVIEWS
from pipeline.messages import say

#: Reasons for a review that are said of each file; the manifest has all.
_FIRST_REASONS = 2


def outcome_json(outcome: Outcome, folder: Path | None) -> dict[str, Any]:
    """Return what became of a deposit, for machines; nothing in it was read on a page."""
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
        "scans_elsewhere": [asdict(twin) for twin in outcome.twins],
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
        "files": [{name: file[name] for name in told} | _looked_at(file) for file in component["files"]],
    }


def _looked_at(file: dict[str, Any]) -> dict[str, Any]:
    """Return what a person should look at in a file, and what lies beside it."""
    return {
        "review": [{"code": each["code"], "page": each["page"]} for each in file["review"]],
        "pages_without_text": _wordless(file),
        "blank_pages": len(file["blank_pages"]),
        "sidecars": [each["file"] for each in file["sidecars"]],
    }


def show_outcomes(console: Console, ended: Sequence[tuple[Outcome, Path | None]]) -> None:
    """Show what became of each deposit, for people."""
    for outcome, folder in ended:
        if outcome.error is not None:
            error = error_json(outcome.error)
            refused = "run.review-needed" if error["code"] in REVIEWS else "run.rejected"
            key = refused if outcome.exit_code == 4 else "run.failed"  # noqa: PLR2004 -- see the contract
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
    for twin in outcome.twins:
        console.print(f"  [yellow]{safe(say('status.scan-elsewhere', **asdict(twin)))}[/yellow]")
    if folder:
        console.print(safe(say("run.where", path=folder)), soft_wrap=True)


def _show_components(console: Console, manifest: Any) -> None:
    told = [file for component in manifest["components"] for file in component["files"]]
    more = [name for name, cell in _SEEN_TO.items() if any(cell(file) for file in told)]
    columns = ("component", "state", "file", "pages", "confidence", "doubt", *more)
    heading = f"{manifest['dossier']} – {manifest['procedure']['name']}"
    shown = table(heading, *(say(f"run.column-{column}") for column in columns))
    shown.columns[columns.index("file")].no_wrap = True
    absent = [each for each in manifest["components"] if each["state"] == "missing" and not each["required"]]
    for component in manifest["components"]:
        if component in absent:
            continue
        for file in component["files"] or [None]:
            named = safe(f"{component['code']} {component['name']}")
            state = coloured(component["state"], say(f"state.{component['state']}"))
            shown.add_row(named, state, *(_cells(file, more) if file else ()))
    console.print(shown)
    for file in told:
        if file["review"]:
            console.print(f"  [yellow]{safe(_reasons(file))}[/yellow]")
    if out := sum(each["left_out"] for file in told for each in file["blank_pages"]):
        console.print(f"[dim]{safe(say('run.left-out', count=out))}[/dim]")
    if absent:
        console.print(f"[dim]{safe(say('run.absent', codes=', '.join(each['code'] for each in absent)))}[/dim]")


def _cells(file: dict[str, Any], more: Sequence[str]) -> tuple[str, ...]:
    return (
        safe(file["name"]),
        str(file["page_count"]),
        _percent(file["mean_confidence"]),
        _percent(file["uncertain_share"]),
        *(f"[yellow]{safe(_SEEN_TO[name](file))}[/yellow]" for name in more),
    )


def _wordless(file: dict[str, Any]) -> list[int]:
    return [page["number"] for page in file["pages"] if not page["words"]]


def _wordless_cell(file: dict[str, Any]) -> str:
    return ", ".join(map(str, _wordless(file)))


def _review_cell(file: dict[str, Any]) -> str:
    return str(len(file["review"]) or "")


def _reasons(file: dict[str, Any]) -> str:
    """Return the first reasons for a review; below the table, since a column is too narrow for sentences."""
    first = [each["text"] for each in file["review"][:_FIRST_REASONS]]
    more = len(file["review"]) - len(first)
    told = say("run.review", file=file["name"], reasons="; ".join(first))
    return told + (say("run.review-more", count=more) if more else "")


#: Columns that are shown when some file has something in them, with what a file has there.
_SEEN_TO: Mapping[str, Callable[[dict[str, Any]], str]] = {"wordless": _wordless_cell, "review": _review_cell}


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}".replace(".", ",")
