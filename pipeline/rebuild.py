"""Enter into the ledger what the store knows: all of it when the ledger was lost, or what it misses when it is behind.

The store has the originals, the records of what was done with them and every version of every dossier, so all that
people are shown can be told again. Nothing is judged here: that store and ledger then agree, and that what is in the
store is what it was, is for `pipeline.audit`. What only the ledger had does not come back (`LOST`).

Everything may be entered again with the same outcome. Whoever is killed leaves a ledger that says it is not whole: the
event by which it began has none by which it ended, and the next rebuild goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import islice

from pipeline.books import lease
from pipeline.errors import Usage
from pipeline.heads import keep_head, newest_head
from pipeline.rebuild_rows import Rebuilt, Source, Write
from pipeline.reception import Reception
from storage import Ledger, ObjectStore

#: What stands in no store: ``rebuild.lost-<name>`` in the messages.
LOST = ("events", "attempts", "queue", "refusals")
#: What the log of events calls the ledger itself.
SUBJECT = "ledger"
_BEGUN, _ENDED = "rebuild-begun", "rebuilt"
#: Records whose rows are written in one transaction, in which others wait: some 50 ms. A dossier has a hundred rows.
_AT_ONCE, _DOSSIERS_AT_ONCE = 50, 2


def rebuild(
    store: ObjectStore,
    ledger: Ledger,
    *,
    clock: Callable[[], datetime],
    actor: str,
    step: Callable[[str], None],
    behind: bool = False,
) -> Rebuilt:
    """Enter what the store knows.

    Args:
        store: Only a head of the log of events is written to it.
        ledger: Without a dossier, or left so by a rebuild that was killed.
        clock: Gives the present time (aware).
        actor: Who runs this, for the log of events.
        step: Called after each record with what it was about: ``procedures``, ``steps``, ``dossiers``, …
        behind: Enter what the ledger misses, also when it has dossiers: it is older than the store.

    Raises:
        Usage: ``ledger-not-empty``; nothing is written.
        Interrupted: ``lease-busy``, another rebuild is at work.
        StorageError: the store or the ledger cannot be used; what was entered stays.
    """
    with lease(ledger, "rebuild") as hold:
        found = Rebuilt(resumed=_unfinished(ledger), head=newest_head(store))
        if not (behind or found.resumed) and next(ledger.every_dossier(), None):
            raise Usage("ledger-not-empty", ledger=ledger.location)
        if not found.resumed:
            number, digest = (found.head.number, found.head.hash) if found.head else (None, None)
            ledger.event(actor, _BEGUN, SUBJECT, behind=behind, lost=number, lost_hash=digest)
        source = Source(store, ledger, found, Reception(store, ledger, clock, actor), clock(), actor, hold.renew)
        for name, writes in source.passes().items():
            at_once = _DOSSIERS_AT_ONCE if name == "dossiers" else _AT_ONCE
            while some := list(islice(writes, at_once)):
                ledger.together(partial(_do, some))
                for _ in some:
                    step(name)
        ledger.event(actor, _ENDED, SUBJECT, versions=found.versions, troubles=len(found.troubles))
        keep_head(store, ledger, clock(), begins=True)
    return found


def _unfinished(ledger: Ledger) -> bool:
    last = ""
    for event in ledger.events(SUBJECT):
        last = event.action
    return last == _BEGUN


def _do(writes: list[Write]) -> None:
    for write in writes:
        write()
