"""What we keep: objects named by what they hold, small records, and a ledger of what happened.

The object store is the truth for bytes (`objects` is the protocol; `folder`, `memory` and `s3`, which is imported by
its own name, are stores), the ledger the truth for people. Either can be checked against the other. Nothing here
knows what a dossier is made of or what comes next: codes, states and names are text to it.
"""

from __future__ import annotations

from storage.clock import Clock, utc_now
from storage.errors import (
    LeaseLost,
    LedgerAway,
    LedgerBroken,
    LedgerBusy,
    LedgerError,
    ObjectChanged,
    ObjectMissing,
    ProcedureConflict,
    StorageError,
    StoreFull,
    StoreRefused,
    StoreUnsound,
)
from storage.folder import FolderStore
from storage.ledger import (
    AttemptRow,
    BrokenEvent,
    DepositRow,
    DocumentRow,
    DocumentState,
    DossierRow,
    EventHead,
    EventRow,
    Fence,
    Filed,
    FileRow,
    ItemRow,
    ItemState,
    Ledger,
    Message,
    MessageRow,
    ObjectRow,
    PageRow,
    ProcedureRow,
    ScanRow,
    StepRow,
    TwinRow,
    Waiting,
)
from storage.memory import MemoryStore
from storage.names import AREAS, EVIDENCE, Area, Digest
from storage.objects import ObjectStore, copy_out, digest_of, digest_of_file

__all__ = [
    "AREAS",
    "EVIDENCE",
    "Area",
    "AttemptRow",
    "BrokenEvent",
    "Clock",
    "DepositRow",
    "Digest",
    "DocumentRow",
    "DocumentState",
    "DossierRow",
    "EventHead",
    "EventRow",
    "Fence",
    "FileRow",
    "Filed",
    "FolderStore",
    "ItemRow",
    "ItemState",
    "LeaseLost",
    "Ledger",
    "LedgerAway",
    "LedgerBroken",
    "LedgerBusy",
    "LedgerError",
    "MemoryStore",
    "Message",
    "MessageRow",
    "ObjectChanged",
    "ObjectMissing",
    "ObjectRow",
    "ObjectStore",
    "PageRow",
    "ProcedureConflict",
    "ProcedureRow",
    "ScanRow",
    "StepRow",
    "StorageError",
    "StoreFull",
    "StoreRefused",
    "StoreUnsound",
    "TwinRow",
    "Waiting",
    "copy_out",
    "digest_of",
    "digest_of_file",
    "utc_now",
]
