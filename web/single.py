"""What is shown of one dossier, to people and programs alike: state, components, versions, and where its files are.

From the ledger where it is on its way, from the sealed manifest what it holds. Neither the owner nor what was read on a
page is among it: that stands in the manifest, for whoever may have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pipeline.clock import ICT
from pipeline.house import House
from pipeline.manifest import EVIDENCE_NAME, NAME, SEAL_NAME
from pipeline.messages import say
from pipeline.progress import progress_of
from pipeline.stages.file import Version, files_of
from pipeline.translate import ours
from storage import ItemRow
from web.answers import media_type
from web.refusals import Unknown
from web.released import Released, dossier_code, released_as, versions

#: Where the interface is; `web.routes.api` serves it.
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why something waits: for programs, and for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class WayView:
    """Where a dossier is on its way to its next version."""

    state: str
    label: str
    reason: ReasonView | None
    received: datetime
    changed: datetime
    pages_done: int
    pages: int  # 0 while they are not known


@dataclass(frozen=True, slots=True)
class FileView:
    """One file that can be had."""

    name: str
    sha256: str
    media_type: str
    href: str
    size: int | None = None  # bytes; None where the manifest does not say
    pages: int | None = None
    review: Sequence[str] = ()  # why a person should look at it


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One paper that the procedure asks for."""

    code: str
    name: str
    state: str
    label: str
    required: bool
    files: Sequence[FileView]


@dataclass(frozen=True, slots=True)
class VersionView:
    """One sealed version."""

    version: int
    verdict: str
    label: str
    manifest: FileView
    seal: FileView
    href: str  # its list of files


@dataclass(frozen=True, slots=True)
class FilesView:
    """Everything that one version is handed out as."""

    dossier: str
    version: int
    files: Sequence[FileView]


@dataclass(frozen=True, slots=True)
class DossierView:
    """One dossier."""

    dossier: str
    procedure: str
    procedure_name: str
    state: str | None  # of the newest version; None before there is one
    label: str
    verdict: str | None
    trial: bool  # its seals have no legal value
    updated: datetime | None
    way: WayView | None  # None when it came by hand (`sohoa run`)
    missing: Sequence[str]  # codes of components
    rejections: Sequence[ReasonView]
    components: Sequence[ComponentView]
    versions: Sequence[VersionView]


def single(house: House, text: str) -> DossierView:
    """Return one dossier.

    Raises:
        Unknown: neither ledger nor store know of it.
        SohoaError: they do not answer, or the record is not what it was.
    """
    code = dossier_code(text)
    with ours():
        item, row = house.ledger.item(code), house.ledger.dossier(code)
        known = versions(house.store, code)
        if item is None and row is None and not known:
            raise Unknown("dossier-unknown", dossier=code)
        newest = released_as(house.store, known[-1]) if known else None
        manifest = newest.verdict.manifest if newest else {}
        return DossierView(
            dossier=code,
            procedure=manifest["procedure"]["code"] if newest else "",
            procedure_name=manifest["procedure"]["name"] if newest else "",
            state=row.state if row else None,
            label=say(f"dossier-state.{row.state}") if row else "",
            verdict=known[-1].state if known else None,
            trial=bool(manifest.get("trial")),
            updated=row.updated_at.astimezone(ICT) if row else None,
            way=_way(house, item) if item else None,
            missing=list(manifest["verdict"]["missing"]) if newest else [],
            rejections=[ReasonView(each["code"], each["reason"]) for each in manifest.get("rejections", ())],
            components=[_component(newest, each) for each in manifest["components"]] if newest else [],
            versions=[_version(version) for version in known],
        )


def files_view(found: Released) -> FilesView:
    """Return the list of files of a version."""
    return FilesView(
        found.version.dossier,
        found.version.number,
        [_file(found, name, facts) for name, facts in _facts(found).items()],
    )


def href(version: Version, *rest: str) -> str:
    """Return where something of a version is had."""
    parts = (version.dossier, "versions", str(version.number), *rest)
    return f"{API}/dossiers/{'/'.join(quote(part, safe='') for part in parts)}"


def _way(house: House, item: ItemRow) -> WayView:
    (each,) = progress_of(house.ledger, [item])
    why = ReasonView(item.reason or "", each.reason) if each.reason else None
    received, changed = item.received_at.astimezone(ICT), item.changed_at.astimezone(ICT)
    return WayView(item.state, each.label, why, received, changed, each.done, each.pages)


def _component(found: Released | None, said: Mapping[str, Any]) -> ComponentView:
    files = [_file(found, file["name"], file) for file in said["files"]] if found else []
    label = say(f"state.{said['state']}")
    return ComponentView(said["code"], said["name"], said["state"], label, said["required"], files)


def _version(version: Version) -> VersionView:
    def beside(name: str, sha256: str) -> FileView:
        return FileView(name, sha256, media_type(name), href(version, "files", name))

    manifest, seal = beside(NAME, version.manifest), beside(SEAL_NAME, version.seal)
    return VersionView(version.number, version.state, say(f"verdict.{version.state}"), manifest, seal, href(version))


def _facts(found: Released) -> dict[str, Mapping[str, Any]]:
    """Return what the manifest says of each file, in its order; the manifest, its seal and its evidence at the end."""
    said: dict[str, Mapping[str, Any]] = {}
    for file in files_of(found.verdict.manifest):
        said[file["name"]] = file
        said |= {each["file"]: each for each in file["sidecars"]}
    return said | {name: {} for name in (NAME, SEAL_NAME, EVIDENCE_NAME) if name in found.files}


def _file(found: Released, name: str, facts: Mapping[str, Any]) -> FileView:
    return FileView(
        name,
        found.files[name],
        media_type(name),
        href(found.version, "files", name),
        facts.get("size"),
        facts.get("page_count"),
        [each["text"] for each in facts.get("review", ())],
    )
