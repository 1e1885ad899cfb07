"""What the store knows, as rows of the ledger: read record by record, and given out as what writes them.

What is not as it was stored is told and passed over; an away store is another matter, and stops everything. When and
into which ledger it is written is for `pipeline.rebuild`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from pipeline.audit import side_by_side
from pipeline.books import read_record, record_key, step_row
from pipeline.errors import Misconfigured, SohoaError, Usage
from pipeline.heads import KeptHead
from pipeline.keeping import BATCHES, RENEWALS, in_batch
from pipeline.plan import Output, StepRecord
from pipeline.procedure_records import PROCEDURES, kept_procedure
from pipeline.reception import Reception, Taken
from pipeline.stages.file import Version, documents_of, dossiers_of, files_of, rows_of, scans_of, versions_of
from pipeline.translate import ours
from pipeline.versions import Verdict, verdict_of
from storage import AREAS, Area, DepositRow, Digest, Ledger, ObjectStore, StepRow
from storage.names import require_area, require_digest

#: Where steps and deposits have their records.
_STEPS, _DEPOSITS = "steps/", "deposits/"
#: What says that a thing in the store is not what it was: the others are entered.
_BROKEN = frozenset({"record-broken", "object-changed", "object-missing", "catalogue-conflict"})
#: What we can say of an object that no record names, and of what was deposited.
_ANY_BYTES = "application/octet-stream"

#: Writes the rows of one record, each time with the same outcome.
Write = Callable[[], object]


@dataclass(slots=True)
class Rebuilt:
    """What one rebuild found in the store and entered."""

    resumed: bool = False  # whether an earlier one was killed
    head: KeptHead | None = None  # newest event of the lost log, as far as the store knows
    procedures: int = 0
    deposits: int = 0
    dossiers: int = 0
    versions: int = 0
    steps: int = 0
    objects: int = 0
    unnamed: int = 0  # of these, objects that no record names
    unended: int = 0  # deposits of which the store does not tell what became of them
    #: Procedures of filed dossiers whose text the store has not: imported before it was kept.
    procedures_wanted: set[tuple[str, int]] = field(default_factory=set)
    troubles: list[tuple[str, SohoaError]] = field(default_factory=list)  # what cannot be read, by its name

    @property
    def exit_code(self) -> int:
        """0; 3 when a catalogue must be imported again; 4 when something in the store cannot be read."""
        return 4 if self.troubles else 3 if self.procedures_wanted else 0


@dataclass(frozen=True, slots=True)
class _Filed:
    """One version of a dossier, with what the ledger has of it."""

    version: Version
    manifest: Mapping[str, Any]
    when: datetime  # it was made
    deposit: DepositRow
    steps: list[StepRow]


@dataclass(frozen=True, slots=True)
class Source:
    """The store, read record by record; each yields what writes its rows."""

    store: ObjectStore
    ledger: Ledger
    found: Rebuilt
    reception: Reception
    now: datetime
    actor: str
    pulse: Callable[[], None]  # called before each record is read: keeps a lease

    def passes(self) -> dict[str, Iterator[Write]]:
        """Return everything in the order in which it is entered: later ones look at the rows of earlier ones."""
        return {
            "procedures": self._procedures(),
            "steps": self._outputs(),
            "dossiers": self._dossiers(),
            "deposits": self._deposits(),
            "batches": self._batches(),
            "objects": self._others(),
        }

    def _procedures(self) -> Iterator[Write]:
        known = {(row.code, row.version): row.digest for row in self.ledger.procedures()}
        for key in self.store.keys(PROCEDURES):
            with self._telling(key):
                row = kept_procedure(self.store, key)
                if known.get((row.code, row.version), row.digest) != row.digest:
                    raise Usage("catalogue-conflict", procedure=row.code, version=row.version)
                self.found.procedures += 1
                yield partial(self.ledger.put_procedure, row)

    def _outputs(self) -> Iterator[Write]:
        """Enter what steps left; of which dossier they were is told by manifests."""
        for prefix in (_STEPS, RENEWALS):
            for key in self.store.keys(prefix):
                with self._telling(key):
                    if record := read_record(self.store, key):
                        yield partial(self._put, *map(_checked, record.outputs))

    def _dossiers(self) -> Iterator[Write]:
        procedures = {(row.code, row.version) for row in self.ledger.procedures()}
        for code in dossiers_of(self.store):
            self.found.dossiers += 1
            with self._telling(f"dossiers/{code}"):
                versions = versions_of(self.store, code)
                known = self.ledger.dossier(code)
                self.found.versions += len(versions)
                if known is None or known.manifest != versions[-1].manifest:
                    yield self._dossier(versions, procedures, after=known.version if known else 0)

    def _dossier(self, versions: list[Version], procedures: set[tuple[str, int]], *, after: int) -> Write:
        """Return what enters those versions of a dossier that the ledger does not know."""
        filed: list[_Filed] = []
        for version in versions:
            if version.number > after:
                with self._telling(f"sealed/{version.manifest}"):
                    filed.append(self._filed(verdict_of(self.store, version)))
        for each in filed:
            named = each.manifest["procedure"]["code"], each.manifest["procedure"]["version"]
            self.found.procedures_wanted |= {named} - procedures
            self.found.steps += len(each.steps)
        return partial(self._enter, versions[0].dossier, filed)

    def _filed(self, verdict: Verdict) -> _Filed:
        version, manifest = verdict.version, verdict.manifest
        when = datetime.fromisoformat(manifest["created"])
        keys = {step["key"] for file in files_of(manifest) for step in file["steps"]}
        read = [(key, self._step(key)) for key in sorted(keys)]
        steps = [step_row(key, version.dossier, record) for key, record in read if record]
        try:
            name = self.reception.recall(version.deposit).name
        except Misconfigured:  # told in the deposits' own pass; the first installations kept none
            name = version.dossier
        deposit = DepositRow(Digest(version.deposit), name, version.dossier, "sealed", None, None, when, when)
        return _Filed(version, manifest, when, deposit, steps)

    def _step(self, key: str) -> StepRecord | None:
        self.pulse()
        try:
            return read_record(self.store, record_key(key))
        except Misconfigured:  # told in the steps' own pass; the dossier is filed all the same
            return None

    def _enter(self, code: str, filed: list[_Filed]) -> None:
        before = self.ledger.dossier(code)
        for each in filed:
            row, files = rows_of(each.version, each.manifest, each.when)
            self.ledger.put_files(code, row.version, files)
            self.ledger.put_scans(scans_of(each.version, each.manifest))
            self.ledger.put_deposit(each.deposit)
            # A PDF that arrived signed was filed as it is: no step made it.
            signed = [file for file in files_of(each.manifest) if file["received_signed"]]
            self._put(*(Output("sealed", file["sha256"], "application/pdf", file["size"]) for file in signed))
            if before is None or before.version < row.version:  # else a worker filed a newer one meanwhile
                self.ledger.put_dossier(row)
                self.ledger.put_documents(code, documents_of(each.version, each.manifest, each.when))
            for step in each.steps:
                self.ledger.put_step(step)
        for each in filed:  # when and by whom it was filed stood in the log that is lost
            version = each.version
            told = partial(self.ledger.event, self.actor, "recovered", code, version=version.number)
            told(verdict=version.state, manifest=version.manifest)

    def _deposits(self) -> Iterator[Write]:
        for key in self.store.keys(_DEPOSITS):
            with self._telling(key):
                taken = self.reception.recall(Path(key).name)
                self.found.deposits += 1
                unended = self.ledger.deposit(Digest(taken.id)) is None
                self.found.unended += unended
                yield partial(self._receive, taken, unended=unended)

    def _receive(self, taken: Taken, *, unended: bool) -> None:
        held = taken.originals.values()
        self._put(*(Output("originals", each.sha256, _ANY_BYTES, each.size) for each in held))
        if unended:
            id_ = Digest(taken.id)
            self.ledger.put_deposit(DepositRow(id_, taken.name, None, "received", None, None, self.now, self.now))

    def _batches(self) -> Iterator[Write]:
        for key in self.store.keys(BATCHES):
            with self._telling(key):
                if batch := in_batch(self.store, Path(key).name):
                    size = self.store.check("sealed", Digest(batch.evidence))
                    yield partial(self._put, Output("sealed", batch.evidence, "application/json", size))

    def _others(self) -> Iterator[Write]:
        """Enter the objects that no record names, and count all."""
        for area in AREAS:
            for row, digest in side_by_side(self.ledger.objects(area), self.store.digests(area)):
                self.found.objects += 1
                if row is None:
                    with self._telling(f"{area}/{digest}"):
                        size = self.store.check(area, digest)
                        self.found.unnamed += 1
                        yield partial(self._put, Output(area, digest, _ANY_BYTES, size))

    def _put(self, *outputs: Output) -> None:
        for each in outputs:
            area, digest = cast("Area", each.area), Digest(each.sha256)
            self.ledger.put_object(area, digest, size=each.size, media_type=each.media_type)

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        """Go on after something that is not what was stored; an away store is no such thing."""
        self.pulse()
        try:
            with ours():
                try:
                    yield
                except (ValueError, TypeError, KeyError) as error:  # JSON that is none of ours
                    raise Misconfigured("record-broken", record=name) from error
        except SohoaError as error:
            if error.code not in _BROKEN:
                raise
            self.found.troubles.append((name, error))


def _checked(output: Output) -> Output:
    """Return *output* if the ledger can take it; ValueError if not."""
    require_area(output.area), require_digest(output.sha256)
    return Output(output.area, output.sha256, str(output.media_type), int(output.size))
