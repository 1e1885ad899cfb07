"""The versions of a dossier's record: each sealed once, each naming the one before it and that one's seal.

By the hashes of its forerunner's manifest and seal a version keeps both provable when the stamp in the old seal has
run out. What a version says is decided by whoever files it (`pipeline.closing`, `pipeline.renewal`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import plan
from pipeline.books import Books
from pipeline.clock import local_time
from pipeline.errors import Fault
from pipeline.manifest import Sealer, encode, without_step_times
from pipeline.plan import StepRecord, Workshop
from pipeline.schemas import mismatch
from pipeline.stages.file import Version, objects_of
from pipeline.stages.manifest import seal_manifest
from signing import Identity
from storage import Digest, ObjectStore


@dataclass(frozen=True, slots=True)
class Verdict:
    """A dossier that is filed: its newest version and what the manifest says."""

    version: Version
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Editor:
    """Who makes versions: the books, the stages as installed, the key."""

    books: Books
    shop: Workshop
    identity: Identity

    @property
    def sealer(self) -> Sealer:
        """What a manifest says of who seals it."""
        identity = self.identity
        return Sealer(identity.level, identity.subject, identity.fingerprint, identity.trial)

    def same(self, before: Version, body: Mapping[str, Any], state: str) -> Version | None:
        """Return the version *before* again when it says just *body*."""
        record = self.books.recorded(self._step({**body, **_links_of(before)}))
        return _told(before, record, state) if record else None

    def after(
        self,
        before: Version | None,
        body: Mapping[str, Any],
        *,
        dossier: str,
        deposit: str,
        state: str,
        lost: frozenset[str] = frozenset(),
    ) -> Version:
        """Return the version that says *body* and follows *before*; sealed now unless it was sealed already.

        Args:
            before: The newest version; None when there is none.
            body: The manifest but for its head and for what it supersedes.
            dossier: Code.
            deposit: SHA-256 that names what was deposited.
            state: The verdict.
            lost: SHA-256 of listed files that are known, and were told, not to be what they were; the others need a
                new version all the same.

        Raises:
            ObjectMissing, ObjectChanged: another file that is listed is not in the store as it was.
            SohoaError: as for `seal_manifest`.
        """
        manifest, seal = (before.manifest, before.seal) if before else (None, None)
        made = Version(dossier, before.number + 1 if before else 1, deposit, "", "", state, manifest, seal)
        body = {**body, **_links_of(made)}
        record = self.books.recorded(self._step(body)) or self._sealed(made, body, lost)
        return _told(made, record, state)

    def _step(self, body: Mapping[str, Any]) -> plan.Step:
        return plan.manifest(self.shop, without_step_times(body), identity=self.identity.fingerprint)

    def _sealed(self, made: Version, body: Mapping[str, Any], lost: frozenset[str]) -> StepRecord:
        books, step = self.books, self._step(body)
        for sha256 in set(objects_of(body).values()) - lost:
            books.store.check("sealed", Digest(sha256))
        with books.attempt(step):
            now = books.clock()
            data = encode(body, dossier=made.dossier, version=made.number, created=local_time(now))
            if wrong := mismatch("manifest-1", json.loads(data)):
                raise Fault("unexpected", kind=f"manifest {wrong.where}: {wrong.rule}")
            seal = seal_manifest(data, identity=self.identity, when=now)
            outputs = [
                books.keep("sealed", data, "application/json"),
                books.keep("sealed", seal, "application/pkcs7-signature"),
            ]
        return books.record(step, outputs, {"version": made.number})


def verdict_of(store: ObjectStore, version: Version) -> Verdict:
    """Return a filed version with what its manifest says."""
    return Verdict(version, json.loads(store.get("sealed", Digest(version.manifest))))


def _links_of(version: Version) -> dict[str, str | None]:
    """Return what a manifest says of the version before its own."""
    sealed = {"supersedes_seal": version.supersedes_seal} if version.supersedes_seal else {}
    return {"supersedes": version.supersedes, **sealed}


def _told(version: Version, record: StepRecord, state: str) -> Version:
    """Return *version* with what its sealing left."""
    manifest, seal = (output.sha256 for output in record.outputs)
    return Version(
        version.dossier,
        record.facts["version"],
        version.deposit,
        manifest,
        seal,
        state,
        version.supersedes,
        version.supersedes_seal,
    )
