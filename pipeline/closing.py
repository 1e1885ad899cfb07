"""The closing lane of a dossier: assemble, seal, write sidecars, judge, seal the manifest, file it.

Apart from `pipeline.driver`, which opens: this is where the agency's key is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from pipeline import plan
from pipeline.books import lease
from pipeline.carrying import Carried, nothing_new
from pipeline.completeness import Finding, judge
from pipeline.errors import Interrupted
from pipeline.filed import SIDECARS, Filed, ReadDocument
from pipeline.keeping import renewals_of
from pipeline.locking import lock_for_retention
from pipeline.manifest import content
from pipeline.messages import say
from pipeline.model import Case, Document, Dossier, Original, Procedure, Sha256
from pipeline.plan import StepRecord, Workshop
from pipeline.rules import in_force
from pipeline.stages.file import Version, enter, file_version, files_of, latest, sidecars_of, versions_of
from pipeline.stages.seal import link_of, mark_of, shapes_of
from pipeline.versions import Editor, Verdict, verdict_of
from pipeline.works import Works
from signing import Identity
from storage import Digest


@dataclass(frozen=True, slots=True)
class Closing:
    """What the closing of one dossier needs."""

    works: Works
    shop: Workshop
    trial: bool  # whether the keys that will seal are made for trials: the mark says so
    deposit: str  # SHA-256 that names what was deposited
    ticket: Original | None
    sidecars: frozenset[str]  # kinds that were asked for now; once asked for, a dossier keeps them
    link: str = ""  # template of the address in the mark's QR code; none without it

    def finished(self, dossier: Dossier) -> Verdict | None:
        """Return the filed record of just this deposit when nothing in it was rejected and nothing more is asked for.

        A sealed record is not opened again because a library got newer; one with rejections is gone through again,
        for a newer version may take what an older one could not. Papers that later ones were added to are done with:
        to file them again would take back what came since.
        """
        versions = versions_of(self.works.yard.store, str(dossier.code))
        if not versions:
            return None
        version = versions[-1]
        if version.deposit != self.deposit and any(each.deposit == self.deposit for each in versions):
            return verdict_of(self.works.yard.store, version)
        if version.deposit != self.deposit or version.state == "rejected":
            return None
        row = self.works.yard.ledger.dossier(str(dossier.code))
        if row is None or row.manifest != version.manifest:  # a crash came between the store and the ledger
            return None
        verdict = verdict_of(self.works.yard.store, version)
        ours = [file for file in files_of(verdict.manifest) if not file["received_signed"]]
        return verdict if self.sidecars <= sidecars_of(verdict.manifest) or not ours else None

    def mark(self, dossier: Dossier) -> tuple[Mapping[str, Any], tuple[tuple[float, float], ...]]:
        """Return what the visible mark will say, without its link, and the widths and heights it can be set in.

        Raises:
            Rejected: ``name-unwritable``; better asked before the pages are read than after.
        """
        mark = mark_of(dossier.agency.name, dossier.operator.name, trial=self.trial)
        link = link_of(self.link, str(dossier.code))
        return mark, shapes_of(mark | {"link": link}, self.works.yard.clock())

    def close(
        self,
        dossier: Dossier,
        procedure: Procedure,
        case: Case,
        *,
        read: Sequence[ReadDocument],
        findings: Sequence[Finding],
        gated: Mapping[Sha256, StepRecord],
        carried: Carried,
        separators: Sequence[Mapping[str, Any]] = (),
        identity: Identity,
        officer: Identity | None = None,
    ) -> Verdict:
        """Seal what can be sealed and file it with what is missing and what was rejected.

        When all of it is filed already, scan by scan, the newest version stands.

        Args:
            dossier: Which.
            procedure: As it stood on the dossier's day.
            case: Of the procedure.
            read: Its documents, read.
            findings: What could not be taken.
            gated: The gate's record of each original.
            carried: What stays as it is filed.
            separators: What the manifest says of separator sheets.
            identity: The agency's key.
            officer: Signs each file before the agency, where the profile wants both.

        Raises:
            Interrupted: ``dossier-moved``, a version was filed meanwhile that this one would take things back from.
            SohoaError: nothing was filed; what was done stays recorded.
        """
        editor = Editor(self.works, self.shop, identity)
        assembled = self.assemble(dossier, read, gated, carried.names)
        filed = self._sealed(dossier, read, gated, assembled, identity=identity, officer=officer)
        documents = [*carried.documents, *(each.document for each in read)]
        completeness = judge(case, documents, dossier.exemptions, findings)
        body = content(
            dossier,
            procedure,
            case,
            completeness,
            filed,
            ticket=self.ticket,
            deposit=self.deposit,
            sealer=editor.sealer,
            software=("Sohoa", version("sohoa")),
            rule=(in_force().id, in_force().citation),
            separators=separators,
            carried=carried,
            say=lambda key, facts: say(key, **facts),
        )
        return self._file(editor, str(dossier.code), body, completeness.verdict, carried)

    def assemble(
        self,
        dossier: Dossier,
        read: Sequence[ReadDocument],
        gated: Mapping[Sha256, StepRecord],
        filed: Collection[str],
    ) -> tuple[list[StepRecord], list[tuple[StepRecord, ...]]]:
        """Make the PDF of each document that did not arrive signed, and what is wanted beside it; no key is needed.

        Args:
            dossier: Which.
            read: Its documents.
            gated: The gate's record of each original.
            filed: Names of files that stay as they are.
        """
        _, shapes = self.mark(dossier)
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
                    mark_shapes=shapes,
                )
                for each in ours
            ]
        )
        beside = self._beside(str(dossier.code), ours)
        self.works.stand([each.document for each in read], "assembled", filed=filed)
        return assembled, beside

    def _sealed(
        self,
        dossier: Dossier,
        read: Sequence[ReadDocument],
        gated: Mapping[Sha256, StepRecord],
        made: tuple[list[StepRecord], list[tuple[StepRecord, ...]]],
        *,
        identity: Identity,
        officer: Identity | None,
    ) -> list[Filed]:
        """Seal what `assemble` made; return every document as it is filed."""
        assembled, beside = made
        mark, _ = self.mark(dossier)
        steps = [
            plan.seal(
                self.shop,
                record,
                mark={**mark, "link": link_of(self.link, str(dossier.code), record.outputs[0].sha256)},
                identity=identity.fingerprint,
                level=identity.level,
                officer=None if officer is None else officer.fingerprint,
            )
            for record in assembled
        ]
        sealed = self.works.seal_all(steps, identity, officer)
        each_made = iter(zip(assembled, sealed, beside, strict=True))
        return [
            self._received(each, gated) if each.document.received_signed else self._filed(each, gated, *next(each_made))
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

    def _filed(
        self,
        read: ReadDocument,
        gated: Mapping[Sha256, StepRecord],
        assembled: StepRecord,
        sealed: StepRecord,
        sidecars: tuple[StepRecord, ...],
    ) -> Filed:
        """File what was sealed, or what it was renewed to since: nobody goes back to a seal that ends sooner."""
        renewals = renewals_of(self.works.yard.store, sealed.outputs[0].sha256)
        output = (renewals[-1] if renewals else sealed).outputs[0]
        return Filed(read, output.sha256, output.size, gated, assembled, sealed, sidecars, renewals)

    def _file(self, editor: Editor, dossier: str, body: dict[str, Any], state: str, carried: Carried) -> Verdict:
        """Seal and file a version, unless the newest one says just this of its papers."""
        yard = self.works.yard
        with lease(yard.ledger, f"manifest/{dossier}") as hold:
            before = latest(yard.store, dossier)
            # What another worker made of these very papers meanwhile is what we would make.
            ours = before is not None and before.deposit == self.deposit and before.supersedes == carried.before
            if before and before.manifest != carried.before and not ours:
                raise Interrupted("dossier-moved")
            if before and before.deposit != self.deposit:
                filed = verdict_of(yard.store, before)
                if nothing_new(body, filed.manifest):
                    return filed
            made = self._version(editor, dossier, body, state)
            file_version(yard.store, made)
            verdict = verdict_of(yard.store, made)
            lock_for_retention(yard.store, made, verdict.manifest, yard.clock())
            enter(yard.ledger, made, verdict.manifest, yard.clock(), under=hold.fence, tell=yard.tell)
        return verdict

    def _version(self, editor: Editor, dossier: str, body: dict[str, Any], state: str) -> Version:
        """Return the version with just this content, made now unless it was made before."""
        before = latest(self.works.yard.store, dossier)
        if before and before.deposit == self.deposit and (same := editor.same(before, body, state)):
            return same
        return editor.after(before, body, dossier=dossier, deposit=self.deposit, state=state)


def _title(dossier: Dossier, document: Document) -> str:
    return say("mark.title", component=f"{document.component}-{document.number:02d}", dossier=dossier.code)
