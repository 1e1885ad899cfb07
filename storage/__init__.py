"""What we keep: objects named by what they hold, small records, and a ledger of what happened.

The object store is the truth for bytes (`objects` is the protocol; `folder` and `memory` are
stores), the ledger the truth for people. Either can be checked against the other. Nothing here
knows what a dossier is made of or what comes next: codes, states and names are text to it.
"""

from __future__ import annotations

from storage.clock import Clock, utc_now
from storage.errors import (
    LedgerBroken,
    LedgerBusy,
    LedgerError,
    ObjectChanged,
    ObjectMissing,
    ProcedureConflict,
    StorageError,
    StoreFull,
)
from storage.folder import FolderStore
from storage.ledger import (
    AttemptRow,
    DepositRow,
    DossierRow,
    FileRow,
    Ledger,
    ObjectRow,
    ProcedureRow,
)
from storage.memory import MemoryStore
from storage.names import AREAS, EVIDENCE, Area, Digest
from storage.objects import ObjectStore, copy_out, digest_of, digest_of_file

__all__ = [
    "AREAS",
    "EVIDENCE",
    "Area",
    "AttemptRow",
    "Clock",
    "DepositRow",
    "Digest",
    "DossierRow",
    "FileRow",
    "FolderStore",
    "Ledger",
    "LedgerBroken",
    "LedgerBusy",
    "LedgerError",
    "MemoryStore",
    "ObjectChanged",
    "ObjectMissing",
    "ObjectRow",
    "ObjectStore",
    "ProcedureConflict",
    "ProcedureRow",
    "StorageError",
    "StoreFull",
    "copy_out",
    "digest_of",
    "digest_of_file",
    "utc_now",
]
