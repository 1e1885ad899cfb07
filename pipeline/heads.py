"""The head of the log of events, kept in the store: a log that was cut at its end, or written anew, is seen by it.

The ledger and its chain can be rewritten by whoever may write the database; what is kept here cannot, and is added to
and never replaced. A log that begins anew because the old one is lost says so (`pipeline.rebuild`), and its first head
is marked: only the heads from there on must be found in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from pipeline.books import iso
from pipeline.errors import Misconfigured
from pipeline.model import canonical_json
from storage import EventHead, Ledger, ObjectStore

#: Where heads are kept, by a number that counts up.
HEADS = "event-heads/"


@dataclass(frozen=True, slots=True)
class KeptHead:
    """The newest event at some time."""

    number: int  # of the event; 0 for an empty log
    hash: str  # of the event
    time: str  # ISO 8601, UTC: when it was kept
    begins: bool  # whether heads before this one are of a log that is lost

    def to_json(self) -> bytes:
        """Encode for the store."""
        return canonical_json(asdict(self))


def keep_head(store: ObjectStore, ledger: Ledger, when: datetime, *, begins: bool = False) -> None:
    """Keep the newest event of the log, unless just that is kept already; callers hold a lease.

    Raises:
        Misconfigured: ``record-broken``, of the head kept last.
        StorageError: the store or the ledger cannot be used.
    """
    head, last = ledger.event_head(), newest_head(store)
    if last is not None and (last.number, last.hash) == (head.number, head.hash):
        return
    place = int(_newest_key(store)[len(HEADS) :] or 0) + 1
    store.write(f"{HEADS}{place:08d}", KeptHead(head.number, head.hash, iso(when), begins).to_json())


def newest_head(store: ObjectStore) -> KeptHead | None:
    """Return the head that was kept last, or None.

    Raises:
        Misconfigured: ``record-broken``.
    """
    key = _newest_key(store)
    return _read(store, key) if key else None


def heads_in_force(store: ObjectStore) -> list[EventHead]:
    """Return every head that must be found in the log as it is now: some hundred a year.

    Raises:
        Misconfigured: ``record-broken``.
    """
    heads: list[EventHead] = []
    for kept in _all(store):
        if kept.begins:
            heads.clear()
        heads.append(EventHead(kept.number, kept.hash))
    return heads


def _all(store: ObjectStore) -> Iterator[KeptHead]:
    return (_read(store, key) for key in store.keys(HEADS))


def _newest_key(store: ObjectStore) -> str:
    last = ""
    for key in store.keys(HEADS):
        last = key
    return last


def _read(store: ObjectStore, key: str) -> KeptHead:
    try:
        return KeptHead(**json.loads(store.read(key) or b""))
    except (ValueError, TypeError) as error:
        raise Misconfigured("record-broken", record=key) from error
