"""The ledger's tables about work: who tries what, and who alone may try it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

import sqlalchemy as sa

from storage.errors import LedgerError
from storage.ledger import tables
from storage.ledger.database import Database
from storage.ledger.rows import AttemptRow, Outcome

#: When a released lease ran out: long before any clock that may still be asked.
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY: Final = ""


class Work(Database):
    """Attempts and leases."""

    def begin_attempt(self, step_key: str, stage: str, subject: str) -> int:
        """Enter, before the work, that it is about to be tried; return the attempt's number.

        What kills a process kills its counting too: only what was written first can be counted.
        """
        statement = tables.attempts.insert().values(
            step_key=step_key,
            stage=stage,
            subject=subject,
            pid=os.getpid(),
            started_at=self.now(),
        )

        def work(connection: sa.Connection) -> int:
            key = connection.execute(statement).inserted_primary_key
            return int(key[0]) if key else 0

        return self._write(work)

    def end_attempt(self, attempt: int, outcome: Outcome) -> None:
        """Enter how an attempt ended; saying the same twice changes nothing.

        Raises:
            LedgerError: no such attempt has begun, or it ended otherwise.
        """
        if outcome not in get_args(Outcome):
            raise ValueError(f"{outcome!r} is not an outcome of an attempt")
        table = tables.attempts
        ended = (
            table.update()
            .where(table.c.id == attempt, table.c.outcome.is_(None))
            .values(outcome=outcome, ended_at=self.now())
        )
        known = sa.select(table.c.outcome).where(table.c.id == attempt)

        def work(connection: sa.Connection) -> bool:
            return bool(connection.execute(ended).rowcount) or connection.scalar(known) == outcome

        if not self._write(work):
            raise LedgerError(f"attempt {attempt} has not begun, or it ended otherwise")

    def attempts(self, subject: str | None = None) -> list[AttemptRow]:
        """Return all attempts, or those about one subject, in the order they began."""
        table = tables.attempts
        query = sa.select(table).order_by(table.c.id)
        if subject is not None:
            query = query.where(table.c.subject == subject)
        with self._reading() as connection:
            return [AttemptRow(**row) for row in connection.execute(query).mappings()]

    def attempt_count(self, step_key: str) -> int:
        """Return how often a step was tried, also by processes that did not live to say so."""
        table = tables.attempts
        query = sa.select(sa.func.count()).where(table.c.step_key == step_key)
        with self._reading() as connection:
            return connection.scalar(query) or 0

    def take_lease(self, name: str, holder: str, seconds: float) -> int | None:
        """Let *holder* alone do what *name* stands for, for a time.

        Args:
            name: what the lease is about.
            holder: one taker; two threads that use the same name would both be let in.
            seconds: from now until it runs out, above 0.

        Returns:
            None when somebody else holds it. Otherwise the fence: a number that grows each
            time the lease is taken, and stays when its holder renews it in time. Whoever has
            a lower one than was seen elsewhere has lost the lease without noticing.
        """
        if not holder or seconds <= 0:
            raise ValueError(f"a lease needs a holder and a time, not {holder!r} and {seconds}")
        table, now = tables.leases, self.now()
        ours = (table.c.name == name, table.c.holder == holder, table.c.expires_at > now)
        free = (table.c.name == name, table.c.expires_at <= now)
        until = {"holder": holder, "expires_at": now + timedelta(seconds=seconds)}
        fence = sa.select(table.c.fence).where(table.c.name == name)

        # Each update asks and takes in one statement, so that it holds without SQLite's one
        # writer too; two first takers meet in the insert, and one of them comes again.
        def work(connection: sa.Connection) -> int | None:
            renewed = connection.execute(table.update().where(*ours).values(**until)).rowcount
            taken = table.update().where(*free).values(**until, fence=table.c.fence + 1)
            if renewed or connection.execute(taken).rowcount:
                return connection.scalar(fence)
            if connection.scalar(fence) is not None:
                return None
            connection.execute(table.insert().values(name=name, fence=1, **until))
            return 1

        return self._write(work)

    def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back; nothing happens when *holder* has lost it or never had it."""
        table = tables.leases
        # The row stays: its fence must go on growing.
        statement = (
            table.update()
            .where(table.c.name == name, table.c.holder == holder)
            .values(holder=_NOBODY, expires_at=_LONG_AGO)
        )
        self._write(lambda connection: connection.execute(statement).rowcount)
