"""``sohoa doctor`` and ``sohoa audit``: does the installation work, and is what it keeps still what it was?"""

from __future__ import annotations

from collections.abc import Sequence

from rich.progress import Progress

from pipeline.audit import Audit, audit
from pipeline.cli.show import aside, coloured, people, put_json, safe, table
from pipeline.clock import now
from pipeline.doctor import Finding, Try, examine
from pipeline.house import open_house
from pipeline.messages import say
from pipeline.settings import Settings
from pipeline.wiring import trust_of

FORMAT = 1
BROKEN, TROUBLE = 1, 4


def doctor_command(settings: Settings, *, as_json: bool, also: Sequence[Try] = ()) -> int:
    """Try everything the installation needs, and *also*; return 0 when all of it works, else 1."""
    findings: list[Finding] = []
    with Progress(console=aside(), transient=True, disable=as_json) as progress:
        task = progress.add_task(say("doctor.heading"), total=None)
        for finding in examine(settings, also):
            findings.append(finding)
            progress.update(task, description=say(f"doctor.{finding.what}"))
    code = BROKEN if any(finding.state == "fails" for finding in findings) else 0
    if as_json:
        told = [{"what": each.what, "state": each.state, "detail": each.detail} for each in findings]
        put_json({"format": FORMAT, "exit": code, "findings": told})
        return code
    console = people()
    shown = table(
        say("doctor.heading"),
        *(say(f"doctor.column-{column}") for column in ("what", "state", "detail")),
    )
    for each in findings:
        state = coloured(each.state, say(f"doctor.{each.state}"))
        shown.add_row(safe(say(f"doctor.{each.what}")), state, safe(each.detail))
    console.print(shown)
    console.print(coloured("fails" if code else "works", say("doctor.not-good" if code else "doctor.all-good")))
    return code


def audit_command(settings: Settings, *, trust: Sequence[str], as_json: bool) -> int:
    """Hash every stored object again; return 0 when all of it is as it was stored, else 4.

    Raises:
        Usage: ``ledger-missing`` or ``trust-unreadable``.
    """
    house = open_house(settings, make=False)
    anchors = trust_of(settings, trust)
    with Progress(console=aside(), transient=True, disable=as_json) as progress:
        task = progress.add_task(say("progress.auditing"), total=house.ledger.object_count())
        found = audit(house.store, house.ledger, anchors, now(), lambda: progress.advance(task))
    code = TROUBLE if found.troubles else 0
    if as_json:
        put_json(
            {
                "format": FORMAT,
                "exit": code,
                "objects": found.objects,
                "manifests": found.manifests,
                "troubles": [
                    {"object": each.object, "problem": each.problem, "belongs": each.belongs} for each in found.troubles
                ],
                "unknown": list(found.unknown),
            }
        )
    else:
        _show(found, house.store.location)
    return code


def _show(found: Audit, location: str) -> None:
    console = people()
    if found.troubles:
        heads = (say(f"audit.column-{column}") for column in ("object", "problem", "belongs"))
        shown = table(f"{say('audit.heading')}: {location}", *heads)
        for each in found.troubles:
            problem = coloured("failed", say(f"audit.{each.problem}"))
            shown.add_row(safe(each.object), problem, safe(each.belongs))
        console.print(shown)
    for name in found.unknown:
        console.print(f"[dim]{safe(name)}: {say('audit.unknown')}[/dim]")
    facts = {"objects": found.objects, "manifests": found.manifests, "count": len(found.troubles)}
    good = not found.troubles
    console.print(
        coloured(
            "works" if good else "fails",
            say("audit.all-good" if good else "audit.not-good", **facts),
        )
    )
