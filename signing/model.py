"""What can be said of seals: frozen reports, in the words of EN 319 102-1; no judging here.

`code` is the sub-indication of clause 5.1.3 of that standard, or one of ours, which it has no word
for: NO_SIGNATURE (nothing is signed) and DOCUMENT_CHANGED (altered after signing beyond what the
signature allows).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Status = Literal["TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"]
Level = Literal["PAdES-B-B", "PAdES-B-T", "CAdES-B-B", "CAdES-B-T", "PKCS#7", "DOCUMENT-TIMESTAMP", "UNKNOWN"]

#: From best to worst; a file is as good as its worst signature.
SEVERITY: tuple[Status, ...] = ("TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED")


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
