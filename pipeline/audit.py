"""Read everything that was ever stored again, and hold store, ledger and manifests against each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pipeline.errors import Misconfigured
from pipeline.plan import StepRecord
from pipeline.stages.file import Version, objects_of, versions_of
from signing import Trust, verify_bytes
from storage import AREAS, Digest, Ledger, ObjectChanged, ObjectMissing, ObjectStore

Problem = Literal["changed", "missing", "manifest-broken", "manifest-differs", "not-in-ledger", "record-broken"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is not as it was stored."""

    object: str  # where it is kept: area/digest, or a record's name
    problem: Problem
    belongs: str  # dossier and file, when known


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit looked at and found."""

    objects: int
    manifests: int
    troubles: tuple[Trouble, ...]
    unknown: tuple[str, ...]  # objects that the ledger has no row of: a crash leaves them; no harm


def audit(store: ObjectStore, ledger: Ledger, trust: Trust, now: datetime, step: Callable[[], None]) -> Audit:
    """Hash every stored object again and check every manifest; *step* is called after each object."""
    owners = _owners(store, ledger)
    troubles: list[Trouble] = []
    known: set[tuple[str, str]] = set()
    for row in ledger.objects():
        known.add((row.area, row.digest))
        try:
            store.check(row.area, row.digest)
        except ObjectChanged:
            troubles.append(_trouble(row.area, row.digest, "changed", owners))
        except ObjectMissing:
            troubles.append(_trouble(row.area, row.digest, "missing", owners))
        step()
    unknown = [f"{area}/{digest}" for area in AREAS for digest in store.digests(area) if (area, digest) not in known]
    manifests = 0
    for version in _versions(store, troubles):
        manifests += 1
        troubles += _manifest_troubles(store, ledger, version, trust, now)
    troubles += _record_troubles(store)
    troubles += _lost_versions(store, ledger)
    return Audit(len(known), manifests, tuple(dict.fromkeys(troubles)), tuple(unknown))


def _owners(store: ObjectStore, ledger: Ledger) -> dict[str, str]:
    """Say of each sealed file and manifest which dossier it belongs to."""
    owners: dict[str, str] = {}
    for row in ledger.dossiers(limit=10**9):
        for number in range(1, row.version + 1):
            for file in ledger.files(row.code, number):
                owners.setdefault(file.digest, f"{row.code}/{file.name} (v{number})")
    for version in _versions(store, []):
        owners.setdefault(version.manifest, f"{version.dossier}/manifest.json (v{version.number})")
        owners.setdefault(version.seal, f"{version.dossier}/manifest.json.p7s (v{version.number})")
    return owners


def _versions(store: ObjectStore, troubles: list[Trouble]) -> Iterator[Version]:
    codes = dict.fromkeys(key.split("/")[1] for key in store.keys("dossiers/"))
    for code in codes:
        try:
            yield from versions_of(store, code)
        except Misconfigured:
            troubles.append(Trouble(f"records/dossiers/{code}", "record-broken", code))


def _manifest_troubles(
    store: ObjectStore, ledger: Ledger, version: Version, trust: Trust, now: datetime
) -> Iterator[Trouble]:
    name = f"{version.dossier}/manifest.json (v{version.number})"
    where = f"sealed/{version.manifest}"
    try:
        data, seal = (store.get("sealed", Digest(each)) for each in (version.manifest, version.seal))
    except (ObjectChanged, ObjectMissing, ValueError):
        yield Trouble(where, "manifest-broken", name)
        return
    if verify_bytes(data, seal, trust=trust, now=now).status != "TOTAL-PASSED":
        yield Trouble(where, "manifest-broken", name)
        return
    listed = set(objects_of(json.loads(data)).items())
    entered = {
        (row.name, str(row.digest)) for row in ledger.files(version.dossier, version.number) if row.state == "sealed"
    }
    if listed != entered:
        yield Trouble(where, "manifest-differs", name)
    for file_name, digest in sorted(listed):
        if not store.has("sealed", Digest(digest)):
            yield Trouble(f"sealed/{digest}", "missing", f"{version.dossier}/{file_name} (v{version.number})")


def _lost_versions(store: ObjectStore, ledger: Ledger) -> Iterator[Trouble]:
    """Find dossiers whose newest version the ledger and the store tell differently."""
    told = {row.code: row.manifest for row in ledger.dossiers(limit=10**9)}
    newest = {version.dossier: version for version in _versions(store, [])}
    for code in sorted({*told, *newest}):
        version = newest.get(code)
        if version is None or told.get(code) != version.manifest:
            problem: Problem = "not-in-ledger" if code not in told else "manifest-differs"
            yield Trouble(f"records/dossiers/{code}", problem, code)


def _record_troubles(store: ObjectStore) -> Iterator[Trouble]:
    """Find step records that cannot be read or whose step is not the one they are named by."""
    for key in store.keys("steps/"):
        try:
            right = StepRecord.from_json(store.read(key) or b"").step.key == Path(key).name
        except (ValueError, TypeError, KeyError):
            right = False
        if not right:
            yield Trouble(f"records/{key}", "record-broken", "")


def _trouble(area: str, digest: str, problem: Problem, owners: dict[str, str]) -> Trouble:
    return Trouble(f"{area}/{digest}", problem, owners.get(digest, ""))
