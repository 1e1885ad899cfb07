"""Hand out a filed dossier as a folder: signed PDFs with what lies beside them, the manifest, its seal, its evidence.

Each is checked on the way out.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path

from pipeline.errors import Misconfigured
from pipeline.keeping import in_batch
from pipeline.manifest import EVIDENCE_NAME, NAME, SEAL_NAME
from pipeline.stages.file import objects_of, versions_of
from pipeline.versions import Verdict
from storage import Digest, ObjectStore, copy_out, digest_of_file


def hand_out(store: ObjectStore, verdict: Verdict, out: Path) -> Path:
    """Write ``out/<dossier>/…`` and return that folder; what is there and right is left alone.

    Only what an earlier version handed out under the same name, byte for byte, and this one no longer lists, is
    taken away; nothing else in the folder is touched.

    Raises:
        Misconfigured: ``output-failed``.
        StorageError: the store no longer has a file, or has another.
    """
    folder = out / verdict.version.dossier
    wanted = contents(store, verdict)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, digest in wanted.items():
            _put(store, Digest(digest), folder / name)
        for name, digests in _handed_out_before(store, verdict).items():
            path = folder / name
            if name not in wanted and path.is_file() and digest_of_file(path)[0] in digests:
                path.unlink()
    except OSError as error:
        raise Misconfigured("output-failed", path=str(folder), problem=error.strerror or "?") from error
    return folder


def contents(store: ObjectStore, verdict: Verdict) -> dict[str, str]:
    """Return the SHA-256 of everything that a version is handed out as, by file name; nothing else of it goes out.

    Raises:
        Misconfigured: ``record-broken``.
        StorageError: the store cannot be asked.
    """
    version = verdict.version
    sealed = {NAME: version.manifest, SEAL_NAME: version.seal}
    return objects_of(verdict.manifest) | sealed | _evidence(store, version.manifest)


def _handed_out_before(store: ObjectStore, verdict: Verdict) -> dict[str, set[str]]:
    """Return the digests that earlier versions of the dossier had, by file name."""
    before: dict[str, set[str]] = defaultdict(set)
    for version in versions_of(store, verdict.version.dossier):
        if version.number < verdict.version.number:
            had = objects_of(json.loads(store.get("sealed", Digest(version.manifest))))
            for name, sha256 in (had | _evidence(store, version.manifest)).items():
                before[name].add(sha256)
    return before


def _evidence(store: ObjectStore, manifest: str) -> dict[str, str]:
    """Return the proof that a manifest was in a batch, by its file name; nothing while it is in none."""
    found = in_batch(store, manifest)
    return {EVIDENCE_NAME: found.evidence} if found else {}


def _put(store: ObjectStore, digest: Digest, path: Path) -> None:
    if path.is_file() and not path.is_symlink() and digest_of_file(path)[0] == digest:
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    try:
        os.close(handle)
        copy_out(store, "sealed", digest, Path(name))
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
