"""How the databases we know are opened: for many threads and processes, and so that nobody waits for ever.

All that is SQLite's or PostgreSQL's alone about connections stands here; their errors are told apart in `faults`.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from storage.errors import LedgerBroken

#: Seconds one statement may take; the longest of ours, over a million rows, take two.
STATEMENT_SECONDS: Final = 60.0
#: Seconds an open transaction may do nothing: a process that was stopped in one must not keep its locks.
IDLE_SECONDS: Final = 60.0
#: Seconds to wait for a server that does not answer a connection.
_CONNECT_SECONDS: Final = 5
#: Seconds after which a server, or a client, that a cut network took away is given up.
_SILENT_SECONDS: Final = 20
#: How that is found out while nothing is on its way: asked after so many seconds of silence, so often, each so long.
#: By default a system asks every 75 seconds, so that a client waited 85 for an answer that was lost.
_PROBES: Final = {"idle": 10, "interval": 5, "count": 2}
#: Seconds between two looks whether a new file may be switched to write-ahead logging.
_WAL_LOOK: Final = 0.01
#: Execution option: what a transaction begins with, in SQLite's words.
_BEGINS: Final = "ledger_begins"


_HOLD: Final = sa.select(
    sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("name", type_=sa.String), 0))
)


def open_engine(address: sa.URL, *, busy_seconds: float) -> sa.Engine:
    """Return an engine; nothing is opened yet.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: there is no such kind of database.
        ImportError: its driver is not installed.
        OSError: the folder of the file cannot be made.
    """
    if address.get_backend_name() == "postgresql":
        return _open_postgresql(address, busy_seconds)
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address, busy_seconds)
    raise sa.exc.ArgumentError("a ledger is kept in SQLite or in PostgreSQL")


def reader(engine: sa.Engine) -> sa.Engine:
    """Return *engine* for reading: every query of one transaction sees the same moment."""
    # PostgreSQL's usual level sees, in each statement, what was committed meanwhile.
    return _beginning(engine, postgresql="ISOLATION LEVEL REPEATABLE READ READ ONLY", sqlite="DEFERRED")


def writer(engine: sa.Engine) -> sa.Engine:
    """Return *engine* for writing."""
    # IMMEDIATE: in SQLite a transaction that reads first and wants to write later fails at once,
    # without waiting, if somebody wrote in between.
    return _beginning(engine, postgresql="", sqlite="IMMEDIATE")


def asker(engine: sa.Engine) -> sa.Engine:
    """Return *engine* for single statements: a transaction around one costs a server two more questions for nothing.

    SQLite begins one all the same, which costs nothing there.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT") if engine.dialect.name == "postgresql" else engine


def _beginning(engine: sa.Engine, *, postgresql: str, sqlite: str) -> sa.Engine:
    return engine.execution_options(**{_BEGINS: postgresql if engine.dialect.name == "postgresql" else sqlite})


def hold(connection: sa.Connection, name: str) -> None:
    """Let one transaction at a time go on from here, of all that hold the same *name*, until it ends.

    SQLite has one writer in any case.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, {"name": f"sohoa/{name}"})


def hold_for_migrating(connection: sa.Connection) -> None:
    """Let one process at a time make the tables; it may take as long as it needs.

    Raises:
        LedgerBroken: the database cannot keep Vietnamese.
    """
    hold(connection, "migrations")
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise LedgerBroken(f"the database keeps its texts as {encoding}: make it anew with ENCODING 'UTF8'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _open_postgresql(address: sa.URL, busy_seconds: float) -> sa.Engine:
    limits = {
        "statement_timeout": STATEMENT_SECONDS,
        "lock_timeout": busy_seconds,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }
    options = [f"-c {name}={max(1, round(seconds * 1000))}" for name, seconds in limits.items()]
    # Of the server's side of the line: it keeps the locks of a client that is gone until it knows.
    options += [f"-c tcp_keepalives_{name}={number}" for name, number in _PROBES.items()]
    options += [f"-c tcp_user_timeout={_SILENT_SECONDS * 1000}"]
    # A server may be set up to answer before a commit is on its disk; our write order relies on it that it is.
    options += ["-c synchronous_commit=on", "-c timezone=UTC"]
    arguments = {
        "application_name": "sohoa",
        "client_encoding": "UTF8",
        "connect_timeout": _CONNECT_SECONDS,
        **{f"keepalives_{name}": number for name, number in _PROBES.items()},
        "tcp_user_timeout": _SILENT_SECONDS * 1000,
        "options": " ".join(options),
        # Of several servers the one that may be written: what a stand-by says may be old.
        "target_session_attrs": "read-write",
    }
    # The driver's own BEGIN would come with the first statement; ours comes before it, and finds out on its way whether
    # the line still holds: to ask that first, each time, cost a fifth of all that is asked.
    engine = sa.create_engine(address, connect_args=arguments, isolation_level="AUTOCOMMIT")
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    words = f"BEGIN {options.get(_BEGINS, '')}"
    with suppress(psycopg.Error):
        # Beneath driver and SQLAlchemy, which take as long for these words as for a query: a third of each transaction.
        driver: Any = connection.connection.driver_connection
        if driver.pgconn.exec_(words.encode()).status == psycopg.pq.ExecStatus.COMMAND_OK:
            return
    connection.exec_driver_sql(words)  # it fails as it did, and is told as all that fails is


def _open_sqlite(address: sa.URL, busy_seconds: float) -> sa.Engine:
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
