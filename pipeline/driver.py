"""Take a dossier from wherever it stands to its sealed record. The only place where plans meet store and ledger.

    deposit ─▶ originals kept ─▶ ticket ─▶ gate ─▶ separate ─▶ read ─▶ describe ─▶ assemble ─▶ seal ─▶ manifest ─▶ filed

Run again at any time: what is recorded is not done again. No queue and no terminal in sight.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.closing import Closing
from pipeline.completeness import Finding
from pipeline.deposit import writable
from pipeline.errors import SohoaError
from pipeline.filed import ReadDocument
from pipeline.model import Operator, Original
from pipeline.opening import Opened, Opening
from pipeline.pages import Pages
from pipeline.plan import Workshop
from pipeline.reception import Reception, Taken
from pipeline.ticket import NAME as TICKET
from pipeline.translate import ours
from pipeline.versions import Verdict
from pipeline.works import Watch, Works, Yard
from signing import Identity
from storage import TwinRow


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one deposit."""

    deposit: str  # the folder's name
    verdict: Verdict | None  # of a dossier that was filed
    error: SohoaError | None  # of a deposit that was not
    fresh: int  # steps done now, not found recorded
    kept: int  # files of the deposit that are in the store
    seconds: float
    twins: tuple[TwinRow, ...] = ()  # scans of the dossier that are filed in others too

    @property
    def exit_code(self) -> int:
        """0 sealed and complete, 3 components missing, 4 something rejected, 1 a fault of ours."""
        if self.error is not None:
            return self.error.exit_code
        state = self.verdict.manifest["verdict"]["state"] if self.verdict else "rejected"
        return {"complete": 0, "incomplete": 3, "rejected": 4}[state]


@dataclass(frozen=True, slots=True)
class Driver:
    """Everything a dossier needs to move."""

    yard: Yard
    shop: Workshop
    identity_of: Callable[[str], Identity]  # by the agency's name
    operator: Operator  # who runs the command: stands in for a ticket's operator when there is no ticket
    watch: Watch
    sidecars: frozenset[str] = frozenset()  # kinds wanted beside each PDF, of `pipeline.filed.SIDECARS`
    #: Who signs each file before the agency, by the agency's name; nobody where the profile wants the agency alone.
    officer_of: Callable[[str], Identity | None] = lambda _agency: None
    link: str = ""  # template of the address in the mark's QR code
    actor: str = "cli"  # who runs this, for the log of events: a code or an account

    def run(self, folder: Path, procedure: str | None = None) -> Outcome:
        """Digitise one deposit.

        Args:
            folder: Holds the scans.
            procedure: For deposits without a ticket.

        Returns:
            What became of it; whatever went wrong is in there, so that the next deposit goes on.
        """
        started = time.monotonic()
        works = Works(self.yard, folder.resolve().name, self.watch)
        taken: Taken | None = None
        verdict: Verdict | None = None
        error: SohoaError | None = None
        try:
            with ours():
                taken = self.reception.take(folder, procedure)
                self.reception.receive(taken)
                verdict = self.digitise(taken, works)
        except SohoaError as caught:
            error = caught
        if taken:
            error = self.reception.end(taken, verdict.version.dossier if verdict else None, error)
        kept = len(taken.originals) if taken else 0
        name = taken.name if taken else writable(folder.name)
        seconds = time.monotonic() - started
        twins = self._twins(verdict) if verdict and not error else ()
        return Outcome(name, None if error else verdict, error, works.fresh, kept, seconds, twins)

    @property
    def reception(self) -> Reception:
        """Where deposits come in."""
        return Reception(self.yard.store, self.yard.ledger, self.yard.clock, self.actor, self.yard.tell)

    def digitise(self, taken: Taken, works: Works) -> Verdict:
        """Take a deposit that was received through every lane; *works* gets the dossier's name.

        Raises:
            SohoaError: nothing was filed; what was done stays recorded.
        """
        opening = self.opening(works)
        dossier = opening.dossier(taken)
        works.subject = str(dossier.code)
        identity = self.identity_of(dossier.agency.name)
        officer = self.officer_of(dossier.agency.name)
        trial = any(who.trial for who in (identity, officer) if who is not None)
        closing = self.closing(taken, works, trial=trial)
        if finished := closing.finished(dossier):
            return finished
        closing.mark(dossier)
        opened = opening.open(dossier, taken, trial=trial)
        read, findings = self.read(opened, works)
        return closing.close(
            opened.dossier,
            opened.procedure,
            opened.case,
            read=read,
            findings=findings,
            gated=opened.gated,
            separators=opened.stack.told() if opened.stack else (),
            carried=opened.carried,
            identity=identity,
            officer=officer,
        )

    def opening(self, works: Works) -> Opening:
        """Return the first lane."""
        return Opening(works, self.shop, self.operator, self.sidecars)

    def read(self, opened: Opened, works: Works) -> tuple[list[ReadDocument], tuple[Finding, ...]]:
        """Read and describe the papers of a dossier; return them, and all that was found to be wrong.

        Raises:
            Rejected: ``secret-paper``.
            SohoaError: a tool or we failed; what was done stays recorded.
        """
        pages = Pages(works, self.shop, opened.gated)
        read = pages.read(opened.documents, opened.dossier.blank_pages)
        findings = list(opened.findings)
        if opened.stack:
            read, doubted = opened.stack.without_headings(read, self.yard.store)
            findings += doubted
        return read, _with_digests(findings, opened.originals)

    def closing(self, taken: Taken, works: Works, *, trial: bool) -> Closing:
        """Return the last lane; *trial* says whether the keys that will seal are made for trials."""
        return Closing(works, self.shop, trial, taken.id, taken.originals.get(TICKET), self.sidecars, self.link)

    def _twins(self, verdict: Verdict) -> tuple[TwinRow, ...]:
        try:
            with ours():
                return tuple(self.yard.ledger.scans_elsewhere(verdict.version.dossier))
        except SohoaError:  # what is filed is filed; the log of events has it too
            return ()


def _with_digests(findings: Sequence[Finding], originals: Mapping[str, Original]) -> tuple[Finding, ...]:
    """Say of each finding which kept file it is about; by component, files without one last."""
    told = [
        Finding(each.code, each.facts, each.file, originals[each.file].sha256, each.component)
        if each.file and each.file in originals and each.sha256 is None
        else each
        for each in findings
    ]
    return tuple(sorted(told, key=lambda each: (each.component or "~", each.file or "")))
