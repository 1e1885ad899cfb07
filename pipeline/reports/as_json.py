"""A verification report for programs: JSON by a published schema; also what ``sohoa verify --json`` says.

Foreign names stand here as they are, unlike in the forms for people: JSON escapes what must be escaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from pipeline.checking import Check
from pipeline.reports.gather import FileReport, VerificationReport
from pipeline.reports.plain import local, stamp
from pipeline.reports.words import why
from signing import SeenReport, SignatureReport

#: Format 1 was a list of checks alone; 2 keeps it and adds the files with all that was found.
FORMAT = 2
_SCHEMA = f"verification-report-{FORMAT}.schema.json"


@cache
def report_schema() -> Mapping[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `report_json`."""
    loaded: dict[str, Any] = json.loads(files(__package__).joinpath(_SCHEMA).read_text(encoding="utf-8"))
    return loaded


def report_json(report: VerificationReport) -> dict[str, Any]:
    """Return *report* as plain JSON values."""
    return {
        "format": FORMAT,
        "exit": report.exit_code,
        "result": report.result,
        "trial": report.trial,
        "checked_at": stamp(report.made_at),
        "software": {"name": "sohoa", "version": report.tool_version},
        "checks": [_check(each) for file in report.files for each in file.findings],
        "files": [_file(file) for file in report.files],
    }


def as_json(report: VerificationReport) -> bytes:
    """Return *report* as a JSON file, UTF-8."""
    # a path that is not UTF-8 must not make the whole report unreadable
    return json.dumps(report_json(report), ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"


def _check(each: Check) -> dict[str, Any]:
    return {
        "path": str(each.path),
        "what": each.what,
        "result": each.result,
        "code": each.code,
        "reason": why(each),
        "detail": each.detail,
        "level": each.level,
        "signer": each.signer,
        "time": None if each.time is None else local(each.time),
        "trial": each.trial,
        "listed_as": each.other,
    }


def _file(file: FileReport) -> dict[str, Any]:
    listed = file.listed
    policy = next((each for each in file.findings if each.policy), None)
    return {
        "path": str(file.path),
        "result": file.result,
        "sha256": file.sha256,
        "dossier": listed.dossier if listed else None,
        "component": listed.component if listed else None,
        "policy": None if policy is None else {"name": policy.policy, "sha256": policy.policy_sha256},
        "seen": next((_seen(each.seen) for each in file.findings if each.seen), None),
        "signatures": [_signature(each) for each in file.signatures],
    }


def _seen(seen: SeenReport) -> dict[str, Any]:
    return {
        "status": seen.status,
        "reason": seen.reason,
        "pages": [
            {
                "fields": list(revision.fields),
                "page": page.number,
                "status": page.status,
                "reason": page.reason,
                "changed": round(page.changed, 6),
                "differences": [
                    {"kind": each.kind, "permitted": each.permitted, "box": list(each.box)} for each in page.differences
                ],
            }
            for revision in seen.revisions
            for page in revision.pages
            if page.status != "same"
        ],
    }


def _signature(each: SignatureReport) -> dict[str, Any]:
    return {
        "status": each.status,
        "code": each.code,
        "detail": each.detail,
        "level": each.level,
        "signer": each.signer,
        "fingerprint": each.fingerprint,
        "signed_attrs_sha256": each.signed_attrs_sha256,
        "trial": each.trial,
        "signing_time": _utc(each.signing_time),
        "best_time": _utc(each.best_time or each.timestamp_time),
        "best_time_proof": each.best_time_proof,
        "extendable_until": _utc(each.extendable_until),
        "covers_whole_file": each.covers_whole_file,
        "docmdp": each.docmdp,
        "changed_after": each.changed_after,
        "changes": list(each.changes),
        "own_check": each.own_check,
        "pyhanko_check": each.pyhanko_check,
        "weak": list(each.weak),
        **_evidence(each),
    }


def _evidence(each: SignatureReport) -> dict[str, Any]:
    return {
        "chain": [
            {
                "subject": link.subject,
                "fingerprint": link.fingerprint,
                "not_before": stamp(link.not_before),
                "not_after": stamp(link.not_after),
            }
            for link in each.chain
        ],
        "timestamps": [
            {
                "kind": seen.kind,
                "time": stamp(seen.time),
                "authority": seen.authority,
                "fingerprint": seen.fingerprint,
                "status": seen.status,
                "code": seen.code,
            }
            for seen in each.timestamps
        ],
        "revocation": [
            {
                "kind": used.kind,
                "issuer": used.issuer,
                "produced_at": stamp(used.produced_at),
                "next_update": _utc(used.next_update),
                "sha256": used.sha256,
                "embedded": used.embedded,
            }
            for used in each.revocation
        ],
    }


def _utc(when: datetime | None) -> str | None:
    return None if when is None else stamp(when)
