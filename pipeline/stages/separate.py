"""Which pages make which component: decided from the ticket, on paper only. Leaves no record; same input, same answer.

A document with a page that cannot be had is not made at all: half a paper must not pass for the whole. Everything
that is not taken up becomes a finding.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.completeness import Finding
from pipeline.deposit import MOST_FILE_BYTES
from pipeline.model import Case, Claim, Document, Original, PageRef, Sha256
from pipeline.plan import StepRecord


@dataclass(frozen=True, slots=True)
class Separation:
    """Documents to make, in the ticket's order, and what could not be taken."""

    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]


def check_names(
    claims: Sequence[Claim], present: Mapping[str, str | None], case: Case, procedure: str
) -> tuple[Finding, ...]:
    """Hold the ticket's names against the folder's, both ways, before any file is opened.

    Args:
        claims: What the ticket says.
        present: The folder's names but the ticket's own, each with the problem that the entry has by itself.
        case: Whose components there are.
        procedure: Its code, for the message.
    """
    known = {component.code for component in case.components}
    claimed = Counter(name for claim in claims for name in claim.files)
    findings: list[Finding] = []
    for claim in claims:
        if claim.component not in known:
            facts = {"procedure": procedure, "component": claim.component}
            findings += [Finding("component-unknown", facts, name, None, claim.component) for name in claim.files]
            continue
        for name in dict.fromkeys(claim.files):
            if code := _name_problem(name, present, claimed):
                findings.append(Finding(code[0], code[1], name, None, claim.component))
    findings += [
        Finding(problem or "file-not-named", problem_facts(problem), name, None, None)
        for name, problem in present.items()
        if name not in claimed
    ]
    return tuple(findings)


def separate(
    claims: Sequence[Claim], originals: Mapping[str, Original], gated: Mapping[Sha256, StepRecord]
) -> Separation:
    """Make documents of what passed the gate.

    Args:
        claims: The claims that are left to take up, whose files all lie in *originals*.
        originals: By name.
        gated: The gate's record of each original.
    """
    documents: list[Document] = []
    findings: list[Finding] = []
    numbers: dict[str, int] = defaultdict(int)
    for claim in claims:
        files = [originals[name] for name in claim.files]
        refused = [file for file in files if gated[file.sha256].rejection]
        for file in refused:
            rejection = gated[file.sha256].rejection or {}
            findings.append(Finding(rejection["code"], rejection["facts"], file.name, file.sha256, claim.component))
        if not refused:
            for run in _runs(files, gated):
                numbers[claim.component] += 1
                documents.append(_document(claim, numbers[claim.component], run, gated))
    return Separation(tuple(documents), tuple(findings))


def _name_problem(
    name: str, present: Mapping[str, str | None], claimed: Counter[str]
) -> tuple[str, Mapping[str, object]] | None:
    if claimed[name] > 1:
        return "file-named-twice", {}
    if "/" in name or "\\" in name or not name.isprintable():
        return "file-name-unsafe", {}
    if name not in present:
        return "file-missing", {}
    problem = present[name]
    return (problem, problem_facts(problem)) if problem else None


def problem_facts(problem: str | None) -> Mapping[str, object]:
    """Return what the sentence of an entry's own problem needs."""
    return {"most_mb": MOST_FILE_BYTES >> 20} if problem == "file-too-large" else {}


def _runs(files: Sequence[Original], gated: Mapping[Sha256, StepRecord]) -> Iterator[list[Original]]:
    """Split a claim's files so that each PDF that arrived signed stays alone, as it is."""
    numbered = enumerate(files)
    for _, group in groupby(numbered, lambda each: each[0] if gated[each[1].sha256].facts["signed"] else -1):
        yield [file for _, file in group]


def _document(claim: Claim, number: int, files: Sequence[Original], gated: Mapping[Sha256, StepRecord]) -> Document:
    pages = tuple(
        PageRef(file.sha256, index) for file in files for index in range(len(gated[file.sha256].facts["pages"]))
    )
    return Document(
        component=claim.component,
        number=number,
        kind=claim.kind,
        originals=tuple(files),
        pages=pages,
        received_signed=gated[files[0].sha256].facts["signed"],
        compared=claim.compared,
    )
