"""From the findings about one signature to a verdict; nothing is read or computed here.

The order is that of EN 319 102-1, 5.3: first what is broken, then what is unknown. A signature
passes only when nothing at all is left to say against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from signing.model import Status

#: How far a time stamp may lie ahead of our own clock.
CLOCK_TOLERANCE = timedelta(minutes=5)

_REVOKED = frozenset({"REVOKED_NO_POE", "REVOKED_CA_NO_POE"})

#: What people are told; the codes are those of EN 319 102-1, clause 5.1.3.
SENTENCES = {
    "NO_CERTIFICATE_CHAIN_FOUND": "no trusted root issued its certificate; give that root to trust",
    "TRY_LATER": "whether its certificate is revoked is unknown; give a current revocation list",
    "OUT_OF_BOUNDS_NO_POE": "its certificate is out of its dates, and no stamp proves it was not",
    "NOT_YET_VALID": "its certificate was not valid yet",
    "REVOKED_NO_POE": "its certificate is revoked, and no stamp proves that it was signed before",
    "REVOKED_CA_NO_POE": "the certificate of an issuer is revoked",
    "CHAIN_CONSTRAINTS_FAILURE": "its certificate is not meant for this use",
    "CRYPTO_CONSTRAINTS_FAILURE": "it uses an algorithm that is no longer safe",
    "NO_SIGNING_CERTIFICATE_FOUND": "the signer's certificate is missing or is not the one named",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": "the path to a trusted root does not hold",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Status, stable code, and a sentence."""

    status: Status
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Part:
    """Findings about the signer's own signature, or about the time stamp's."""

    #: Whether the digest in it is that of the content.
    intact: bool
    #: Whether the signature over that digest is right.
    valid: bool
    #: Sub-indication of what is wrong with its certificate; nothing when it may be trusted.
    problem: str | None
    #: When the certificate was revoked, from the revocation list.
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found about one signature."""

    #: The signer's own.
    signer: Part
    #: The time stamp's, when there is one.
    stamp: Part | None
    #: The time in the stamp, believed only if `stamp` holds.
    stamped: datetime | None
    #: What is wrong with later revisions; nothing when there are none, or allowed ones only.
    revision_fault: str | None
    #: What stands in the signature unchecked.
    form_fault: str | None


def judge(findings: Findings, now: datetime) -> Verdict:
    """Return the first verdict against the signature, or that it passed."""
    return next(_objections(findings, now), Verdict("TOTAL-PASSED", "OK", "The signature is valid."))


def _objections(findings: Findings, now: datetime) -> Iterator[Verdict]:
    signer, stamp, stamped = findings.signer, findings.stamp, findings.stamped
    yield from _broken("The signature", signer)
    if findings.revision_fault is not None:
        yield Verdict("TOTAL-FAILED", "DOCUMENT_CHANGED", findings.revision_fault)
    if stamp is not None:
        yield from _broken("The time stamp", stamp)
        yield from _untrusted("The time stamp", stamp)
    if stamped is not None and stamped > now + CLOCK_TOLERANCE:
        yield Verdict("INDETERMINATE", "TIMESTAMP_ORDER_FAILURE", "The time stamp lies in the future.")
    if (
        signer.problem in _REVOKED
        and stamped is not None
        and signer.revoked_at is not None
        and signer.revoked_at <= stamped
    ):
        yield Verdict("TOTAL-FAILED", "REVOKED", "The certificate was revoked before the signature was made.")
    yield from _untrusted("The signature", signer)
    if findings.form_fault is not None:
        yield Verdict(
            "INDETERMINATE",
            "SIG_CONSTRAINTS_FAILURE",
            f"The signature holds something unchecked: {findings.form_fault}.",
        )


def _broken(what: str, part: Part) -> Iterator[Verdict]:
    if not part.intact:
        yield Verdict("TOTAL-FAILED", "HASH_FAILURE", f"{what} is not over this content: it was altered.")
    if not part.valid:
        yield Verdict("TOTAL-FAILED", "SIG_CRYPTO_FAILURE", f"{what} itself was altered.")


def _untrusted(what: str, part: Part) -> Iterator[Verdict]:
    if part.problem is not None:
        reason = SENTENCES.get(part.problem, "its certificate cannot be trusted")
        yield Verdict("INDETERMINATE", part.problem, f"{what} is not proved: {reason}.")
