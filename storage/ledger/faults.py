"""What goes wrong in a database, made ours: told by the codes of SQLite and PostgreSQL, never by their words.

Their words may quote the row they are about, and with it names of people. Only what the driver says about a
connection, which has seen no row, is passed on.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy import exc

from storage.errors import LedgerAway, LedgerBroken, LedgerBusy, LedgerError, StorageError, StoreFull

#: In place of a code, for errors of SQLite.
_NO_SERVER: Final = "none"
# Codes of PostgreSQL: https://www.postgresql.org/docs/15/errcodes-appendix.html
_CLASH: Final = frozenset({"40001", "40P01"})  # two transactions in each other's way; one was thrown out
_LOCKED: Final = frozenset({"55P03", "57014"})  # a lock, or a statement, took longer than we wait
_CROWDED: Final = frozenset({"53300"})
_FULL: Final = frozenset({"53100"})
_FORBIDDEN: Final = frozenset({"42501"})
_DAMAGED: Final = frozenset({"XX001", "XX002"})
_ENDED: Final = frozenset({"57P01", "57P02", "57P03", "25P03"})  # shut down, crashed, starting up, idle for too long


def is_away(error: exc.DBAPIError) -> bool:
    """Tell whether the server, or the line to it, was lost; a file is never away."""
    if error.connection_invalidated:
        return True
    if not isinstance(error, exc.OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", _NO_SERVER)
    return state is None or state[:2] == "08" or state in _ENDED


def is_clash(error: exc.DBAPIError) -> bool:
    """Tell whether another transaction came in between, so that the same may work when it is done anew."""
    return isinstance(error, exc.IntegrityError) or getattr(error.orig, "sqlstate", None) in _CLASH


def error_of(error: Exception, location: str) -> StorageError | ValueError:
    """Return our error for one of SQLAlchemy or of the operating system; *location* has no password in it."""
    cause = error.orig if isinstance(error, exc.StatementError) else error
    if isinstance(cause, ValueError):
        return ValueError(str(cause))
    if isinstance(error, exc.TimeoutError):
        return LedgerBusy(f"too many threads use the ledger {location} at once: try again")
    if isinstance(error, exc.DBAPIError) and is_away(error):
        said = " ".join(str(cause).split()) if getattr(cause, "sqlstate", None) is None else "it was shut down"
        return LedgerAway(f"the ledger {location} does not answer: see whether its server runs, try again ({said})")
    if (state := getattr(cause, "sqlstate", _NO_SERVER)) != _NO_SERVER:
        return _of_postgresql(str(state), type(cause).__name__, location)
    return _of_sqlite(cause, location)


def _of_postgresql(state: str, kind: str, location: str) -> StorageError:
    if state in _LOCKED | _CLASH | _CROWDED:
        return LedgerBusy(f"the ledger {location} is held by others for too long ({state}): try again")
    if state in _FULL:
        return _full(location)
    if state in _DAMAGED:
        return LedgerBroken(f"{location} is damaged ({state}): stop the service and restore it from a backup")
    if state in _FORBIDDEN:
        return LedgerError(
            f"the ledger {location} does not let its user do this ({state}): give the rights of docs/ledger.md; "
            "tables are brought up to date by their owner"
        )
    return LedgerError(f"the ledger {location} cannot be used: {kind} ({state})")


def _of_sqlite(cause: BaseException | None, location: str) -> StorageError:
    # The low byte is the error; the others say more than we ask.
    match getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerBusy(f"the ledger {location} is in use by another process: try again")
        case sqlite3.SQLITE_FULL:
            return _full(location)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return LedgerBroken(
                f"{location} is damaged or is no ledger: stop the service, move the file away "
                "with its -wal and -shm, and restore it from a backup"
            )
    return LedgerError(f"the ledger {location} cannot be used: {cause}")


def _full(location: str) -> StoreFull:
    return StoreFull(f"no room is left for the ledger {location}: make some, try again")
