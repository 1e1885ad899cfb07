"""One signature put to pyHanko and its answers gathered; the verdict is `signing.judge`'s.

Offline: certificates and lists come from `Trust` and from the signature itself. The moment at which
the signer's certificate must hold is the time in the stamp; the stamp's own must hold now.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from asn1crypto import cms, x509
from pyhanko.sign.general import (
    CMSExtractionError,
    extract_certificate_info,
    find_cms_attribute_iter,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from signing.blocking import wait_for
from signing.form import FormFault
from signing.judge import Findings, Part, judge
from signing.keys import common_name, fingerprint, is_trial
from signing.model import SignatureReport
from signing.trust import Trust

#: Either suffices: `non_repudiation` is what signers' certificates bear here, older ones the other.
USAGE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"})

#: What pyHanko answers when it lacks revocation data, and for a dozen other reasons.
UNCLEAR = "CERTIFICATE_CHAIN_GENERAL_FAILURE"

#: A validation by pyHanko, given the contexts for the signer and for the stamp.
Validate = Callable[[ValidationContext, ValidationContext], Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one validation gave."""

    #: The signer's part.
    signer: Part
    #: The stamp's part, when there is a stamp.
    stamp: Part | None
    #: pyHanko's own status object, for what only PDFs have.
    raw: Any
    #: Certificates (DER) on the two validated paths; empty where none was found.
    vouched: frozenset[bytes]
    token_vouched: frozenset[bytes]


def ask(validate: Validate, *, trust: Trust, moment: datetime, now: datetime) -> Answers:
    """Run *validate* and say more than it does where revocation data is what is missing."""
    answers = _ask(validate, trust, moment, now, "require")
    if UNCLEAR not in _problems(answers):
        return answers
    # The same without asking for revocation data: what holds now lacked only that.
    lenient = _ask(validate, trust, moment, now, "soft-fail")
    return Answers(
        _explained(answers.signer, lenient.signer),
        None if answers.stamp is None or lenient.stamp is None else _explained(answers.stamp, lenient.stamp),
        answers.raw,
        answers.vouched,
        answers.token_vouched,
    )


def fault_in(check: Callable[[], None]) -> str | None:
    """Run a check of form and return what it refused, if anything."""
    try:
        check()
    except FormFault as fault:
        return str(fault)
    return None


def stamp_time(signer: cms.SignerInfo) -> datetime | None:
    """Return the time the first time stamp of *signer* claims; it proves nothing yet."""
    for token in find_cms_attribute_iter(signer["unsigned_attrs"], "signature_time_stamp_token"):
        content = token["content"]["encap_content_info"]["content"]
        time: datetime = content.parsed["gen_time"].native
        return time
    return None


def described(signed: cms.SignedData, claimed: datetime | None) -> SignatureReport:
    """Return a report of what *signed* says of itself, with no verdict yet."""
    held = _certificates_in(signed)
    try:
        signer = extract_certificate_info(signed).signer_cert
    except CMSExtractionError:
        signer = None
    return SignatureReport(
        "INDETERMINATE",
        "GENERIC",
        "Not checked.",
        signer=None if signer is None else common_name(signer),
        fingerprint=None if signer is None else fingerprint(signer),
        signing_time=claimed,
        trial=any(is_trial(certificate) for certificate in held),
    )


def judged(report: SignatureReport, findings: Findings, answers: Answers, now: datetime) -> SignatureReport:
    """Return *report* with the verdict on *findings* and what the validation showed besides."""
    verdict = judge(findings, now)
    # a document time stamp is its own stamp
    stamp = answers.signer if report.level == "DOCUMENT-TIMESTAMP" else answers.stamp
    proved = stamp is not None and stamp.intact and stamp.valid and stamp.problem is None
    on_paths = [x509.Certificate.load(der) for der in answers.vouched | answers.token_vouched]
    return dataclasses.replace(
        report,
        status=verdict.status,
        code=verdict.code,
        detail=verdict.detail,
        timestamp_time=findings.stamped if proved else None,
        trial=report.trial or any(is_trial(certificate) for certificate in on_paths),
    )


def _certificates_in(signed: cms.SignedData) -> list[x509.Certificate]:
    """Return the certificates in *signed* and in its time stamps."""
    # an absent field is a Void, which has no length
    choices = signed["certificates"] if signed["certificates"] else ()
    held = [choice.chosen for choice in choices if choice.name == "certificate"]
    for signer in signed["signer_infos"]:
        tokens = find_cms_attribute_iter(signer["unsigned_attrs"], "signature_time_stamp_token")
        for token in tokens:
            held += _certificates_in(token["content"])
    return held


def _ask(
    validate: Validate,
    trust: Trust,
    moment: datetime,
    now: datetime,
    mode: Literal["require", "soft-fail"],
) -> Answers:
    status = wait_for(validate(_context(trust, moment, mode), _context(trust, now, mode)))
    # a document time stamp has no other inside
    stamp = getattr(status, "timestamp_validity", None)
    return Answers(
        _part(status),
        None if stamp is None else _part(stamp),
        status,
        _on_path(status),
        frozenset() if stamp is None else _on_path(stamp),
    )


def _context(trust: Trust, moment: datetime, mode: str) -> ValidationContext:
    return ValidationContext(
        trust_roots=trust.roots,
        other_certs=trust.intermediates,
        crls=trust.crls,
        moment=moment,
        revocation_mode=mode,
        # a list made after the moment says as much about it: revocations carry their date
        retroactive_revinfo=True,
        allow_fetching=False,
    )


def _part(status: Any) -> Part:
    details = status.revocation_details
    problem = status.trust_problem_indic
    return Part(
        intact=bool(status.intact),
        valid=bool(status.valid),
        problem=None if problem is None else str(problem.standard_name),
        revoked_at=None if details is None else details.revocation_date,
    )


def _on_path(status: Any) -> frozenset[bytes]:
    path = status.validation_path
    if path is None:
        return frozenset()
    return frozenset(certificate.dump() for certificate in path.iter_certs(include_root=True))


def _problems(answers: Answers) -> set[str | None]:
    return {answers.signer.problem, answers.stamp.problem if answers.stamp else None}


def _explained(strict: Part, lenient: Part) -> Part:
    if strict.problem != UNCLEAR or lenient.problem is not None:
        return strict
    return Part(strict.intact, strict.valid, "TRY_LATER", None)
