"""Put what was sealed where people look for it: the dossier's version in the store, then the rows of the ledger.

Everything here may be done again with the same outcome, so a crash between any two lines is mended by the next run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.completeness import Finding
from pipeline.errors import Misconfigured
from pipeline.filed import Filed, sidecar_name
from pipeline.manifest_files import reasons
from pipeline.model import Dossier, canonical_json
from storage import Digest, DossierRow, FileRow, Ledger, ObjectStore


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a dossier's record, as the store tells it."""

    dossier: str
    number: int  # from 1
    deposit: str  # SHA-256 that names what was deposited
    manifest: str  # SHA-256 of manifest.json, in the area "sealed"
    seal: str  # SHA-256 of manifest.json.p7s, in the area "sealed"
    state: str  # the verdict
    supersedes: str | None  # SHA-256 of the manifest before it

    def to_json(self) -> bytes:
        """Encode for the store."""
        names = ("dossier", "number", "deposit", "manifest", "seal", "state", "supersedes")
        return canonical_json({name: getattr(self, name) for name in names})


def versions_of(store: ObjectStore, dossier: str) -> list[Version]:
    """Return every version of a dossier, oldest first.

    Raises:
        Misconfigured: ``record-broken``.
    """
    return [_version(key, store.read(key)) for key in store.keys(f"dossiers/{dossier}/")]


def latest(store: ObjectStore, dossier: str) -> Version | None:
    """Return the newest version of a dossier, or None when it has none."""
    versions = versions_of(store, dossier)
    return versions[-1] if versions else None


def file_version(store: ObjectStore, version: Version) -> None:
    """Make a sealed version the one that is found, once its objects are read again and are right.

    Raises:
        ObjectMissing, ObjectChanged: the store did not keep what it was given.
    """
    for digest in (version.manifest, version.seal):
        store.check("sealed", Digest(digest))
    store.write(f"dossiers/{version.dossier}/{version.number:06d}", version.to_json())


def enter(
    ledger: Ledger,
    dossier: Dossier,
    version: Version,
    *,
    filed: Sequence[Filed],
    findings: Sequence[Finding],
    now: datetime,
) -> None:
    """Write a filed version into the ledger."""
    code = str(dossier.code)
    rows = [_rejected(code, version.number, finding) for finding in findings if finding.sha256 and finding.file]
    # Last, so that they stand: a rejected scan may be called as one of our own files.
    rows += [row for each in filed for row in _rows(code, version.number, each)]
    ledger.put_files(code, version.number, list({row.name: row for row in rows}.values()))
    ledger.put_dossier(
        DossierRow(
            code=code,
            procedure=dossier.procedure,
            channel=dossier.channel.value,
            agency=dossier.agency.code,
            state=_state(filed, findings),
            verdict=version.state,
            version=version.number,
            manifest=Digest(version.manifest),
            updated_at=now,
        )
    )


def files_of(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return every file that a manifest lists."""
    return [file for component in manifest["components"] for file in component["files"]]


def objects_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of everything that a manifest lists, sidecars too, by file name."""
    files = files_of(manifest)
    beside = {each["file"]: each["sha256"] for file in files for each in file["sidecars"]}
    return {file["name"]: file["sha256"] for file in files} | beside


def sidecars_of(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Return the kinds of sidecars that a manifest lists; a PDF that arrived signed has none in any case."""
    return frozenset(each["kind"] for file in files_of(manifest) for each in file["sidecars"])


def _version(key: str, data: bytes | None) -> Version:
    try:
        return Version(**json.loads(data or b""))
    except (ValueError, TypeError) as error:
        raise Misconfigured("record-broken", record=key) from error


def _state(filed: Sequence[Filed], findings: Sequence[Finding]) -> str:
    """Return what people see first of a dossier; ``dossier-state.<state>`` in the messages."""
    if findings:
        return "rejected"
    return "review" if any(reasons(each) for each in filed) else "sealed"


def _rows(code: str, number: int, filed: Filed) -> list[FileRow]:
    """Return the rows of a file and of what lies beside it."""
    document = filed.document
    pages = len(filed.read.kept) or filed.gated[document.originals[0].sha256].facts["page_count"]
    named = [(document.file_name, filed.sha256, filed.size)]
    for record in filed.sidecars:
        (output,) = record.outputs
        named.append((sidecar_name(document.file_name, record.step.params["kind"]), output.sha256, output.size))
    return [
        FileRow(code, number, document.component, name, Digest(sha256), size, pages, "sealed", None)
        for name, sha256, size in named
    ]


def _rejected(code: str, number: int, finding: Finding) -> FileRow:
    name, digest = finding.file or "", Digest(finding.sha256 or "")
    return FileRow(code, number, finding.component or "", name, digest, 0, 0, "rejected", finding.code)
