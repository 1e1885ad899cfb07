"""What happened, for people: status, search, reports, attempts and leases; what waits; who did what.

Not the truth for bytes (that is the object store), and no queue. `rows` and `rows_of_work` are what goes in and out,
`tables` how it is kept, `database` how it is opened; the methods stand by subject in `papers` (procedures, deposits,
dossiers, files, objects), `work` (attempts, leases, steps), `lanes` (what is under way), `overview` (all of it, for
people who look), `outbox` (messages to be sent) and `events` (who did what).
"""

from __future__ import annotations

from storage.ledger.events import Events
from storage.ledger.lanes import Lanes
from storage.ledger.outbox import Outbox
from storage.ledger.overview import Overview
from storage.ledger.papers import Papers
from storage.ledger.rows import (
    DepositRow,
    DepositState,
    DossierRow,
    FileRow,
    ObjectRow,
    ProcedureRow,
    ScanRow,
    TwinRow,
)
from storage.ledger.rows_of_work import (
    AttemptRow,
    BrokenEvent,
    DocumentRow,
    DocumentState,
    EventHead,
    EventRow,
    Fence,
    Filed,
    ItemRow,
    ItemState,
    Message,
    MessageRow,
    Outcome,
    PageRow,
    PageState,
    StepRow,
    Tried,
    Waiting,
)
from storage.ledger.work import Work

__all__ = [
    "AttemptRow",
    "BrokenEvent",
    "DepositRow",
    "DepositState",
    "DocumentRow",
    "DocumentState",
    "DossierRow",
    "EventHead",
    "EventRow",
    "Fence",
    "FileRow",
    "Filed",
    "ItemRow",
    "ItemState",
    "Ledger",
    "Message",
    "MessageRow",
    "ObjectRow",
    "Outcome",
    "PageRow",
    "PageState",
    "ProcedureRow",
    "ScanRow",
    "StepRow",
    "Tried",
    "TwinRow",
    "Waiting",
]


class Ledger(Papers, Work, Lanes, Overview, Outbox, Events):
    """The whole ledger; see `Database` for how it is opened.

    May be used by several threads, and opened by several processes, at once. Every method is
    one transaction and is on the disk when it returns, unless it is called inside `together`.
    Each may raise `LedgerError`.
    """
