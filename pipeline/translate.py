"""What the three tools raise, made ours where it enters the pipeline."""

from __future__ import annotations

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
    except StorageError as error:
        raise of_storage(error) from error
    except Exception as error:
        raise Fault("unexpected", kind=type(error).__name__) from error


def of_storage(error: StorageError) -> SohoaError:
    """Return our error for one of the store or the ledger."""
    match error:
        case ObjectChanged() | ObjectMissing():
            return Misconfigured("object-changed", sha256=error.digest)
        case StoreFull():
            return Interrupted("storage-full")
        case LedgerBusy():
            return Interrupted("ledger-busy")
        case LedgerBroken():
            return Misconfigured("storage-failed", problem=str(error))
        case _:
            return Interrupted("storage-failed", problem=str(error))
