"""The log of events: who did what with what, and when; only ever added to, and every row bound to the one before.

The hash of a row is the SHA-256 of the former row's hash (64 hexadecimal letters), a line feed, and the canonical JSON
of the row: sorted names, no spaces, UTF-8, ``at`` in UTC with microseconds. So a row that was changed, taken out or
put in breaks the chain where it stands. Rows cut off at the end break nothing: who wants to see that too keeps
`event_head` elsewhere, where the service cannot write.

No log for engineers, and no place for personal data: facts are short words, numbers and digests.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from storage.ledger import engines, tables
from storage.ledger.database import Database
from storage.ledger.rows_of_work import BrokenEvent, EventHead, EventRow, Fact

#: What the first event follows.
NO_HASH: Final = "0" * 64
#: Rows fetched at a time: about 500 KB.
_PAGE: Final = 1000
_ACTOR: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,99}")
_WORD: Final = re.compile(r"[a-z][a-z0-9_-]{0,49}")
#: Letters that a fact may have: a digest, a code or a short word, no sentence from a page.
_FACT_LETTERS: Final = 200
_SUBJECT_LETTERS: Final = 200


class Events(Database):
    """The log of events."""

    def event(self, actor: str, action: str, subject: str, **facts: Fact) -> EventRow:
        """Add an event; inside `Ledger.together`, in the same transaction as what it tells of: as its last part.

        Whoever adds one keeps others from adding theirs until the transaction ends: there is one chain.

        Args:
            actor: who; a code or an account, never a person's name.
            action: what, one word: ``sealed``.
            subject: with what: a dossier code.
            facts: what else an auditor needs: numbers, codes, digests.

        Raises:
            ValueError: something of it can be no such word, or is too long.
        """
        _check(actor, action, subject, facts)
        table = tables.events
        last = sa.select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)

        def work(connection: sa.Connection) -> EventRow:
            engines.hold(connection, "events")
            number, previous = connection.execute(last).one_or_none() or (0, NO_HASH)
            told = {"actor": actor, "action": action, "subject": subject, "facts": facts}
            row = _chained(previous, number=number + 1, at=self._now(connection).astimezone(UTC), **told)
            connection.execute(table.insert().values(**_columns(row)))
            return row

        return self._write(work)

    def events(self, subject: str | None = None, *, after: int = 0) -> Iterator[EventRow]:
        """Yield the events after number *after*, all or those about one subject, in their order.

        Fetched page by page, each in a transaction of its own.
        """
        for row in self._event_pages(subject, after):
            yield EventRow(**{**row, "facts": json.loads(row["facts"])})

    def event_head(self) -> EventHead:
        """Return the newest event's number and hash, to be kept where this ledger cannot be written."""
        table = tables.events
        query = sa.select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)
        with self._reading() as connection:
            number, digest = connection.execute(query).one_or_none() or (0, NO_HASH)
        return EventHead(number, digest)

    def broken_event(self, *known: EventHead) -> BrokenEvent | None:
        """Return the first place where the chain does not hold, or None when all of it holds.

        Args:
            *known: heads that were kept elsewhere: each must still be there as it was.
        """
        number, previous = 0, NO_HASH
        heads = {head.number: head.hash for head in known}
        for row in self._event_pages(None, 0):
            number += 1
            if row["number"] != number:
                return BrokenEvent(number, "gap")
            if row["previous"] != previous:
                return BrokenEvent(number, "link")
            if row["hash"] != _hash_of(previous, {name: row[name] for name in _HASHED}):
                return BrokenEvent(number, "content")
            if heads.get(number, row["hash"]) != row["hash"]:
                return BrokenEvent(number, "head")
            previous = row["hash"]
        if max(heads, default=0) > number:
            return BrokenEvent(number + 1, "head")
        return None

    def _event_pages(self, subject: str | None, after: int) -> Iterator[Mapping[str, Any]]:
        table = tables.events
        query = sa.select(table).order_by(table.c.number).limit(_PAGE)
        if subject is not None:
            query = query.where(table.c.subject == subject)
        while True:
            with self._reading() as connection:
                page = connection.execute(query.where(table.c.number > after)).mappings().all()
            yield from (dict(row) for row in page)
            if len(page) < _PAGE:
                return
            after = page[-1]["number"]


_HASHED: Final = ("number", "at", "actor", "action", "subject", "facts")


def _chained(previous: str, **told: Any) -> EventRow:
    """Return the event that follows the one with the hash *previous*."""
    columns = {**told, "facts": _json(told["facts"])}
    return EventRow(**told, previous=previous, hash=_hash_of(previous, columns))


def _hash_of(previous: str, told: Mapping[str, Any]) -> str:
    """Return the hash of a row; *told* is what stands in its columns."""
    at: datetime = told["at"]
    content = dict(told) | {"at": at.isoformat(timespec="microseconds"), "facts": _facts(told["facts"])}
    return hashlib.sha256(f"{previous}\n{_json(content)}".encode()).hexdigest()


def _facts(text: str) -> Any:
    """Return the facts as they were given; what is not the JSON that we write is hashed as the text it is."""
    try:
        facts = json.loads(text)
    except ValueError:
        return text
    return facts if _json(facts) == text else text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _columns(row: EventRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in (*_HASHED, "previous", "hash")}
    return told | {"facts": _json(row.facts)}


def _check(actor: str, action: str, subject: str, facts: Mapping[str, Fact]) -> None:
    if not _ACTOR.fullmatch(actor):
        raise ValueError(f"an actor is a code or an account of up to 100 letters, not {actor!r}")
    if not all(_WORD.fullmatch(word) for word in (action, *facts)):
        raise ValueError("actions and the names of facts are words of small letters")
    if not 0 < len(subject) <= _SUBJECT_LETTERS or not subject.isprintable():
        raise ValueError(f"the subject of an event has 1…{_SUBJECT_LETTERS} letters")
    for name, fact in facts.items():
        if not isinstance(fact, str | int | None) or len(str(fact)) > _FACT_LETTERS:
            raise ValueError(f"fact {name} is no short text, whole number, yes or no")
