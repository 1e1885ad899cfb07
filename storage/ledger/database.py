"""The database under the ledger: how it is opened, brought up to date, read and written.

Knows no table. What is true of SQLite only stands in `open_engine` and `_error_of`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.pool import QueuePool

from storage.clock import Clock, utc_now
from storage.errors import LedgerBroken, LedgerBusy, LedgerError, StorageError, StoreFull
from storage.migrations import migrate

#: Seconds to wait for another writer; ours hold the ledger for milliseconds.
BUSY_SECONDS: Final = 10.0
#: Times a write is done anew after somebody else inserted the same row first.
_TRIES: Final = 5
#: Seconds between two looks whether a new file may be switched to write-ahead logging.
_WAL_LOOK: Final = 0.01
#: Execution option: what a transaction begins with, in SQLite's words.
_BEGINS: Final = "ledger_begins"

_Result = TypeVar("_Result")


class Database:
    """An open ledger without its tables: transactions, the clock, and errors made ours."""

    def __init__(self, url: str, *, clock: Clock = utc_now, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open the database at *url*, making it and bringing it up to date as needed.

        Args:
            url: as SQLAlchemy writes them: ``sqlite:////var/lib/sohoa/ledger.db``, or
                ``sqlite://`` for one in memory that threads may share.
            clock: gives the present moment, with a timezone.
            busy_seconds: how long to wait for another writer.

        Raises:
            LedgerBroken: what is there cannot be used; the message says what to do.
            LedgerError: it cannot be opened.
        """
        self._clock = clock
        self._pid = os.getpid()
        #: Where the ledger is, for people to read: without a password.
        self.location = "at an unreadable address"
        with self._translated():
            address = sa.make_url(url)
            self.location = address.render_as_string(hide_password=True)
            self._engine = open_engine(address, busy_seconds=busy_seconds)
        try:
            self._write(migrate)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections; one in memory forgets everything."""
        self._engine.dispose()

    def now(self) -> datetime:
        """Return the present moment as this ledger sees it."""
        return self._clock()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """One consistent view, for a few queries."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    def _write(self, work: Callable[[sa.Connection], _Result]) -> _Result:
        """Do *work* in one transaction; again, from its start, when a row came in between.

        Select-then-insert is the upsert that every database has. SQLite lets one writer in at
        a time, so nothing comes in between there; other databases do let it.
        """
        with self._translated():
            for _ in range(_TRIES - 1):
                try:
                    return self._write_once(work)
                except exc.IntegrityError:
                    continue
            return self._write_once(work)

    def _write_once(self, work: Callable[[sa.Connection], _Result]) -> _Result:
        # IMMEDIATE: a transaction that reads first and wants to write later fails at once,
        # without waiting, if somebody wrote in between.
        writer = self._engine.execution_options(**{_BEGINS: "IMMEDIATE"})
        with writer.begin() as connection:
            return work(connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        if os.getpid() != self._pid:
            # SQLite's own warning: a connection carried over a fork corrupts the file.
            raise LedgerError("a ledger cannot be used in a forked child: open it anew there")
        try:
            yield
        except (exc.SQLAlchemyError, OSError, ImportError) as error:
            raise _error_of(error, self.location) from error


def open_engine(address: sa.URL, *, busy_seconds: float) -> sa.Engine:
    """Return an engine, set up for many threads and processes; nothing is opened yet.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: there is no such kind of database.
        ImportError: its driver is not installed.
        OSError: the folder of the file cannot be made.
    """
    if address.get_backend_name() != "sqlite":
        return sa.create_engine(address)
    arguments = {"timeout": busy_seconds, "check_same_thread": False}
    if address.database in {None, "", ":memory:"}:
        # One connection for all threads, who take turns: each new one would be a new database.
        engine = sa.create_engine(address, connect_args=arguments, poolclass=QueuePool, pool_size=1, max_overflow=0)
    else:
        Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(address, connect_args=arguments)
    event.listen(engine, "connect", partial(_set_up_sqlite, busy_seconds=busy_seconds))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, record: object, *, busy_seconds: float) -> None:  # noqa: ARG001
    # The driver's own BEGIN comes too late (before the first INSERT) and never before DDL.
    connection.isolation_level = None
    _switch_to_wal(connection, busy_seconds)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _switch_to_wal(connection: Any, busy_seconds: float) -> None:
    """Let readers and a writer go on together; of several who switch a new file at once, SQLite lets one wait for none.

    The busy timeout does not hold for this statement: it says "locked" at once, so the waiting is done here.
    """
    patience = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(_WAL_LOOK)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    mode = connection.get_execution_options().get(_BEGINS, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _error_of(error: Exception, location: str) -> StorageError | ValueError:
    # SQLAlchemy's own text quotes the row, and with it names of people: not for a log.
    cause = error.orig if isinstance(error, exc.StatementError) else error
    if isinstance(cause, ValueError):
        return ValueError(str(cause))
    # The low byte is the error; the others say more than we ask. Not told by its message.
    match getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerBusy(f"the ledger {location} is in use by another process: try again")
        case sqlite3.SQLITE_FULL:
            return StoreFull(f"no room is left for the ledger {location}: make some, try again")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return LedgerBroken(
                f"{location} is damaged or is no ledger: stop the service, move the file away "
                "with its -wal and -shm, and restore it from a backup"
            )
    if isinstance(error, exc.TimeoutError):
        return LedgerBusy(f"too many threads use the ledger {location} at once: try again")
    return LedgerError(f"the ledger {location} cannot be used: {cause}")
