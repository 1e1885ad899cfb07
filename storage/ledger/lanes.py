"""What is under way: dossiers from deposit to seal, their documents and pages, and who of them comes next.

Enough for workers to find what to do and what was left lying, and for people to see what waits for whom. It decides
nothing: states are moved by the caller, who says from which state. What a query here costs depends on what is under
way, not on what was ever done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, cast, get_args

import sqlalchemy as sa

from storage.errors import LedgerBusy
from storage.ledger import engines, statements, tables
from storage.ledger.database import Database
from storage.ledger.papers import upsert, values_of
from storage.ledger.rows_of_work import DocumentRow, DocumentState, ItemRow, ItemState, PageRow, PageState, Waiting

_ENDED: Final = ("sealed", "review", "failed")


class Lanes(Database):
    """Items (dossiers under way), documents and pages."""

    def receive_item(self, code: str, *, deposit: str, source: str, station: str, priority: int) -> bool:
        """Enter a dossier that was deposited, in the state ``received``; return False when just this was known.

        A dossier that is through (sealed, or waits for people) is received anew when other papers come for it.

        Raises:
            LedgerBusy: other papers of this dossier are at work: try again when they are through.
        """
        table = tables.items
        place = {"deposit": deposit, "source": source, "station": station, "priority": priority}
        same = sa.select(table).where(table.c.code == code)

        def work(connection: sa.Connection) -> bool:
            now = self._moment(connection)
            times = {"received_at": now, "changed_at": now, "due_at": now}
            known = connection.execute(same.with_for_update()).mappings().first()
            if known is None:
                new = {"code": code, "state": "received", "reason": None, **place, **times}
                connection.execute(table.insert().values(**new))
                return True
            if known["deposit"] == deposit:
                return False
            if known["state"] not in _ENDED:
                raise LedgerBusy(f"other papers of dossier {code} are at work: try again when they are through")
            again = table.update().where(table.c.code == code)
            connection.execute(again.values(state="received", reason=None, **place, **times))
            return True

        return self._write(work)

    def item(self, code: str) -> ItemRow | None:
        """Return where one dossier is on its way, or None."""
        row = self._row(statements.ITEM, code=code)
        return None if row is None else ItemRow(**row)

    def item_of(self, deposit: str) -> ItemRow | None:
        """Return the dossier that a deposit was received for last, or None: other papers may have come since."""
        row = self._row(statements.ITEM_OF, deposit=deposit)
        return None if row is None else ItemRow(**row)

    def retry_item(self, code: str) -> bool:
        """Receive anew a dossier that waits for people; return False when it does not.

        What was tried before `ItemRow.received_at` counts no more.
        """
        table = tables.items
        waits = table.update().where(table.c.code == code, table.c.state.in_(("review", "failed")))

        def work(connection: sa.Connection) -> bool:
            now = self._moment(connection)
            again = waits.values(state="received", reason=None, received_at=now, changed_at=now, due_at=now)
            return bool(connection.execute(again).rowcount)

        return self._write(work)

    def move_item(
        self,
        code: str,
        to: ItemState,
        *,
        was: Collection[ItemState],
        reason: str | None = None,
        wait_seconds: float = 0.0,
    ) -> bool:
        """Bring a dossier into a state; return False, and change nothing, when it was in none of the states *was*.

        To the state it is in already, it says that the work goes on: the sweeper then leaves it alone.

        Args:
            code: of the dossier.
            to: its state from now on.
            was: states that it may be in now; of several who move it from one, one gets True.
            reason: stable code of why it waits or failed.
            wait_seconds: it is not to be touched for so long.
        """
        for state in (to, *was):
            if state not in get_args(ItemState):
                raise ValueError(f"{state!r} is not a state of a dossier")
        told = {"which": code, "was": tuple(was), "to": to, "why": reason}

        def work(connection: sa.Connection) -> bool:
            if not wait_seconds:
                return bool(self._timed(connection, statements.move_item, told).rowcount)
            later = self._moment(connection) + timedelta(seconds=wait_seconds)
            return bool(
                self._timed(connection, lambda now: statements.move_item(now).values(due_at=later), told).rowcount
            )

        return self._write(work)

    def keep_item(self, code: str, *, deposit: str, was: Collection[ItemState]) -> bool:
        """Say that the work on a dossier goes on, so that the sweeper leaves it alone, and that it waits for nothing.

        Returns:
            False, and nothing is changed, when it is in none of the states *was*, or other papers have come for it.
        """
        told = {"which": code, "deposit_": deposit, "was": tuple(was)}
        return self._write_one(lambda connection: bool(self._timed(connection, statements.keep_item, told).rowcount))

    def next_items(self, limit: int = 100) -> list[ItemRow]:
        """Return the dossiers to open next: by priority, and of each priority one of every station in turn.

        So a station that brings two thousand waits with all but its first for the first of the others.
        """
        table = tables.items
        turn = sa.func.row_number().over(
            partition_by=(table.c.priority, table.c.station), order_by=(table.c.received_at, table.c.code)
        )
        with self._reading() as connection:
            due = table.c.due_at <= self._moment(connection)
            turns = sa.select(table, turn.label("turn")).where(tables.WAITING, due).subquery()
            query = sa.select(*(turns.c[column.name] for column in table.columns))
            query = query.order_by(turns.c.priority, turns.c.turn, turns.c.received_at, turns.c.code).limit(limit)
            return [ItemRow(**row) for row in connection.execute(query).mappings()]

    def under_way(self) -> Mapping[str, int]:
        """Return by station how many dossiers are being opened, read or closed."""
        station = tables.items.c.station
        query = sa.select(station, sa.func.count()).where(tables.UNDER_WAY).group_by(station)
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def undone_items(self, before: datetime, limit: int = 100, *, begun: bool = False) -> list[ItemRow]:
        """Return dossiers that nobody has moved since *before* though they are due and not through, longest first.

        For the sweeper: their messages, or those who had them, are lost. With *begun*, without those that are only
        ``received``: nothing was sent for them yet.
        """
        table = tables.items
        with self._reading() as connection:
            query = (
                sa.select(table)
                .where(
                    *((tables.UNDER_WAY,) if begun else ()),
                    tables.UNDONE,
                    table.c.changed_at < before,
                    table.c.due_at <= self._moment(connection),
                )
                .order_by(table.c.changed_at, table.c.code)
                .limit(limit)
            )
            return [ItemRow(**row) for row in connection.execute(query).mappings()]

    def waiting(self) -> list[Waiting]:
        """Return how many dossiers are in each state but ``sealed``, for each reason, and how long the oldest is."""
        table = tables.items
        grouped = (table.c.state, table.c.reason)
        query = (
            sa.select(*grouped, sa.func.count().label("count"), sa.func.min(table.c.received_at).label("oldest"))
            .where(tables.NOT_SEALED)
            .group_by(*grouped)
            .order_by(table.c.state, sa.func.coalesce(table.c.reason, ""))
        )
        with self._reading() as connection:
            return [Waiting(*row) for row in connection.execute(query)]

    def put_documents(self, dossier: str, rows: Sequence[DocumentRow]) -> None:
        """Enter where the documents of a dossier stand: just these, in place of what was known of any.

        Raises:
            ValueError: a row is about another dossier, or in no state of a document.
        """
        if any(row.dossier != dossier or row.state not in get_args(DocumentState) for row in rows):
            raise ValueError(f"not all rows are about documents of {dossier}")
        table = tables.documents

        def work(connection: sa.Connection) -> None:
            # Two that replace at once would else leave what both of them brought.
            engines.hold(connection, f"documents/{dossier}")
            connection.execute(table.delete().where(table.c.dossier == dossier))
            if rows:
                connection.execute(table.insert(), [values_of(row) for row in rows])

        self._write(work)

    def documents(self, dossier: str) -> list[DocumentRow]:
        """Return the documents of a dossier, by name."""
        table = tables.documents
        query = sa.select(table).where(table.c.dossier == dossier).order_by(table.c.name)
        with self._reading() as connection:
            return [DocumentRow(**row) for row in connection.execute(query).mappings()]

    def put_pages(self, dossier: str, rows: Sequence[PageRow]) -> None:
        """Enter the pages of a dossier: just these, so that none of earlier papers is waited for.

        One that is known stays as it is, unless another step is to read it.

        Raises:
            ValueError: a row is about another dossier.
        """
        if any(row.dossier != dossier for row in rows):
            raise ValueError(f"not all rows are about {dossier}")
        table = tables.pages
        query = sa.select(table).where(table.c.dossier == dossier)
        wanted = {(row.original, row.number): row for row in rows}

        def work(connection: sa.Connection) -> None:
            engines.hold(connection, f"pages/{dossier}")  # a page may be ended at this moment
            known = {(row.original, row.number): PageRow(**row) for row in connection.execute(query).mappings()}
            kept = {at for at, row in known.items() if at in wanted and _same_page(row, wanted[at])}
            for original, number in known.keys() - kept:
                gone = table.delete().where(
                    table.c.dossier == dossier, table.c.original == original, table.c.number == number
                )
                connection.execute(gone)
            if new := [values_of(row) for at, row in wanted.items() if at not in kept]:
                connection.execute(table.insert(), new)

        self._write(work)

    def pages(self, dossier: str) -> list[PageRow]:
        """Return the pages of a dossier, by original and place."""
        table = tables.pages
        query = sa.select(table).where(table.c.dossier == dossier).order_by(table.c.original, table.c.number)
        with self._reading() as connection:
            return [PageRow(**row) for row in connection.execute(query).mappings()]

    def end_page(self, row: PageRow) -> int:
        """Enter what became of a page; return how many pages of its dossier still wait.

        Of several workers who end the last pages at once, one at least is told 0; twice the same page counts once.
        """
        if row.state not in get_args(PageState):
            raise ValueError(f"{row.state!r} is not a state of a page")

        def work(connection: sa.Connection) -> int:
            # Else each of two would not yet see that the other's page is done.
            engines.hold(connection, f"pages/{row.dossier}")
            upsert(connection, tables.pages, row)
            return cast("int", connection.scalar(statements.PAGES_LEFT, {"dossier": row.dossier}) or 0)

        return self._write(work)

    def filed_deposits(self, deposits: Collection[str]) -> frozenset[str]:
        """Return those of some deposits for which a sealed record stands; a few hundred at a time."""
        table = tables.deposits
        query = sa.select(table.c.id).where(table.c.id.in_(deposits), table.c.state == "sealed")
        with self._reading() as connection:
            return frozenset(connection.scalars(query))


def _same_page(known: PageRow, wanted: PageRow) -> bool:
    """Say whether a page that is known may stay as it is."""
    return wanted.step_key is None or (known.step_key, known.place) == (wanted.step_key, wanted.place)
