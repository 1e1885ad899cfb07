"""The nouns: frozen, and made of nothing but the standard library.

A dossier is deposited as files (`Original`), each file holds pages (`PageRef`), pages make documents (`Document`),
and each document is one component of the procedure. How work on them is named is in `pipeline.plan`; what may be
wrong with them in `pipeline.errors`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType

#: Lower-case hex SHA-256 of an original, as deposited.
Sha256 = NewType("Sha256", str)

#: Agency code (mã định danh): old form ``000.00.53.H48`` (QCVN 102:2016), new form ``H15.50.05.13`` (QĐ 20/2020).
AGENCY = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(\.\d{1,3}){0,3}")
#: Procedure code (mã TTHC): ``d.dddddd``, or with the agency ``d.dddddd.000.00.00.H48``.
PROCEDURE = re.compile(r"\d\.\d{6}(\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})?")
#: The end of a dossier code: the day and the day's number; ministries use six or seven digits.
_DOSSIER = re.compile(r"(?P<agency>.+)-(?P<day>\d{6})-(?P<number>\d{4,7})")
#: Codes given by a catalogue or a station; they become parts of file names, so nothing else is let in.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


class CodeError(ValueError):
    """A code does not have the form its kind of code has; `kind` says which kind, `text` what was given."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"not a {kind} code: {text[:80]!r}")
        self.kind = kind
        self.text = text


def agency_code(text: str) -> str:
    """Return *text* when it is an agency code in the old or the new form.

    Raises:
        CodeError: it is neither.
    """
    return _matching(AGENCY, text, "agency")


def procedure_code(text: str) -> str:
    """Return *text* when it is a procedure code, with or without the agency's part.

    Raises:
        CodeError: it is not.
    """
    return _matching(PROCEDURE, text, "procedure")


def name_code(text: str, kind: str) -> str:
    """Return *text* when it is safe as a component, case, station or operator code.

    Raises:
        CodeError: it is empty, longer than 64 letters, or has anything but ``A-Z a-z 0-9 . _ -``.
    """
    return _matching(_NAME, text, kind)


def _matching(pattern: re.Pattern[str], text: str, kind: str) -> str:
    if not pattern.fullmatch(text) or not text.isascii():
        raise CodeError(kind, text)
    return text


@dataclass(frozen=True, slots=True)
class DossierCode:
    """Mã hồ sơ: ``{agency}-{yyMMdd}-{NNNN}``, for example ``H15.50.05.13-261008-0975``."""

    agency: str
    day: date
    number: str

    @classmethod
    def parse(cls, text: str) -> DossierCode:
        """Read a dossier code.

        Raises:
            CodeError: the form is wrong, the agency is no agency code, or the day is no day.
        """
        found = _DOSSIER.fullmatch(text)
        if not found or not text.isascii():
            raise CodeError("dossier", text)
        try:
            agency = agency_code(found["agency"])
            yy, mm, dd = (int(found["day"][at : at + 2]) for at in (0, 2, 4))
            return cls(agency, date(2000 + yy, mm, dd), found["number"])
        except ValueError as error:
            raise CodeError("dossier", text) from error

    def __str__(self) -> str:
        return f"{self.agency}-{self.day:%y%m%d}-{self.number}"


class Channel(StrEnum):
    """How the dossier came (kênh thực hiện)."""

    COUNTER = "counter"
    ONLINE = "online"
    POST = "post"


class PostalForm(StrEnum):
    """What the post does for the dossier (QĐ 45/2016): hands in, receives the result, or both."""

    HAND_IN = "hand_in"
    RECEIVE = "receive"
    BOTH = "both"


class BlankPages(StrEnum):
    """What becomes of blank pages in the sealed file; the originals keep them in any case."""

    KEEP = "keep"
    LEAVE_OUT = "leave_out"


class Kind(StrEnum):
    """What lay under the scanner: the original paper or a copy of it."""

    ORIGINAL = "original"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Component:
    """Thành phần hồ sơ: one paper that a procedure asks for."""

    code: str
    name: str
    required: bool
    originals: int  # number of original papers asked for
    copies: int  # number of copies asked for
    comparison: bool  # a copy must be compared with its original by an official


@dataclass(frozen=True, slots=True)
class Case:
    """Trường hợp: one way a procedure can go, with the components it asks for."""

    code: str
    name: str
    default: bool
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Procedure:
    """Thủ tục hành chính (TTHC), as it stands from one day to another."""

    code: str
    version: int
    name: str
    field_code: str  # mã lĩnh vực
    field_name: str
    effective_from: date
    effective_to: date | None  # first day on which it no longer holds; None while it holds
    source: str  # where this description comes from
    retention: str  # 01 permanent … 06 ten years, 07 other (TT 05/2025)
    cases: tuple[Case, ...]

    def case(self, code: str | None) -> Case | None:
        """Return the case called *code*; for None the only case or the one marked default; None when there is none."""
        if code is not None:
            return next((case for case in self.cases if case.code == code), None)
        if len(self.cases) == 1:
            return self.cases[0]
        return next((case for case in self.cases if case.default), None)


@dataclass(frozen=True, slots=True)
class Agency:
    """The office whose certificate seals."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Operator:
    """The person at the scanner: the one who converts paper to data (Luật 20/2023, Art 12)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Station:
    """Trạm quét: the scanner and where it stands."""

    code: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Chủ hồ sơ. Personal data: goes into the manifest only, never into logs, metrics or the ledger."""

    name: str
    id_number: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Đối chiếu: who held the copy against the original, and when."""

    by: Operator
    at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What a ticket says of some files: they make up this component."""

    component: str
    kind: Kind
    files: tuple[str, ...]  # names inside the deposit, in page order; none when it lies in the stack
    compared: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """A component that need not be handed in, and why (for example: taken from a national database)."""

    component: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """Hồ sơ: what the ticket of a deposit says."""

    code: DossierCode
    procedure: str  # empty as long as only the separator sheets of a stack can tell
    case: str | None
    channel: Channel
    postal_form: PostalForm | None
    agency: Agency
    station: Station
    operator: Operator
    owner: Owner | None
    claims: tuple[Claim, ...]
    exemptions: tuple[Exemption, ...] = ()
    blank_pages: BlankPages = BlankPages.KEEP
    stack: tuple[str, ...] = ()  # names of files that separator sheets take apart, in the order of scanning
    whole: bool = False  # whether the deposit is all there is; else what it is silent of stays as it was filed


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was deposited; stored once under its SHA-256 and never rewritten."""

    name: str
    sha256: Sha256
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page, named by where it is: the original and the place in it, from 0."""

    original: Sha256
    index: int


@dataclass(frozen=True, slots=True)
class Document:
    """The pages that make one file of one component."""

    component: str
    number: int  # from 1 within the component
    kind: Kind
    originals: tuple[Original, ...]
    pages: tuple[PageRef, ...]
    received_signed: bool  # arrived as a signed PDF: kept byte for byte, never written again
    compared: Comparison | None

    @property
    def file_name(self) -> str:
        """The name of the sealed file: ``TP01-01.pdf``."""
        return f"{self.component}-{self.number:02d}.pdf"


def canonical_json(value: Any) -> bytes:
    """Encode *value* so that equal values give equal bytes (sorted keys, no spaces, UTF-8)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256_of(data: bytes) -> Sha256:
    """Return the lower-case hex SHA-256 of *data*."""
    return Sha256(hashlib.sha256(data).hexdigest())
