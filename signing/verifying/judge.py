"""From the findings about one signature to a verdict; nothing is read or computed here.

The order is that of EN 319 102-1, 5.3: first what is broken, then what is unknown. A signature
passes only when nothing at all is left to say against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from signing.model import Status
from signing.verifying.independent import Opinion
from signing.verifying.policy import Policy

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
    #: The answer of our own small check.
    own: Opinion
    #: When the signer says it was signed.
    claimed: datetime | None = None
    #: Digests and keys that are too weak, by name.
    weak: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether pyHanko found the signature or its stamp altered."""
        return any(not (part.intact and part.valid) for part in (self.signer, self.stamp) if part is not None)


def judge(findings: Findings, existed: datetime, policy: Policy) -> Verdict:
    """Return the first verdict against the signature, or that it passed.

    Args:
        findings: what was found.
        existed: when it existed at the latest by what lies around it; the present, when nothing proves more.
        policy: the rules.
    """
    return next(_objections(findings, existed, policy), Verdict("TOTAL-PASSED", "OK", "The signature is valid."))


def _objections(findings: Findings, existed: datetime, policy: Policy) -> Iterator[Verdict]:
    signer, stamp, stamped = findings.signer, findings.stamp, findings.stamped
    if findings.broken and findings.own.answer == "passed":
        yield _disagreement("finds it altered", findings.own)
    yield from _broken("The signature", signer)
    if findings.revision_fault is not None:
        yield Verdict("TOTAL-FAILED", "DOCUMENT_CHANGED", findings.revision_fault)
    if stamp is not None:
        yield from _broken("The time stamp", stamp)
    if findings.own.answer == "failed":
        yield _disagreement("finds it intact", findings.own)
    if stamp is not None:
        yield from _untrusted("The time stamp", stamp)
    yield from _untimely(findings, existed, policy)
    if (
        signer.problem in _REVOKED
        and stamped is not None
        and signer.revoked_at is not None
        and signer.revoked_at <= stamped
    ):
        yield Verdict("TOTAL-FAILED", "REVOKED", "The certificate was revoked before the signature was made.")
    yield from _untrusted("The signature", signer)
    if findings.weak:
        weak = ", ".join(findings.weak)
        yield Verdict("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE", f"The signature is intact, but weak: {weak}.")
    if findings.own.answer != "passed":
        yield _disagreement("finds it intact", findings.own)
    if findings.form_fault is not None:
        yield Verdict(
            "INDETERMINATE",
            "SIG_CONSTRAINTS_FAILURE",
            f"The signature holds something unchecked: {findings.form_fault}.",
        )


def _disagreement(theirs: str, own: Opinion) -> Verdict:
    return Verdict(
        "INDETERMINATE",
        "CHECKS_DISAGREE",
        f"Two independent checks differ: pyHanko {theirs}, our own says {own.answer} ({own.reason}).",
    )


def _untimely(findings: Findings, existed: datetime, policy: Policy) -> Iterator[Verdict]:
    """Object to times that contradict each other."""
    stamped, claimed = findings.stamped, findings.claimed
    if stamped is not None and stamped > existed + policy.stamp_ahead:
        yield Verdict("INDETERMINATE", "TIMESTAMP_ORDER_FAILURE", "The time stamp is later than it can have been made.")
    # how far a claim lies before its proof says nothing: a stamp may be added later
    if claimed is not None and claimed > (stamped or existed) + policy.claim_ahead:
        yield Verdict(
            "INDETERMINATE", "TIMESTAMP_ORDER_FAILURE", "The claimed time of signing is later than the proof of it."
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
