"""The catalogue in the store: each version of each procedure as it was imported, so that a lost ledger is whole again.

Looked up it is in the ledger only; how catalogue files are read is `pipeline.catalogue`'s affair.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipeline.catalogue import procedure_from
from pipeline.errors import Misconfigured
from pipeline.model import canonical_json
from storage import ObjectStore, ProcedureRow, digest_of

#: Where the records are, by the procedure's code and the number of its version.
PROCEDURES = "procedures/"


def procedure_row(raw: Mapping[str, Any], imported_at: datetime) -> ProcedureRow:
    """Return the row of a catalogue entry that was checked."""
    procedure = procedure_from(raw)
    body = canonical_json(raw)
    return ProcedureRow(
        code=procedure.code,
        version=procedure.version,
        effective_from=procedure.effective_from,
        effective_to=procedure.effective_to,
        name=procedure.name,
        body=body.decode(),
        digest=digest_of(body),
        imported_at=imported_at,
    )


def keep_procedure(store: ObjectStore, row: ProcedureRow) -> None:
    """Keep one version of a procedure; one that is kept stays.

    Raises:
        StorageError: the store cannot be used.
    """
    key = f"{PROCEDURES}{row.code}/{row.version:06d}"
    if store.read(key) is None:
        kept = {"imported_at": row.imported_at.isoformat(), "procedure": json.loads(row.body)}
        store.write(key, canonical_json(kept))


def kept_procedure(store: ObjectStore, key: str) -> ProcedureRow:
    """Return the version of a procedure that was kept at *key*.

    Raises:
        Misconfigured: ``record-broken``.
    """
    try:
        kept = json.loads(store.read(key) or b"")
        row = procedure_row(kept["procedure"], datetime.fromisoformat(kept["imported_at"]))
    except (ValueError, TypeError, KeyError) as error:
        raise Misconfigured("record-broken", record=key) from error
    if key != f"{PROCEDURES}{row.code}/{row.version:06d}":
        raise Misconfigured("record-broken", record=key)
    return row
