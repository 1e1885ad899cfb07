"""OCSP answers in a file (DSS) instead of lists, sound or forged; attacks on a file that has nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import ocsp as asn1_ocsp
from attacks.bytewise import flipped
from attacks.cases import Case, attack
from attacks.office import DAY, HOUR, WHEN, Office, Pair, issue, with_stamp, with_store
from attacks.proofs import trusting
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp


def answer(
    about: Pair,
    issuer: Pair,
    *,
    responder: Pair | None = None,
    revoked: datetime | None = None,
    made: datetime = WHEN - HOUR,
    valid: timedelta = 7 * DAY,
) -> Any:
    """Return an answer on the certificate *about*, signed by its *issuer* or by a *responder*."""
    who = responder or issuer
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            about.certificate,
            issuer.certificate,
            hashes.SHA256(),
            ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            made,
            made + valid,
            revoked,
            x509.ReasonFlags.key_compromise if revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, who.certificate)
    )
    if responder is not None:
        builder = builder.certificates([responder.certificate])
    signed = builder.sign(who.key, hashes.SHA256())
    return asn1_ocsp.OCSPResponse.load(signed.public_bytes(serialization.Encoding.DER))


@cache
def asked() -> Office:
    """An office with certificates that name where to ask about them."""
    return Office(agency_options={"answered": True}, stamps_options={"answered": True})


@cache
def stamped() -> bytes:
    return asked().seal("B-T")


@cache
def responder(usage: str = "answers") -> Pair:
    """Somebody whom the root named for answering; or, of another kind, somebody it did not."""
    return issue("Answers", asked().root, kind=usage, usage="digital_signature")


def answered(*answers: Any) -> bytes:
    """Return a stamped file with just these *answers* on its two certificates."""
    return with_store(stamped(), [asked().agency, asked().stamps], ocsps=answers)


def sound() -> list[Any]:
    one = asked()
    return [answer(one.agency, one.root), answer(one.stamps, one.root)]


def alone(pdf: bytes) -> Case:
    """Verify *pdf* with the root and nothing else: only what lies in the file speaks of revocation."""
    return Case(pdf, trusting(asked().root))


def stamped_over() -> bytes:
    return with_stamp(answered(*sound()), asked().stamper())


NOBODY_SAYS = ("INDETERMINATE", "TRY_LATER")


@attack(*NOBODY_SAYS)
def an_answer_altered() -> Case:
    """The last octets are those of its signature."""
    first, second = sound()
    altered = bytearray(first.dump())
    altered[-5] ^= 1
    return alone(answered(asn1_ocsp.OCSPResponse.load(bytes(altered)), second))


@attack(*NOBODY_SAYS)
def an_answer_about_somebody_else() -> Case:
    one = asked()
    other = issue("UBND xã khác", one.root)
    return alone(answered(answer(other, one.root), answer(one.stamps, one.root)))


@attack(*NOBODY_SAYS)
def an_answer_by_a_stranger_of_the_same_name() -> Case:
    one, twin = asked(), issue("Root", None, kind="root")
    return alone(answered(answer(one.agency, one.root, responder=twin), answer(one.stamps, one.root)))


@attack(*NOBODY_SAYS)
def an_answer_by_somebody_who_may_not_answer() -> Case:
    """The agency's own certificate comes from the same root, but is not for answering (RFC 6960, 4.2.2.2)."""
    one = asked()
    return alone(answered(answer(one.agency, one.root, responder=one.agency), answer(one.stamps, one.root)))


@attack(*NOBODY_SAYS)
def an_answer_that_was_over_before_the_stamp() -> Case:
    one = asked()
    old = answer(one.agency, one.root, made=WHEN - 60 * DAY)
    return alone(answered(old, answer(one.stamps, one.root)))


@attack(*NOBODY_SAYS)
def an_answer_about_the_signer_alone() -> Case:
    """Nobody says whether the authority that stamped is revoked."""
    return alone(answered(sound()[0]))


@attack("TOTAL-FAILED", "REVOKED")
def an_answer_that_the_signer_was_revoked_before_the_stamp() -> Case:
    one = asked()
    revoked = answer(one.agency, one.root, revoked=WHEN - DAY)
    return alone(answered(revoked, answer(one.stamps, one.root)))


@attack("TOTAL-FAILED", "REVOKED")
def a_good_answer_beside_one_that_it_was_revoked() -> Case:
    one = asked()
    revoked = answer(one.agency, one.root, revoked=WHEN - DAY, made=WHEN - 2 * HOUR)
    return alone(answered(*sound(), revoked))


@attack("TOTAL-FAILED", "HASH_FAILURE")
def an_answer_altered_under_a_stamp() -> Case:
    """What a stamp covers cannot be altered unseen, though nothing needed it."""
    pdf = stamped_over()
    start = pdf.rindex(b"stream", 0, pdf.rindex(b"/DSS"))
    return Case(flipped(pdf, pdf[start : start + 40], 20), asked().trust())
