"""``sohoa audit --rebuild`` and ``--catch-up``: the ledger is told again by the store."""

from __future__ import annotations

from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.cli.show import aside, coloured, error_json, people, put_json, safe
from pipeline.clock import now
from pipeline.house import open_house
from pipeline.log import write
from pipeline.messages import reason, say
from pipeline.rebuild import LOST, rebuild
from pipeline.rebuild_rows import Rebuilt
from pipeline.settings import Settings
from pipeline.translate import ours
from pipeline.wiring import actor

FORMAT = 1


def rebuild_command(settings: Settings, *, behind: bool, as_json: bool) -> int:
    """Enter into the ledger what the store knows; return 0, 3 when a catalogue is wanted, 4 for broken records.

    Raises:
        Usage: ``ledger-not-empty``; nothing is written.
        Interrupted: ``lease-busy``, or store or ledger are away; the next call goes on.
    """
    house = open_house(settings, make=True)
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with ours(), Progress(*columns, console=aside(), transient=True, disable=as_json) as progress:
        task = progress.add_task("", total=None)

        def step(what: str) -> None:
            progress.update(task, advance=1, description=say(f"progress.rebuild-{what}"))

        found = rebuild(house.store, house.ledger, clock=now, actor=actor(), step=step, behind=behind)
    counts = _counts(found)
    write(settings.var, "rebuild", **counts, troubles=len(found.troubles))
    if as_json:
        put_json(
            {
                "format": FORMAT,
                "exit": found.exit_code,
                **counts,
                "resumed": found.resumed,
                "lost_head": None if found.head is None else {"number": found.head.number, "hash": found.head.hash},
                "procedures_wanted": [list(each) for each in sorted(found.procedures_wanted)],
                "troubles": [{"object": name, **error_json(error)} for name, error in found.troubles],
                "lost": list(LOST),
            }
        )
    else:
        _show(found, house.ledger.location, behind=behind)
    return found.exit_code


def _counts(found: Rebuilt) -> dict[str, int]:
    names = ("procedures", "deposits", "dossiers", "versions", "steps", "objects", "unnamed", "unended")
    return {name: getattr(found, name) for name in names}


def _show(found: Rebuilt, location: str, *, behind: bool) -> None:
    console = people()
    for name, error in found.troubles:
        console.print(coloured("fails", f"{name}: {reason(error.code, error.facts)} [{error.code}]"))
    if found.resumed:
        console.print(safe(say("rebuild.resumed")))
    console.print(coloured("works", say("rebuild.done", ledger=location, **_counts(found))), soft_wrap=True)
    if found.head and not behind:
        console.print(safe(say("rebuild.head", number=found.head.number)))
    if found.procedures_wanted:
        named = ", ".join(f"{code} v{version}" for code, version in sorted(found.procedures_wanted))
        console.print(coloured("warns", say("rebuild.wanted", procedures=named)))
    if found.unended:
        console.print(coloured("warns", say("rebuild.unended", count=found.unended)))
    if not behind:
        console.print(safe(say("rebuild.lost-heading")))
        for name in LOST:
            console.print(safe(f"- {say(f'rebuild.lost-{name}')}"))
    console.print(safe(say("rebuild.next")))
