"""Trusted lists are believed only as far as the person's signer signed them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from authority import DAY, START, Holder, issue
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from trust_helpers import (
    GRANTED,
    QTST,
    TSL,
    WITHDRAWN,
    Service,
    crl,
    list_signer,
    list_xml,
    p7b,
    sha256,
    sign_list,
    trusted_list,
)

from signing.trusting import etsi, facts_of, list_facts
from signing.trusting.content import look_into
from signing.trusting.etsi import TrustedList, trusted_list_in
from signing.trusting.model import Refused

SIGNER = list_signer()
CA = issue("Authority", None, ca=True)
TSA = issue("Stamps", None)


def read(data: bytes, signer: Holder = SIGNER, **more: object) -> TrustedList:
    asked = {"signers": {sha256(signer)}, "now": START + DAY, **more}
    return trusted_list_in(data, "eu", **asked)  # type: ignore[arg-type]


def refusal(data: bytes, **more: object) -> str:
    with pytest.raises(Refused) as caught:
        read(data, **more)  # type: ignore[arg-type]
    return caught.value.trouble.code


def granted(*services: Service) -> list[tuple[str, str]]:
    return [(each.sha256, each.role) for each in read(trusted_list(SIGNER, *services)).members]


def test_authorities_become_roots_and_stamping_services_stampers() -> None:
    assert granted(Service(CA), Service(TSA, QTST)) == [(sha256(CA), "root"), (sha256(TSA), "stamper")]


def test_what_the_list_says_of_itself_is_read_from_what_was_signed() -> None:
    listed = read(trusted_list(SIGNER, Service(CA), sequence=9)).listed
    assert (listed.territory, listed.sequence, listed.issued) == ("ZZ", 9, START)
    assert listed.next_update == START + 180 * DAY


def test_a_withdrawn_service_grants_nothing_though_it_was_granted_once() -> None:
    assert granted(Service(CA, status=WITHDRAWN, before=GRANTED)) == []


def test_a_service_granted_now_counts_whatever_it_was_before() -> None:
    assert granted(Service(CA, before=WITHDRAWN)) == [(sha256(CA), "root")]


def test_an_authority_for_web_sites_alone_is_no_root_of_signatures() -> None:
    assert granted(Service(CA, kinds=("ForWebSiteAuthentication",))) == []
    assert granted(Service(CA, kinds=("ForWebSiteAuthentication", "ForeSeals"))) == [(sha256(CA), "root")]


def test_services_of_other_types_are_left_out() -> None:
    assert granted(Service(CA, "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC")) == []


def test_a_service_that_is_not_understood_is_told_and_grants_nothing() -> None:
    # TS 119 612 lets a scheme add critical extensions; passing over one could grant more than was meant
    xml = list_xml(Service(CA, kinds=("ForeSeals",)), Service(TSA, QTST)).replace(
        "AdditionalServiceInformation>", "TakenOverBy>", 2
    )
    found = read(sign_list(xml, SIGNER))
    assert [each.sha256 for each in found.members] == [sha256(TSA)]
    assert [each.code for each in found.troubles] == ["service-unreadable"]


def test_a_certificate_that_nobody_can_read_is_told_and_the_rest_is_kept() -> None:
    whole = list_xml(Service(CA), Service(TSA, QTST))
    start = whole.index("<X509Certificate>") + len("<X509Certificate>")
    spoilt = whole[:start] + "MAA=" + whole[whole.index("</X509Certificate>") :]
    found = read(sign_list(spoilt, SIGNER))
    assert [each.sha256 for each in found.members] == [sha256(TSA)]
    assert [each.code for each in found.troubles] == ["certificate-unreadable"]


def test_a_list_signed_by_somebody_else_is_refused() -> None:
    assert refusal(trusted_list(list_signer("Stranger"), Service(CA))) == "signature-invalid"


def test_a_signer_of_the_same_name_is_somebody_else() -> None:
    assert refusal(trusted_list(list_signer(), Service(CA))) == "signature-invalid"


def test_a_certificate_that_is_only_brought_along_signs_nothing() -> None:
    # the confirmed certificate stands in the key info, another key made the signature
    theirs = trusted_list(list_signer(), Service(CA))
    root = etree.fromstring(theirs)
    (place,) = root.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate")
    ours = etree.fromstring(trusted_list(SIGNER, Service(CA)))
    (mine,) = (each for each in ours.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate"))
    place.text = mine.text
    assert refusal(etree.tostring(root)) == "signature-invalid"


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"<TSLSequenceNumber>7<", b"<TSLSequenceNumber>8<"), (b"/withdrawn<", b"/granted<"), (b">ZZ<", b">VN<")],
)
def test_a_list_changed_after_signing_is_refused(before: bytes, after: bytes) -> None:
    data = trusted_list(SIGNER, Service(CA), Service(TSA, QTST, status=WITHDRAWN))
    assert before in data
    assert refusal(data.replace(before, after)) == "signature-invalid"


def test_a_signed_list_wrapped_into_another_lends_it_nothing() -> None:
    # signature wrapping: the signature holds for the inner list; what stands around it was signed by nobody
    good = etree.fromstring(trusted_list(SIGNER, Service(TSA, QTST)))
    signature = good.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    evil = etree.fromstring(list_xml(Service(CA)).replace('Id="list"', 'Id="evil"'))
    evil.append(good)
    evil.append(signature)
    try:
        members = [each.sha256 for each in read(etree.tostring(evil)).members]
    except Refused:
        members = []
    assert sha256(CA) not in members


def test_a_list_without_a_signature_is_refused() -> None:
    assert refusal(list_xml(Service(CA)).encode()) == "signature-invalid"


def test_a_list_whose_successor_was_due_is_refused_since_a_withdrawal_may_be_hidden() -> None:
    data = trusted_list(SIGNER, Service(CA), life=10 * DAY)
    assert refusal(data, now=START + 11 * DAY) == "trusted-list-ended"
    assert read(data, now=START + 10 * DAY - timedelta(seconds=1)).members


def test_a_closed_scheme_needs_no_successor() -> None:
    assert read(trusted_list(SIGNER, Service(CA), life=None)).listed.next_update is None


def test_a_signer_whose_certificate_has_ended_signs_nothing_new() -> None:
    old = issue("Old operator", None, start=START - 9 * DAY, life=5 * DAY)
    assert refusal(trusted_list(old, Service(CA)), signer=old) == "signature-invalid"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        '<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b"<a/>",
        b"<a",
        b"<" * 9999,
        f'<TrustServiceStatusList xmlns="{TSL}"/>'.encode()[:-3],
    ],
)
def test_other_xml_is_refused_without_being_followed(data: bytes) -> None:
    assert refusal(data) == "source-unreadable"


def test_entities_inside_a_signed_list_are_refused_before_any_parser_sees_them() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    assert refusal(bomb + trusted_list(SIGNER, Service(CA)).split(b"?>", 1)[1]) == "source-unreadable"


def test_a_list_too_large_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(etsi, "MAX_LIST", 100)
    assert refusal(trusted_list(SIGNER, Service(CA))) == "source-unreadable"


def test_a_signed_list_that_lacks_its_number_is_refused() -> None:
    xml = list_xml(Service(CA)).replace("<TSLSequenceNumber>7</TSLSequenceNumber>", "")
    assert refusal(sign_list(xml, SIGNER)) == "source-unreadable"


WHOLE = trusted_list(SIGNER, Service(CA), Service(TSA, QTST, status=WITHDRAWN, before=GRANTED))
AS_SIGNED = read(WHOLE)
BUNDLE = p7b(CA, crls=(crl(CA),))


@settings(deadline=None, max_examples=300)
@given(place=st.integers(0, len(WHOLE) - 1), octet=st.integers(1, 255))
def test_a_list_with_one_octet_changed_is_refused_or_says_what_was_signed(place: int, octet: int) -> None:
    changed = WHOLE[:place] + bytes([WHOLE[place] ^ octet]) + WHOLE[place + 1 :]
    try:
        found = read(changed)
    except Refused:
        return
    assert (found.members, found.listed) == (AS_SIGNED.members, AS_SIGNED.listed)


@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=60), start=st.sampled_from([b"", b"<", b"\x30\x82", b"-----BEGIN CERTIFICATE-----\n"]))
def test_no_octets_do_anything_but_be_refused(data: bytes, start: bytes) -> None:
    with pytest.raises(Refused):
        look_into(start + data, "odd", signers=None, now=START)


@settings(deadline=None, max_examples=150)
@given(place=st.integers(0, len(BUNDLE) - 1), octet=st.integers(1, 255))
def test_a_spoilt_bundle_is_refused_or_read_by_both_parsers(place: int, octet: int) -> None:
    spoilt = BUNDLE[:place] + bytes([BUNDLE[place] ^ octet]) + BUNDLE[place + 1 :]
    try:
        content = look_into(spoilt, "odd", signers=None, now=START)
    except Refused:
        return
    described = [*map(facts_of, content.members), *map(list_facts, content.crls)]
    assert all(len(each.sha256) == 64 for each in described)


def test_without_a_signer_the_list_is_shown_with_the_one_it_brings() -> None:
    found = read(trusted_list(SIGNER, Service(CA)), signers=None)
    assert found.signer == SIGNER.der
