"""Read everything that was ever stored again, and hold store, ledger and manifests against each other.

Whatever there is a million of goes by one at a time: what an audit takes of memory are the troubles that it finds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

from pipeline.errors import Misconfigured
from pipeline.heads import HEADS, heads_in_force
from pipeline.keeping import BATCHES, RENEWALS, batch_key, in_batch, renewal_key, renewals_of
from pipeline.plan import StepRecord
from pipeline.stages.file import Version, dossiers_of, objects_of, versions_of
from signing import Trust, verify_bytes, verify_inclusion
from storage import AREAS, EVIDENCE, Area, Digest, Ledger, ObjectChanged, ObjectMissing, ObjectRow, ObjectStore

Problem = Literal[
    "changed",
    "event-broken",
    "missing",
    "unlocked",
    "ledger-differs",
    "manifest-broken",
    "manifest-differs",
    "not-in-ledger",
    "record-broken",
    "evidence-broken",
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is not as it was stored."""

    object: str  # where it is kept: area/digest, or a record's name
    problem: Problem
    belongs: str = ""  # dossier and file, when known


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit looked at and found."""

    objects: int
    manifests: int
    troubles: tuple[Trouble, ...]
    unknown: tuple[str, ...]  # objects that the ledger has no row of: a crash leaves them; no harm


def audit(store: ObjectStore, ledger: Ledger, trust: Trust, now: datetime, step: Callable[[], None]) -> Audit:
    """Hash every stored object again and check every manifest; *step* is called after each object."""
    troubles: list[Trouble] = []
    unknown: list[str] = []
    objects = manifests = 0
    for area in AREAS:
        for row, digest in side_by_side(ledger.objects(area), store.digests(area)):
            if row is not None:
                objects += 1
                troubles += _object_troubles(store, row)
                step()
            elif ledger.object(area, digest) is None:  # nor has it come in since
                unknown.append(f"{area}/{digest}")
    for version, later in _with_successor(_versions(store, troubles)):
        manifests += 1
        troubles += _manifest_troubles(store, ledger, version, later, trust=trust, now=now)
        if later is None:
            troubles += _newest_troubles(ledger, version)
    troubles += _lost_dossiers(store, ledger)
    troubles += _record_troubles(store, ledger)
    troubles += _renewal_troubles(store)
    troubles += _batch_troubles(store)
    troubles += _event_troubles(store, ledger)
    return Audit(objects, manifests, tuple(dict.fromkeys(_named(store, ledger, troubles))), tuple(unknown))


def side_by_side(rows: Iterable[ObjectRow], digests: Iterable[Digest]) -> Iterator[tuple[ObjectRow | None, Digest]]:
    """Yield each object of one area that the ledger or the store has, with its row if there is one.

    Both are sorted, so neither is held in memory.
    """
    waiting = iter(digests)
    digest = next(waiting, None)
    for row in rows:
        while digest is not None and digest < row.digest:
            yield None, digest
            digest = next(waiting, None)
        if digest == row.digest:
            digest = next(waiting, None)
        yield row, row.digest
    while digest is not None:
        yield None, digest
        digest = next(waiting, None)


def _object_troubles(store: ObjectStore, row: ObjectRow) -> Iterator[Trouble]:
    name = f"{row.area}/{row.digest}"
    try:
        size = store.check(row.area, row.digest)
        locked = row.area not in EVIDENCE or not store.locks or store.locked_until(row.area, row.digest) is not None
    except ObjectChanged:
        yield Trouble(name, "changed")
    except ObjectMissing:
        yield Trouble(name, "missing")
    else:
        if size != row.size:
            yield Trouble(name, "ledger-differs")
        if not locked:
            yield Trouble(name, "unlocked")


def _named(store: ObjectStore, ledger: Ledger, troubles: list[Trouble]) -> Iterator[Trouble]:
    """Say of each object in trouble which dossier it belongs to, as far as that is known."""
    wanted = {Path(each.object).name for each in troubles if not each.belongs and each.object.split("/")[0] in AREAS}
    owners = _owners(store, ledger, wanted) if wanted else {}
    for each in troubles:
        yield each if each.belongs else replace(each, belongs=owners.get(Path(each.object).name, ""))


def _owners(store: ObjectStore, ledger: Ledger, wanted: Collection[str]) -> dict[str, str]:
    """Say of each of the digests *wanted* that is a sealed file or a manifest to which dossier it belongs."""
    owners: dict[str, str] = {}
    for row in ledger.every_dossier():
        for number in range(1, row.version + 1):
            for file in ledger.files(row.code, number):
                if file.digest in wanted:
                    owners.setdefault(file.digest, f"{row.code}/{file.name} (v{number})")
    for version in _versions(store, []):
        ours = {version.manifest: "manifest.json", version.seal: "manifest.json.p7s"}
        if evidence := _evidence_of(store, version):
            ours[evidence] = "manifest.json.evidence"
        for digest in ours.keys() & set(wanted):
            owners.setdefault(digest, f"{version.dossier}/{ours[digest]} (v{version.number})")
    return owners


def _versions(store: ObjectStore, troubles: list[Trouble]) -> Iterator[Version]:
    for code in dossiers_of(store):
        try:
            yield from versions_of(store, code)
        except Misconfigured:
            troubles.append(Trouble(f"records/dossiers/{code}", "record-broken", code))


def _with_successor(versions: Iterator[Version]) -> Iterator[tuple[Version, Version | None]]:
    """Give each version with the one that came after it; those of a dossier come one after another."""
    before: Version | None = None
    for version in versions:
        if before is not None:
            yield before, version if version.dossier == before.dossier else None
        before = version
    if before is not None:
        yield before, None


def _manifest_troubles(
    store: ObjectStore, ledger: Ledger, version: Version, later: Version | None, *, trust: Trust, now: datetime
) -> Iterator[Trouble]:
    name = f"{version.dossier}/manifest.json (v{version.number})"
    where = f"sealed/{version.manifest}"
    try:
        data, seal = (store.get("sealed", Digest(each)) for each in (version.manifest, version.seal))
    except (ObjectChanged, ObjectMissing, ValueError):
        yield Trouble(where, "manifest-broken", name)
        return
    status = verify_bytes(data, seal, trust=trust, now=now).status
    # A stamp that has run out is no fault where the next version was sealed over both in time: nothing else in a
    # superseded version can have changed, since its name is its hash.
    carried = later is not None and (later.supersedes, later.supersedes_seal) == (version.manifest, version.seal)
    if status != "TOTAL-PASSED" and not (carried and status == "INDETERMINATE"):
        yield Trouble(where, "manifest-broken", name)
        return
    yield from _evidence_troubles(store, version, data, trust, now)
    listed = set(objects_of(json.loads(data)).items())
    entered = {
        (row.name, str(row.digest)) for row in ledger.files(version.dossier, version.number) if row.state == "sealed"
    }
    if listed != entered:
        yield Trouble(where, "manifest-differs", name)
    for file_name, digest in sorted(listed):
        if not store.has("sealed", Digest(digest)):
            yield Trouble(f"sealed/{digest}", "missing", f"{version.dossier}/{file_name} (v{version.number})")


def _newest_troubles(ledger: Ledger, version: Version) -> Iterator[Trouble]:
    """See whether the ledger names the version that is the newest in the store."""
    row = ledger.dossier(version.dossier)
    if row is None or row.manifest != version.manifest:
        problem: Problem = "manifest-differs" if row else "not-in-ledger"
        yield Trouble(f"records/dossiers/{version.dossier}", problem, version.dossier)


def _lost_dossiers(store: ObjectStore, ledger: Ledger) -> Iterator[Trouble]:
    """Find dossiers that only the ledger knows."""
    for row in ledger.every_dossier():
        if next(store.keys(f"dossiers/{row.code}/"), None) is None:
            yield Trouble(f"records/dossiers/{row.code}", "missing", row.code)


def _evidence_of(store: ObjectStore, version: Version) -> str | None:
    """Return the SHA-256 of the evidence of a version's batch; a record that cannot be read is told elsewhere."""
    try:
        found = in_batch(store, version.manifest)
    except Misconfigured:
        return None
    return found.evidence if found else None


def _evidence_troubles(
    store: ObjectStore, version: Version, data: bytes, trust: Trust, now: datetime
) -> Iterator[Trouble]:
    """Check the proof that a manifest was in a batch; that its stamp has run out by now is no fault."""
    evidence = _evidence_of(store, version)
    if evidence is None:
        return
    where, name = f"sealed/{evidence}", f"{version.dossier}/manifest.json.evidence (v{version.number})"
    try:
        proof = store.get("sealed", Digest(evidence))
    except (ObjectMissing, ValueError):
        yield Trouble(where, "missing", name)
    except ObjectChanged:
        yield Trouble(where, "changed", name)
    else:
        if verify_inclusion(data, proof, trust=trust, now=now).status == "TOTAL-FAILED":
            yield Trouble(where, "evidence-broken", name)


def _record_troubles(store: ObjectStore, ledger: Ledger) -> Iterator[Trouble]:
    """Find step records that cannot be read or are not named by their step, and what they say otherwise of outputs."""
    for key in store.keys("steps/"):
        try:
            record = StepRecord.from_json(store.read(key) or b"")
            right = record.step.key == Path(key).name
        except (ValueError, TypeError, KeyError):
            right = False
        if not right:
            yield Trouble(f"records/{key}", "record-broken")
            continue
        try:
            yield from _output_troubles(store, ledger, record)
        except ValueError:  # no area, or no digest
            yield Trouble(f"records/{key}", "record-broken")


def _output_troubles(store: ObjectStore, ledger: Ledger, record: StepRecord) -> Iterator[Trouble]:
    """Hold what a record says it left against the ledger, whose rows are held against the bytes."""
    for output in record.outputs:
        area, digest = cast("Area", output.area), Digest(output.sha256)
        row = ledger.object(area, digest)
        if row is None and not store.has(area, digest):
            yield Trouble(f"{area}/{digest}", "missing")
        elif row is not None and row.size != output.size:
            yield Trouble(f"{area}/{digest}", "ledger-differs")


def _renewal_troubles(store: ObjectStore) -> Iterator[Trouble]:
    """Find records of renewals that cannot be read, or whose file is gone."""
    for key in store.keys(RENEWALS):
        sha256 = Path(key).name
        try:
            renewals = renewals_of(store, sha256)
            right = bool(renewals) and key == renewal_key(sha256)
        except Misconfigured:
            right = False
        if not right:
            yield Trouble(f"records/{key}", "record-broken")
            continue
        output = renewals[0].outputs[0]
        if not store.has("sealed", Digest(output.sha256)):
            yield Trouble(f"sealed/{output.sha256}", "missing")


def _batch_troubles(store: ObjectStore) -> Iterator[Trouble]:
    """Find records of batches that cannot be read, or are about a manifest that there is not."""
    for key in store.keys(BATCHES):
        manifest = Path(key).name
        try:
            right = key == batch_key(manifest) and in_batch(store, manifest) is not None
            right = right and store.has("sealed", Digest(manifest))
        except (Misconfigured, ValueError):
            right = False
        if not right:
            yield Trouble(f"records/{key}", "record-broken")


def _event_troubles(store: ObjectStore, ledger: Ledger) -> Iterator[Trouble]:
    """Check the chain of events, and that every head of it that was kept in the store is in it."""
    try:
        heads = heads_in_force(store)
    except Misconfigured as error:
        heads = []
        yield Trouble(f"records/{error.facts.get('record', HEADS)}", "record-broken")
    if broken := ledger.broken_event(*heads):
        yield Trouble(f"events/{broken.number}", "event-broken", broken.problem)
