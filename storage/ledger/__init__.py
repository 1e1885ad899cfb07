"""What happened, for people: status, search, reports, attempts and leases.

Not the truth for bytes (that is the object store), and no queue. `rows` is what goes in and
out, `tables` how it is kept, `database` how it is opened; the methods stand by subject in
`papers` (procedures, deposits, dossiers, files, objects) and `work` (attempts, leases).
"""

from __future__ import annotations

from storage.ledger.papers import Papers
from storage.ledger.rows import (
    AttemptRow,
    DepositRow,
    DepositState,
    DossierRow,
    FileRow,
    ObjectRow,
    Outcome,
    ProcedureRow,
)
from storage.ledger.work import Work

__all__ = [
    "AttemptRow",
    "DepositRow",
    "DepositState",
    "DossierRow",
    "FileRow",
    "Ledger",
    "ObjectRow",
    "Outcome",
    "ProcedureRow",
]


class Ledger(Papers, Work):
    """The whole ledger; see `Database` for how it is opened.

    May be used by several threads, and opened by several processes, at once. Every method is
    one transaction and is on the disk when it returns. Each may raise `LedgerError`.
    """
