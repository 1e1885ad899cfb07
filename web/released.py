"""What may be handed out: versions that stand in the store, and of each only what its sealed manifest names.

A version's record says which manifest it has, and is itself no evidence. So a manifest counts only when its own words
say that it is this version of this dossier: a record that was written over leads to no other dossier's papers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import Misconfigured
from pipeline.handout import contents
from pipeline.model import CodeError, DossierCode
from pipeline.stages.file import Version, versions_of
from pipeline.versions import Verdict, verdict_of
from storage import Digest, ObjectStore
from web.refusals import Unknown

_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class Released:
    """A version of a dossier with everything that it is handed out as."""

    verdict: Verdict
    files: Mapping[str, Digest]  # by name

    @property
    def version(self) -> Version:
        """The version as the store tells it."""
        return self.verdict.version


def dossier_code(text: str) -> str:
    """Return *text* when it is a dossier code, in the one form in which it is a name of ours.

    Raises:
        Unknown: it is none.
    """
    try:
        return str(DossierCode.parse(text))
    except CodeError as error:
        raise Unknown("dossier-unknown", dossier=text[:80]) from error


def versions(store: ObjectStore, code: str) -> Sequence[Version]:
    """Return every version of the dossier *code*, oldest first.

    Raises:
        Misconfigured: ``record-broken``.
    """
    found = versions_of(store, code)
    for at, version in enumerate(found, 1):
        if (version.dossier, version.number) != (code, at):
            raise _broken(code, at)
    return found


def released(store: ObjectStore, code: str, number: str) -> Released:
    """Return version *number* of the dossier *code*.

    Raises:
        Unknown: there is none.
        Misconfigured: ``record-broken``.
        StorageError: the manifest is lost or changed, or the store cannot be asked.
    """
    known = versions(store, code)
    if not _NUMBER.fullmatch(number) or int(number) > len(known):
        raise Unknown("version-unknown", dossier=code, version=number[:10])
    return released_as(store, known[int(number) - 1])


def released_as(store: ObjectStore, version: Version) -> Released:
    """Return a version that is known.

    Raises:
        Misconfigured, StorageError: as `released`.
    """
    verdict = verdict_of(store, version)
    said = verdict.manifest
    if (said.get("dossier"), said.get("version")) != (version.dossier, version.number):
        raise _broken(version.dossier, version.number)
    return Released(verdict, {name: Digest(sha256) for name, sha256 in contents(store, verdict).items()})


def _broken(code: str, number: int) -> Misconfigured:
    return Misconfigured("record-broken", record=f"dossiers/{code}/{number:06d}")
