"""Check what was handed out: a PDF, a manifest, or a dossier's folder, against signatures and hashes. Offline.

What it cannot know it calls indeterminate, never passed. The words for people are the door's affair; here are codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pipeline.manifest import NAME, SEAL_NAME
from pipeline.schemas import mismatch
from pipeline.stages.file import files_of
from signing import SignatureReport, Trust, verify_bytes, verify_pdf
from storage import digest_of_file

Result = Literal["passed", "failed", "indeterminate"]
#: Bytes; a manifest of a dossier with 2,000 pages has about 1 MB.
MOST_MANIFEST = 64 << 20
#: Bytes of a PDF that is verified; the largest sealed file that the gate lets come about is smaller.
MOST_PDF = 2 << 30
_RESULTS: Mapping[str, Result] = {
    "TOTAL-PASSED": "passed",
    "TOTAL-FAILED": "failed",
    "INDETERMINATE": "indeterminate",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked."""

    path: Path
    what: Literal["signature", "hash", "folder"]
    result: Result
    code: str  # of a signature: EN 319 102-1; of the others: ``verify.<code>`` in the messages
    detail: str = ""  # English, for engineers
    signer: str | None = None
    time: datetime | None = None  # proved by a timestamp when there is one, else as claimed
    level: str | None = None
    trial: bool = False


def check(path: Path, trust: Trust, now: datetime, step: Callable[[], None]) -> list[Check]:
    """Check one path; *step* is called after each thing checked, for progress.

    A folder without a manifest whose folders have one is taken for many dossiers.
    """
    return list(_counted(_checks(path, trust, now), step))


def _counted(checks: Iterator[Check], step: Callable[[], None]) -> Iterator[Check]:
    for each in checks:
        step()
        yield each


def _checks(path: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    if path.is_dir():
        inner = [each for each in sorted(path.iterdir()) if (each / NAME).is_file()]
        if not (path / NAME).is_file() and inner:
            for folder in inner:
                yield from _checks(folder, trust, now)
            return
        yield from _folder(path, trust, now)
    elif path.suffix == ".json":
        yield from _manifest(path, trust, now)
    else:
        yield from _pdf(path, trust, now)


def _folder(folder: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    manifest = folder / NAME
    if not manifest.is_file():
        yield Check(folder, "folder", "failed", "manifest-missing")
        return
    listed: set[str] = {NAME, SEAL_NAME}
    for each in _manifest(manifest, trust, now):
        listed.add(each.path.name)
        yield each
    for path in sorted(folder.iterdir()):
        if path.name not in listed:
            yield Check(path, "folder", "failed", "file-extra")


def _manifest(path: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    """Check a manifest's seal, and each file that it lists, which lies beside it."""
    data = path.read_bytes() if path.stat().st_size <= MOST_MANIFEST else b""
    seal = path.with_name(path.name + ".p7s")
    if seal.is_file():
        yield _signature(path, verify_bytes(data, seal.read_bytes()[:MOST_MANIFEST], trust=trust, now=now))
    else:
        yield Check(path, "signature", "failed", "seal-missing")
    manifest = _loaded(data)
    if manifest is None:
        yield Check(path, "folder", "failed", "manifest-unreadable")
        return
    for file in files_of(manifest):
        yield from _listed(path.with_name(file["name"]), file, trust, now)


def _listed(path: Path, file: Mapping[str, Any], trust: Trust, now: datetime) -> Iterator[Check]:
    if path.is_symlink() or not path.is_file():
        yield Check(path, "hash", "failed", "file-missing")
        return
    if digest_of_file(path)[0] != file["sha256"]:
        yield Check(path, "hash", "failed", "hash-differs")
    else:
        yield Check(path, "hash", "passed", "received" if file["received_signed"] else "hash-holds")
    yield from _pdf(path, trust, now)


def _pdf(path: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    if path.stat().st_size > MOST_PDF:
        yield Check(path, "signature", "failed", "not-verifiable")
        return
    report = verify_pdf(path.read_bytes(), trust=trust, now=now)
    if not report.signatures:
        yield Check(path, "signature", "failed", report.code, report.detail)
    for signature in report.signatures:
        yield _signature(path, signature)


def _signature(path: Path, report: SignatureReport) -> Check:
    return Check(
        path,
        "signature",
        _RESULTS[report.status],
        report.code,
        report.detail,
        report.signer,
        report.timestamp_time or report.signing_time,
        report.level,
        report.trial,
    )


def _loaded(data: bytes) -> Any:
    """Return the manifest, or None when it is none."""
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return None if mismatch("manifest-1", manifest) else manifest
