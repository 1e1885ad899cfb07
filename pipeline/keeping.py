"""What is recorded of sealed objects after they were filed: that a file was renewed, that a manifest is in a batch.

Both are found by the SHA-256 of the object, by whoever holds its name. Nothing is renewed or stamped here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from pipeline.books import read_record
from pipeline.errors import Misconfigured
from pipeline.model import canonical_json
from pipeline.plan import StepRecord
from storage import ObjectStore

#: Where the records are, by the first two digits of the object's SHA-256 and then all of them.
RENEWALS, BATCHES = "renewals/", "batches/"


@dataclass(frozen=True, slots=True)
class InBatch:
    """That a manifest was stamped together with others."""

    manifest: str  # SHA-256, in the area "sealed"
    evidence: str  # SHA-256 of the proof, in the area "sealed"
    root: str  # hexadecimal: what was stamped for all of the batch
    size: int  # manifests in the batch
    time: str  # ISO 8601, UTC: the time in the stamp

    def to_json(self) -> bytes:
        """Encode for the store."""
        return canonical_json(asdict(self))


def renewal_key(sha256: str) -> str:
    """Return where it is recorded what the file *sha256* was renewed to."""
    return f"{RENEWALS}{sha256[:2]}/{sha256}"


def batch_key(sha256: str) -> str:
    """Return where it is recorded which batch the manifest *sha256* is in."""
    return f"{BATCHES}{sha256[:2]}/{sha256}"


def renewals_of(store: ObjectStore, sha256: str) -> tuple[StepRecord, ...]:
    """Return every renewal of the file *sha256*, the first one first; the last one's output is the file that counts.

    Raises:
        Misconfigured: ``record-broken``.
    """
    return tuple(_renewals(store, sha256))


def in_batch(store: ObjectStore, manifest: str) -> InBatch | None:
    """Return which batch the manifest with that SHA-256 is in, or None while it is in none.

    Raises:
        Misconfigured: ``record-broken``.
    """
    key = batch_key(manifest)
    data = store.read(key)
    try:
        found = InBatch(**json.loads(data)) if data else None
    except (ValueError, TypeError) as error:
        raise Misconfigured("record-broken", record=key) from error
    if found is not None and found.manifest != manifest:
        raise Misconfigured("record-broken", record=key)
    return found


def _renewals(store: ObjectStore, sha256: str) -> Iterator[StepRecord]:
    seen = {sha256}
    while record := read_record(store, renewal_key(sha256)):
        if record.step.inputs != (("sealed", sha256),) or len(record.outputs) != 1:
            raise Misconfigured("record-broken", record=renewal_key(sha256))
        sha256 = record.outputs[0].sha256
        if sha256 in seen:  # no renewal leads back: somebody wrote this
            raise Misconfigured("record-broken", record=renewal_key(sha256))
        seen.add(sha256)
        yield record
