"""What a new version of a record takes over from the one before it, when papers are scanned again or added. Pure.

A later deposit of a dossier speaks of some of its components. Those it brings replace what was filed of them; those it
is silent of stay as they are, with what was rejected or exempted. The very same scans for the same component change
nothing: what was filed of them stands, and is neither read nor sealed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pipeline.completeness import Finding
from pipeline.model import BlankPages, Comparison, Document, Dossier, Exemption, Kind, Operator, Original, Owner, Sha256

Entry = Mapping[str, Any]
#: What a deposit says of itself and not of the papers: by this alone no version differs from the one before.
_OF_THE_DEPOSIT = frozenset(
    {"format", "dossier", "version", "created", "ticket", "deposit", "station", "operator", "seal", "rule", "software",
     "supersedes", "supersedes_seal", "separators"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Before:
    """The newest version of a dossier, as a deposit finds it."""

    number: int
    deposit: str  # SHA-256 that names the deposit it was made of
    sha256: str  # of the manifest
    manifest: Entry


@dataclass(frozen=True, slots=True)
class Carried:
    """What is taken over."""

    before: str | None = None  # SHA-256 of the newest manifest there was, whether anything of it is taken or not
    files: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)  # of the manifest, by component
    findings: tuple[Finding, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    owner: Owner | None = None

    @property
    def documents(self) -> list[Document]:
        """The files as documents: what completeness asks of them, without their pages."""
        return [_document(code, at, each) for code, files in self.files.items() for at, each in enumerate(files, 1)]

    @property
    def names(self) -> frozenset[str]:
        """Names of the files."""
        return frozenset(each["name"] for files in self.files.values() for each in files)

    def entries(self, component: str) -> list[dict[str, Any]]:
        """Return the manifest's entries of the files of a component."""
        return [dict(each) for each in self.files.get(component, ())]


def carry(
    before: Before | None,
    dossier: Dossier,
    documents: Sequence[Document],
    findings: Sequence[Finding],
    *,
    components: Sequence[str],
    deposit: str,
    trial: bool,
    sidecars: frozenset[str],
) -> tuple[Carried, list[Document]]:
    """Return what is taken over, and which documents are left to be made.

    Args:
        before: The newest version; None when there is none.
        dossier: What the deposit says.
        documents: That it brings.
        findings: What of it could not be taken.
        components: Codes that the procedure's case has.
        deposit: SHA-256 that names it.
        trial: Whether what is made now is for trial; a seal for trial has no place in a record of worth.
        sidecars: Kinds that must lie beside each file.
    """
    if before is None:
        return Carried(), list(documents)
    manifest = before.manifest
    if dossier.whole or manifest["procedure"]["code"] != dossier.procedure:
        return Carried(before.sha256), list(documents)
    parts = {part["code"]: part for part in manifest["components"] if part["code"] in components}
    files = {code: _taken(before, part["files"], deposit, trial=trial) for code, part in parts.items()}
    brought = {each.component for each in documents}
    same = {
        code
        for code in brought & parts.keys()
        if all(before.deposit != deposit or "filed_in" in each for each in files[code])
        and _same([each for each in documents if each.component == code], files[code], dossier, sidecars)
    }
    spoken = brought | {each.component for each in findings} | {each.component for each in dossier.claims}
    spoken |= {each.component for each in dossier.exemptions}
    carried = Carried(
        before.sha256,
        {code: entries for code, entries in files.items() if entries and (code in same or code not in brought)},
        tuple(_finding(each) for each in manifest["rejections"] if each["component"] in parts.keys() - spoken),
        _exemptions(part for code, part in parts.items() if code not in spoken),
        _owner(manifest["owner"]) if dossier.owner is None else None,
    )
    return carried, [each for each in documents if each.component not in same]


def with_carried(dossier: Dossier, carried: Carried) -> Dossier:
    """Return *dossier* with what its ticket does not say again."""
    exemptions = (*dossier.exemptions, *carried.exemptions)
    return replace(dossier, owner=dossier.owner or carried.owner, exemptions=exemptions)


def nothing_new(body: Entry, before: Entry) -> bool:
    """Say whether a version with *body* would tell of its papers just what the manifest *before* tells."""
    return _told(body) == _told(before)


def _told(manifest: Entry) -> dict[str, Any]:
    told = {name: value for name, value in manifest.items() if name not in _OF_THE_DEPOSIT}
    parts = [{**part, "files": [_bare(each) for each in part["files"]]} for part in manifest["components"]]
    return {**told, "components": parts}


def _bare(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "filed_in"}


def _taken(before: Before, files: Sequence[Entry], deposit: str, *, trial: bool) -> tuple[Entry, ...]:
    """Return the entries of a component's files, each with the version that it comes from; all of them or none."""
    if not trial and any(each["signature"]["trial"] for each in files):
        return ()  # half a paper must not pass for the whole
    if before.deposit == deposit:
        return tuple(files)
    return tuple({**each, "filed_in": each.get("filed_in", before.number)} for each in files)


def _same(documents: Sequence[Document], files: Sequence[Entry], dossier: Dossier, sidecars: frozenset[str]) -> bool:
    """Say whether the very same scans are filed in the same way."""
    leave_out = dossier.blank_pages is BlankPages.LEAVE_OUT
    return len(documents) == len(files) and all(
        [each.sha256 for each in document.originals] == [each["sha256"] for each in entry["originals"]]
        and document.kind.value == entry["kind"]
        and document.compared == _compared(entry["compared"])
        and all(page["left_out"] == leave_out for page in entry["blank_pages"])
        and (document.received_signed or sidecars <= {each["kind"] for each in entry["sidecars"]})
        for document, entry in zip(documents, files, strict=True)
    )


def _document(component: str, number: int, entry: Entry) -> Document:
    originals = tuple(Original(each["name"], Sha256(each["sha256"]), each["size"]) for each in entry["originals"])
    kind, compared = Kind(entry["kind"]), _compared(entry["compared"])
    return Document(component, number, kind, originals, (), entry["received_signed"], compared)


def _compared(told: Entry | None) -> Comparison | None:
    if told is None:
        return None
    return Comparison(Operator(told["by"]["id"], told["by"]["name"]), datetime.fromisoformat(told["at"]))


def _exemptions(parts: Iterable[Entry]) -> tuple[Exemption, ...]:
    return tuple(Exemption(part["code"], part["reason"]) for part in parts if part["state"] == "exempt")


def _finding(told: Entry) -> Finding:
    return Finding(told["code"], told["facts"], told["file"], told["sha256"], told["component"])


def _owner(told: Entry | None) -> Owner | None:
    return Owner(told["name"], told["id_number"]) if told else None
