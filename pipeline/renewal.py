"""Keep filed dossiers provable: whatever of them soon runs out is renewed, and a new version of the record says so.

A dossier is due when the last time stamp in a PDF that we sealed ends, or a certificate behind its manifest's seal or
behind the stamp of that one's batch.
The old objects stay. A file that does not verify is told and left as it is; the others go on. A PDF that arrived signed
is nobody's to renew. Whoever is killed leaves nothing half-done that counts:

    look ▶ lease ▶ former seal holds? ▶ [ attempt ▶ renewed file ▶ its record ] × files ▶ manifest ▶ version ▶ ledger

Only the newest version is kept alive: by hashes it carries those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version as version_of
from typing import Any

from pipeline import plan
from pipeline.books import Books, Hold, iso, lease
from pipeline.errors import Misconfigured, SohoaError
from pipeline.keeping import in_batch, renewal_key, renewals_of
from pipeline.locking import lock_for_retention
from pipeline.manifest import EVIDENCE_NAME, NAME, renewed_content
from pipeline.notices import Tell, nobody
from pipeline.plan import StepRecord, Workshop
from pipeline.stages.file import Version, enter, file_version, files_of, latest
from pipeline.stages.renew import check_former, end_of_next, renew
from pipeline.translate import ours
from pipeline.versions import Editor, Verdict, verdict_of
from signing import Identity, evidence_end, seal_end, stamp_end
from storage import Digest, Ledger, ObjectStore

#: What a manifest calls a file that carries stamps which can be renewed.
_LASTING = "PAdES-B-LTA"
#: Codes that say that a stored thing is not what it was, and not that somebody should try again.
_BROKEN = frozenset({"object-changed", "object-missing", "record-broken", "renewal-unproved"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that was not renewed, and why."""

    file: str | None  # None for the dossier as a whole
    error: SohoaError

    @property
    def exit_code(self) -> int:
        """4 for what does not verify any more, 1 for whatever else went wrong."""
        return 4 if self.error.code in _BROKEN else self.error.exit_code


@dataclass(frozen=True, slots=True)
class Ended:
    """What is due of one dossier, or became of it."""

    dossier: str
    version: int | None = None  # that was filed now
    files: tuple[str, ...] = ()  # names of the PDFs that are due, or were renewed
    sealed: bool = False  # whether the manifest's seal is due, or was replaced
    waiting: tuple[str, ...] = ()  # due, but nobody stamps beyond the end that is near
    troubles: tuple[Trouble, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether nothing at all is to be told of it."""
        return self == Ended(self.dossier)

    @property
    def exit_codes(self) -> frozenset[int]:
        """0; 3 when something waits; and those of the troubles."""
        return frozenset({3 if self.waiting else 0, *(each.exit_code for each in self.troubles)})


@dataclass(frozen=True, slots=True)
class _State:
    """A dossier as it lies in the store."""

    verdict: Verdict
    seal_until: datetime | None  # when its manifest can be proved no more; None for a seal that cannot be read
    due: tuple[Mapping[str, Any], ...]  # files, as the manifest lists them
    troubles: tuple[Trouble, ...]  # files that cannot even be looked at
    entered: bool  # whether the ledger knows this version


@dataclass(slots=True)
class _Files:
    """What became of the files of one dossier."""

    renewals: dict[str, tuple[StepRecord, ...]] = field(default_factory=dict)  # by the SHA-256 that was listed
    renewed: list[str] = field(default_factory=list)  # names
    waiting: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # SHA-256 of those with troubles


@dataclass(frozen=True, slots=True)
class Renewal:
    """Renews one dossier after another; the same for a whole store."""

    store: ObjectStore
    ledger: Ledger
    clock: Callable[[], datetime]
    identity_of: Callable[[str], Identity]  # by the agency's name
    shop: Workshop  # with the stages "renew" and "manifest"
    window: timedelta  # how long before its end something is renewed
    actor: str  # who runs this, for the log of events: a code or an account
    tell: Tell = nobody  # hears of every version that is filed

    def look(self, code: str) -> Ended:
        """Return what of the newest version of a dossier is due; nothing is written or asked."""
        try:
            with ours():
                state = self._state(code)
        except SohoaError as error:
            return Ended(code, troubles=(Trouble(None, error),))
        names = tuple(file["name"] for file in state.due)
        return Ended(code, files=names, sealed=self._near(state.seal_until), troubles=state.troubles)

    def renew(self, code: str) -> Ended:
        """Renew what of the newest version of a dossier is due; whatever goes wrong is in what is returned."""
        try:
            with ours():
                state = self._state(code)
                if state.entered and not state.due and not self._near(state.seal_until):
                    return Ended(code, troubles=state.troubles)
                with lease(self.ledger, f"manifest/{code}") as hold:
                    return self._renewed(code, self._state(code), hold)
        except SohoaError as error:
            return Ended(code, troubles=(Trouble(None, error),))

    def _state(self, code: str) -> _State:
        version = latest(self.store, code)
        if version is None:
            raise Misconfigured("record-broken", record=f"dossiers/{code}")
        verdict = verdict_of(self.store, version)
        due, troubles = [], []
        for file in files_of(verdict.manifest):
            try:
                with ours():
                    if self._due(file):
                        due.append(file)
            except SohoaError as error:
                troubles.append(Trouble(file["name"], error))
        row = self.ledger.dossier(code)
        entered = row is not None and row.manifest == version.manifest
        try:
            with ours():
                until = self._seal_until(version)
        except SohoaError as error:
            troubles.append(Trouble(EVIDENCE_NAME, error))
            until = seal_end(self.store.get("sealed", Digest(version.seal)))
        return _State(verdict, until, tuple(due), tuple(troubles), entered)

    def _seal_until(self, version: Version) -> datetime | None:
        """Return when a manifest can be proved no more: by its seal, or by the stamp of the batch that it is in."""
        until = seal_end(self.store.get("sealed", Digest(version.seal)))
        batch = in_batch(self.store, version.manifest)
        if until is None or batch is None:
            return until
        return min(until, evidence_end(self.store.get("sealed", Digest(batch.evidence))) or until)

    def _due(self, file: Mapping[str, Any]) -> bool:
        """Say whether a file's last stamp ends soon, or it was renewed and no version says so yet."""
        if file["received_signed"] or file["signature"]["level"] != _LASTING:
            return False
        if renewals_of(self.store, file["sha256"]):
            return True
        return self._near(_end_of(self.store.get("sealed", Digest(file["sha256"]))))

    def _near(self, end: datetime | None) -> bool:
        return end is None or end - self.window <= self.clock()

    def _renewed(self, code: str, state: _State, hold: Hold) -> Ended:
        before, manifest = state.verdict.version, state.verdict.manifest
        if not state.entered:  # a crash came between the store and the ledger
            self._enter(before, manifest, hold)
        if not state.due and not self._near(state.seal_until):
            return Ended(code, troubles=state.troubles)
        identity = self.identity_of(manifest["agency"]["name"])
        data, seal = (self.store.get("sealed", Digest(each)) for each in (before.manifest, before.seal))
        check_former(data, seal, identity=identity, now=self.clock())
        books = Books(self.store, self.ledger, self.clock, code)
        files = self._files(books, state, identity, hold)
        hold.renew()
        sealed = self._near(state.seal_until)
        if sealed and not files.renewals and not self._gains(identity, state.seal_until):
            files.waiting.append(NAME)
            sealed = False
        number = self._filed(books, state, identity, files, hold).number if sealed or files.renewals else None
        return Ended(code, number, tuple(files.renewed), sealed, tuple(files.waiting), tuple(files.troubles))

    def _files(self, books: Books, state: _State, identity: Identity, hold: Hold) -> _Files:
        """Renew the files that are due, each by itself."""
        files = _Files(troubles=list(state.troubles))
        lost = {each.file for each in state.troubles}
        files.lost |= {file["sha256"] for file in files_of(state.verdict.manifest) if file["name"] in lost}
        for file in state.due:
            hold.renew()
            try:
                with ours():
                    renewals = self._file(books, file["sha256"], identity)
            except SohoaError as error:
                files.troubles.append(Trouble(file["name"], error))
                files.lost.add(file["sha256"])
                continue
            if renewals:
                files.renewals[file["sha256"]] = renewals
                files.renewed.append(file["name"])
            else:
                files.waiting.append(file["name"])
        return files

    def _file(self, books: Books, sha256: str, identity: Identity) -> tuple[StepRecord, ...]:
        """Return every renewal of a file, the last of them made now if it is due; none when nothing would be gained."""
        renewals = renewals_of(self.store, sha256)
        newest = renewals[-1].outputs[0].sha256 if renewals else sha256
        data = self.store.get("sealed", Digest(newest))
        if not self._near(_end_of(data)):
            return renewals
        step = plan.renew(self.shop, newest)
        with books.attempt(step):
            renewed = renew(data, identity=identity, now=self.clock(), window=self.window)
            if renewed is None:
                return renewals
            output = books.keep("sealed", renewed, "application/pdf")
            facts = {"until": iso(_end_of(renewed)), "size_before": len(data)}
            return (*renewals, books.record(step, [output], facts, key=renewal_key(newest)))

    def _gains(self, identity: Identity, until: datetime | None) -> bool:
        """Say whether a seal made now would outlast the one that ends."""
        return until is not None and end_of_next(identity) > until

    def _filed(self, books: Books, state: _State, identity: Identity, files: _Files, hold: Hold) -> Version:
        """File the next version, which lists the renewed files and otherwise says what the newest said."""
        before, editor = state.verdict.version, Editor(books, self.shop, identity)
        software = ("Sohoa", version_of("sohoa"))
        body = renewed_content(state.verdict.manifest, files.renewals, sealer=editor.sealer, software=software)
        made = editor.after(
            before, body, dossier=before.dossier, deposit=before.deposit, state=before.state, lost=frozenset(files.lost)
        )
        file_version(self.store, made)
        self._enter(made, verdict_of(self.store, made).manifest, hold)
        return made

    def _enter(self, version: Version, manifest: Mapping[str, Any], hold: Hold) -> None:
        lock_for_retention(self.store, version, manifest, self.clock())
        enter(self.ledger, version, manifest, self.clock(), actor=self.actor, under=hold.fence, tell=self.tell)


def _end_of(pdf: bytes) -> datetime:
    """Return when the last stamp of a PDF ends that is listed as one with stamps.

    Raises:
        Misconfigured: ``renewal-unproved``, it has none that can be read; that must not pass for "not due".
    """
    end = stamp_end(pdf)
    if end is None:
        raise Misconfigured("renewal-unproved", problem="no time stamp over the whole document can be read in it")
    return end
