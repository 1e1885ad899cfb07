"""One signature put to pyHanko and its answers gathered; the verdict is `signing.verifying.judge`'s.

Offline: certificates and lists come from `Trust` and from the file itself. The moment at which the
signer's certificate must hold is the time in the stamp; the stamp's own must hold at the latest
moment at which it is proved to have existed, which is now unless a later stamp says otherwise.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from asn1crypto import cms, x509
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import AcceptAllAlgorithms

from signing.blocking import wait_for
from signing.identity.keys import common_name, fingerprint, is_trial
from signing.model import ChainLink, SignatureReport, StampSeen
from signing.trust import Trust
from signing.verifying.contents import certificates_in, signer_of, stamp_time, token_in
from signing.verifying.form import FormFault
from signing.verifying.judge import Findings, Part, judge
from signing.verifying.longterm import Standing
from signing.verifying.policy import Policy
from signing.verifying.revocation import Known, Material, known_about, telling
from signing.verifying.weakness import weaknesses

#: Either suffices: `non_repudiation` is what signers' certificates bear here, older ones the other.
USAGE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"})

#: What pyHanko answers when it lacks revocation data, and for a dozen other reasons.
UNCLEAR = "CERTIFICATE_CHAIN_GENERAL_FAILURE"

#: A validation by pyHanko, given the contexts for the signer and for the stamp.
Validate = Callable[[ValidationContext, ValidationContext], Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What verdicts on one file rest on."""

    trust: Trust
    #: What lies in the file besides its signatures.
    material: Material
    policy: Policy
    #: The present time (aware).
    now: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """One certificate path and what was found on it."""

    #: The cryptography and the certificate.
    part: Part
    #: From the certificate to its root; empty where no path was found.
    path: tuple[x509.Certificate, ...]
    #: What speaks of revocation on it.
    known: Known

    @property
    def vouched(self) -> frozenset[bytes]:
        """The certificates on the path, DER."""
        return frozenset(certificate.dump() for certificate in self.path)


@dataclass(frozen=True, slots=True)
class Answers:
    """What one validation gave."""

    signer: Checked
    #: Nothing when there is no stamp.
    stamp: Checked | None
    #: pyHanko's own status object, for what only PDFs have.
    raw: Any


def ask(validate: Validate, signed: cms.SignedData, *, grounds: Grounds, existed: datetime) -> Answers:
    """Run *validate* and say more than it does where revocation data is what is missing.

    Args:
        validate: the validation.
        signed: what it validates.
        grounds: what to trust.
        existed: when the signature existed at the latest, by what lies around it (aware).
    """
    token = token_in(signed["signer_infos"][0])
    moment = existed if token is None else stamp_time(token)
    stamper = None if token is None else signer_of(token)
    own = signer_of(signed)

    def run(mode: Literal["require", "soft-fail"]) -> Any:
        trust = grounds.trust
        signers = _context(grounds, moment, mode, own, trust.roots)
        stamps = _context(grounds, existed, mode, stamper or own, (*trust.roots, *trust.stampers))
        return wait_for(validate(signers, stamps))

    strict = run("require")
    lenient = None
    # a document time stamp has no other inside
    if UNCLEAR in {_problem(strict), _problem(getattr(strict, "timestamp_validity", None))}:
        # The same without any revocation data: what holds now lacked only that. (In "soft-fail" pyHanko still refuses
        # a path over an answer that is forged, stale or about somebody else.)
        lenient = run("soft-fail")
    stamp, lenient_stamp = (getattr(status, "timestamp_validity", None) for status in (strict, lenient))
    return Answers(
        _checked(strict, lenient, grounds, moment),
        None if stamp is None else _checked(stamp, lenient_stamp, grounds, existed),
        strict,
    )


def fault_in(check: Callable[[], None]) -> str | None:
    """Run a check of form and return what it refused, if anything."""
    try:
        check()
    except FormFault as fault:
        return str(fault)
    return None


def described(signed: cms.SignedData, claimed: datetime | None) -> SignatureReport:
    """Return a report of what *signed* says of itself, with no verdict yet."""
    signer = signer_of(signed)
    return SignatureReport(
        "INDETERMINATE",
        "GENERIC",
        "Not checked.",
        signer=None if signer is None else common_name(signer),
        fingerprint=None if signer is None else fingerprint(signer),
        signed_attrs_sha256=_digest_of_attributes(signed),
        signing_time=claimed,
        trial=any(is_trial(certificate) for certificate in certificates_in(signed)),
    )


def _digest_of_attributes(signed: cms.SignedData) -> str | None:
    """Return the SHA-256 of what the only signer of *signed* signed, if it signed attributes."""
    signers = signed["signer_infos"]
    if len(signers) != 1 or not signers[0]["signed_attrs"]:
        return None
    # as a SET, not with the tag that they have inside the structure
    return hashlib.sha256(b"\x31" + signers[0]["signed_attrs"].dump()[1:]).hexdigest()


def judged(
    report: SignatureReport,
    findings: Findings,
    answers: Answers,
    *,
    signed: cms.SignedData,
    standing: Standing,
    policy: Policy,
) -> SignatureReport:
    """Return *report* with the verdict on *findings* and what the validation showed besides."""
    signer, stamp = answers.signer, answers.stamp
    is_stamp = report.level == "DOCUMENT-TIMESTAMP"
    proof = signer if is_stamp else stamp
    proved = None if proof is None or not _sound(proof.part) else findings.stamped
    best = min((time for time in (proved, standing.existed if standing.proved else None) if time), default=None)
    paths = (signer,) if stamp is None else (signer, stamp)
    findings = dataclasses.replace(findings, weak=_weak(signed, answers, best, standing.existed, policy))
    verdict = judge(findings, standing.existed, policy)
    stamps = standing.stamps
    if stamp is not None and stamp.path:
        stamps = (_seen(stamp, findings, standing.existed, policy), *stamps)
    return dataclasses.replace(
        report,
        status=verdict.status,
        code=verdict.code,
        detail=verdict.detail,
        timestamp_time=proved,
        trial=report.trial or any(is_trial(certificate) for checked in paths for certificate in checked.path),
        chain=tuple(_link(certificate) for certificate in signer.path),
        revocation=tuple({used.sha256: used for checked in paths for used in checked.known.used}.values()),
        timestamps=tuple(sorted(stamps, key=lambda seen: seen.time)),
        best_time=best,
        best_time_proof=_kind_of_proof(best, proved, is_stamp=is_stamp),
        extendable_until=standing.until or _end_of(stamp if stamp is not None and proved else signer),
        pyhanko_check="failed" if findings.broken else "passed",
        weak=findings.weak,
    )


def _kind_of_proof(
    best: datetime | None, stamped: datetime | None, *, is_stamp: bool
) -> Literal["signature-timestamp", "document-timestamp"] | None:
    if best is None:
        return None
    return "signature-timestamp" if best == stamped and not is_stamp else "document-timestamp"


def _weak(
    signed: cms.SignedData, answers: Answers, best: datetime | None, existed: datetime, policy: Policy
) -> tuple[str, ...]:
    found = weaknesses(signed, answers.signer.path, best or existed, policy)
    token = token_in(signed["signer_infos"][0])
    if token is not None and answers.stamp is not None:
        found += weaknesses(token, answers.stamp.path, existed, policy)
    return tuple(dict.fromkeys(found))


def _seen(stamp: Checked, findings: Findings, existed: datetime, policy: Policy) -> StampSeen:
    """Return what is said of the stamp over the signature by itself."""
    assert findings.stamped is not None  # noqa: S101 - there is a stamp
    alone = Findings(stamp.part, None, findings.stamped, None, None, findings.own)
    verdict = judge(alone, existed, policy)
    authority = stamp.path[0]
    return StampSeen(
        "signature", findings.stamped, common_name(authority), fingerprint(authority), verdict.status, verdict.code
    )


def _link(certificate: x509.Certificate) -> ChainLink:
    return ChainLink(
        common_name(certificate), fingerprint(certificate), certificate.not_valid_before, certificate.not_valid_after
    )


def _end_of(checked: Checked) -> datetime | None:
    if not checked.path:
        return None
    end: datetime = checked.path[0].not_valid_after
    return end


def _sound(part: Part) -> bool:
    return part.intact and part.valid and part.problem is None


def _marks(certificate: x509.Certificate) -> tuple[str | bytes | None, ...]:
    """Return what pyHanko finds a certificate by.

    A copy of a root in the file that was altered, and shares one of these with the real one, would stand in its way.
    """
    return certificate.subject.hashable, certificate.issuer_serial, certificate.key_identifier or certificate.sha256


def _context(
    grounds: Grounds,
    moment: datetime,
    mode: str,
    subject: x509.Certificate | None,
    roots: Sequence[x509.Certificate],
) -> ValidationContext:
    strict = mode == "require"
    crls = (*grounds.trust.crls, *grounds.material.crls) if strict else ()
    known = {mark for root in roots for mark in _marks(root)}
    held = (each for each in grounds.material.certificates if not each.self_issued and known.isdisjoint(_marks(each)))
    return ValidationContext(
        trust_roots=roots,
        other_certs=(*grounds.trust.intermediates, *held),
        crls=crls if subject is None else telling(crls, subject),
        ocsps=grounds.material.ocsps if strict else (),
        moment=moment,
        revocation_mode=mode,
        # a list made after the moment says as much about it: revocations carry their date
        retroactive_revinfo=True,
        allow_fetching=False,
        # what is too weak is our policy's to say: pyHanko would not even look whether it is intact
        algorithm_usage_policy=AcceptAllAlgorithms(),
    )


def _problem(status: Any) -> str | None:
    problem = None if status is None else status.trust_problem_indic
    return None if problem is None else str(problem.standard_name)


def _checked(strict: Any, lenient: Any, grounds: Grounds, moment: datetime) -> Checked:
    """Return what *strict* found, explained by what *lenient*, which asks for no revocation data, found."""
    details, problem = strict.revocation_details, _problem(strict)
    revoked_at = None if details is None else details.revocation_date
    path, own = _path(strict), strict.signing_cert
    if problem == UNCLEAR and lenient is not None and _problem(lenient) is None:
        problem, path = "TRY_LATER", _path(lenient)
    elif problem is not None and own.self_signed != "no" and own not in grounds.trust.roots:
        problem = "NO_CERTIFICATE_CHAIN_FOUND"  # pyHanko has no word of its own for these two
    elif problem == UNCLEAR and moment < own.not_valid_before:
        problem = "NOT_YET_VALID"
    known = known_about(path, grounds.trust.crls, grounds.material)
    if known.revoked_at is not None and known.revoked_at <= moment and problem in {None, "TRY_LATER", "REVOKED_NO_POE"}:
        # by a list that is out of date, too, which pyHanko does not ask
        problem, revoked_at = "REVOKED_NO_POE", known.revoked_at
    return Checked(Part(bool(strict.intact), bool(strict.valid), problem, revoked_at), path, known)


def _path(status: Any) -> tuple[x509.Certificate, ...]:
    """Return the certificates on the path that was found, the signer's first."""
    path = status.validation_path
    return () if path is None else tuple(path.iter_certs(include_root=True))[::-1]
