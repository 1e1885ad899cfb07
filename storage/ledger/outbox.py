"""Messages that are written with the change they tell of, and sent afterwards by a relay.

A queue and a database cannot be written in one transaction: a message sent first may tell of what never came to be,
one sent afterwards may be forgotten. So it is written here, together with the change, and whoever relays takes it,
sends it and strikes it out. A relay that dies in between leaves it to be taken again: messages may come twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from storage.ledger import tables
from storage.ledger.database import Database
from storage.ledger.rows_of_work import Message, MessageRow

#: Seconds after which a message that was taken and not struck out is taken again.
AGAIN_SECONDS: Final = 60.0
#: Messages removed at a time: each transaction holds the ledger for some milliseconds.
_AT_ONCE: Final = 1000


class Outbox(Database):
    """Messages to be sent."""

    def post(self, messages: Iterable[Message]) -> None:
        """Write messages down to be sent; inside `Ledger.together`, if and only if all of it is committed."""
        told = [
            {"queue": each.queue, "subject": each.subject, "body": each.body, "priority": each.priority, "takes": 0}
            for each in messages
        ]
        if not told:
            return

        def work(connection: sa.Connection) -> None:
            now = self._now(connection)
            connection.execute(tables.outbox.insert(), [row | {"written_at": now} for row in told])

        self._write(work)

    def take_messages(
        self,
        limit: int = 100,
        *,
        queues: Collection[str] | None = None,
        again_seconds: Sequence[float] = (AGAIN_SECONDS,),
        in_order: bool = False,
    ) -> list[MessageRow]:
        """Take the next messages to send: the most urgent first, and of these the oldest.

        What another relay is taking is passed over, and so is what was taken a moment ago: it is being sent. What was
        taken before that and never struck out comes again.

        Args:
            limit: at most so many.
            queues: of these only; None for all.
            again_seconds: after how long a message comes again that was taken once, twice and so on; the last of them
                for all further times. Each longer than sending ever takes.
            in_order: leave out what has an older message before it, in its queue and about its subject, that is not
                struck out: so each subject's messages are sent one after the other, whoever relays.
        """
        table = tables.outbox

        def work(connection: sa.Connection) -> list[MessageRow]:
            now = self._now(connection)
            free = _free(table.c, now, again_seconds)
            query = sa.select(table).where(tables.UNSENT, free).order_by(table.c.priority, table.c.id).limit(limit)
            if queues is not None:
                query = query.where(table.c.queue.in_(queues))
            if in_order:  # asked for first: who joins the table with itself waits for minutes when much is unsent
                firsts = connection.scalars(_firsts(queues, now, again_seconds).limit(limit)).all()
                query = query.where(table.c.id.in_(firsts))
            rows = connection.execute(query.with_for_update(skip_locked=True)).mappings().all()
            taken = table.update().where(table.c.id.in_([row["id"] for row in rows]))
            if rows:
                connection.execute(taken.values(taken_at=now, takes=table.c.takes + 1))
            return [_row(row) for row in rows]

        return self._write(work)

    def strike_out(self, ids: Collection[int]) -> None:
        """Enter that messages were sent; nothing happens to those that were struck out or removed before."""
        table = tables.outbox

        def work(connection: sa.Connection) -> None:
            sent = table.update().where(table.c.id.in_(ids), tables.UNSENT)
            connection.execute(sent.values(sent_at=self._now(connection)))

        if ids:
            self._write(work)

    def unsent(self, before: datetime | None = None) -> tuple[int, datetime | None]:
        """Return how many messages wait, all or those written before a moment, and when the oldest was written."""
        table = tables.outbox
        query = sa.select(sa.func.count(), sa.func.min(table.c.written_at)).where(tables.UNSENT)
        if before is not None:
            query = query.where(table.c.written_at < before)
        with self._reading() as connection:
            count, oldest = connection.execute(query).one()
        return count, oldest

    def forget_messages(self, before: datetime) -> int:
        """Remove messages that were sent before a moment; return how many."""
        table = tables.outbox
        some = sa.select(table.c.id).where(table.c.sent_at < before).order_by(table.c.sent_at).limit(_AT_ONCE)
        gone = table.delete().where(table.c.id.in_(some))
        total = 0
        while count := self._write(lambda connection: connection.execute(gone).rowcount):
            total += count
        return total


def _free(
    columns: sa.ColumnCollection[str, Any], now: datetime, again_seconds: Sequence[float]
) -> sa.ColumnElement[bool]:
    """Return what holds for messages that nobody is sending, by how often and how long ago each was taken."""
    *times, last = (now - timedelta(seconds=seconds) for seconds in again_seconds)
    rested = [sa.and_(columns.takes == takes, columns.taken_at <= before) for takes, before in enumerate(times, 1)]
    long_rested = sa.and_(columns.takes >= len(again_seconds), columns.taken_at <= last)
    return sa.or_(columns.taken_at.is_(None), *rested, long_rested)


def _firsts(queues: Collection[str] | None, now: datetime, again_seconds: Sequence[float]) -> sa.Select[Any]:
    """Return who asks for the free ones among the first unsent messages of each queue about each subject."""
    table = tables.outbox
    place = sa.func.row_number().over(partition_by=(table.c.queue, table.c.subject), order_by=table.c.id)
    columns = (table.c.id, table.c.priority, table.c.taken_at, table.c.takes, place.label("place"))
    placed = sa.select(*columns).where(tables.UNSENT)
    if queues is not None:
        placed = placed.where(table.c.queue.in_(queues))
    first = placed.subquery()
    return (
        sa.select(first.c.id)
        .where(first.c.place == 1, _free(first.c, now, again_seconds))
        .order_by(first.c.priority, first.c.id)
    )


def _row(row: Any) -> MessageRow:
    message = Message(row["queue"], row["subject"], row["body"], row["priority"])
    return MessageRow(row["id"], message, row["written_at"], row["takes"] + 1)
