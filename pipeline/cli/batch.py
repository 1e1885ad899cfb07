"""``sohoa batch``: put manifests under one time stamp; what is done is decided in `pipeline.batches`."""

from __future__ import annotations

from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.batches import Closed, close_batches
from pipeline.books import iso
from pipeline.cli.show import aside, coloured, error_json, people, put_json, safe
from pipeline.clock import local_time, now
from pipeline.house import open_house
from pipeline.log import write
from pipeline.messages import reason, say
from pipeline.settings import Settings
from pipeline.translate import ours
from pipeline.wiring import stamper_of

FORMAT = 1


def batch_command(settings: Settings, *, as_json: bool) -> int:
    """Close batches over every manifest that is in none; return 0, or 4 when a dossier's records cannot be read.

    Raises:
        Usage: ``ledger-missing``.
        Misconfigured: the key or the authorities cannot be used; nothing is begun.
        Interrupted: ``batch-failed``, ``lease-busy``.
    """
    house = open_house(settings, make=False)
    stamper = stamper_of(settings)
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with ours(), Progress(*columns, console=aside(), transient=True, disable=as_json) as progress:
        task = progress.add_task(say("progress.batching"), total=None)
        closed = close_batches(
            house.store, house.ledger, timestamper=stamper, clock=now, step=lambda: progress.advance(task)
        )
    time = closed.time
    if time is not None:
        write(settings.var, "batch", manifests=closed.manifests, batches=closed.batches, time=iso(time))
    if as_json:
        put_json(
            {
                "format": FORMAT,
                "exit": closed.exit_code,
                "manifests": closed.manifests,
                "batches": closed.batches,
                "time": None if time is None else local_time(time),
                "troubles": [{"dossier": code, **error_json(error)} for code, error in closed.troubles],
            }
        )
    else:
        _show(closed)
    return closed.exit_code


def _show(closed: Closed) -> None:
    console = people()
    for code, error in closed.troubles:
        said = f"{code}: {reason(error.code, error.facts)} [{error.code}]"
        console.print(coloured("fails", said))
    if closed.time is None:
        console.print(safe(say("batch.nothing")))
        return
    facts = {"manifests": closed.manifests, "batches": closed.batches, "time": local_time(closed.time)}
    console.print(coloured("works", say("batch.done", **facts)))
