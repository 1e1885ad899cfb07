"""What the three tools raise, made ours where it enters the pipeline."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import Fault, Interrupted, Misconfigured, SohoaError
from storage import LedgerBroken, LedgerBusy, ObjectChanged, ObjectMissing, StorageError, StoreFull


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
        case StoreFull():
            return Interrupted("storage-full")
        case LedgerBusy():
            return Interrupted("ledger-busy")
        case LedgerBroken():
            return Misconfigured("ledger-broken", problem=str(error))
        case _:
            return Interrupted("storage-failed", problem=str(error))
