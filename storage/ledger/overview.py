"""What people are shown who look at the whole: how much is filed, what is under way, what waits for them and why.

Only reads. The queries go over what is under way, by its partial indexes, but for the count of all that was filed:
ask for that now and then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from storage.ledger import tables
from storage.ledger.database import Database
from storage.ledger.rows_of_work import Filed, ItemRow, ItemState


class Overview(Database):
    """Counts and lists over many dossiers."""

    def filed(self, since: datetime | None = None) -> list[Filed]:
        """Return how many dossiers have each state and verdict, of all or of those that changed *since*."""
        table = tables.dossiers
        grouped = (table.c.state, table.c.verdict)
        query = sa.select(*grouped, sa.func.count()).group_by(*grouped).order_by(*grouped)
        if since is not None:
            query = query.where(table.c.updated_at >= since)
        with self._reading() as connection:
            return [Filed(*row) for row in connection.execute(query)]

    def items_in(self, states: Collection[ItemState], *, limit: int = 100) -> list[ItemRow]:
        """Return at most *limit* dossiers that are in one of some states but ``sealed``, longest waiting first."""
        table = tables.items
        query = (
            sa.select(table)
            .where(tables.NOT_SEALED, table.c.state.in_(states))
            .order_by(table.c.received_at, table.c.code)
            .limit(limit)
        )
        with self._reading() as connection:
            return [ItemRow(**row) for row in connection.execute(query).mappings()]

    def reasons(self, deposits: Collection[str]) -> Mapping[str, str]:
        """Return, for people, why some deposits were rejected or failed; a few hundred at a time."""
        table = tables.deposits
        query = sa.select(table.c.id, table.c.reason).where(table.c.id.in_(deposits), table.c.reason.is_not(None))
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def page_counts(self, dossiers: Collection[str]) -> Mapping[str, tuple[int, int]]:
        """Return by dossier how many of its pages are done, and how many it has; a few hundred dossiers at a time."""
        table = tables.pages
        done = sa.func.count().filter(table.c.state != "waiting")
        query = sa.select(table.c.dossier, done, sa.func.count()).where(table.c.dossier.in_(dossiers))
        with self._reading() as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(query.group_by(table.c.dossier))}
