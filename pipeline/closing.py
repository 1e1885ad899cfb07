"""The closing lane of a dossier: assemble, seal, write sidecars, judge, seal the manifest, file it.

Apart from `pipeline.driver`, which opens: this is where the agency's key is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from pipeline import plan
from pipeline.completeness import Finding, judge
from pipeline.errors import Fault
from pipeline.filed import SIDECARS, Filed, ReadDocument
from pipeline.manifest import Sealer, content, encode, without_step_times
from pipeline.messages import say
from pipeline.model import Case, Document, Dossier, Original, Procedure, Sha256
from pipeline.plan import StepRecord, Workshop
from pipeline.rules import in_force
from pipeline.schemas import mismatch
from pipeline.stages.file import Version, enter, file_version, files_of, latest, objects_of, sidecars_of
from pipeline.stages.manifest import seal_manifest
from pipeline.stages.seal import local_time, mark_of, size_of
from pipeline.works import Works, lease
from signing import Identity
from storage import Digest, ObjectStore


@dataclass(frozen=True, slots=True)
class Verdict:
    """A dossier that is filed: its newest version and what the manifest says."""

    version: Version
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Closing:
    """What the closing of one dossier needs."""

    works: Works
    shop: Workshop
    identity: Identity
    deposit: str  # SHA-256 that names what was deposited
    ticket: Original | None
    sidecars: frozenset[str]  # kinds that were asked for now; once asked for, a dossier keeps them

    def finished(self, dossier: Dossier) -> Verdict | None:
        """Return the filed record of just this deposit when nothing in it was rejected and nothing more is asked for.

        A sealed record is not opened again because a library got newer; one with rejections is gone through again,
        for a newer version may take what an older one could not.
        """
        version = latest(self.works.yard.store, str(dossier.code))
        if version is None or version.deposit != self.deposit or version.state == "rejected":
            return None
        row = self.works.yard.ledger.dossier(str(dossier.code))
        if row is None or row.manifest != version.manifest:  # a crash came between the store and the ledger
            return None
        verdict = verdict_of(self.works.yard.store, version)
        ours = [file for file in files_of(verdict.manifest) if not file["received_signed"]]
        return verdict if self.sidecars <= sidecars_of(verdict.manifest) or not ours else None

    def mark(self, dossier: Dossier) -> tuple[Mapping[str, Any], tuple[float, float]]:
        """Return what the visible mark will say, and its width and height in points.

        Raises:
            Rejected: ``name-unwritable``; better asked before the pages are read than after.
        """
        mark = mark_of(dossier.agency.name, dossier.operator.name, trial=self.identity.trial)
        return mark, size_of(mark, self.works.yard.clock())

    def close(
        self,
        dossier: Dossier,
        procedure: Procedure,
        case: Case,
        *,
        read: Sequence[ReadDocument],
        findings: Sequence[Finding],
        gated: Mapping[Sha256, StepRecord],
    ) -> Verdict:
        """Seal what can be sealed and file it with what is missing and what was rejected.

        Raises:
            SohoaError: nothing was filed; what was done stays recorded.
        """
        filed = self._sealed(dossier, read, gated)
        completeness = judge(case, [each.document for each in read], dossier.exemptions, findings)
        body = content(
            dossier,
            procedure,
            case,
            completeness,
            filed,
            ticket=self.ticket,
            deposit=self.deposit,
            sealer=self._sealer(),
            software=("Sohoa", version("sohoa")),
            rule=(in_force().id, in_force().citation),
            say=lambda key, facts: say(key, **facts),
        )
        with lease(self.works.yard.ledger, f"manifest/{dossier.code}"):
            made = self._version(str(dossier.code), body, completeness.verdict)
            file_version(self.works.yard.store, made)
            enter(self.works.yard.ledger, dossier, made, filed=filed, findings=findings, now=self.works.yard.clock())
        return verdict_of(self.works.yard.store, made)

    def _sealed(
        self, dossier: Dossier, read: Sequence[ReadDocument], gated: Mapping[Sha256, StepRecord]
    ) -> list[Filed]:
        mark, size = self.mark(dossier)
        ours = [each for each in read if not each.document.received_signed]
        assembled = self.works.do_all(
            [
                plan.assemble(
                    self.shop,
                    replace(each.document, pages=tuple(page.ref for page in each.kept)),
                    gated=gated,
                    readings=[page.reading for page in each.kept],
                    title=_title(dossier, each.document),
                    agency=dossier.agency.name,
                    mark_size=size,
                )
                for each in ours
            ]
        )
        beside = self._beside(str(dossier.code), ours)
        steps = [
            plan.seal(self.shop, record, mark=mark, identity=self.identity.fingerprint, level=self.identity.level)
            for record in assembled
        ]
        sealed = self.works.seal_all(steps, self.identity, mark)
        made = iter(zip(assembled, sealed, beside, strict=True))
        return [
            self._received(each, gated) if each.document.received_signed else _filed(each, gated, *next(made))
            for each in read
        ]

    def _beside(self, dossier: str, read: Sequence[ReadDocument]) -> list[tuple[StepRecord, ...]]:
        """Write the sidecars of each document that are asked for, or were when the dossier was filed before."""
        before = latest(self.works.yard.store, dossier)
        had = sidecars_of(verdict_of(self.works.yard.store, before).manifest) if before else frozenset()
        kinds = [kind for kind in SIDECARS if kind in self.sidecars | had]
        if not kinds:
            return [()] * len(read)
        steps = [
            plan.sidecar(self.shop, [page.reading for page in each.kept], kind=kind, file_name=each.document.file_name)
            for each in read
            for kind in kinds
        ]
        records = self.works.do_all(steps)
        return [tuple(records[at : at + len(kinds)]) for at in range(0, len(records), len(kinds))]

    def _received(self, read: ReadDocument, gated: Mapping[Sha256, StepRecord]) -> Filed:
        """File a PDF that arrived signed: the very bytes, among what is sealed."""
        (original,) = read.document.originals
        store = self.works.yard.store
        if not store.has("sealed", Digest(original.sha256)):
            with store.local("originals", Digest(original.sha256)) as path:
                digest, size = store.put_file("sealed", path)
            self.works.yard.ledger.put_object("sealed", digest, size=size, media_type="application/pdf")
        return Filed(read, original.sha256, original.size, gated)

    def _version(self, dossier: str, body: dict[str, Any], state: str) -> Version:
        """Return the version with just this content, made now unless it was made before."""
        before = latest(self.works.yard.store, dossier)
        if before and before.deposit == self.deposit:
            again = body | {"supersedes": before.supersedes}
            if record := self.works.recorded(self._step(again)):
                return self._told(dossier, record, state, before.supersedes)
        supersedes = before.manifest if before else None
        body = body | {"supersedes": supersedes}
        record = self.works.recorded(self._step(body))
        if record is None:
            record = self._seal_manifest(dossier, body, before.number + 1 if before else 1)
        return self._told(dossier, record, state, supersedes)

    def _step(self, body: Mapping[str, Any]) -> plan.Step:
        return plan.manifest(self.shop, without_step_times(body), identity=self.identity.fingerprint)

    def _told(self, dossier: str, record: StepRecord, state: str, supersedes: str | None) -> Version:
        manifest, seal = (output.sha256 for output in record.outputs)
        return Version(dossier, record.facts["version"], self.deposit, manifest, seal, state, supersedes)

    def _seal_manifest(self, dossier: str, body: Mapping[str, Any], number: int) -> StepRecord:
        works, step = self.works, self._step(body)
        for sha256 in objects_of(body).values():
            works.yard.store.check("sealed", Digest(sha256))
        with works.attempt(step):
            now = works.yard.clock()
            data = encode(body, dossier=dossier, version=number, created=local_time(now))
            if wrong := mismatch("manifest-1", json.loads(data)):
                raise Fault("unexpected", kind=f"manifest {wrong.where}: {wrong.rule}")
            seal = seal_manifest(data, identity=self.identity, when=now)
            outputs = [
                works.keep("sealed", data, "application/json"),
                works.keep("sealed", seal, "application/pkcs7-signature"),
            ]
        return works.record(step, outputs, {"version": number})

    def _sealer(self) -> Sealer:
        identity = self.identity
        return Sealer(identity.level, identity.subject, identity.fingerprint, identity.trial)


def verdict_of(store: ObjectStore, version: Version) -> Verdict:
    """Return a filed version with what its manifest says."""
    return Verdict(version, json.loads(store.get("sealed", Digest(version.manifest))))


def _title(dossier: Dossier, document: Document) -> str:
    return say("mark.title", component=f"{document.component}-{document.number:02d}", dossier=dossier.code)


def _filed(
    read: ReadDocument,
    gated: Mapping[Sha256, StepRecord],
    assembled: StepRecord,
    sealed: StepRecord,
    sidecars: tuple[StepRecord, ...],
) -> Filed:
    output = sealed.outputs[0]
    return Filed(read, output.sha256, output.size, gated, assembled, sealed, sidecars)
