"""The manifest (bản kê): what a dossier holds, what is missing, and how each file came to be. Pure.

Its JSON is a contract (`schemas/manifest-1.schema.json`), written for people too: indented, in a fixed order.
Version and time are added last, so that the same content is known again (`pipeline.plan.manifest`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.completeness import Completeness, Finding
from pipeline.model import Case, Document, Dossier, Original, Owner, Procedure, Sha256
from pipeline.plan import StepRecord

FORMAT = 1
NAME = "manifest.json"
SEAL_NAME = "manifest.json.p7s"

#: Gives the Vietnamese sentence for a key and its facts.
Say = Callable[[str, Mapping[str, object]], str]


@dataclass(frozen=True, slots=True)
class Filed:
    """A document with everything recorded on its way."""

    document: Document
    sha256: str  # of the filed PDF
    size: int  # bytes
    gated: Mapping[Sha256, StepRecord]
    readings: tuple[StepRecord, ...]  # in page order; none for a PDF that arrived signed
    assembled: StepRecord | None
    sealed: StepRecord | None


@dataclass(frozen=True, slots=True)
class Sealer:
    """Who seals the manifest, and how."""

    level: str
    signer: str
    fingerprint: str
    trial: bool


def content(
    dossier: Dossier,
    procedure: Procedure,
    case: Case,
    completeness: Completeness,
    filed: Sequence[Filed],
    *,
    ticket: Original | None,
    deposit: str,
    sealer: Sealer,
    software: tuple[str, str],
    rule: tuple[str, str],
    say: Say,
) -> dict[str, Any]:
    """Return the manifest but for its version and time."""
    return {
        "procedure": _procedure(procedure, case),
        "channel": dossier.channel.value,
        "postal_form": dossier.postal_form.value if dossier.postal_form else None,
        "agency": {"code": dossier.agency.code, "name": dossier.agency.name},
        "station": dossier.station.code,
        "operator": {"id": dossier.operator.id, "name": dossier.operator.name},
        "owner": _owner(dossier.owner),
        "ticket": _original(ticket) if ticket else None,
        "deposit": deposit,
        "verdict": _verdict(completeness, filed, say),
        "components": _components(completeness, filed),
        "rejections": [_finding(finding, say) for finding in completeness.findings],
        "seal": {
            "file": SEAL_NAME,
            "level": sealer.level,
            "signer": sealer.signer,
            "fingerprint": sealer.fingerprint,
        },
        "trial": sealer.trial,
        "notice": say("mark.trial", {}) if sealer.trial else None,
        "rule": {"id": rule[0], "citation": rule[1]},
        "software": {"name": software[0], "version": software[1]},
    }


def encode(body: Mapping[str, Any], *, dossier: str, version: int, created: str) -> bytes:
    """Return the bytes of a manifest: what is sealed, stored and handed out."""
    head = {"format": FORMAT, "dossier": dossier, "version": version, "created": created}
    return (json.dumps({**head, **body}, ensure_ascii=False, indent=1) + "\n").encode()


def without_step_times(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return *body* without the times of its steps, by which the same content is known again.

    Two runs at once may do the same reading twice and keep either record; that makes no new version.
    """
    bare: dict[str, Any] = json.loads(json.dumps(body))
    for component in bare["components"]:
        for file in component["files"]:
            for step in file["steps"]:
                del step["at"]
    return bare


def _procedure(procedure: Procedure, case: Case) -> dict[str, Any]:
    return {
        "code": procedure.code,
        "version": procedure.version,
        "name": procedure.name,
        "case": case.code,
        "case_name": case.name,
        "field": {"code": procedure.field_code, "name": procedure.field_name},
        "retention": procedure.retention,
    }


def _verdict(completeness: Completeness, filed: Sequence[Filed], say: Say) -> dict[str, Any]:
    remarks = [(each.code, each.facts) for each in completeness.remarks]
    for each in filed:
        remarks += _file_remarks(each)
    return {
        "complete": completeness.verdict == "complete",
        "state": completeness.verdict,
        "missing": list(completeness.missing),
        "rejected": list(completeness.rejected),
        "remarks": [{"code": code, "text": say(f"remark.{code}", facts)} for code, facts in remarks],
    }


def _file_remarks(filed: Filed) -> list[tuple[str, Mapping[str, object]]]:
    name = filed.document.file_name
    unread = [
        ("page-unread", {"file": name, "page": number, "failure": record.facts["failure"]})
        for number, record in enumerate(filed.readings, 1)
        if record.facts["failure"]
    ]
    empty = [
        ("page-without-words", {"file": name, "page": number})
        for number, record in enumerate(filed.readings, 1)
        if not record.facts["failure"] and not record.facts["words"]
    ]
    received = filed.gated[filed.document.originals[0].sha256].facts.get("signatures", ())
    unverified = [
        ("signature-unverified", {"file": name, "status": signature["status"]})
        for signature in received
        if signature["status"] != "TOTAL-PASSED"
    ]
    return [*unread, *empty, *unverified[:1]]


def _components(completeness: Completeness, filed: Sequence[Filed]) -> list[dict[str, Any]]:
    return [
        {
            "code": state.component.code,
            "name": state.component.name,
            "required": state.component.required,
            "originals": state.component.originals,
            "copies": state.component.copies,
            "comparison": state.component.comparison,
            "state": state.state,
            "reason": state.reason,
            "codes": list(state.codes),
            "files": [_file(each) for each in filed if each.document.component == state.component.code],
        }
        for state in completeness.components
    ]


def _file(filed: Filed) -> dict[str, Any]:
    document = filed.document
    pages = [_page(filed, at) for at in range(len(filed.readings))]
    compared = document.compared
    gate = filed.gated[document.originals[0].sha256]
    seal = filed.sealed.facts if filed.sealed else {}
    return {
        "name": document.file_name,
        "sha256": filed.sha256,
        "size": filed.size,
        "media_type": "application/pdf",
        "kind": document.kind.value,
        "received_signed": document.received_signed,
        "page_count": len(pages) or gate.facts["page_count"],
        "pages": pages,
        "dpi": min((page["dpi"] for page in pages), default=None),
        "mean_confidence": _weighted(pages, "mean_confidence"),
        "uncertain_share": _weighted(pages, "uncertain_share"),
        "signature": {
            "level": seal.get("level"),
            "signer": seal.get("signer"),
            "fingerprint": seal.get("fingerprint"),
            "time": seal.get("time"),
            "trial": seal.get("trial", False),
        },
        "received_signatures": list(gate.facts.get("signatures", ())),
        "compared": {
            "by": {"id": compared.by.id, "name": compared.by.name},
            "at": compared.at.isoformat(),
        }
        if compared
        else None,
        "originals": [_original(original) for original in document.originals],
        "steps": _steps(filed),
    }


def _page(filed: Filed, at: int) -> dict[str, Any]:
    ref, read = filed.document.pages[at], filed.readings[at].facts
    gate = filed.gated[ref.original].facts["pages"][ref.index]
    return {
        "number": at + 1,
        "original": ref.original,
        "index": ref.index,
        "width": gate["width"],
        "height": gate["height"],
        "dpi": min(gate["dpi_x"], gate["dpi_y"]),
        "dpi_source": gate["dpi_source"],
        "rotation": read["rotation"],
        "skew": read["skew"],
        "words": read["words"],
        "mean_confidence": read["mean_confidence"],
        "uncertain_share": read["uncertain_share"],
        "unread": read["failure"],
    }


def _weighted(pages: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """Return the mean over all words of a file, which a page with three words hardly moves."""
    words: int = sum(page["words"] for page in pages)
    if not words:
        return None
    total: float = sum(page[name] * page["words"] for page in pages if page["words"])
    return round(total / words, 4)


def _steps(filed: Filed) -> list[dict[str, Any]]:
    gates = [filed.gated[original.sha256] for original in filed.document.originals]
    done = [*gates, *filed.readings, filed.assembled, filed.sealed]
    return [
        {
            "stage": record.step.stage,
            "version": record.step.version,
            "key": record.step.key,
            "tools": list(record.step.tools),
            "at": record.at,
        }
        for record in done
        if record
    ]


def _original(original: Original) -> dict[str, Any]:
    return {"name": original.name, "sha256": original.sha256, "size": original.size}


def _owner(owner: Owner | None) -> dict[str, Any] | None:
    return {"name": owner.name, "id_number": owner.id_number} if owner else None


def _finding(finding: Finding, say: Say) -> dict[str, Any]:
    return {
        "file": finding.file,
        "sha256": finding.sha256,
        "component": finding.component,
        "code": finding.code,
        "facts": dict(finding.facts),
        "reason": say(f"reason.{finding.code}", finding.facts),
    }
