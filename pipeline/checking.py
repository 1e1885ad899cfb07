"""Check what was handed out: a PDF, a manifest, or a dossier's folder, against signatures and hashes. Offline.

What it cannot know it calls indeterminate, never passed. The words for people are the door's affair; here are codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pipeline.judging import Judge, OwnJudge, read_at_most, seen_in
from pipeline.manifest import EVIDENCE_NAME, FORMAT, NAME, SEAL_NAME
from pipeline.schemas import mismatch
from pipeline.stages.file import objects_of
from signing import MOST_EVIDENCE, PdfReport, SeenReport, SignatureReport, Trust
from storage import digest_of, digest_of_file

Result = Literal["passed", "failed", "indeterminate"]
#: Bytes; a bound that we chose, far above any manifest.
MOST_MANIFEST = 64 << 20
_RESULTS: Mapping[str, Result] = {
    "TOTAL-PASSED": "passed",
    "TOTAL-FAILED": "failed",
    "INDETERMINATE": "indeterminate",
}
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
    seen: SeenReport | None = None  # all that was seen of pages that do not look as they were signed
    policy: str | None = None  # what the signature was judged by: its name and the SHA-256 of its file
    policy_sha256: str | None = None
    listed: Listed | None = None


def check(path: Path, trust: Trust, now: datetime, step: Callable[[], None]) -> list[Check]:
    """Check one path in this process; see `check_all`."""
    judge = OwnJudge(trust, now)
    with ThreadPoolExecutor(1) as hands:
        return list(check_all([path], judge, step, hands))


def check_all(paths: Iterable[Path], judge: Judge, step: Callable[[], None], hands: Executor) -> Iterator[Check]:
    """Check *paths*, several dossiers side by side; what is found comes in the order of the paths.

    A folder without a manifest whose folders have one is taken for many dossiers.

    Args:
        paths: What to check.
        judge: Who judges signatures.
        step: Called after each thing checked, for progress.
        hands: Threads that wait for *judge*, and for pages to be drawn.
    """
    ahead = [hands.submit(lambda part: list(part(judge)), part) for path in paths for part in _parts(path)]
    try:
        for future in ahead:
            for each in future.result():
                step()
                yield each
    finally:
        for future in ahead:
            future.cancel()


def _parts(path: Path) -> Iterator[Callable[[Judge], Iterator[Check]]]:
    """Give what can be checked side by side."""
    if path.is_dir():
        if not (path / NAME).is_file() and any((each / NAME).is_file() for each in path.iterdir()):
            for each in sorted(path.iterdir()):
                yield partial(_folder if each.is_dir() else _stray, each)
        else:
            yield partial(_folder, path)
    elif path.name.lower().endswith(".json"):
        yield partial(_manifest, path)
    elif path.name.lower().endswith((".json.p7s", ".json.evidence")):
        yield partial(_manifest, path.with_suffix(""))
    else:
        yield partial(_pdf, path)


def _stray(path: Path, _: Judge) -> Iterator[Check]:
    """Tell of a file beside dossiers: it is not passed over."""
    yield Check(path, "folder", "failed", "file-extra")


def _folder(folder: Path, judge: Judge) -> Iterator[Check]:
    manifest = folder / NAME
    if not manifest.is_file():
        yield Check(folder, "folder", "failed", "manifest-missing")
        return
    listed: set[str] = {NAME, SEAL_NAME, EVIDENCE_NAME}
    for each in _manifest(manifest, judge):
        listed.add(each.path.name)
        yield each
        if each.code in {"manifest-unreadable", "manifest-newer"}:
            return  # what it lists is not known, so nothing beside it can be called extra
    said = _loaded(read_at_most(manifest, MOST_MANIFEST) or b"")
    names = {} if mismatch("manifest-1", said) else _names(said)  # read again: it may be another by now
    for path in sorted(folder.iterdir()):
        if path.name not in listed:
            sha256 = None if path.is_symlink() or not path.is_file() else _digest(path)
            yield Check(path, "folder", "failed", "file-extra", sha256=sha256)
            yield from _misplaced(path, sha256, names)


def _manifest(path: Path, judge: Judge) -> Iterator[Check]:
    """Check a manifest's seal, and each file that it lists, which lies beside it."""
    data = read_at_most(path, MOST_MANIFEST) or b""
    seal = read_at_most(path.with_name(path.name + ".p7s"), MOST_MANIFEST)
    manifest = _loaded(data)
    known = mismatch("manifest-1", manifest) is None
    listed = _listed(manifest) if known else None
    sha256 = digest_of(data)
    if seal is None:
        yield Check(path, "signature", "failed", "seal-missing", sha256=sha256, listed=listed)
    else:
        sealed = _signature(path, sha256, judge.seal(data, seal))
        yield replace(sealed, listed=listed)
    for each in _evidence(path, data, judge):
        yield replace(each, listed=listed)
    if not known:
        newer = isinstance(manifest, dict) and isinstance(manifest.get("format"), int) and manifest["format"] > FORMAT
        result: Result = "indeterminate" if newer else "failed"
        yield Check(path, "folder", result, "manifest-newer" if newer else "manifest-unreadable", sha256=sha256)
        return
    names = _names(manifest)
    for component in manifest["components"]:
        part = replace(_listed(manifest), component=component["code"], component_name=component["name"])
        for file in component["files"]:
            for each in _listed_file(path, file, names, judge):
                yield replace(each, listed=part)


def _evidence(manifest: Path, data: bytes, judge: Judge) -> Iterator[Check]:
    """Check the proof beside a manifest that it was in a batch; to have none is no fault."""
    path = manifest.with_name(manifest.name + EVIDENCE_NAME.removeprefix(NAME))
    if not (path.exists() or path.is_symlink()):
        return
    evidence = read_at_most(path, MOST_EVIDENCE) or b""  # nothing proves nothing
    report = judge.inclusion(data, evidence)
    found = _signature(manifest, digest_of(data), report)
    code = {"passed": "evidence-holds", "failed": "evidence-broken"}.get(found.result, found.code)
    yield replace(found, code=code)


def _listed_file(manifest: Path, file: Mapping[str, Any], names: Mapping[str, str], judge: Judge) -> Iterator[Check]:
    """Check a file that a manifest lists, and what the manifest lists beside it."""
    pdf = manifest.with_name(file["name"])
    hashed = _hashed(pdf, file["sha256"], "received" if file["received_signed"] else "hash-holds")
    yield hashed
    if hashed.code != "file-missing":
        if hashed.code == "hash-differs":
            yield from _misplaced(pdf, hashed.sha256, names)
        judged = list(_pdf(pdf, judge))
        yield from judged
        yield from _signers(pdf, file.get("signers", ()), judged)
    for beside in file["sidecars"]:
        path = manifest.with_name(beside["file"])
        hashed = _hashed(path, beside["sha256"], "hash-holds")
        yield hashed
        if hashed.code == "hash-differs":
            yield from _misplaced(path, hashed.sha256, names)


def _signers(pdf: Path, listed: Sequence[Mapping[str, Any]], judged: Sequence[Check]) -> Iterator[Check]:
    """Say so when a file is not signed by just those whom the manifest names, in this order.

    Each signature may hold: a file signed by the officer alone lacks nothing that it could tell of itself.
    """
    made = [each.signature for each in judged if each.signature and each.signature.level != "DOCUMENT-TIMESTAMP"]
    # without any it has failed already, or took too much to be judged
    if made and listed and [each.fingerprint for each in made] != [each["fingerprint"] for each in listed]:
        names = ", ".join(each.signer or "?" for each in made)
        yield Check(pdf, "signature", "failed", "signers-differ", names, sha256=judged[0].sha256)


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


def _pdf(path: Path, judge: Judge) -> Iterator[Check]:
    judged = judge.pdf(path)
    report, sha256 = judged.report, judged.sha256
    if report is None:
        yield Check(path, "signature", "failed", "not-verifiable", sha256=sha256)
        return
    if not report.signatures:
        # nothing was judged of a file that took too much, so it may be told by whatever lies there
        none = Check(path, "signature", _RESULTS[report.status], report.code, report.detail)
        yield _judged(replace(none, sha256=sha256 or _digest(path)), report)
    for signature in report.signatures:
        yield _judged(_signature(path, sha256, signature), report)
    # what a signature covers to the last byte looks as it did
    if not all(signature.covers_whole_file for signature in report.signatures):
        yield from _seen(path, sha256)


def _seen(path: Path, sha256: str | None) -> Iterator[Check]:
    """Say so when the file does not show what was signed, whatever its signatures say; nothing when it does."""
    seen = seen_in(path, sha256)
    if seen.status != "same":
        detail = seen.reason or ", ".join(each.kind for each in seen.active)
        found = Check(path, "seen", _SEEN[seen.status], f"seen-{seen.status}", detail, sha256=sha256)
        yield replace(found, seen=seen)


def _judged(each: Check, report: PdfReport) -> Check:
    return replace(each, policy=report.policy, policy_sha256=report.policy_sha256)


def _signature(path: Path, sha256: str | None, report: SignatureReport) -> Check:
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


def _loaded(data: bytes) -> Any:
    """Return what the bytes of a manifest say, or None when they say nothing."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
