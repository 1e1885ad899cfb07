"""Take a dossier from wherever it stands to its sealed record. The only place where plans meet store and ledger.

    deposit ─▶ originals kept ─▶ ticket ─▶ gate ─▶ separate ─▶ read ─▶ describe ─▶ assemble ─▶ seal ─▶ manifest ─▶ filed

Run again at any time: what is recorded is not done again. No queue and no terminal in sight.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import plan
from pipeline.catalogue import procedure_from
from pipeline.closing import Closing, Verdict
from pipeline.completeness import Finding
from pipeline.deposit import Deposit, Found, look, writable
from pipeline.errors import Rejected, SohoaError
from pipeline.messages import reason
from pipeline.model import (
    Case,
    Claim,
    Dossier,
    Operator,
    Original,
    Procedure,
    Sha256,
    canonical_json,
    sha256_of,
)
from pipeline.pages import Pages
from pipeline.plan import StepRecord, Workshop
from pipeline.stages import separate
from pipeline.ticket import MOST_BYTES, check_times, dossier_code, from_names, parse_ticket
from pipeline.ticket import NAME as TICKET
from pipeline.translate import ours
from pipeline.works import Watch, Works, Yard
from signing import Identity
from storage import DepositRow, Digest


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one deposit."""

    deposit: str  # the folder's name
    verdict: Verdict | None  # of a dossier that was filed
    error: SohoaError | None  # of a deposit that was not
    fresh: int  # steps done now, not found recorded
    kept: int  # files of the deposit that are in the store
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 sealed and complete, 3 components missing, 4 something rejected, 1 a fault of ours."""
        if self.error is not None:
            return self.error.exit_code
        state = self.verdict.manifest["verdict"]["state"] if self.verdict else "rejected"
        return {"complete": 0, "incomplete": 3, "rejected": 4}[state]


@dataclass(frozen=True, slots=True)
class Taken:
    """A deposit whose files are kept."""

    deposit: Deposit
    id: str  # SHA-256 over the names and contents
    originals: Mapping[str, Original]  # by name; only regular files that could be read
    problems: Mapping[str, str | None]  # by name: the rejection code that an entry has by itself


@dataclass(frozen=True, slots=True)
class Driver:
    """Everything a dossier needs to move."""

    yard: Yard
    shop: Workshop
    identity_of: Callable[[str], Identity]  # by the agency's name
    operator: Operator  # who runs the command: stands in for a ticket's operator when there is no ticket
    watch: Watch
    sidecars: frozenset[str] = frozenset()  # kinds wanted beside each PDF, of `pipeline.filed.SIDECARS`

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
                taken = self._take(look(folder), procedure)
                verdict = self._digitise(taken, procedure, works)
        except SohoaError as caught:
            error = caught
        if taken:
            error = self._enter(taken, verdict, error)
        kept = len(taken.originals) if taken else 0
        name = taken.deposit.name if taken else writable(folder.name)
        return Outcome(name, None if error else verdict, error, works.fresh, kept, time.monotonic() - started)

    def _take(self, deposit: Deposit, procedure: str | None) -> Taken:
        """Keep every file before anything in it is believed; one that cannot be opened is told like any bad one."""
        originals: dict[str, Original] = {}
        problems: dict[str, str | None] = {}
        for found in deposit.found:
            original = self._keep(found) if found.problem != "not-a-file" else None
            if original:
                originals[found.name] = original
            unread = original is None and found.problem is None
            problems[found.name] = "file-unreadable" if unread else found.problem
        names = [(name, problem) for name, problem in problems.items() if name not in originals]
        held = [[original.name, original.sha256] for original in originals.values()]
        identity = sha256_of(canonical_json([deposit.name, procedure, held, names]))
        return Taken(deposit, identity, originals, problems)

    def _keep(self, found: Found) -> Original | None:
        try:
            # Also when it is there already: the store then reads its copy again, and would find it changed.
            digest, size = self.yard.store.put_file("originals", found.path)
        except OSError:  # of the deposited file: the store has errors of its own
            return None
        self.yard.ledger.put_object("originals", digest, size=size, media_type="application/octet-stream")
        return Original(found.name, Sha256(digest), size)

    def _digitise(self, taken: Taken, procedure: str | None, works: Works) -> Verdict:
        dossier = self._dossier(taken, procedure)
        works.subject = str(dossier.code)
        identity = self.identity_of(dossier.agency.name)
        closing = Closing(works, self.shop, identity, taken.id, taken.originals.get(TICKET), self.sidecars)
        if finished := closing.finished(dossier):
            return finished
        closing.mark(dossier)
        found, case = self._procedure(dossier)
        present = {name: problem for name, problem in taken.problems.items() if name != TICKET}
        if not present:
            raise Rejected("deposit-empty")
        named = separate.check_names(dossier.claims, present, case, dossier.procedure)
        claims = _takeable(dossier.claims, named)
        gated = self._gate(claims, taken.originals, works)
        separation = separate.separate(claims, taken.originals, gated)
        findings = _with_digests((*named, *separation.findings), taken.originals)
        read = Pages(works, self.shop, gated).read(separation.documents, dossier.blank_pages)
        return closing.close(dossier, found, case, read=read, findings=findings, gated=gated)

    def _dossier(self, taken: Taken, procedure: str | None) -> Dossier:
        ticket = taken.originals.get(TICKET)
        if ticket is None and TICKET in taken.problems:
            raise Rejected("ticket-unreadable", line=1)
        if ticket is not None:
            if ticket.size > MOST_BYTES:
                raise Rejected("ticket-unreadable", line=1)
            data = self.yard.store.get("originals", Digest(ticket.sha256))
            dossier = parse_ticket(data, taken.deposit.name)
            check_times(dossier, self.yard.clock())
            return dossier
        if procedure is None:
            raise Rejected("ticket-missing")
        agency = dossier_code(taken.deposit.name).agency
        return from_names(taken.deposit.name, taken.originals, procedure, self.operator, agency)

    def _procedure(self, dossier: Dossier) -> tuple[Procedure, Case]:
        """Return the procedure as it stood on the day of the dossier's code, and the case of it."""
        row = self.yard.ledger.procedure(dossier.procedure, dossier.code.day)
        if row is None:
            raise Rejected("procedure-unknown", procedure=dossier.procedure, day=f"{dossier.code.day:%d/%m/%Y}")
        procedure = procedure_from(json.loads(row.body))
        case = procedure.case(dossier.case)
        if case is None and dossier.case is None:
            raise Rejected("case-needed", procedure=dossier.procedure)
        if case is None:
            raise Rejected("case-unknown", procedure=dossier.procedure, case=dossier.case)
        return procedure, case

    def _gate(
        self, claims: Sequence[Claim], originals: Mapping[str, Original], works: Works
    ) -> dict[Sha256, StepRecord]:
        files = [originals[name] for claim in claims for name in claim.files]
        records = works.do_all([plan.intake(self.shop, file) for file in files])
        return {file.sha256: record for file, record in zip(files, records, strict=True)}

    def _enter(self, taken: Taken, verdict: Verdict | None, error: SohoaError | None) -> SohoaError | None:
        """Write into the ledger what became of the deposit; return the error that people are to hear of.

        A ledger that is away now must not hide why the deposit failed before.
        """
        state = "sealed" if verdict else "rejected" if isinstance(error, Rejected) else "failed"
        now = self.yard.clock()
        row = DepositRow(
            id=Digest(taken.id),
            name=taken.deposit.name,
            dossier=verdict.version.dossier if verdict else None,
            state=state,  # type: ignore[arg-type]
            code=error.code if error else None,
            reason=reason(error.code, error.facts) if error else None,
            received_at=now,
            updated_at=now,
        )
        try:
            with ours():
                self.yard.ledger.put_deposit(row)
        except SohoaError as caught:
            return error or caught
        return error


def _takeable(claims: Sequence[Claim], named: Sequence[Finding]) -> list[Claim]:
    """Leave out claims with a file that cannot be had: half a paper must not pass for the whole."""
    bad = {(finding.component, finding.file) for finding in named}
    return [claim for claim in claims if not any((claim.component, name) in bad for name in claim.files)]


def _with_digests(findings: Sequence[Finding], originals: Mapping[str, Original]) -> tuple[Finding, ...]:
    """Say of each finding which kept file it is about; by component, files without one last."""
    told = [
        Finding(each.code, each.facts, each.file, originals[each.file].sha256, each.component)
        if each.file and each.file in originals and each.sha256 is None
        else each
        for each in findings
    ]
    return tuple(sorted(told, key=lambda each: (each.component or "~", each.file or "")))
