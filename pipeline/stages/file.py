"""Put what was sealed where people look for it: the dossier's version in the store, then the rows of the ledger.

Everything here may be done again with the same outcome, so a crash between any two lines is mended by the next run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pipeline.errors import REVIEWS, Misconfigured
from pipeline.model import canonical_json
from pipeline.notices import Notice, Tell, nobody
from storage import Digest, DocumentRow, DossierRow, Fence, FileRow, Ledger, ObjectStore, ScanRow

#: Who says, in the log of events, that a scan is filed elsewhere too: nobody did anything.
_WATCHFUL = "sohoa"


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
    supersedes_seal: str | None = None  # SHA-256 of that one's seal; not in records of the first installations

    def to_json(self) -> bytes:
        """Encode for the store."""
        return canonical_json(asdict(self))


def versions_of(store: ObjectStore, dossier: str) -> list[Version]:
    """Return every version of a dossier, oldest first.

    Raises:
        Misconfigured: ``record-broken``.
    """
    return [_version(key, store.read(key)) for key in store.keys(f"dossiers/{dossier}/")]


def dossiers_of(store: ObjectStore) -> Iterator[str]:
    """Yield the code of every dossier that has a version, sorted; no more than one is held in memory."""
    last = ""
    for key in store.keys("dossiers/"):
        code = key.split("/")[1]
        if code != last:
            yield code
        last = code


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
    version: Version,
    manifest: Mapping[str, Any],
    now: datetime,
    *,
    actor: str | None = None,
    under: Fence | None = None,
    tell: Tell = nobody,
) -> None:
    """Write a filed version into the ledger, as its manifest tells it; the first time, also who filed what.

    Args:
        ledger: all of it is one transaction there.
        version: as the store has it.
        manifest: of that version.
        now: when.
        actor: who filed it; None for the operator whom the manifest names.
        under: the lease that it is done under.
        tell: hears of it the first time, in the same transaction.

    Raises:
        LeaseLost: somebody else files this dossier.
    """
    code = version.dossier
    dossier, rows = rows_of(version, manifest, now)
    # Of files that were taken over from the version before it was told then.
    known = {each["sha256"] for file in files_of(manifest) if "filed_in" in file for each in file["originals"]}

    def work() -> None:
        before = ledger.dossier(code)
        ledger.put_scans(scans_of(version, manifest))
        ledger.put_files(code, version.number, rows)
        ledger.put_dossier(dossier)
        ledger.put_documents(code, documents_of(version, manifest, now))
        if before is None or before.manifest != version.manifest:
            tell(_notice(version, manifest, now))
            _tell(ledger, version, manifest, actor or f"operator:{manifest['operator']['id']}")
            for twin in ledger.scans_elsewhere(code):
                if twin.digest not in known:
                    ledger.event(_WATCHFUL, "scan-elsewhere", code, sha256=twin.digest, dossier=twin.other)

    ledger.together(work, under=under)


def rows_of(version: Version, manifest: Mapping[str, Any], at: datetime) -> tuple[DossierRow, list[FileRow]]:
    """Return what the ledger has of a filed version: where its dossier stands by it since *at*, and its files."""
    code = version.dossier
    rows = [_rejected(code, version.number, each) for each in manifest["rejections"] if each["sha256"] and each["file"]]
    # Last, so that they stand: a rejected scan may be called as one of our own files.
    for component in manifest["components"]:
        for file in component["files"]:
            rows += _rows(code, version.number, component["code"], file)
    dossier = DossierRow(
        code=code,
        procedure=manifest["procedure"]["code"],
        channel=manifest["channel"],
        agency=manifest["agency"]["code"],
        state=_state(manifest),
        verdict=version.state,
        version=version.number,
        manifest=Digest(version.manifest),
        updated_at=at,
    )
    return dossier, list({row.name: row for row in rows}.values())


def documents_of(version: Version, manifest: Mapping[str, Any], at: datetime) -> list[DocumentRow]:
    """Return where the documents of a dossier stand once *version* is filed."""
    return [
        DocumentRow(version.dossier, file["name"], component["code"], file["page_count"], "sealed", at)
        for component in manifest["components"]
        for file in component["files"]
    ]


def scans_of(version: Version, manifest: Mapping[str, Any]) -> list[ScanRow]:
    """Return the scans that a version is made of, each once for a component."""
    found = {
        (original["sha256"], component["code"])
        for component in manifest["components"]
        for file in component["files"]
        for original in file["originals"]
    }
    return [ScanRow(Digest(sha256), version.dossier, component) for sha256, component in sorted(found)]


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


def _notice(version: Version, manifest: Mapping[str, Any], now: datetime) -> Notice:
    return Notice(
        "filed",
        now,
        version.deposit,
        version.dossier,
        version=version.number,
        manifest=version.manifest,
        verdict=version.state,
        code=next((each["code"] for each in manifest["rejections"]), None),
    )


def _tell(ledger: Ledger, version: Version, manifest: Mapping[str, Any], actor: str) -> None:
    """Add to the log of events what was turned away and what was filed; names of files may name people."""
    for each in manifest["rejections"]:
        ledger.event(actor, "file-rejected", version.dossier, code=each["code"], sha256=each["sha256"])
    ledger.event(
        actor,
        "filed",
        version.dossier,
        version=version.number,
        verdict=version.state,
        manifest=version.manifest,
        files=len(files_of(manifest)),
        trial=manifest["trial"],
    )


def _version(key: str, data: bytes | None) -> Version:
    try:
        return Version(**json.loads(data or b""))
    except (ValueError, TypeError) as error:
        raise Misconfigured("record-broken", record=key) from error


def _state(manifest: Mapping[str, Any]) -> str:
    """Return what people see first of a dossier; ``dossier-state.<state>`` in the messages."""
    refused = {each["code"] for each in manifest["rejections"]}
    if refused and not (refused <= REVIEWS and files_of(manifest)):
        return "rejected"
    return "review" if refused or any(file["review"] for file in files_of(manifest)) else "sealed"


def _rows(code: str, number: int, component: str, file: Mapping[str, Any]) -> list[FileRow]:
    """Return the rows of a file and of what lies beside it."""
    named = [(file["name"], file["sha256"], file["size"])]
    named += [(each["file"], each["sha256"], each["size"]) for each in file["sidecars"]]
    return [
        FileRow(code, number, component, name, Digest(sha256), size, file["page_count"], "sealed", None)
        for name, sha256, size in named
    ]


def _rejected(code: str, number: int, finding: Mapping[str, Any]) -> FileRow:
    name, digest = finding["file"], Digest(finding["sha256"])
    return FileRow(code, number, finding["component"] or "", name, digest, 0, 0, "rejected", finding["code"])
