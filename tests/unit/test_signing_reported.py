"""What a report says besides the verdict: the digest that names a signature, and what the last net catches."""

from __future__ import annotations

import pytest
from asn1crypto import cms
from attacks.bytewise import ranges
from attacks.cases import office, on, sealed
from attacks.inside import structure_of, with_signers
from attacks.office import MANIFEST, WHEN
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from signing import verify_bytes, verify_pdf
from signing.verifying import verify


def test_the_digest_that_names_a_signature_is_the_one_its_signer_signed() -> None:
    """The value of the signature verifies over it as it is: then another validator finds the same name."""
    (signature,) = on(sealed("B-B")).report().signatures
    value = structure_of(sealed("B-B"))["content"]["signer_infos"][0]["signature"].native
    key = office().agency.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert signature.signed_attrs_sha256 is not None
    digest = bytes.fromhex(signature.signed_attrs_sha256)
    key.public_key().verify(value, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    with pytest.raises(InvalidSignature):
        key.public_key().verify(value, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))


def test_a_stamp_and_a_detached_seal_have_such_a_name_too() -> None:
    named = [each.signed_attrs_sha256 for each in on(sealed("B-LTA")).report().signatures]
    named.append(verify_bytes(MANIFEST, office().seal_bytes(), trust=office().trust(), now=WHEN).signed_attrs_sha256)
    assert None not in named
    assert len(set(named)) == 3


def test_a_structure_without_one_signer_has_no_such_name() -> None:
    none = cms.ContentInfo.load(with_signers(sealed("B-B"), lambda own: []))
    report = verify_bytes(MANIFEST, none.dump(), trust=office().trust(), now=WHEN)
    assert report.signed_attrs_sha256 is None


@pytest.mark.parametrize("step", ["_open", "_fields", "material_in", "describe_embedded", "check_embedded"])
def test_for_want_of_memory_nothing_is_called_broken(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A machine that has too little says nothing about the file."""

    def wanting(*_: object, **__: object) -> object:
        raise MemoryError

    monkeypatch.setattr(verify, step, wanting)
    report = on(sealed("B-T")).report()
    assert (report.status, report.code) == ("INDETERMINATE", "LIMIT_EXCEEDED")
    assert report.policy_sha256 is not None


def test_for_want_of_memory_a_detached_seal_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def wanting(*_: object, **__: object) -> object:
        raise MemoryError

    monkeypatch.setattr(verify, "check_detached", wanting)
    report = verify_bytes(MANIFEST, office().seal_bytes(), trust=office().trust(), now=WHEN)
    assert (report.status, report.code) == ("INDETERMINATE", "LIMIT_EXCEEDED")


def test_what_nobody_foresaw_is_a_report_and_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(*_: object) -> object:
        raise KeyError("/Odd")

    monkeypatch.setattr(verify, "_in_order", odd)
    report = verify_pdf(sealed("B-B"), trust=office().trust(), now=WHEN)
    assert (report.status, report.code, report.signatures) == ("INDETERMINATE", "GENERIC", ())


def test_the_parts_that_are_signed_are_not_copied() -> None:
    """A file of 500 MB would otherwise take 1.5 GB more for being hashed."""
    from signing.verifying.independent import _placed, spans_in

    pdf = sealed("B-B")
    first, second, length, _ = ranges(pdf)
    _, covered, _ = _placed(pdf, spans_in(pdf)[0])
    assert [each.nbytes for each in covered if isinstance(each, memoryview)] == [first, length]
    assert all(isinstance(each, memoryview) and each.obj is pdf for each in covered)
    assert second + length == len(pdf)
