"""The database under the ledger: how it is opened, brought up to date, read and written.

Knows no table, and nothing of one kind of database: that is in `engines` and `faults`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc

from storage.clock import Clock, utc_now
from storage.errors import LedgerError
from storage.ledger import engines, faults
from storage.ledger.statements import MOMENT_GIVEN, MOMENT_OF_SERVER, Made
from storage.migrations import is_current, migrate, schema_of

#: Seconds to wait for another writer, and for a server that is started again; ours hold the ledger for milliseconds.
BUSY_SECONDS: Final = 10.0
#: Times a write is done anew after somebody else inserted the same row first.
_TRIES: Final = 5
#: Seconds between two tries to reach a server that is away.
_AWAY_LOOK: Final = 0.2

_Result = TypeVar("_Result")


class Database:
    """An open ledger without its tables: transactions, the clock, and errors made ours."""

    def __init__(
        self,
        url: str,
        *,
        password: str | None = None,
        clock: Clock | None = None,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        """Open the database at *url*, making its tables and bringing them up to date as needed.

        Args:
            url: as SQLAlchemy writes them: ``sqlite:////var/lib/sohoa/ledger.db``, ``sqlite://`` for one in memory
                that threads may share, or ``postgresql+psycopg://sohoa@server/ledger``.
            password: of the server; so that it need not stand in the address.
            clock: gives the present moment, with a timezone. None for the clock of the server, which all machines
                share, or of the machine that has the file: leases need one clock.
            busy_seconds: how long to wait for another writer, and for a server that was there before.

        Raises:
            LedgerBroken: what is there cannot be used; the message says what to do.
            LedgerAway: the server does not answer.
            LedgerError: it cannot be opened.
        """
        self._clock = clock
        self._busy_seconds = busy_seconds
        self._pid = os.getpid()
        self._mine = threading.local()
        self._opened = False
        #: Where the ledger is, for people to read: without a password.
        self.location = "at an unreadable address"
        address = _address(url, password)
        with self._translated():
            # A password may also stand among the words after the question mark.
            self.location = address.set(query={}).render_as_string(hide_password=True)
            self._engine = engines.open_engine(address, busy_seconds=busy_seconds)
            views = (engines.reader, engines.writer, engines.asker)
            self._reader, self._writer, self._asker = (view(self._engine) for view in views)
        try:
            self._write(_bring_up_to_date)
        except BaseException:
            self.close()
            raise
        self._opened = True

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
        with self._reading() as connection:
            return self._now(connection)

    @property
    def kind(self) -> str:
        """What keeps the ledger, with its version, for people: ``postgresql 15.14``."""
        with self._reading() as connection:
            version = connection.dialect.server_version_info or ()
            return " ".join((connection.dialect.name, ".".join(map(str, version))))

    @property
    def schema(self) -> str:
        """The revision of its tables, for people."""
        with self._reading() as connection:
            return schema_of(connection) or "none"

    def back_up(self, path: Path) -> int:
        """Copy a ledger that is a file to *path* as it is at one moment, while others write; return the bytes.

        Raises:
            LedgerError: it is on a server, which has tools of its own, or cannot be copied there.
        """
        beside = path.with_name(f".partial-{path.name}")
        with self._translated(), closing(self._engine.raw_connection()) as raw:
            source = raw.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise LedgerError(f"the ledger {self.location} is on a server: copy it with the server's tools")
            beside.unlink(missing_ok=True)
            try:
                with closing(sqlite3.connect(beside)) as copy:
                    source.backup(copy)
            except sqlite3.Error as error:
                raise LedgerError(f"the ledger cannot be copied to {path}: {error}") from error
            for left in ("-wal", "-shm"):  # of a copy before this one: SQLite would carry them over into it
                Path(f"{path}{left}").unlink(missing_ok=True)
            beside.replace(path)
            return path.stat().st_size

    def _now(self, connection: sa.Connection) -> datetime:
        if self._clock is not None:
            return self._clock()
        if connection.dialect.name == "postgresql":
            moment: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
            return moment.astimezone(UTC)
        return utc_now()

    def _moment(self, connection: sa.Connection) -> datetime | sa.ColumnElement[datetime]:
        """Return the present moment for a statement to write or compare: a server knows it by itself."""
        return MOMENT_OF_SERVER if self._is_told(connection) else self._now(connection)

    def _timed(
        self, connection: sa.Connection, made: Made, values: Mapping[str, Any], *, lasts: timedelta | None = None
    ) -> sa.CursorResult[Any]:
        """Execute what *made* makes with the present moment; with how long something ``lasts``, or ``until`` when."""
        if self._is_told(connection):
            return connection.execute(made(MOMENT_OF_SERVER), {**values, "lasts": lasts} if lasts else values)
        now = self._now(connection)
        until = {"until": now + lasts} if lasts else {}
        return connection.execute(made(MOMENT_GIVEN), {**values, **until, MOMENT_GIVEN.key: now})

    def _is_told(self, connection: sa.Connection) -> bool:
        return self._clock is None and connection.dialect.name == "postgresql"

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """One consistent view, for a few queries; inside `_as_one` the view of its transaction."""
        if mine := self._open_one():
            yield mine
            return
        with self._translated(), self._begun(self._reader, self._patience()) as connection:
            yield connection

    def _rows(self, query: sa.Select[*tuple[Any, ...]], **values: Any) -> Sequence[sa.RowMapping]:
        """Return what one query finds with its *values*; inside `_as_one` in its transaction."""
        if mine := self._open_one():
            return mine.execute(query, values).mappings().all()
        return self._asked(lambda connection: connection.execute(query, values).mappings().all())

    def _row(self, query: sa.Select[*tuple[Any, ...]], **values: Any) -> sa.RowMapping | None:
        """Return the first row that one query finds, or None; as `_rows`."""
        return next(iter(self._rows(query, **values)), None)

    def _write_one(self, work: Callable[[sa.Connection], _Result]) -> _Result:
        """Do *work* that is one statement and may be done twice, as it is when a line is cut; see `engines.asker`."""
        if self._open_one() or self._engine.dialect.name != "postgresql":
            return self._write(work)
        return self._asked(work)

    def _asked(self, work: Callable[[sa.Connection], _Result]) -> _Result:
        """Return what *work* finds, without a transaction around it; a server that is started again is waited for."""
        with self._translated():
            patience = self._patience()
            while True:
                try:
                    with self._asker.connect() as connection:
                        return work(connection)
                except exc.DBAPIError as error:
                    self._wait_or_raise(error, patience)

    def _write(self, work: Callable[[sa.Connection], _Result]) -> _Result:
        """Do *work* in one transaction; again, from its start, when a row came in between or the line was cut.

        Select-then-insert is the upsert that every database has. SQLite lets one writer in at a time, so nothing
        comes in between there; PostgreSQL does let it, and the second try then finds the row. Once the commit was
        asked for, nobody knows whether a cut line let it through: then the caller hears of it.
        """
        if mine := self._open_one():
            return work(mine)
        with self._translated():
            tries, patience = 0, self._patience()
            while True:
                tries, committing = tries + 1, False
                try:
                    with self._begun(self._writer, patience) as connection:
                        result = work(connection)
                        committing = True
                except exc.DBAPIError as error:
                    again = faults.is_clash(error) or (faults.is_away(error) and self._opened)
                    if committing or not again or tries == _TRIES:
                        raise
                else:
                    return result

    def _as_one(self, work: Callable[[], _Result], first: Callable[[sa.Connection], None]) -> _Result:
        """Do *first*, then *work*, all of whose calls of this ledger, in this thread, are one transaction."""

        def all_of_it(connection: sa.Connection) -> _Result:
            before = self._open_one()
            first(connection)
            self._mine.connection = connection
            try:
                return work()
            finally:
                self._mine.connection = before

        return self._write(all_of_it)

    def _open_one(self) -> sa.Connection | None:
        mine: sa.Connection | None = getattr(self._mine, "connection", None)
        return mine

    def _patience(self) -> float:
        """Return until when, on the machine's own clock, a server that was there before is waited for."""
        return time.monotonic() + self._busy_seconds

    @contextmanager
    def _begun(self, engine: sa.Engine, patience: float) -> Iterator[sa.Connection]:
        """Lend a connection in a transaction; a server that is started again is waited for until *patience*."""
        while True:
            connection = None
            try:
                connection = engine.connect()
                transaction = connection.begin()
                break
            except exc.DBAPIError as error:
                if connection is not None:
                    connection.close()
                self._wait_or_raise(error, patience)
        with connection, transaction:
            yield connection

    def _wait_or_raise(self, error: exc.DBAPIError, patience: float) -> None:
        """Wait a moment for a server that was there before; else, and after *patience*, raise the error again."""
        if not (self._opened and faults.is_away(error)) or time.monotonic() > patience:
            raise error
        # A line that was cut while nobody used it is found out now, and a new one may be had at once.
        if not error.connection_invalidated:
            time.sleep(_AWAY_LOOK)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        if os.getpid() != self._pid:
            # SQLite's own warning: a connection carried over a fork corrupts the file.
            raise LedgerError("a ledger cannot be used in a forked child: open it anew there")
        try:
            yield
        except (exc.SQLAlchemyError, OSError, ImportError) as error:
            raise faults.error_of(error, self.location) from error


def _address(url: str, password: str | None) -> sa.URL:
    """Return what *url* says; whatever is wrong with it is not repeated, for a password may stand in it."""
    try:
        address = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        raise LedgerError(
            "the ledger's address cannot be read: write it as sqlite:////folder/ledger.sqlite "
            "or postgresql+psycopg://user@server:5432/database"
        ) from None
    return address if password is None else address.set(password=password)


def _bring_up_to_date(connection: sa.Connection) -> None:
    if not is_current(connection):
        engines.hold_for_migrating(connection)
        migrate(connection)
