"""What can be said of seals: frozen reports, in the words of EN 319 102-1; no judging here.

`code` is the sub-indication of clause 5.1.3 of that standard, or one of ours, which it has no word
for: NO_SIGNATURE (nothing is signed), DOCUMENT_CHANGED (altered after signing beyond what the
signature allows), CHECKS_DISAGREE (two independent checks give different answers) and
LIMIT_EXCEEDED (the file is larger, or holds more signatures or revisions, than is looked into).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Status = Literal["TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"]
Level = Literal[
    "PAdES-B-B", "PAdES-B-T", "PAdES-B-LT", "PAdES-B-LTA",
    "CAdES-B-B", "CAdES-B-T", "PKCS#7", "DOCUMENT-TIMESTAMP", "UNKNOWN",
]  # fmt: skip
#: What later revisions did, from harmless to fatal.
Change = Literal["validation-data", "timestamp", "signature", "form", "annotation", "content", "unexplained"]

#: From best to worst; a file is as good as its worst signature.
SEVERITY: tuple[Status, ...] = ("TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED")


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One certificate on the path from the signer to a trusted root."""

    #: Common name, or the whole subject.
    subject: str
    #: SHA-256 of the certificate, hexadecimal.
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class RevocationUsed:
    """One answer on whether certificates are revoked, which the verdict rests on."""

    kind: Literal["crl", "ocsp"]
    #: Common name of who answered.
    issuer: str
    #: When it was made, and until when a newer one is due.
    produced_at: datetime
    next_update: datetime | None
    #: SHA-256 of its DER, hexadecimal.
    sha256: str
    #: Whether it lies in the file itself; otherwise it came from what is trusted.
    embedded: bool


@dataclass(frozen=True, slots=True)
class StampSeen:
    """One time stamp, of the signature or of the whole document."""

    kind: Literal["signature", "document"]
    time: datetime
    #: Common name of the time-stamping authority.
    authority: str
    #: SHA-256 of its certificate, hexadecimal.
    fingerprint: str
    #: Its own verdict.
    status: Status
    code: str


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """What was found about one signature."""

    #: The verdict.
    status: Status
    #: Sub-indication, stable, for machines; "OK" when passed.
    code: str
    #: The same for people, an English sentence.
    detail: str
    #: What the signature claims to be, by its form; a failed one is no proof of it.
    level: Level = "UNKNOWN"
    #: Common name in the signer's certificate; nothing when none could be read.
    signer: str | None = None
    #: SHA-256 of the signer's certificate, hexadecimal.
    fingerprint: str | None = None
    #: SHA-256 of the signed attributes as they are signed (RFC 5652, 5.4), hexadecimal: what names this signature.
    signed_attrs_sha256: str | None = None
    #: When the signer says it was signed; from the signed attributes or the PDF's /M.
    signing_time: datetime | None = None
    #: When it existed at the latest; from a time stamp that was found valid and trusted.
    timestamp_time: datetime | None = None
    #: Whether a certificate in it is made for trials: then the signature has no legal value.
    trial: bool = False
    #: Whether every byte of the file but the signature itself is signed.
    covers_whole_file: bool = False
    #: Changes the signature allows (/DocMDP /P): 1 none, 2 filling forms, 3 also annotations.
    docmdp: int | None = None
    #: Whether revisions follow the signed one, allowed or not.
    changed_after: bool = False
    #: What these did, each class once.
    changes: tuple[Change, ...] = ()
    #: From the signer's certificate to a trusted root; empty when there is no such path.
    chain: tuple[ChainLink, ...] = ()
    #: The answers about revocation that the verdict rests on.
    revocation: tuple[RevocationUsed, ...] = ()
    #: The time stamps over it, the earliest first.
    timestamps: tuple[StampSeen, ...] = ()
    #: When it is proved to have existed at the latest, and by what; nothing when only the signer says so.
    best_time: datetime | None = None
    best_time_proof: Literal["signature-timestamp", "document-timestamp"] | None = None
    #: Until when a further time stamp can still extend the proof: the end of the last stamp's certificate.
    extendable_until: datetime | None = None
    #: What our own small check says, and what pyHanko says, each "passed", "failed" or "unknown".
    own_check: Literal["passed", "failed", "unknown"] = "unknown"
    pyhanko_check: Literal["passed", "failed", "unknown"] = "unknown"
    #: Why it counts as weak although it is intact: "sha1", "rsa-1024" and the like.
    weak: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PdfReport:
    """What was found about a PDF."""

    #: One report a signature, in the order they were made.
    signatures: tuple[SignatureReport, ...]
    #: The worst verdict of all.
    status: Status
    #: The code of that verdict.
    code: str
    #: Its sentence.
    detail: str
    #: Whether any signature is for trial.
    trial: bool
    #: Name of the policy judged by and the SHA-256 of its file; nothing where none was read.
    policy: str | None = None
    policy_sha256: str | None = None


def pdf_report(signatures: Sequence[SignatureReport]) -> PdfReport:
    """Sum up *signatures*; none at all is a failure, not a pass."""
    if not signatures:
        return unsigned("NO_SIGNATURE", "The PDF carries no signature.")
    worst = max(signatures, key=lambda report: SEVERITY.index(report.status))
    return PdfReport(
        signatures=tuple(signatures),
        status=worst.status,
        code=worst.code,
        detail=worst.detail,
        trial=any(report.trial for report in signatures),
    )


def unsigned(code: str, detail: str) -> PdfReport:
    """Report a file in which no signature could be found."""
    return PdfReport((), "TOTAL-FAILED", code, detail, trial=False)
