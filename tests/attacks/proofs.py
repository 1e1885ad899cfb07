"""Attacks on what is around the cryptography: chains, revocation, dates, stamps, strength."""

from __future__ import annotations

from dataclasses import replace

from asn1crypto import algos
from attacks.cases import Case, attack, office, on, sealed
from attacks.office import (
    DAY,
    HOUR,
    WHEN,
    YEAR,
    Office,
    Pair,
    crl,
    issue,
    new_key,
    paper,
    signed_by,
    with_stamp,
    with_store,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from signing import Trust
from signing.identity.keys import to_asn1

NO_PATH = ("NO_CERTIFICATE_CHAIN_FOUND", "CERTIFICATE_CHAIN_GENERAL_FAILURE")


def trusting(root: Pair, *crls: bytes) -> Trust:
    return Trust((to_asn1(root.certificate),), crls)


# --- chains ------------------------------------------------------------------------------------------------------


@attack("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
def a_chain_made_by_oneself() -> Case:
    return on(Office().seal("B-B"))


@attack("INDETERMINATE", *NO_PATH)
def a_root_of_the_same_name() -> Case:
    """Our root's name and dates, another key."""
    twin = issue("Root", None, kind="root", start=WHEN - 5 * YEAR, end=WHEN + 40 * YEAR)
    return on(Office(root=twin).seal("B-B"))


@attack("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
def a_signer_trusted_by_nobody_but_itself() -> Case:
    alone = issue("UBND phường Tuy Phước", None, kind="agency")
    return on(signed_by(alone))


@attack("INDETERMINATE", *NO_PATH, "CHAIN_CONSTRAINTS_FAILURE")
def a_certificate_issued_by_an_agency() -> Case:
    """The agency's certificate is real, but does not make it an authority."""
    below = issue("Giám đốc", office().agency)
    return on(signed_by(below, office().agency))


@attack("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")
def a_certificate_for_another_use() -> Case:
    one = Office(agency_options={"usage": "key_encipherment"})
    return Case(signed_by(one.agency), one.trust())


@attack("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE", "NO_CERTIFICATE_CHAIN_FOUND")
def stamps_by_somebody_who_may_not_stamp() -> Case:
    one = office()
    return on(signed_by(one.agency, stamper=one.stamper(who=one.agency)))


@attack("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
def stamps_by_somebody_unknown() -> Case:
    return on(signed_by(office().agency, stamper=Office().stamper()))


# --- dates -------------------------------------------------------------------------------------------------------


@attack("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
def expired_and_never_stamped() -> Case:
    later = WHEN + 2 * YEAR
    return Case(sealed("B-B"), office().trust(made=later - HOUR), later)


@attack("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
def signed_after_the_end() -> Case:
    """The stamp itself proves that the certificate was over."""
    one = Office(agency_options={"end": WHEN - DAY})
    return Case(signed_by(one.agency, stamper=one.stamper()), one.trust())


@attack("INDETERMINATE", "NOT_YET_VALID", "OUT_OF_BOUNDS_NO_POE")
def not_yet_valid() -> Case:
    one = Office(agency_options={"start": WHEN + DAY})
    return Case(signed_by(one.agency), one.trust())


@attack("INDETERMINATE", "NOT_YET_VALID", "OUT_OF_BOUNDS_NO_POE")
def stamped_before_the_certificate_began() -> Case:
    one = Office(agency_options={"start": WHEN + DAY})
    return Case(signed_by(one.agency, stamper=one.stamper()), one.trust(), WHEN + 2 * DAY)


@attack("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
def the_stamps_certificate_is_over_and_nobody_stamped_again() -> Case:
    later = WHEN + 6 * YEAR
    return Case(sealed("B-T"), office().trust(made=later - HOUR), later)


@attack("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
def the_last_document_stamp_is_over() -> Case:
    later = WHEN + 6 * YEAR
    return Case(sealed("B-LTA"), office().trust(made=later - HOUR), later)


@attack("INDETERMINATE", "TIMESTAMP_ORDER_FAILURE")
def a_stamp_from_the_future() -> Case:
    return Case(sealed("B-T"), office().trust(made=WHEN - 2 * DAY), WHEN - DAY)


@attack("INDETERMINATE", "TIMESTAMP_ORDER_FAILURE")
def a_claim_later_than_its_stamp() -> Case:
    """Sealed under a clock two days fast; the authority's was right."""
    from attacks.office import FONT

    from signing import Mark, seal_pdf

    who = replace(office().identity(at=WHEN), timestamper=office().stamper(WHEN - 3 * DAY))
    mark = Mark(("BẢN SAO",), None, FONT)
    pdf = seal_pdf(
        paper(), identity=who, mark=mark, name=None, reason=None, location=None, when=WHEN, level="PAdES-B-T"
    )
    return on(pdf.pdf)


@attack("INDETERMINATE", "TIMESTAMP_ORDER_FAILURE")
def a_document_stamp_earlier_than_what_it_covers() -> Case:
    pdf = with_stamp(sealed("B-LT"), office().stamper(WHEN - 30 * DAY))
    return on(pdf)


@attack("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
def a_document_stamp_by_somebody_unknown() -> Case:
    return on(with_stamp(sealed("B-LT"), Office().stamper()))


# --- revocation --------------------------------------------------------------------------------------------------


@attack("INDETERMINATE", "REVOKED_NO_POE")
def revoked_and_never_stamped() -> Case:
    one = office()
    return Case(sealed("B-B"), one.trust((one.agency, WHEN + HOUR), made=WHEN + 2 * HOUR), WHEN + 3 * HOUR)


@attack("TOTAL-FAILED", "REVOKED")
def revoked_before_the_stamp() -> Case:
    one = office()
    return Case(sealed("B-T"), one.trust((one.agency, WHEN - HOUR), made=WHEN + HOUR), WHEN + 2 * HOUR)


@attack("TOTAL-FAILED", "REVOKED")
def revoked_before_though_an_older_list_in_the_file_is_silent() -> Case:
    one = office()
    return Case(sealed("B-LTA"), one.trust((one.agency, WHEN - HOUR), made=WHEN + HOUR), WHEN + 2 * HOUR)


@attack("TOTAL-FAILED", "REVOKED")
def revoked_by_a_list_out_of_date() -> Case:
    """A newer list is silent; what was revoked stays revoked."""
    one = office()
    old = crl(one.root, (one.agency, WHEN - 50 * DAY), made=WHEN - 40 * DAY)
    return Case(sealed("B-T"), trusting(one.root, old, *one.lists()))


@attack("INDETERMINATE", "REVOKED_NO_POE")
def stamps_by_somebody_revoked() -> Case:
    one = office()
    return Case(sealed("B-T"), one.trust((one.stamps, WHEN + HOUR), made=WHEN + 2 * HOUR), WHEN + 3 * HOUR)


@attack("INDETERMINATE", "REVOKED_NO_POE")
def the_document_stamps_by_somebody_revoked() -> Case:
    one = office()
    return Case(sealed("B-LTA"), one.trust((one.stamps, WHEN + HOUR), made=WHEN + 2 * HOUR), WHEN + 3 * HOUR)


@attack("INDETERMINATE", "REVOKED_CA_NO_POE")
def an_authority_on_the_path_revoked() -> Case:
    one = in_between()
    upper = crl(one.root, (one.issuer, WHEN - DAY), made=WHEN - HOUR)
    return Case(one.seal("B-B"), trusting(one.root, upper, crl(one.issuer)))


def in_between() -> Office:
    root = issue("Root", None, kind="root", start=WHEN - 5 * YEAR, end=WHEN + 40 * YEAR)
    return Office(root=root, between=issue("Public CA", root, kind="authority", end=WHEN + 20 * YEAR))


@attack("INDETERMINATE", "TRY_LATER")
def nobody_says_whether_it_is_revoked() -> Case:
    return Case(sealed("B-T"), trusting(office().root))


@attack("INDETERMINATE", "TRY_LATER")
def only_a_list_out_of_date() -> Case:
    return Case(sealed("B-B"), office().trust(made=WHEN - 40 * DAY))


@attack("INDETERMINATE", "TRY_LATER")
def a_list_by_a_stranger_of_the_same_name() -> Case:
    twin = issue("Root", None, kind="root")
    return Case(sealed("B-B"), trusting(office().root, crl(twin)))


@attack("INDETERMINATE", "TRY_LATER")
def a_forged_list_in_the_file() -> Case:
    twin = issue("Root", None, kind="root")
    pdf = with_store(sealed("B-T"), [office().agency], [crl(twin)])
    return Case(pdf, trusting(office().root))


@attack("INDETERMINATE", "TRY_LATER")
def a_list_from_after_the_end_of_the_certificate() -> Case:
    """An issuer drops what has expired; silence after the end says nothing about before."""
    later = WHEN + 2 * YEAR
    return Case(sealed("B-T"), office().trust(made=later - HOUR), later)


@attack("INDETERMINATE", "TRY_LATER")
def no_list_for_the_authority_on_the_path() -> Case:
    one = in_between()
    return Case(one.seal("B-B"), trusting(one.root, crl(one.issuer)))


# --- strength ----------------------------------------------------------------------------------------------------


@attack("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE")
def signed_with_sha1() -> Case:
    return on(signed_by(office().agency, digest="sha1"))


@attack("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE")
def signed_with_a_short_key() -> Case:
    one = Office(agency_options={"key": new_key(1024)})
    return Case(signed_by(one.agency), one.trust())


@attack("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE")
def stamped_with_a_short_key() -> Case:
    one = Office(stamps_options={"key": new_key(1024)})
    return Case(signed_by(one.agency, stamper=one.stamper()), one.trust())


@attack("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE")
def a_certificate_issued_with_sha1() -> Case:
    one = Office(root=issue("Root", None, kind="root", key=new_key(2048), end=WHEN + 9 * YEAR))
    return Case(signed_by(issued_with_sha1(one.agency, one.root)), one.trust())


def issued_with_sha1(pair: Pair, by: Pair) -> Pair:
    """Return *pair* with its certificate signed again, with SHA-1, which no library issues any more."""
    certificate = to_asn1(pair.certificate)
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha1_rsa"})
    certificate["tbs_certificate"]["signature"] = certificate["signature_algorithm"] = algorithm
    assert isinstance(by.key, rsa.RSAPrivateKey)
    body = certificate["tbs_certificate"].dump(force=True)
    certificate["signature_value"] = by.key.sign(body, padding.PKCS1v15(), hashes.SHA1())
    return Pair(pair.key, x509.load_der_x509_certificate(certificate.dump(force=True)))
