"""Loading an agency's key, and refusing one that must not be used."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from signing import (
    Identity,
    IdentityUnusable,
    Trust,
    check_identity,
    pkcs12_identity,
    seal_bytes,
    verify_bytes,
)
from signing.identity.keys import PrivateKey, to_asn1

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PASSPHRASE = "mật khẩu"
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Authority:
    """A root with an agency below it, by way of an intermediate."""

    folder: Path
    root_key: ec.EllipticCurvePrivateKey
    root: x509.Certificate
    middle_key: ec.EllipticCurvePrivateKey
    middle: x509.Certificate

    def identity(
        self,
        key: PrivateKey | ed25519.Ed25519PrivateKey | None = None,
        chain: bool = True,
        **usage: bool,
    ) -> Identity:
        key = key or ec.generate_private_key(ec.SECP256R1())
        held = issue("Agency", key, self.middle_key, self.middle, **usage)
        data = pkcs12.serialize_key_and_certificates(
            b"agency",
            key,
            held,
            [self.root, self.middle] if chain else [],
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        )
        (self.folder / "agency.p12").write_bytes(data)
        return pkcs12_identity(self.folder / "agency.p12", PASSPHRASE)

    def crls(self, *revoked: int, issued: datetime = NOW) -> tuple[bytes, ...]:
        return (
            revocations(self.root_key, self.root, [], issued),
            revocations(self.middle_key, self.middle, list(revoked), issued),
        )

    def trust(self, *revoked: int) -> Trust:
        return Trust((to_asn1(self.root),), self.crls(*revoked))


def issue(
    name: str,
    key: PrivateKey | ed25519.Ed25519PrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    **usage: bool,
) -> x509.Certificate:
    wanted = usage or {"digital_signature": True, "content_commitment": True}
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints("key_cert_sign" in wanted, None), critical=True)
        .add_extension(x509.KeyUsage(**dict.fromkeys(USAGES, False) | wanted), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def revocations(
    key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate, revoked: list[int], issued: datetime
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(issued - timedelta(hours=1))
        .next_update(issued + timedelta(days=1))
        .add_extension(x509.CRLNumber(1), critical=False)
    )
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial)
        builder = builder.add_revoked_certificate(entry.revocation_date(NOW - timedelta(hours=2)).build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    root_key, middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    usage = {"key_cert_sign": True, "crl_sign": True}
    root = issue("Root", root_key, root_key, None, **usage)
    middle = issue("Middle", middle_key, root_key, root, **usage)
    return Authority(tmp_path, root_key, root, middle_key, middle)


def rsa_key(bits: int = 2048) -> PrivateKey:
    return rsa.generate_private_key(65537, bits)


@pytest.mark.parametrize("make", [rsa_key, lambda: ec.generate_private_key(ec.SECP256R1())])
def test_a_seal_by_a_key_file_is_verified(authority: Authority, make: Callable[[], PrivateKey]) -> None:
    identity = authority.identity(make())
    seal = seal_bytes(b"{}", identity=identity, when=NOW)
    report = verify_bytes(b"{}", seal, trust=authority.trust(), now=NOW)
    assert (report.status, report.level, report.trial) == ("TOTAL-PASSED", "CAdES-B-B", False)


def test_a_key_file_tells_who_it_is(authority: Authority) -> None:
    identity = authority.identity()
    assert (identity.subject, identity.level, identity.trial) == ("Agency", "PAdES-B-B", False)
    assert [held.subject.native["common_name"] for held in identity.chain] == ["Middle", "Root"]
    assert identity.certificate_pem.startswith(b"-----BEGIN CERTIFICATE-----")


def test_a_wrong_passphrase_is_refused_and_not_repeated(authority: Authority) -> None:
    authority.identity()
    with pytest.raises(IdentityUnusable, match="passphrase") as refusal:
        pkcs12_identity(authority.folder / "agency.p12", "s3cret")
    assert "s3cret" not in str(refusal.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(IdentityUnusable, match=r"none\.p12"):
        pkcs12_identity(tmp_path / "none.p12", None)


def test_a_key_of_an_unknown_kind_is_refused(authority: Authority) -> None:
    with pytest.raises(IdentityUnusable, match="RSA or EC"):
        authority.identity(ed25519.Ed25519PrivateKey.generate())


def test_a_short_key_is_too_weak(authority: Authority) -> None:
    with pytest.raises(IdentityUnusable, match="1024 bits"):
        check_identity(authority.identity(rsa_key(1024)), NOW)


def test_a_certificate_for_another_use_is_refused(authority: Authority) -> None:
    with pytest.raises(IdentityUnusable, match="key usage"):
        check_identity(authority.identity(key_agreement=True), NOW)


def test_a_chain_must_reach_a_root(authority: Authority) -> None:
    with pytest.raises(IdentityUnusable, match="does not reach a root"):
        check_identity(authority.identity(chain=False), NOW)


@pytest.mark.parametrize("days", [-30, 400])
def test_a_certificate_is_used_within_its_dates_only(authority: Authority, days: int) -> None:
    with pytest.raises(IdentityUnusable, match="Agency"):
        check_identity(authority.identity(), NOW + timedelta(days=days))


def test_a_revoked_certificate_seals_nothing(authority: Authority) -> None:
    identity = authority.identity()
    crls = authority.crls(identity.certificate.serial_number)
    with pytest.raises(IdentityUnusable, match="revoked"):
        seal_bytes(b"{}", identity=dataclasses.replace(identity, crls=crls), when=NOW)


def test_a_list_that_is_out_of_date_is_not_enough(authority: Authority) -> None:
    crls = authority.crls(issued=NOW - timedelta(days=9))
    with pytest.raises(IdentityUnusable):
        check_identity(dataclasses.replace(authority.identity(), crls=crls), NOW)


def test_a_revoked_signer_is_not_proved_valid(authority: Authority) -> None:
    identity = authority.identity()
    seal = seal_bytes(b"{}", identity=identity, when=NOW)
    trust = authority.trust(identity.certificate.serial_number)
    report = verify_bytes(b"{}", seal, trust=trust, now=NOW)
    assert (report.status, report.code) == ("INDETERMINATE", "REVOKED_NO_POE")


def test_the_private_key_is_not_printed(authority: Authority) -> None:
    assert "PrivateKey" not in repr(authority.identity())
