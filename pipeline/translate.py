"""What the three tools raise, made ours where it enters the pipeline."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pipeline.errors import Fault, Interrupted, Misconfigured, SohoaError
from storage import (
    LeaseLost,
    LedgerAway,
    LedgerBroken,
    LedgerBusy,
    ObjectChanged,
    ObjectMissing,
    StorageError,
    StoreFull,
    StoreRefused,
    StoreUnsound,
)

#: What passes by itself or once somebody has made room, and what a clerk is told of it.
_PASSING: Mapping[type[StorageError], str] = {
    StoreFull: "storage-full",
    LedgerBusy: "ledger-busy",
    LeaseLost: "lease-busy",
}
#: What is told with its words, which name a server or a file and quote no data.
_TOLD: Mapping[type[StorageError], tuple[type[SohoaError], str]] = {
    LedgerAway: (Interrupted, "ledger-away"),
    LedgerBroken: (Misconfigured, "ledger-broken"),
    StoreRefused: (Misconfigured, "store-refused"),
}


@contextmanager
def ours() -> Iterator[None]:
    """Let only our own errors out.

    Raises:
        SohoaError: of the body, or the translation of what a tool raised there.
    """
    try:
        yield
    except SohoaError:
        raise
    except Exception as error:
        raise translated(error) from error


def translated(error: Exception) -> SohoaError:
    """Return our error for a foreign one, with that as its cause; its words, which may quote data, stay behind."""
    ours: SohoaError = Fault("unexpected", kind=type(error).__name__)
    if isinstance(error, StorageError):
        ours = _of_storage(error)
    elif isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        ours = Interrupted("storage-full")
    ours.__cause__ = error
    return ours


def _of_storage(error: StorageError) -> SohoaError:
    match error:
        case ObjectChanged():
            return Misconfigured("object-changed", sha256=error.digest)
        case ObjectMissing():
            return Misconfigured("object-missing", sha256=error.digest)
        case StoreFull() | LedgerBusy() | LeaseLost():
            return Interrupted(_PASSING[type(error)])
        case StoreUnsound():
            return Misconfigured("store-unsound", problem=error.code, detail=error.detail)
        case LedgerAway() | LedgerBroken() | StoreRefused():
            kind, code = _TOLD[type(error)]
            return kind(code, problem=str(error))
        case _:
            return Interrupted("storage-failed", problem=str(error))
