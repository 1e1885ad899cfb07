"""Whatever a sound office, or a later time, may rightly do to a sealed file still passes, with the level it has."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from asn1crypto import ocsp as asn1_ocsp
from attacks.answers import alone, answer, answered, asked, responder, sound, stamped_over
from attacks.bytewise import ranges
from attacks.cases import Case, office, on, sealed
from attacks.office import (
    DAY,
    HOUR,
    MANIFEST,
    WHEN,
    YEAR,
    Office,
    crl,
    issue,
    new_key,
    paper,
    signed_by,
    with_stamp,
    with_store,
)
from attacks.proofs import in_between, trusting
from attacks.revised import approved_twice
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.fields import SigSeedSubFilter

from signing import Trust, verify_bytes

VARIANTS: list[tuple[str, str, Callable[[], Case]]] = []


def variant(level: str) -> Callable[[Callable[[], Case | bytes]], None]:
    """Register a file that must pass; *level* is that of its first signature."""

    def register(make: Callable[[], Case | bytes]) -> None:
        def case() -> Case:
            made = make()
            return on(made) if isinstance(made, bytes) else made

        VARIANTS.append((make.__name__.replace("_", " "), level, case))

    return register


VARIANTS += [
    (f"sealed {level}", f"PAdES-{level}", lambda level=level: on(sealed(level)))  # type: ignore[misc]
    for level in ("B-B", "B-T", "B-LT", "B-LTA")
]


@variant("PAdES-B-B")
def by_an_authority_below_the_root() -> Case:
    one = in_between()
    return Case(one.seal("B-B"), one.trust())


@variant("PAdES-B-LTA")
def for_long_by_an_authority_below_the_root() -> Case:
    one = in_between()
    pdf = with_store(one.seal("B-B"), [one.agency, one.issuer], one.lists())
    return Case(with_stamp(pdf, one.stamper()), one.trust())


@variant("PAdES-B-T")
def with_rsa_of_3072_bits() -> Case:
    one = Office(agency_options={"key": new_key(3072)})
    return Case(one.seal("B-T"), one.trust())


@variant("PAdES-B-B")
def with_rsa_of_2048_bits_before_its_end() -> Case:
    one = Office(agency_options={"key": new_key(2048)})
    return Case(one.seal("B-B"), one.trust())


@variant("PAdES-B-T")
def with_sha384() -> Case:
    return on(signed_by(office().agency, stamper=office().stamper(), digest="sha384"))


@variant("PAdES-B-T")
def with_rsa_pss() -> Case:
    one = Office(agency_options={"key": new_key(3072)})
    return Case(signed_by(one.agency, stamper=one.stamper(), pss=True), one.trust())


@variant("PAdES-B-T")
def with_rsa_pss_and_sha512() -> Case:
    one = Office(agency_options={"key": new_key(3072)})
    return Case(signed_by(one.agency, stamper=one.stamper(), pss=True, digest="sha512"), one.trust())


@variant("PAdES-B-T")
def with_the_curve_p256() -> Case:
    one = Office(agency_options={"key": ec.generate_private_key(ec.SECP256R1())})
    return Case(one.seal("B-T"), one.trust())


@variant("PAdES-B-LTA")
def with_the_curve_p384_for_signer_and_stamps() -> Case:
    options = [{"key": ec.generate_private_key(ec.SECP384R1())} for _ in range(2)]
    one = Office(agency_options=options[0], stamps_options=options[1])
    return Case(one.seal("B-LTA"), one.trust())


@variant("PAdES-B-LT")
def answers_by_ocsp_alone() -> Case:
    return alone(answered(*sound()))


@variant("PAdES-B-LTA")
def answers_by_ocsp_alone_under_a_stamp() -> Case:
    return alone(stamped_over())


@variant("PAdES-B-LT")
def answers_by_whom_the_authority_named_for_it() -> Case:
    one = asked()
    return alone(answered(*(answer(each, one.root, responder=responder()) for each in (one.agency, one.stamps))))


@variant("PAdES-B-LT")
def an_answer_for_the_signer_and_a_list_for_the_stamps() -> Case:
    """An office that asks by OCSP, and an authority for stamps that only has lists."""
    one = asked()
    other = Office()
    pdf = signed_by(one.agency, stamper=other.stamper())
    pdf = with_store(pdf, [one.agency, other.stamps, other.root], other.lists(), [answer(one.agency, one.root)])
    return Case(pdf, Trust((*trusting(one.root).roots, *trusting(other.root).roots)))


@variant("PAdES-B-LT")
def an_answer_altered_that_nothing_covers_while_the_verifier_has_lists() -> Case:
    """Validation data of B-LT is signed by whoever made it and by nobody else: broken, it takes only itself away."""
    one = asked()
    broken = bytearray(answer(one.agency, one.root).dump())
    broken[-5] ^= 1
    return Case(answered(asn1_ocsp.OCSPResponse.load(bytes(broken))), one.trust())


@variant("PAdES-B-T")
def of_many_pages() -> Case:
    return on(office().seal("B-T", pdf=paper(40)))


@variant("PAdES-B-LTA")
def with_compressed_objects() -> Case:
    compressed = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper())) as pdf:
        pdf.save(compressed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return on(office().seal("B-LTA", pdf=compressed.getvalue()))


@variant("PAdES-B-T")
def linearised_before_sealing() -> Case:
    straight = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper(3))) as pdf:
        pdf.save(straight, linearize=True)
    return on(office().seal("B-T", pdf=straight.getvalue()))


@variant("PAdES-B-B")
def digits_in_lower_case() -> bytes:
    """The digits stand outside of what is signed; their case says nothing."""
    pdf = sealed("B-B")
    first, second, _, _ = ranges(pdf)
    return pdf[:first] + pdf[first:second].lower() + pdf[second:]


@variant("PAdES-B-T")
def signed_by_officer_and_agency() -> bytes:
    return approved_twice(office())


@variant("PKCS#7")
def signed_by_a_program_that_knows_no_pades() -> Case:
    return on(signed_by(office().agency, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED))


@variant("PAdES-B-LTA")
def cut_back_to_an_earlier_whole_revision() -> bytes:
    """A stamp taken off again: less is proved, nothing is altered."""
    return with_stamp(sealed("B-LTA"), office().stamper())[: len(sealed("B-LTA"))]


@variant("PAdES-B-T")
def stamped_as_a_document_only() -> Case:
    return on(with_stamp(sealed("B-B"), office().stamper()))


@variant("PAdES-B-LTA")
def stamped_again_and_again() -> Case:
    one, pdf, at = office(), sealed("B-LT"), WHEN
    for _ in range(3):
        at += DAY
        pdf = with_stamp(with_store(pdf, [one.stamps], one.lists(made=at)), one.stamper(at))
    return Case(pdf, one.trust(made=at), at + HOUR)


@variant("PAdES-B-LTA")
def years_after_the_end_of_the_certificate() -> Case:
    later = WHEN + 3 * YEAR
    return Case(sealed("B-LTA"), office().trust(made=later - HOUR), later)


@variant("PAdES-B-LTA")
def twelve_years_on_with_three_stamping_certificates() -> Case:
    """Each stamp is made in the life of the last one's certificate, with the answers about that inside."""
    one, pdf = office(), sealed("B-LTA")
    for year in (4, 8):
        at = WHEN + year * YEAR
        old = one if year == 4 else replace(one, stamps_options={"start": WHEN + 3 * YEAR, "end": WHEN + 9 * YEAR})
        new = replace(one, stamps_options={"start": at - DAY, "end": at + 6 * YEAR})
        pdf = with_stamp(with_store(pdf, [old.stamps], one.lists(made=at - HOUR)), new.stamper(at))
    now = WHEN + 12 * YEAR
    return Case(pdf, one.trust(made=now - HOUR), now)


@variant("PAdES-B-T")
def revoked_after_the_stamp() -> Case:
    one = office()
    return Case(sealed("B-T"), one.trust((one.agency, WHEN + HOUR), made=WHEN + 2 * HOUR), WHEN + 3 * HOUR)


@variant("PAdES-B-T")
def revoked_after_a_document_stamp() -> Case:
    one, pdf = office(), with_stamp(sealed("B-B"), office().stamper())
    return Case(pdf, one.trust((one.agency, WHEN + HOUR), made=WHEN + 2 * HOUR), WHEN + 3 * HOUR)


@variant("PAdES-B-LTA")
def stamping_authority_revoked_after_a_later_stamp_by_another() -> Case:
    one = office()
    other = Office(root=one.root, stamps_options={"end": WHEN + 9 * YEAR})
    pdf = with_stamp(with_store(sealed("B-LTA"), [one.stamps], one.lists()), other.stamper(WHEN + DAY))
    return Case(pdf, one.trust((one.stamps, WHEN + 2 * DAY), made=WHEN + 3 * DAY), WHEN + 4 * DAY)


@variant("PAdES-B-LT")
def answers_in_the_file_alone() -> Case:
    return Case(sealed("B-LT"), trusting(office().root))


@variant("PAdES-B-LT")
def a_forged_list_beside_a_real_one() -> Case:
    twin = issue("Root", None, kind="root")
    return on(with_store(sealed("B-LT"), [office().agency], [crl(twin, (office().agency, WHEN - DAY))]))


@variant("PAdES-B-T")
def revocation_of_somebody_else() -> Case:
    one, other = office(), issue("UBND xã khác", office().root)
    return Case(sealed("B-T"), one.trust((other, WHEN - DAY)))


@variant("PAdES-B-T")
def an_old_list_beside_a_current_one() -> Case:
    one = office()
    return Case(sealed("B-T"), trusting(one.root, crl(one.root, made=WHEN - 90 * DAY), *one.lists()))


@pytest.mark.parametrize(("level", "make"), [pytest.param(level, make, id=name) for name, level, make in VARIANTS])
def test_a_legitimate_file_passes_with_its_level(level: str, make: Callable[[], Case]) -> None:
    report = make().report()
    assert report.status == "TOTAL-PASSED", [(each.level, each.code, each.detail) for each in report.signatures]
    assert report.signatures[0].level == level
    assert {(each.own_check, each.pyhanko_check) for each in report.signatures} == {("passed", "passed")}


def test_there_are_at_least_twenty_variants() -> None:
    assert len(VARIANTS) >= 20


@pytest.mark.parametrize("stamped", [False, True])
def test_a_detached_seal_passes(stamped: bool) -> None:
    report = verify_bytes(MANIFEST, office().seal_bytes(stamped=stamped), trust=office().trust(), now=WHEN)
    assert (report.status, report.own_check, report.pyhanko_check) == ("TOTAL-PASSED", "passed", "passed")
