"""Attacks inside the structure of a seal: its parts exchanged, doubled, or taken from another seal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

from asn1crypto import algos, cms, core, tsp
from attacks.bytewise import ranges
from attacks.cases import Case, attack, office, sealed
from attacks.office import MANIFEST, Office, new_key, paper, signed_by
from pyhanko.sign.general import simple_cms_attribute

from signing.blocking import wait_for
from signing.identity.keys import HeldKeySigner, to_asn1
from signing.verifying import der

UNCHECKED = ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")


def structure_of(pdf: bytes) -> cms.ContentInfo:
    first, second, _, _ = ranges(pdf)
    return cms.ContentInfo.load(bytes.fromhex(pdf[first + 1 : second - 1].decode()))


def with_structure(pdf: bytes, structure: bytes) -> bytes:
    """Return *pdf* with another structure in the room of its own; it is not part of what is signed."""
    first, second, _, _ = ranges(pdf)
    room = second - first - 2
    digits = structure.hex().upper().encode()
    assert len(digits) <= room, "the room for the seal is too small for this attack"
    return pdf[: first + 1] + digits.ljust(room, b"0") + pdf[second - 1 :]


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def two_signers() -> bytes:
    pdf = small_and_roomy()
    other = structure_of(sealed("B-B"))["content"]["signer_infos"][0]
    return with_structure(pdf, with_signers(pdf, lambda own: [own, other]))


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def the_same_signer_twice() -> bytes:
    pdf = small_and_roomy()
    return with_structure(pdf, with_signers(pdf, lambda own: [own, own.copy()]))


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def no_signer() -> bytes:
    pdf = sealed("B-B")
    return with_structure(pdf, with_signers(pdf, lambda own: []))


def with_signers(pdf: bytes, change: Callable[[cms.SignerInfo], list[cms.SignerInfo]]) -> bytes:
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    signed = structure["content"]
    own = signed["signer_infos"][0]
    # a SET that is built anew sorts its parts, as DER wants
    signed["signer_infos"] = cms.SignerInfos(change(own))
    result: bytes = structure.dump(force=True)
    return result


@cache
def small_and_roomy() -> bytes:
    """A B-B seal with much room around it."""
    return signed_by(office().agency)


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def content_brought_along() -> bytes:
    pdf = small_and_roomy()
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    structure["content"]["encap_content_info"] = cms.ContentInfo({"content_type": "data", "content": MANIFEST})
    return with_structure(pdf, structure.dump(force=True))


@attack(*UNCHECKED)
def a_certificate_nobody_needs() -> bytes:
    pdf = small_and_roomy()
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    stranger = to_asn1(Office().agency.certificate)
    held = structure["content"]["certificates"]
    structure["content"]["certificates"] = cms.CertificateSet([*held, cms.CertificateChoices("certificate", stranger)])
    return with_structure(pdf, structure.dump(force=True))


@attack("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND")
def the_certificate_of_somebody_else() -> bytes:
    """Same name and number, another key: the signed attributes name another (EN 319 102-1, 5.2.3.4: asked first)."""
    pdf = small_and_roomy()
    signed = structure_of(pdf)["content"]
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    theirs = forged_twin(signed["certificates"][0].chosen)
    structure["content"]["certificates"] = cms.CertificateSet([cms.CertificateChoices("certificate", theirs)])
    return with_structure(pdf, structure.dump(force=True))


def forged_twin(certificate: Any) -> Any:
    """Return a certificate with the issuer and number of *certificate* and another key."""
    from asn1crypto import x509

    twin = x509.Certificate.load(certificate.dump())
    twin["tbs_certificate"]["subject_public_key_info"] = to_asn1(Office().agency.certificate).public_key
    return x509.Certificate.load(twin.dump(force=True))


@attack("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND")
def no_certificate() -> bytes:
    pdf = sealed("B-B")
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    del structure["content"]["certificates"]
    return with_structure(pdf, structure.dump(force=True))


@attack(*UNCHECKED)
def an_unsigned_attribute_nobody_knows() -> bytes:
    pdf = small_and_roomy()
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    signer = structure["content"]["signer_infos"][0]
    signer["unsigned_attrs"] = cms.CMSAttributes(
        [cms.CMSAttribute({"type": "1.2.3.4", "values": [core.OctetString(b"x")]})]
    )
    return with_structure(pdf, structure.dump(force=True))


@attack("TOTAL-FAILED", "HASH_FAILURE")
def the_stamp_of_another_seal() -> bytes:
    other = signed_by(office().agency, pdf=paper(text="Ho so khac"), stamper=office().stamper())
    return with_unsigned(small_and_roomy(), structure_of(other)["content"]["signer_infos"][0]["unsigned_attrs"].dump())


def with_unsigned(pdf: bytes, attributes: bytes) -> bytes:
    """Return *pdf* with *attributes* (DER) behind its signer; asn1crypto takes a minute to encode a stamp in a seal."""
    kind, wrapper = der.read_only(structure_of(pdf).dump()).children()
    *parts, signers = wrapper.children()[0].children()
    fields = signers.children()[0].children()[:6]
    signer = tlv(der.SEQUENCE, b"".join(field.raw for field in fields) + attributes)
    body = tlv(der.SEQUENCE, b"".join(part.raw for part in parts) + tlv(der.SET, signer))
    return with_structure(pdf, tlv(der.SEQUENCE, kind.raw + tlv(0xA0, body)))


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([size]) if size < 128 else bytes([0x80 | len(octets)]) + octets) + content


@attack("TOTAL-FAILED", "HASH_FAILURE")
def the_seal_of_another_file() -> bytes:
    other = office().seal("B-B", pdf=paper(text="Ho so khac"))
    return with_structure(sealed("B-T"), structure_of(other).dump())


@attack("TOTAL-FAILED", "HASH_FAILURE")
def the_document_stamp_of_another_file() -> bytes:
    pdf, other = sealed("B-LTA"), office().seal("B-LTA", pdf=paper(text="Ho so khac"))
    return with_last_structure(pdf, last_structure_of(other))


def last_place(pdf: bytes) -> tuple[int, int]:
    start = pdf.rindex(b"/Contents <") + len(b"/Contents ")
    return start, pdf.index(b">", start) + 1


def last_structure_of(pdf: bytes) -> bytes:
    start, end = last_place(pdf)
    dumped: bytes = cms.ContentInfo.load(bytes.fromhex(pdf[start + 1 : end - 1].decode())).dump()
    return dumped


def with_last_structure(pdf: bytes, structure: bytes) -> bytes:
    start, end = last_place(pdf)
    digits = structure.hex().upper().encode().ljust(end - start - 2, b"0")
    assert len(digits) == end - start - 2
    return pdf[: start + 1] + digits + pdf[end - 1 :]


@attack("TOTAL-FAILED", "SIG_CRYPTO_FAILURE", "HASH_FAILURE")
def a_signed_attribute_altered() -> bytes:
    """The digest is corrected to that of an altered file; then the signature is not over these attributes."""
    pdf = sealed("B-B").replace(b"Ho so so 1", b"Ho so so 9")
    first, second, length, _ = ranges(pdf)
    digest = hashlib.sha256(pdf[:first] + pdf[second : second + length]).digest()
    structure = structure_of(pdf)
    signed = structure["content"]["signer_infos"][0]["signed_attrs"]
    old = next(each for each in signed if each["type"].native == "message_digest")["values"][0].native
    return with_structure(pdf, structure.dump().replace(old, digest))


def signed_by_hand(attributes: Callable[[list[Any], bytes], list[Any]]) -> bytes:
    """Return the roomy file signed anew with *attributes*, given the usual ones and the digest."""
    pdf = small_and_roomy()
    first, second, length, _ = ranges(pdf)
    digest = hashlib.sha256(pdf[:first] + pdf[second : second + length]).digest()
    usual = list(structure_of(pdf)["content"]["signer_infos"][0]["signed_attrs"])
    signer = HeldKeySigner(office().agency.key, to_asn1(office().agency.certificate), ())
    chosen = cms.CMSAttributes(attributes(usual, digest))
    structure = wait_for(signer.async_sign_prescribed_attributes("sha256", chosen))
    return with_structure(pdf, structure.dump())


@attack("INDETERMINATE", "CHECKS_DISAGREE")
def nothing_names_the_certificate() -> bytes:
    """PAdES demands it (EN 319 142-1, 5.3); pyHanko takes its absence, our own check does not."""
    return signed_by_hand(lambda usual, _: [each for each in usual if "signing_certificate" not in each["type"].native])


@attack("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND")
def another_certificate_is_named() -> bytes:
    def named(usual: list[Any], _: bytes) -> list[Any]:
        from pyhanko.sign.general import as_signing_certificate_v2

        wrong = as_signing_certificate_v2(to_asn1(office().stamps.certificate))
        kept = [each for each in usual if "signing_certificate" not in each["type"].native]
        return [*kept, simple_cms_attribute("signing_certificate_v2", wrong)]

    return signed_by_hand(named)


@attack("TOTAL-FAILED", "FORMAT_FAILURE", "SIG_CRYPTO_FAILURE", "HASH_FAILURE")
def no_digest_is_signed() -> bytes:
    return signed_by_hand(lambda usual, _: [each for each in usual if each["type"].native != "message_digest"])


@attack("TOTAL-FAILED", "HASH_FAILURE")
def the_digest_of_other_bytes_is_signed() -> bytes:
    def other(usual: list[Any], _: bytes) -> list[Any]:
        kept = [each for each in usual if each["type"].native != "message_digest"]
        return [*kept, simple_cms_attribute("message_digest", bytes(32))]

    return signed_by_hand(other)


@attack(*UNCHECKED)
def another_version_number() -> bytes:
    pdf = small_and_roomy()
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    structure["content"]["version"] = "v3"
    return with_structure(pdf, structure.dump(force=True))


@attack("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE", "CHECKS_DISAGREE")
def another_digest_is_announced() -> bytes:
    """Around the signer, where nothing covers it."""
    pdf = small_and_roomy()
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    structure["content"]["digest_algorithms"] = cms.DigestAlgorithms([algos.DigestAlgorithm({"algorithm": "md5"})])
    return with_structure(pdf, structure.dump(force=True))


@attack("TOTAL-FAILED", "SIG_CRYPTO_FAILURE")
def another_salt_is_announced() -> Case:
    """The parameters of RSASSA-PSS are outside of what is signed; with others the value is another's."""
    one = Office(agency_options={"key": new_key(2048)})
    pdf = signed_by(one.agency, pss=True)
    structure = cms.ContentInfo.load(structure_of(pdf).dump())
    structure["content"]["signer_infos"][0]["signature_algorithm"]["parameters"]["salt_length"] = 20
    return Case(with_structure(pdf, structure.dump(force=True)), one.trust())


@attack(*UNCHECKED)
def a_stamp_stands_twice() -> bytes:
    pdf = small_and_roomy()
    signature = structure_of(pdf)["content"]["signer_infos"][0]["signature"].native
    digest = hashlib.sha256(signature).digest()
    kind = tlv(der.OID, bytes.fromhex("2a864886f70d010910020e"))
    tokens = [wait_for(office().stamper().async_timestamp(digest, "sha256")).dump() for _ in range(2)]
    both = b"".join(tlv(der.SEQUENCE, kind + tlv(der.SET, token)) for token in tokens)
    return with_unsigned(pdf, tlv(0xA1, both))


@attack("TOTAL-FAILED", "SIG_CRYPTO_FAILURE", "HASH_FAILURE")
def the_time_in_the_stamp_altered() -> bytes:
    pdf = sealed("B-T")
    token = structure_of(pdf)["content"]["signer_infos"][0]["unsigned_attrs"][0]["values"][0]
    info = tsp.TSTInfo.load(bytes(token["content"]["encap_content_info"]["content"]))
    old = info["gen_time"].dump()
    new = old.replace(b"2026", b"2016")
    return with_structure(pdf, structure_of(pdf).dump().replace(old, new))
