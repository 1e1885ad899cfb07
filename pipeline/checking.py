"""Check what was handed out: a PDF, a manifest, or a dossier's folder, against signatures and hashes. Offline.

What it cannot know it calls indeterminate, never passed. The words for people are the door's affair; here are codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pipeline.manifest import FORMAT, NAME, SEAL_NAME
from pipeline.schemas import mismatch
from pipeline.stages.file import objects_of
from signing import Limits, PdfReport, SignatureReport, Trust, compare_seen, verify_bytes, verify_pdf
from storage import digest_of, digest_of_file

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
#: Drawing a file and comparing it: pages, seconds for any file, and bytes for one second more. Ten scanned pages with
#: two signatures (4 MB) took up to 1.6 s; a dossier of 500 must not be unknown for its length.
_SEEN_PAGES, _SEEN_SECONDS, _SEEN_PACE = 5_000, 60.0, 1 << 20
#: What it means for a file that pages look as they did when they were signed, or not.
_SEEN: Mapping[str, Result] = {"permitted": "passed", "not-compared": "indeterminate", "different": "failed"}


@dataclass(frozen=True, slots=True)
class Listed:
    """What a manifest says that a file is; as good as the manifest's seal."""

    dossier: str
    procedure: str
    agency: str
    component: str | None = None  # None for the manifest itself
    component_name: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked."""

    path: Path
    what: Literal["signature", "seen", "hash", "folder"]
    result: Result
    code: str  # of a signature: EN 319 102-1; of the others: ``verify.<code>`` in the messages
    detail: str = ""  # English, for engineers
    signer: str | None = None
    time: datetime | None = None  # proved by a timestamp when there is one, else as claimed
    level: str | None = None
    trial: bool = False
    other: str | None = None  # the name under which a manifest lists what lies here under a wrong one
    sha256: str | None = None  # of the very bytes that were judged; None where there are none
    signature: SignatureReport | None = None  # all that was found about a signature
    policy: str | None = None  # what the signature was judged by: its name and the SHA-256 of its file
    policy_sha256: str | None = None
    listed: Listed | None = None


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
    said = _loaded(_read(manifest, MOST_MANIFEST) or b"")
    names = {} if mismatch("manifest-1", said) else _names(said)  # read again: it may be another by now
    for path in sorted(folder.iterdir()):
        if path.name not in listed:
            sha256 = None if path.is_symlink() or not path.is_file() else _digest(path)
            yield Check(path, "folder", "failed", "file-extra", sha256=sha256)
            yield from _misplaced(path, sha256, names)


def _manifest(path: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    """Check a manifest's seal, and each file that it lists, which lies beside it."""
    data = _read(path, MOST_MANIFEST) or b""
    seal = _read(path.with_name(path.name + ".p7s"), MOST_MANIFEST)
    manifest = _loaded(data)
    known = mismatch("manifest-1", manifest) is None
    listed = _listed(manifest) if known else None
    sha256 = digest_of(data)
    if seal is None:
        yield Check(path, "signature", "failed", "seal-missing", sha256=sha256, listed=listed)
    else:
        sealed = _signature(path, sha256, verify_bytes(data, seal, trust=trust, now=now))
        yield replace(sealed, listed=listed)
    if not known:
        newer = isinstance(manifest, dict) and isinstance(manifest.get("format"), int) and manifest["format"] > FORMAT
        result: Result = "indeterminate" if newer else "failed"
        yield Check(path, "folder", result, "manifest-newer" if newer else "manifest-unreadable", sha256=sha256)
        return
    names = _names(manifest)
    for component in manifest["components"]:
        part = replace(_listed(manifest), component=component["code"], component_name=component["name"])
        for file in component["files"]:
            for each in _listed_file(path, file, names, trust, now):
                yield replace(each, listed=part)


def _listed_file(
    manifest: Path, file: Mapping[str, Any], names: Mapping[str, str], trust: Trust, now: datetime
) -> Iterator[Check]:
    """Check a file that a manifest lists, and what the manifest lists beside it."""
    pdf = manifest.with_name(file["name"])
    hashed = _hashed(pdf, file["sha256"], "received" if file["received_signed"] else "hash-holds")
    yield hashed
    if hashed.code != "file-missing":
        if hashed.code == "hash-differs":
            yield from _misplaced(pdf, hashed.sha256, names)
        yield from _pdf(pdf, trust, now)
    for beside in file["sidecars"]:
        path = manifest.with_name(beside["file"])
        hashed = _hashed(path, beside["sha256"], "hash-holds")
        yield hashed
        if hashed.code == "hash-differs":
            yield from _misplaced(path, hashed.sha256, names)


def _listed(manifest: Mapping[str, Any]) -> Listed:
    return Listed(manifest["dossier"], manifest["procedure"]["name"], manifest["agency"]["name"])


def _names(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the name of everything that a manifest lists by its SHA-256."""
    return {sha256: name for name, sha256 in objects_of(manifest).items()}


def _misplaced(path: Path, sha256: str | None, names: Mapping[str, str]) -> Iterator[Check]:
    """Say so when the bytes of *path* are those that the manifest lists under another name: swapped or renamed.

    Each of two swapped files bears a seal that holds, so only the manifest can tell.
    """
    other = names.get(sha256 or "")
    if other is not None and other != path.name:
        yield Check(path, "folder", "failed", "file-misplaced", other=other, sha256=sha256)


def _hashed(path: Path, sha256: str, holds: str) -> Check:
    """Check a listed file by its hash; *holds* is what to say of it when it is the one that was listed."""
    if path.is_symlink() or not path.is_file():
        return Check(path, "hash", "failed", "file-missing")
    found = _digest(path)
    same = found == sha256
    return Check(path, "hash", "passed" if same else "failed", holds if same else "hash-differs", sha256=found)


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file; None for one that cannot be read."""
    try:
        return digest_of_file(path)[0]
    except OSError:
        return None


def _pdf(path: Path, trust: Trust, now: datetime) -> Iterator[Check]:
    data = _read(path, MOST_PDF)
    if data is None or b"%PDF-" not in data[:_PDF_HEAD]:
        sha256 = None if data is None else digest_of(data)
        yield Check(path, "signature", "failed", "not-verifiable", sha256=sha256)
        return
    sha256 = digest_of(data)
    report = verify_pdf(data, trust=trust, now=now)
    if not report.signatures:
        yield _judged(Check(path, "signature", "failed", report.code, report.detail, sha256=sha256), report)
    for signature in report.signatures:
        yield _judged(_signature(path, sha256, signature), report)
    # what a signature covers to the last byte looks as it did
    if not all(signature.covers_whole_file for signature in report.signatures):
        yield from _seen(path, data, sha256)


def _seen(path: Path, data: bytes, sha256: str) -> Iterator[Check]:
    """Say so when the file does not show what was signed, whatever its signatures say; nothing when it does."""
    limits = Limits(seconds=_SEEN_SECONDS + len(data) / _SEEN_PACE, octets=MOST_PDF, pages=_SEEN_PAGES)
    seen = compare_seen(data, limits=limits)
    if seen.status != "same":
        detail = seen.reason or ", ".join(each.kind for each in seen.active)
        yield Check(path, "seen", _SEEN[seen.status], f"seen-{seen.status}", detail, sha256=sha256)


def _judged(each: Check, report: PdfReport) -> Check:
    return replace(each, policy=report.policy, policy_sha256=report.policy_sha256)


def _signature(path: Path, sha256: str, report: SignatureReport) -> Check:
    return Check(
        path,
        "signature",
        _RESULTS[report.status],
        report.code,
        report.detail,
        report.signer,
        report.best_time or report.timestamp_time or report.signing_time,
        report.level,
        report.trial,
        sha256=sha256,
        signature=report,
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
