"""The manifest (bản kê): what a dossier holds, what is missing, and how each file came to be. Pure.

Its JSON is a contract (`schemas/manifest-1.schema.json`), written for people too: indented, in a fixed order.
Version and time are added last, so that the same content is known again (`pipeline.plan.manifest`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.carrying import Carried
from pipeline.completeness import Completeness, Finding
from pipeline.filed import Filed
from pipeline.manifest_files import Say, entry_remarks, file_entry, original_entry, renewed_entry
from pipeline.model import Case, Dossier, Original, Owner, Procedure
from pipeline.plan import StepRecord

FORMAT = 1
NAME = "manifest.json"
SEAL_NAME = "manifest.json.p7s"
#: What lies beside a manifest that is in a batch: the proof when it existed.
EVIDENCE_NAME = "manifest.json.evidence"
#: What `encode` puts in front.
_HEAD = ("format", "dossier", "version", "created")
#: What a version says of the one before it, in `pipeline.versions`.
_LINKS = ("supersedes", "supersedes_seal")


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
    separators: Sequence[Mapping[str, Any]] = (),
    carried: Carried | None = None,
) -> dict[str, Any]:
    """Return the manifest but for its version and time.

    *separators* are sides of a stack that are in no file, *carried* is what is taken over from the version before.
    """
    components = _components(completeness, filed, carried or Carried(), say)
    stack = {"separators": [dict(each) for each in separators]} if separators else {}
    return {
        "procedure": _procedure(procedure, case),
        "channel": dossier.channel.value,
        "postal_form": dossier.postal_form.value if dossier.postal_form else None,
        "agency": {"code": dossier.agency.code, "name": dossier.agency.name},
        "station": dossier.station.code,
        "operator": {"id": dossier.operator.id, "name": dossier.operator.name},
        "owner": _owner(dossier.owner),
        "ticket": original_entry(ticket) if ticket else None,
        "deposit": deposit,
        "verdict": _verdict(completeness, components, say),
        "components": components,
        **stack,
        "rejections": [_finding(finding, say) for finding in completeness.findings],
        "seal": _seal(sealer),
        "trial": sealer.trial,
        "notice": say("mark.trial", {}) if sealer.trial else None,
        "rule": {"id": rule[0], "citation": rule[1]},
        "software": _software(software),
    }


def encode(body: Mapping[str, Any], *, dossier: str, version: int, created: str) -> bytes:
    """Return the bytes of a manifest: what is sealed, stored and handed out."""
    head = {"format": FORMAT, "dossier": dossier, "version": version, "created": created}
    return (json.dumps({**head, **body}, ensure_ascii=False, indent=1) + "\n").encode()


def renewed_content(
    manifest: Mapping[str, Any],
    renewals: Mapping[str, Sequence[StepRecord]],
    *,
    sealer: Sealer,
    software: tuple[str, str],
) -> dict[str, Any]:
    """Return what the next version says, but for its head and links: the same, with renewed files for the old ones.

    Args:
        manifest: The newest version.
        renewals: What each of its files was renewed to since, by the SHA-256 that *manifest* lists.
        sealer: Who seals the next version.
        software: Name and version of what writes it.
    """
    body = {name: value for name, value in manifest.items() if name not in (*_HEAD, *_LINKS)}
    components = [
        {**part, "files": [renewed_entry(file, renewals.get(file["sha256"], ())) for file in part["files"]]}
        for part in manifest["components"]
    ]
    said = {"components": components, "seal": _seal(sealer), "software": _software(software)}
    return {**body, **said}


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


def _verdict(completeness: Completeness, components: Sequence[Mapping[str, Any]], say: Say) -> dict[str, Any]:
    remarks = [(each.code, each.facts) for each in completeness.remarks]
    for part in components:
        for entry in part["files"]:
            remarks += entry_remarks(entry)
    return {
        "complete": completeness.verdict == "complete",
        "state": completeness.verdict,
        "missing": list(completeness.missing),
        "rejected": list(completeness.rejected),
        "remarks": [{"code": code, "text": say(f"remark.{code}", facts)} for code, facts in remarks],
    }


def _components(completeness: Completeness, filed: Sequence[Filed], carried: Carried, say: Say) -> list[dict[str, Any]]:
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
            "files": carried.entries(state.component.code)
            + [file_entry(each, say) for each in filed if each.document.component == state.component.code],
        }
        for state in completeness.components
    ]


def _seal(sealer: Sealer) -> dict[str, Any]:
    named = {"level": sealer.level, "signer": sealer.signer, "fingerprint": sealer.fingerprint}
    return {"file": SEAL_NAME, **named}


def _software(software: tuple[str, str]) -> dict[str, str]:
    return {"name": software[0], "version": software[1]}


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
