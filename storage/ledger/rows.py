"""What the ledger takes and gives about papers: one frozen value a row. About work: `rows_of_work`.

Every time is a datetime with a timezone; the ledger keeps it in UTC. Texts that are called
states, codes and channels belong to the caller, except where a Literal lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from storage.names import Area, Digest

DepositState = Literal["received", "sealed", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """One version of one procedure, as it was imported."""

    #: Code of the procedure (mã TTHC).
    code: str
    #: Counts the texts that this procedure has had; 1 is the first.
    version: int
    #: First day on which this version holds.
    effective_from: date
    #: First day on which it holds no longer; None while no end is known.
    effective_to: date | None
    #: Title, in Vietnamese, for lists.
    name: str
    #: The whole procedure as JSON; only the caller reads it.
    body: str
    #: SHA-256 of what `body` says, by which an import is known to be a repetition.
    digest: Digest
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class DepositRow:
    """One deposit, from the moment it was seen."""

    #: Digest of what was deposited: the same papers handed in again are the same deposit.
    id: Digest
    #: Name of the folder it came in.
    name: str
    #: Code of its dossier (mã hồ sơ); None while that could not be read.
    dossier: str | None
    state: DepositState
    #: Stable code of why it was rejected or failed; None otherwise.
    code: str | None
    #: The same for people, in Vietnamese.
    reason: str | None
    #: When it was first seen; a later `Ledger.put_deposit` does not change it.
    received_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DossierRow:
    """Where one dossier stands now."""

    #: Code of the dossier (mã hồ sơ).
    code: str
    #: Code of its procedure (mã TTHC).
    procedure: str
    channel: str
    #: Identifier of the agency (mã định danh).
    agency: str
    state: str
    #: Whether everything that the procedure asks for is there.
    verdict: str
    #: Version of the newest manifest; 1 is the first.
    version: int
    #: SHA-256 of the newest manifest; None before there is one.
    manifest: Digest | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of one version of a dossier."""

    dossier: str
    version: int
    #: Code of the component that the file belongs to (mã thành phần hồ sơ).
    component: str
    #: File name, unique within the version.
    name: str
    digest: Digest
    #: Bytes.
    size: int
    #: Number of pages; 0 when it could not be counted.
    pages: int
    state: str
    #: Stable code of why it was rejected; None otherwise.
    code: str | None


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One scan that is filed in one dossier; in any of its versions."""

    #: SHA-256 of the original.
    digest: Digest
    dossier: str
    #: Code of the component (mã thành phần hồ sơ).
    component: str


@dataclass(frozen=True, slots=True)
class TwinRow:
    """A scan that is filed in a dossier and in another one."""

    #: SHA-256 of the original.
    digest: Digest
    #: Code of the component in the dossier that was asked for.
    component: str
    #: Code of the other dossier, and of the component there.
    other: str
    other_component: str


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One object that the store is expected to hold."""

    area: Area
    digest: Digest
    #: Bytes.
    size: int
    media_type: str
    first_seen: datetime
