"""The ledger's tables about single steps: who tries what, who alone may try it, what was done."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import TypeVar, get_args

import sqlalchemy as sa

from storage.errors import LeaseLost, LedgerError
from storage.ledger import statements, tables
from storage.ledger.database import Database
from storage.ledger.papers import insert_new, values_of
from storage.ledger.rows_of_work import AttemptRow, Fence, Outcome, StepRow, Tried

_Result = TypeVar("_Result")


class Work(Database):
    """Attempts, leases and steps; and several writes at once, under a lease where one is needed."""

    def begin_attempt(self, step_key: str, stage: str, subject: str) -> int:
        """Enter, before the work, that it is about to be tried; return the attempt's number.

        What kills a process kills its counting too: only what was written first can be counted.
        """
        told = {"step_key": step_key, "stage": stage, "subject": subject, "pid": os.getpid()}

        def work(connection: sa.Connection) -> int:
            key = self._timed(connection, statements.begin_attempt, told).inserted_primary_key
            return int(key[0]) if key else 0

        # Entered twice, when a line is cut, it counts as one more that never ended: too many, never too few.
        return self._write_one(work)

    def end_attempt(self, attempt: int, outcome: Outcome) -> None:
        """Enter how an attempt ended; what is said first stands.

        Whoever was cut off while it said that the work is done cannot know whether it was heard, and then says that the
        attempt failed.

        Raises:
            LedgerError: no such attempt has begun.
        """
        if outcome not in get_args(Outcome):
            raise ValueError(f"{outcome!r} is not an outcome of an attempt")
        told = {"which": attempt, "ending": outcome}

        def work(connection: sa.Connection) -> bool:
            return bool(self._timed(connection, statements.end_attempt, told).rowcount)

        if not self._write_one(work) and not self._rows(statements.BEGUN, which=attempt):
            raise LedgerError(f"attempt {attempt} has not begun")

    def attempts(self, subject: str | None = None) -> list[AttemptRow]:
        """Return all attempts, or those about one subject, in the order they began."""
        table = tables.attempts
        query = sa.select(table).order_by(table.c.id)
        if subject is not None:
            query = query.where(table.c.subject == subject)
        with self._reading() as connection:
            return [AttemptRow(**row) for row in connection.execute(query).mappings()]

    def tally(self, step_key: str, deposit: str) -> Tried:
        """Return how a step's attempts ended that began since *deposit* was last received; all, if it never was."""
        return Tried(**self._rows(statements.TRIED, step_key=step_key, deposit=deposit)[0])

    def open_attempts(self, step_keys: Collection[str]) -> Mapping[str, datetime]:
        """Return, by step, when its latest attempt began that has not ended; a few hundred steps at a time."""
        table = tables.attempts
        query = (
            sa.select(table.c.step_key, sa.func.max(table.c.started_at).label("begun"))
            .where(table.c.step_key.in_(step_keys), table.c.outcome.is_(None))
            .group_by(table.c.step_key)
        )
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

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
        told, lasts = {"name": name, "holder": holder}, timedelta(seconds=seconds)

        def work(connection: sa.Connection) -> int | None:
            return self._timed(connection, statements.take_lease(connection.dialect.name), told, lasts=lasts).scalar()

        return self._write_one(work)

    def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back; nothing happens when *holder* has lost it or never had it."""
        self._write_one(
            lambda connection: connection.execute(statements.RELEASE_LEASE, {"which": name, "whose": holder}).rowcount
        )

    def together(self, work: Callable[[], _Result], *, under: Fence | None = None) -> _Result:
        """Do all that *work* writes with this ledger, in this thread, in one transaction: all of it or nothing.

        *work* may be called several times, each time from nothing, when other writers or a cut line come in between;
        so it writes here and nowhere else. What it raises comes out, and nothing of it is kept.

        Args:
            work: calls methods of this ledger. It should last milliseconds: others wait.
            under: the lease that is needed; nobody can take it over before the transaction has ended.

        Raises:
            LeaseLost: somebody else took the lease, or it was given back.
        """

        def first(connection: sa.Connection) -> None:
            if under is not None:
                _require(connection, under)

        return self._as_one(work, first)

    def require_lease(self, fence: Fence) -> None:
        """Look whether a lease is still held; for a last look before something that no transaction covers.

        Raises:
            LeaseLost: somebody else took it, or it was given back.
        """
        self._write_one(lambda connection: _require(connection, fence))

    def put_step(self, row: StepRow) -> None:
        """Enter a step that was done; the first entry stays as it is."""
        if row.outcome not in get_args(Outcome):
            raise ValueError(f"{row.outcome!r} is not an outcome of a step")
        table = tables.steps

        self._write_one(lambda connection: insert_new(connection, table, values_of(row)))

    def steps(self, subject: str) -> list[StepRow]:
        """Return the steps about one subject, in the order they ended."""
        table = tables.steps
        query = sa.select(table).where(table.c.subject == subject).order_by(table.c.ended_at, table.c.key)
        with self._reading() as connection:
            return [StepRow(**row) for row in connection.execute(query).mappings()]


def _require(connection: sa.Connection, fence: Fence) -> None:
    """Look at a lease and keep it from being taken until the transaction ends.

    It may have run out: as long as nobody took it, nobody else is at work.
    """
    if connection.scalar(statements.FENCE, {"name": fence.name}) != fence.number:
        raise LeaseLost(f"the lease {fence.name} was taken over: leave the work to its new holder")
