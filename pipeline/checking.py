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

from pipeline.manifest import FORMAT, NAME, SEAL_NAME
from pipeline.schemas import mismatch
from pipeline.stages.file import files_of
from signing import SignatureReport, Trust, verify_bytes, verify_pdf
from storage import digest_of_file

Result = Literal["passed", "failed", "indeterminate"]
#: Bytes; a bound that we chose, far above any manifest.
MOST_MANIFEST = 64 << 20
#: Bytes of a PDF that is verified; the largest sealed file that the gate lets come about is smaller.
MOST_PDF = 2 << 30
#: Bytes in which a PDF must begin, as readers have it.
_PDF_HEAD = 1024
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
        many = not (path / NAME).is_file() and any((each / NAME).is_file() for each in path.iterdir())
        yield from _dossiers(path, trust, now) if many else _folder(path, trust, now)
    elif path.name.lower().endswith(".json"):
        yield from _manifest(path, trust, now)
    elif path.name.lower().endswith(".json.p7s"):
        yield from _manifest(path.with_suffix(""), trust, now)
    else:
        yield from _pdf(path, trust, now)


def _dossiers(folder: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    """Check a folder of dossier folders; what is none of them is told, not passed over."""
    for each in sorted(folder.iterdir()):
        if each.is_dir():
            yield from _folder(each, trust, now)
        else:
            yield Check(each, "folder", "failed", "file-extra")


def _folder(folder: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    manifest = folder / NAME
    if not manifest.is_file():
        yield Check(folder, "folder", "failed", "manifest-missing")
        return
    listed: set[str] = {NAME, SEAL_NAME}
    for each in _manifest(manifest, trust, now):
        listed.add(each.path.name)
        yield each
        if each.code in {"manifest-unreadable", "manifest-newer"}:
            return  # what it lists is not known, so nothing beside it can be called extra
    for path in sorted(folder.iterdir()):
        if path.name not in listed:
            yield Check(path, "folder", "failed", "file-extra")


def _manifest(path: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    """Check a manifest's seal, and each file that it lists, which lies beside it."""
    data = _read(path, MOST_MANIFEST) or b""
    seal = _read(path.with_name(path.name + ".p7s"), MOST_MANIFEST)
    if seal is None:
        yield Check(path, "signature", "failed", "seal-missing")
    else:
        yield _signature(path, verify_bytes(data, seal, trust=trust, now=now))
    manifest = _loaded(data)
    if mismatch("manifest-1", manifest):
        newer = isinstance(manifest, dict) and isinstance(manifest.get("format"), int) and manifest["format"] > FORMAT
        result: Result = "indeterminate" if newer else "failed"
        yield Check(path, "folder", result, "manifest-newer" if newer else "manifest-unreadable")
        return
    for file in files_of(manifest):
        pdf = path.with_name(file["name"])
        hashed = _hashed(pdf, file["sha256"], "received" if file["received_signed"] else "hash-holds")
        yield hashed
        if hashed.code != "file-missing":
            yield from _pdf(pdf, trust, now)
        for beside in file["sidecars"]:
            yield _hashed(path.with_name(beside["file"]), beside["sha256"], "hash-holds")


def _hashed(path: Path, sha256: str, holds: str) -> Check:
    """Check a listed file by its hash; *holds* is what to say of it when it is the one that was listed."""
    if path.is_symlink() or not path.is_file():
        return Check(path, "hash", "failed", "file-missing")
    same = digest_of_file(path)[0] == sha256
    return Check(path, "hash", "passed" if same else "failed", holds if same else "hash-differs")


def _pdf(path: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    data = _read(path, MOST_PDF)
    if data is None or b"%PDF-" not in data[:_PDF_HEAD]:
        yield Check(path, "signature", "failed", "not-verifiable")
        return
    report = verify_pdf(data, trust=trust, now=now)
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


def _read(path: Path, most: int) -> bytes | None:
    """Return a file's bytes; None for what is no file, cannot be opened, or has more than *most* bytes."""
    if not path.is_file():  # a pipe would hold us up for ever, and a device never end
        return None
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None


def _loaded(data: bytes) -> Any:
    """Return what the bytes of a manifest say, or None when they say nothing."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
