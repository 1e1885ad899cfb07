"""What a dossier holds against what its procedure asks for. Pure: decides, touches nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.model import Case, Component, Document, Exemption, Kind

State = Literal["digitised", "missing", "exempt", "rejected"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something deposited that could not be taken, and why."""

    code: str  # one of pipeline.errors.REJECTIONS
    facts: Mapping[str, object]
    file: str | None  # the name in the deposit
    sha256: str | None  # of the original, when there is one
    component: str | None  # that the ticket says it belongs to


@dataclass(frozen=True, slots=True)
class ComponentState:
    """How one component of the procedure stands."""

    component: Component
    state: State
    reason: str | None  # of an exemption, in the ticket's words
    codes: tuple[str, ...]  # of rejections


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should see to that does not stop the dossier."""

    code: str  # ``remark.<code>`` in the messages
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Completeness:
    """The verdict on a dossier."""

    components: tuple[ComponentState, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[Remark, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Codes of the required components that are neither digitised nor exempt nor rejected."""
        return tuple(
            each.component.code for each in self.components if each.state == "missing" and each.component.required
        )

    @property
    def rejected(self) -> tuple[str, ...]:
        """Codes of the components that were handed in and could not be taken."""
        return tuple(each.component.code for each in self.components if each.state == "rejected")

    @property
    def verdict(self) -> Literal["complete", "incomplete", "rejected"]:
        """Rejected outweighs incomplete: a clerk must act on it first."""
        if self.findings:
            return "rejected"
        return "incomplete" if self.missing else "complete"


def judge(
    case: Case,
    documents: Sequence[Document],
    exemptions: Sequence[Exemption],
    findings: Sequence[Finding],
) -> Completeness:
    """Hold what was made (*documents*) and what could not be (*findings*) against what *case* asks for."""
    exempt = {each.component: each.reason for each in exemptions}
    states = tuple(_state(component, documents, exempt, findings) for component in case.components)
    remarks = [remark for component in case.components for remark in _remarks(component, documents)]
    remarks += _exempt_in_vain(states, exempt)
    return Completeness(states, tuple(findings), tuple(remarks))


def _state(
    component: Component,
    documents: Sequence[Document],
    exempt: Mapping[str, str],
    findings: Sequence[Finding],
) -> ComponentState:
    codes = tuple(dict.fromkeys(each.code for each in findings if each.component == component.code))
    if codes:
        return ComponentState(component, "rejected", None, codes)
    if any(document.component == component.code for document in documents):
        return ComponentState(component, "digitised", None, ())
    if component.code in exempt:
        return ComponentState(component, "exempt", exempt[component.code], ())
    return ComponentState(component, "missing", None, ())


def _exempt_in_vain(states: Sequence[ComponentState], exempt: Mapping[str, str]) -> list[Remark]:
    """Tell of exemptions that exempt nothing: no such component, or it was handed in all the same."""
    stands = {each.component.code: each.state for each in states}
    return [
        Remark("exempt-unknown" if code not in stands else "exempt-given", {"component": code, "reason": reason})
        for code, reason in exempt.items()
        if stands.get(code) != "exempt"
    ]


def _remarks(component: Component, documents: Sequence[Document]) -> list[Remark]:
    ours = [document for document in documents if document.component == component.code]
    copies = [document for document in ours if document.kind is Kind.COPY]
    if component.comparison and any(document.compared is None for document in copies):
        return [Remark("comparison-missing", {"component": component.code})]
    return []
