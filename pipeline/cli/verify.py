"""``sohoa verify``: check PDFs, manifests and dossier folders, and say in words what holds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.progress import Progress

from pipeline.checking import Check, check
from pipeline.cli.show import aside, coloured, people, put_json, safe, table
from pipeline.errors import Usage
from pipeline.messages import catalogue, say
from pipeline.settings import Settings
from pipeline.stages.seal import local_time
from pipeline.wiring import now, trust_of

FORMAT = 1
FAILED, UNKNOWN = 4, 3
_SEVERITY = ("passed", "indeterminate", "failed")


def verify_command(settings: Settings, paths: Sequence[Path], *, trust: list[Path], as_json: bool) -> int:
    """Check *paths*; return 0 when everything holds, 4 when something does not, 3 when something is not known.

    Raises:
        Usage: a path or a trust file is missing or no such thing.
    """
    for path in paths:
        if not path.exists():
            raise Usage("path-missing", path=str(path))
    anchors = trust_of(settings, trust)
    checks: list[Check] = []
    with Progress(console=aside(), transient=True, disable=as_json) as progress:
        task = progress.add_task(say("progress.verifying"), total=None)
        for path in paths:
            checks += check(path, anchors, now(), lambda: progress.advance(task))
    results = {each.result for each in checks}
    code = FAILED if "failed" in results else UNKNOWN if "indeterminate" in results else 0
    if as_json:
        put_json({"format": FORMAT, "exit": code, "checks": [_json(each) for each in checks]})
    else:
        _show(checks, code)
    return code


def _json(each: Check) -> dict[str, Any]:
    return {
        "path": str(each.path),
        "what": each.what,
        "result": each.result,
        "code": each.code,
        "reason": _why(each),
        "detail": each.detail,
        "level": each.level,
        "signer": each.signer,
        "time": local_time(each.time) if each.time else None,
        "trial": each.trial,
    }


def _show(checks: Sequence[Check], code: int) -> None:
    console = people()
    columns = ("path", "result", "why", "signer", "time")
    shown = table(say("verify.heading"), *(say(f"verify.column-{column}") for column in columns))
    for path, group in groupby(checks, lambda each: each.path):
        ours = list(group)
        worst = max((each.result for each in ours), key=_SEVERITY.index)
        signed = [each for each in ours if each.signer]
        shown.add_row(
            safe(f"{path.resolve().parent.name}/{path.name}"),
            coloured(worst, say(f"verify.{worst}")),
            "\n".join(safe(_why(each)) for each in ours),
            "\n".join(safe(each.signer or "") for each in signed),
            "\n".join(local_time(each.time) for each in signed if each.time),
        )
    console.print(shown)
    if any(each.trial for each in checks):
        console.print(f"[red bold]{say('verify.trial')}[/red bold]")
    names = ", ".join(dict.fromkeys(str(each.path) for each in checks if each.result != "passed"))
    colour = {0: "passed", FAILED: "failed", UNKNOWN: "indeterminate"}[code]
    key = {0: "verify.all-hold", FAILED: "verify.not-all-hold", UNKNOWN: "verify.not-all-known"}[code]
    said = say(key, names=names)
    console.print(coloured(colour, said), soft_wrap=True)


def _why(each: Check) -> str:
    if each.what == "signature" and f"verify.{each.code}" not in catalogue():
        known = f"signature.{each.code}" in catalogue()
        said = say(f"signature.{each.code}") if known else say("signature.other", code=each.code)
        return f"{each.level}: {said}" if each.level else said
    return say(f"verify.{each.code}")
