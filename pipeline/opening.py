"""The opening lane of a dossier: what does the deposit say, does each file get through the gate, which papers are it?

What cannot be taken is found and told; nothing is read yet, and no key is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline import plan
from pipeline.carrying import Before, Carried, carry, with_carried
from pipeline.catalogue import procedure_from
from pipeline.completeness import Finding
from pipeline.errors import Rejected
from pipeline.model import Case, Claim, Document, Dossier, Operator, Original, Procedure, Sha256
from pipeline.plan import StepRecord, Workshop
from pipeline.reception import Taken
from pipeline.stack import Stack, take_apart
from pipeline.stages import separate
from pipeline.stages.file import latest
from pipeline.ticket import (
    MOST_BYTES,
    check_times,
    claims_known,
    dossier_code,
    from_names,
    from_stack,
    is_dossier_code,
    names_components,
    parse_ticket,
    with_sheets,
)
from pipeline.ticket import NAME as TICKET
from pipeline.versions import verdict_of
from pipeline.works import Works
from storage import Digest


@dataclass(frozen=True, slots=True)
class Opened:
    """A dossier whose papers are known and not read yet."""

    dossier: Dossier
    procedure: Procedure
    case: Case
    originals: Mapping[str, Original]  # by name
    gated: Mapping[Sha256, StepRecord]  # the gate's record of each file that got there
    documents: Sequence[Document]
    findings: Sequence[Finding]  # what could not be taken, and why
    stack: Stack | None  # what was scanned in one go, taken apart
    carried: Carried  # what stays as it is filed


@dataclass(frozen=True, slots=True)
class Opening:
    """What the opening of one deposit needs."""

    works: Works
    shop: Workshop
    operator: Operator  # stands in for a ticket's operator when there is no ticket
    sidecars: frozenset[str] = frozenset()  # kinds that must lie beside each file

    def dossier(self, taken: Taken) -> Dossier:
        """Return what the deposit says that it is.

        Raises:
            Rejected: it says nothing that can be believed.
        """
        ticket = taken.originals.get(TICKET)
        if ticket is None and TICKET in taken.problems:
            raise Rejected("ticket-unreadable", line=1)
        if ticket is not None:
            if ticket.size > MOST_BYTES:
                raise Rejected("ticket-unreadable", line=1)
            data = self.works.yard.store.get("originals", Digest(ticket.sha256))
            dossier = parse_ticket(data, taken.name)
            check_times(dossier, self.works.yard.clock())
            return dossier
        if not taken.problems or (taken.procedure is None and not is_dossier_code(taken.name)):
            raise Rejected("ticket-missing")
        agency = dossier_code(taken.name).agency
        if taken.procedure is not None and names_components(taken.problems):
            named = from_names(taken.name, taken.originals, taken.procedure, self.operator, agency)
            if claims_known(named, self._procedure(named)[1]):
                return named
        return from_stack(taken.name, taken.problems, taken.procedure, self.operator, agency)

    def open(self, dossier: Dossier, taken: Taken, *, trial: bool) -> Opened:
        """Let the papers of a dossier through the gate and tell which is which.

        Args:
            dossier: what the deposit says.
            taken: the deposit.
            trial: whether the keys that will seal are made for trials.

        Raises:
            Rejected: of the deposit as a whole.
            SohoaError: a tool or we failed; what was done stays recorded.
        """
        works, shop = self.works, self.shop
        stack = take_apart(works, shop, dossier, taken.originals, taken.problems) if dossier.stack else None
        dossier = with_sheets(dossier, stack.split.head) if stack else dossier
        procedure, case = self._procedure(dossier)
        apart = {TICKET, *dossier.stack}
        present = {name: problem for name, problem in taken.problems.items() if name not in apart}
        if not present and not stack:
            raise Rejected("deposit-empty")
        named = separate.check_names(dossier.claims, present, case, dossier.procedure)
        claims = _takeable([claim for claim in dossier.claims if claim.files], named)
        gated = self._gate(claims, taken.originals)
        separation = separate.separate(claims, taken.originals, gated)
        documents, findings = [*separation.documents], [*named, *separation.findings]
        if stack:
            gated |= stack.gated
            documents += stack.documents(case, dossier.claims, after=documents)
            findings += stack.findings(case, dossier.procedure)
        carried, documents = carry(
            self._before(str(dossier.code)),
            dossier,
            documents,
            findings,
            components=[each.code for each in case.components],
            deposit=taken.id,
            trial=trial,
            sidecars=self.sidecars,
        )
        works.stand(documents, "opened", filed=carried.names)
        dossier, findings = with_carried(dossier, carried), [*findings, *carried.findings]
        return Opened(dossier, procedure, case, taken.originals, gated, documents, findings, stack, carried)

    def _before(self, dossier: str) -> Before | None:
        """Return the newest version of a dossier."""
        store = self.works.yard.store
        version = latest(store, dossier)
        if version is None:
            return None
        return Before(version.number, version.deposit, version.manifest, verdict_of(store, version).manifest)

    def _procedure(self, dossier: Dossier) -> tuple[Procedure, Case]:
        """Return the procedure as it stood on the day of the dossier's code, and the case of it."""
        row = self.works.yard.ledger.procedure(dossier.procedure, dossier.code.day)
        if row is None:
            raise Rejected("procedure-unknown", procedure=dossier.procedure, day=f"{dossier.code.day:%d/%m/%Y}")
        procedure = procedure_from(json.loads(row.body))
        case = procedure.case(dossier.case)
        if case is None and dossier.case is None:
            raise Rejected("case-needed", procedure=dossier.procedure)
        if case is None:
            raise Rejected("case-unknown", procedure=dossier.procedure, case=dossier.case)
        return procedure, case

    def _gate(self, claims: Sequence[Claim], originals: Mapping[str, Original]) -> dict[Sha256, StepRecord]:
        files = [originals[name] for claim in claims for name in claim.files]
        records = self.works.do_all([plan.intake(self.shop, file) for file in files])
        return {file.sha256: record for file, record in zip(files, records, strict=True)}


def _takeable(claims: Sequence[Claim], named: Sequence[Finding]) -> list[Claim]:
    """Leave out claims with a file that cannot be had: half a paper must not pass for the whole."""
    bad = {(finding.component, finding.file) for finding in named}
    return [claim for claim in claims if not any((claim.component, name) in bad for name in claim.files)]
