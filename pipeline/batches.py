"""Prove when manifests existed by one time stamp over many: the job that closes batches.

Every version of every dossier is in one batch, once. The evidence of each is stored as an object, then the record by
which it is found (`pipeline.keeping`); whoever is killed between the two leaves evidence that nobody names, and the
manifest goes into the next batch. The manifests themselves are not read: their names are what is stamped.

As this is done every night, it also keeps the head of the log of events where the ledger's database cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from pipeline.books import Hold, iso, lease
from pipeline.errors import Interrupted, SohoaError
from pipeline.heads import keep_head
from pipeline.keeping import InBatch, batch_key, in_batch
from pipeline.stages.file import dossiers_of, versions_of
from pipeline.translate import ours
from signing import Batch, TimeStamper, TimestampUnavailable, inclusion, seal_batch
from storage import Ledger, ObjectStore

#: Manifests under one stamp. Chosen: a tree over these takes some 10 MB, and a path in it 16 steps.
MOST = 50_000


@dataclass(slots=True)
class Closed:
    """What one job did."""

    manifests: int = 0
    batches: int = 0
    time: datetime | None = None  # in the last stamp
    troubles: list[tuple[str, SohoaError]] = field(default_factory=list)  # dossiers whose versions cannot be read

    @property
    def exit_code(self) -> int:
        """0; 4 when versions of a dossier cannot be read."""
        return 4 if self.troubles else 0


def close_batches(
    store: ObjectStore,
    ledger: Ledger,
    *,
    timestamper: TimeStamper,
    clock: Callable[[], datetime],
    step: Callable[[], None],
    most: int = MOST,
) -> Closed:
    """Put every manifest that is in no batch into one; *step* is called after each.

    Args:
        store: Where versions are looked for, and evidence is kept.
        ledger: Lends the lease under which two such jobs never overlap.
        timestamper: Who stamps.
        clock: Gives the present time (aware).
        step: For progress.
        most: Manifests under one stamp.

    Raises:
        Interrupted: ``batch-failed``, nobody stamped; ``lease-busy``, another such job is at work. What was closed
            before stays closed.
        StorageError: the store or the ledger cannot be used.
    """
    closed = Closed()
    with lease(ledger, "batch") as hold:
        pending = _pending(store, closed, hold)
        while manifests := list(dict.fromkeys(islice(pending, most))):
            batch = _sealed(manifests, timestamper, clock())
            for index, manifest in enumerate(manifests):
                _keep(store, ledger, batch, index, manifest)
                closed.manifests += 1
                hold.renew()
                step()
            closed.batches += 1
            closed.time = batch.time
        keep_head(store, ledger, clock())
    return closed


def _pending(store: ObjectStore, closed: Closed, hold: Hold) -> Iterator[str]:
    """Yield the SHA-256 of every manifest that is in no batch; a dossier that cannot be read stops no other."""
    for code in dossiers_of(store):
        hold.renew()
        try:
            with ours():
                waiting = [each.manifest for each in versions_of(store, code) if in_batch(store, each.manifest) is None]
        except SohoaError as error:
            closed.troubles.append((code, error))
            continue
        yield from waiting


def _sealed(manifests: list[str], timestamper: TimeStamper, now: datetime) -> Batch:
    try:
        return seal_batch([bytes.fromhex(each) for each in manifests], timestamper=timestamper, when=now)
    except TimestampUnavailable as error:
        raise Interrupted("batch-failed", problem=str(error)) from error


def _keep(store: ObjectStore, ledger: Ledger, batch: Batch, index: int, manifest: str) -> None:
    data = inclusion(batch, index)
    evidence = store.put("sealed", data)
    ledger.put_object("sealed", evidence, size=len(data), media_type="application/json")
    found = InBatch(manifest, evidence, batch.tree.root.hex(), batch.tree.size, iso(batch.time))
    store.write(batch_key(manifest), found.to_json())
