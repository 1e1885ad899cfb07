"""What is said of seals: of ours, of altered ones, and of bytes that are none."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfTimeStamper

from signing import (
    Identity,
    Mark,
    PdfReport,
    SealLevel,
    Trust,
    development_identity,
    has_signature,
    seal_bytes,
    seal_pdf,
    verify_bytes,
    verify_pdf,
)
from signing.identity.keys import fingerprint
from signing.verifying import der, policy
from signing.verifying.form import SIGNED_DATA

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
MANIFEST = b'{"format":1}'
UNCHECKED = ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    folder = tmp_path_factory.mktemp("keys") / "development"
    return development_identity(folder, agency="UBND phường Tuy Phước", clock=lambda: WHEN)


@pytest.fixture(scope="module")
def trust(identity: Identity) -> Trust:
    return Trust(identity.chain, identity.crls)


@pytest.fixture(scope="module")
def sealed(identity: Identity) -> bytes:
    return sealed_pdf(identity)


@pytest.fixture(scope="module")
def seal(identity: Identity) -> bytes:
    return seal_bytes(MANIFEST, identity=identity, when=WHEN)


def blank_pdf() -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(file)
    return file.getvalue()


def sealed_pdf(identity: Identity) -> bytes:
    """A seal without validation data inside: what it is judged by, a test brings."""
    mark, plain = Mark(("BẢN SAO SỐ HÓA",), None, FONT), identity.timestamper is None
    words = {"name": None, "reason": None, "location": None}
    level: SealLevel = "PAdES-B-B" if plain else "PAdES-B-T"
    return seal_pdf(blank_pdf(), identity=identity, mark=mark, when=WHEN, level=level, **words).pdf


def revocation_list(root: Path, identity: Identity, revoked_at: datetime) -> bytes:
    """A list made an hour and a half after the seals of this file."""
    key = serialization.load_pem_private_key(root.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    entry = x509.RevokedCertificateBuilder(identity.certificate.serial_number, revoked_at)
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.load_pem_x509_certificate(root.read_bytes()).subject)
        .last_update(WHEN + timedelta(minutes=90))
        .next_update(WHEN + timedelta(days=1))
        .add_revoked_certificate(entry.build())
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def verdict(report: PdfReport) -> tuple[str, str]:
    return report.status, report.code


def without_crls(trust: Trust) -> Trust:
    return dataclasses.replace(trust, crls=())


def test_our_seal_passes_with_everything_it_proves(sealed: bytes, identity: Identity, trust: Trust) -> None:
    (report,) = verify_pdf(sealed, trust=trust, now=WHEN).signatures
    assert (report.status, report.code, report.level) == ("TOTAL-PASSED", "OK", "PAdES-B-T")
    assert (report.signer, report.fingerprint) == (identity.subject, identity.fingerprint)
    assert (report.signing_time, report.timestamp_time) == (WHEN, WHEN)
    assert (report.covers_whole_file, report.changed_after, report.docmdp) == (True, False, 1)


def test_every_report_on_a_trial_seal_says_so(sealed: bytes, seal: bytes, trust: Trust) -> None:
    assert verify_pdf(sealed, trust=trust, now=WHEN).trial
    assert verify_bytes(MANIFEST, seal, trust=trust, now=WHEN).trial
    assert verify_pdf(sealed, trust=Trust(()), now=WHEN).trial, "known without any root"


def test_a_seal_without_stamp_passes_as_b_b(identity: Identity, trust: Trust) -> None:
    pdf = sealed_pdf(dataclasses.replace(identity, timestamper=None))
    (report,) = verify_pdf(pdf, trust=trust, now=WHEN).signatures
    assert (report.status, report.level) == ("TOTAL-PASSED", "PAdES-B-B")
    assert report.timestamp_time is None


def test_a_detached_seal_passes(seal: bytes, trust: Trust) -> None:
    report = verify_bytes(MANIFEST, seal, trust=trust, now=WHEN)
    assert (report.status, report.level) == ("TOTAL-PASSED", "CAdES-B-T")
    assert (report.signing_time, report.timestamp_time) == (WHEN, WHEN)


def test_other_content_is_found(seal: bytes, trust: Trust) -> None:
    report = verify_bytes(MANIFEST + b" ", seal, trust=trust, now=WHEN)
    assert (report.status, report.code) == ("TOTAL-FAILED", "HASH_FAILURE")


def test_an_unknown_root_is_not_valid(sealed: bytes) -> None:
    report = verify_pdf(sealed, trust=Trust(()), now=WHEN)
    assert verdict(report) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


def test_unknown_revocation_is_not_valid(sealed: bytes, trust: Trust) -> None:
    report = verify_pdf(sealed, trust=without_crls(trust), now=WHEN)
    assert verdict(report) == ("INDETERMINATE", "TRY_LATER")


def test_a_list_that_is_out_of_date_is_not_enough(sealed: bytes, trust: Trust) -> None:
    report = verify_pdf(sealed, trust=trust, now=WHEN + timedelta(days=31))
    assert verdict(report) == ("INDETERMINATE", "TRY_LATER")


def test_a_seal_outlives_its_certificate_by_its_stamp(tmp_path: Path) -> None:
    now = WHEN
    old = development_identity(tmp_path / "keys", agency="A", clock=lambda: now)
    pdf = sealed_pdf(old)
    plain = sealed_pdf(dataclasses.replace(old, timestamper=None))
    now = WHEN + timedelta(days=3 * 365)
    new = development_identity(tmp_path / "keys", agency="A", clock=lambda: now)
    trust = Trust(new.chain, (*old.crls, *new.crls))
    assert verify_pdf(pdf, trust=trust, now=now).status == "TOTAL-PASSED"
    expired = verify_pdf(plain, trust=trust, now=now)
    assert verdict(expired) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
    # an issuer may drop what has expired from its lists: a later one alone cannot know
    late = verify_pdf(pdf, trust=Trust(new.chain, new.crls), now=now)
    assert verdict(late) == ("INDETERMINATE", "TRY_LATER")


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(-1, ("TOTAL-FAILED", "REVOKED")), (1, ("TOTAL-PASSED", "OK"))],
    ids=["before the stamp", "after it"],
)
def test_a_revocation_counts_from_its_date(tmp_path: Path, hours: int, expected: tuple[str, str]) -> None:
    identity = development_identity(tmp_path / "keys", agency="A", clock=lambda: WHEN)
    revoked_at = WHEN + timedelta(hours=hours)
    crl = revocation_list(tmp_path / "keys" / "root.pem", identity, revoked_at)
    pdf = sealed_pdf(identity)
    now = WHEN + timedelta(hours=2)
    assert verdict(verify_pdf(pdf, trust=Trust(identity.chain, (crl,)), now=now)) == expected


def test_a_stamp_from_the_future_proves_nothing(sealed: bytes, trust: Trust) -> None:
    report = verify_pdf(sealed, trust=trust, now=WHEN - timedelta(minutes=6))
    assert verdict(report) == ("INDETERMINATE", "TIMESTAMP_ORDER_FAILURE")


def test_bytes_behind_the_end_are_found(sealed: bytes, trust: Trust) -> None:
    report = verify_pdf(sealed + b"\n% a remark\n", trust=trust, now=WHEN)
    assert report.status == "TOTAL-FAILED"
    assert report.signatures[0].changed_after


def test_a_later_revision_with_another_page_is_found(sealed: bytes, trust: Trust) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Rotate"] = type(page["/MediaBox"][0])(180)
    writer.update_container(page)
    changed = io.BytesIO()
    writer.write(changed)
    report = verify_pdf(changed.getvalue(), trust=trust, now=WHEN)
    assert verdict(report) == ("TOTAL-FAILED", "DOCUMENT_CHANGED")


def test_a_later_document_stamp_is_no_change(sealed: bytes, identity: Identity, trust: Trust) -> None:
    assert identity.timestamper is not None
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    stamped = PdfTimeStamper(identity.timestamper).timestamp_pdf(writer, "sha256")
    report = verify_pdf(stamped.read(), trust=trust, now=WHEN)
    assert verdict(report) == ("TOTAL-PASSED", "OK")
    assert [signature.level for signature in report.signatures] == [
        "PAdES-B-T",
        "DOCUMENT-TIMESTAMP",
    ]
    assert report.signatures[0].changed_after
    assert report.signatures[1].timestamp_time == WHEN


def test_a_report_names_its_policy_and_the_digest_of_its_file(sealed: bytes, trust: Trust) -> None:
    report = verify_pdf(sealed, trust=trust, now=WHEN)
    file = Path(policy.__file__).with_name("policy.toml")
    assert report.policy == "sohoa-verification 1"
    assert report.policy_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_report_says_what_it_rests_on(sealed: bytes, identity: Identity, trust: Trust) -> None:
    (report,) = verify_pdf(sealed, trust=trust, now=WHEN).signatures
    assert [link.fingerprint for link in report.chain] == [identity.fingerprint, fingerprint(identity.chain[0])]
    assert [(used.kind, used.embedded) for used in report.revocation] == [("crl", False)]
    assert [(stamp.kind, stamp.time, stamp.code) for stamp in report.timestamps] == [("signature", WHEN, "OK")]
    assert (report.best_time, report.best_time_proof) == (WHEN, "signature-timestamp")
    assert (report.own_check, report.pyhanko_check) == ("passed", "passed")


def test_it_can_be_extended_while_the_certificate_of_its_last_stamp_lasts(sealed: bytes, trust: Trust) -> None:
    (report,) = verify_pdf(sealed, trust=trust, now=WHEN).signatures
    assert report.extendable_until is not None
    assert timedelta(days=9 * 365) < report.extendable_until - WHEN < timedelta(days=11 * 365)


def test_an_unsigned_pdf_does_not_pass(trust: Trust) -> None:
    report = verify_pdf(blank_pdf(), trust=trust, now=WHEN)
    assert verdict(report) == ("TOTAL-FAILED", "NO_SIGNATURE")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\xff" * 500, b"%PDF-1.4\ntrailer<<>>"])
def test_bytes_that_are_no_pdf_are_reported(data: bytes, trust: Trust) -> None:
    assert verdict(verify_pdf(data, trust=trust, now=WHEN)) == ("TOTAL-FAILED", "FORMAT_FAILURE")


@pytest.mark.parametrize("seal", [b"", b"0", b"\x30\x80\x00\x00", b"-----BEGIN PKCS7-----"])
def test_bytes_that_are_no_seal_are_reported(seal: bytes, trust: Trust) -> None:
    report = verify_bytes(MANIFEST, seal, trust=trust, now=WHEN)
    assert (report.status, report.code) == ("TOTAL-FAILED", "FORMAT_FAILURE")


def test_every_beginning_of_a_sealed_pdf_is_reported(sealed: bytes, trust: Trust) -> None:
    for end in range(0, len(sealed), 997):
        assert verify_pdf(sealed[:end], trust=trust, now=WHEN).status != "TOTAL-PASSED"


def test_a_signature_is_seen_without_being_checked(sealed: bytes) -> None:
    assert has_signature(sealed)
    assert not has_signature(blank_pdf())
    assert not has_signature(b"%PDF-1.7 and nothing else")


def test_a_certificate_that_nobody_needs_is_refused(seal: bytes, trust: Trust, tmp_path: Path) -> None:
    stranger = development_identity(tmp_path / "keys", agency="B", clock=lambda: WHEN)
    parts = body_of(seal)
    parts[3] = tlv(0xA0, parts[3].content + stranger.certificate.dump())
    assert verdict_on(put_together(parts), trust) == UNCHECKED


def test_an_unsigned_attribute_that_nothing_covers_is_refused(seal: bytes, trust: Trust) -> None:
    *signer, unsigned = signer_of(seal)
    attribute = tlv(der.SEQUENCE, bytes.fromhex("06032a0304") + tlv(der.SET, b"").raw)
    changed = with_signer(seal, [*signer, tlv(0xA1, attribute.raw + unsigned.content)])
    assert verdict_on(changed, trust) == UNCHECKED


def test_a_stamp_over_another_signature_never_passes(seal: bytes, identity: Identity, trust: Trust) -> None:
    other = seal_bytes(b"other", identity=identity, when=WHEN)
    changed = with_signer(seal, [*signer_of(seal)[:-1], signer_of(other)[-1]])
    assert verdict_on(changed, trust) == ("TOTAL-FAILED", "HASH_FAILURE")


def test_a_seal_that_brings_its_own_content_is_refused(seal: bytes, trust: Trust) -> None:
    parts = body_of(seal)
    content = tlv(0xA0, tlv(der.OCTET_STRING, MANIFEST).raw)
    parts[2] = tlv(der.SEQUENCE, parts[2].content + content.raw)
    assert verdict_on(put_together(parts), trust)[0] == "TOTAL-FAILED"


def test_a_seal_put_together_again_from_its_parts_is_the_same(seal: bytes) -> None:
    # what the four tests above rest upon
    assert with_signer(seal, signer_of(seal)) == seal


def tlv(tag: int, content: bytes) -> der.Node:
    size = len(content)
    long = size.to_bytes((size.bit_length() + 7) // 8, "big")
    length = bytes([size]) if size < 128 else bytes([0x80 | len(long)]) + long
    return der.read_only(bytes([tag]) + length + content)


def body_of(seal: bytes) -> list[der.Node]:
    """The five parts of the signed data: version, digests, content, certificates, signers."""
    return der.read_only(seal).children()[1].children()[0].children()


def signer_of(seal: bytes) -> list[der.Node]:
    return body_of(seal)[4].children()[0].children()


def put_together(parts: list[der.Node]) -> bytes:
    body = tlv(der.SEQUENCE, b"".join(part.raw for part in parts))
    return tlv(der.SEQUENCE, SIGNED_DATA + tlv(0xA0, body.raw).raw).raw


def with_signer(seal: bytes, fields: list[der.Node]) -> bytes:
    signer = tlv(der.SEQUENCE, b"".join(field.raw for field in fields))
    return put_together([*body_of(seal)[:4], tlv(der.SET, signer.raw)])


def verdict_on(seal: bytes, trust: Trust) -> tuple[str, str]:
    report = verify_bytes(MANIFEST, seal, trust=trust, now=WHEN)
    return report.status, report.code
