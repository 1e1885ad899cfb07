"""A throw-away token: SoftHSM with a folder and a configuration of its own, below one test's folder.

It holds `rsa` (RSA-3072) and `ec` (P-256), each with a certificate that the root of the trial
identity issued, and that root. A test names it by its label, which no other token shares.
"""

from __future__ import annotations

import secrets
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pkcs11 import Attribute, CertificateType, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

from signing import Identity, Trust, development_identity, load_trust, pkcs11_identity

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so").resolve()
PIN = "271828"
SO_PIN = "31415926"
IDS = {"rsa": b"\x01", "ec": b"\x02", "root": b"\x03"}
USAGES = (
    "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
    "encipher_only", "decipher_only",
)  # fmt: skip

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class SoftToken:
    """One token, plugged in or not."""

    folder: Path
    label: str
    #: The folder of the trial identity, whose root issued the certificates.
    authority: Path

    @property
    def trust(self) -> Trust:
        return load_trust([self.authority / "trust.pem"])

    def identity(self, label: str | None = "rsa", pin: str = PIN, **more: object) -> Identity:
        crls = self.trust.crls
        return pkcs11_identity(MODULE, token=self.label, label=label, pin=pin, crls=crls, **more)

    def pull_out(self) -> None:
        (self.folder / "tokens").rename(self.folder / "away")
        (self.folder / "tokens").mkdir()

    def plug_in(self) -> None:
        (self.folder / "tokens").rmdir()
        (self.folder / "away").rename(self.folder / "tokens")

    def load(self, label: str, key: Key | None, certificate: x509.Certificate | None, **more: object) -> None:
        """Put *key* and its certificate into the token, as a person who sets it up does."""
        native = pkcs11.lib(str(MODULE))
        (token,) = (slot.get_token() for slot in native.get_slots() if slot.get_token().label == self.label)
        with token.open(rw=True, user_pin=PIN) as session:
            name = {Attribute.TOKEN: True, Attribute.LABEL: label, Attribute.ID: IDS.get(label, b"\x09")}
            flags = {Attribute.SIGN: True, Attribute.PRIVATE: True, Attribute.SENSITIVE: True}
            if key is not None:
                session.create_object(_attributes(key) | name | flags | {Attribute[n]: v for n, v in more.items()})
            if certificate is not None:
                session.create_object(_certificate(certificate) | name)
        native.finalize()


def make_token(folder: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> SoftToken:
    """Make a token with both keys below *folder*; *now* is when its certificates begin."""
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
    label = f"agency-{secrets.token_hex(4)}"
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    made = SoftToken(folder, label, folder / "authority")
    development_identity(made.authority, agency="UBND phường Tuy Phước", clock=lambda: now)
    pull_all()
    made.load("root", None, x509.load_pem_x509_certificate((made.authority / "root.pem").read_bytes()))
    for name, key in (("rsa", rsa_key()), ("ec", ec.generate_private_key(ec.SECP256R1()))):
        made.load(name, key, issue(made.authority, key, f"Token {name}", now))
    return made


def pull_all() -> None:
    """End every session with the library, as its reload would; it reads its configuration anew afterwards."""
    with suppress(pkcs11.PKCS11Error):
        pkcs11.lib(str(MODULE)).finalize()


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 3072)


def issue(authority: Path, key: Key, name: str, now: datetime) -> x509.Certificate:
    """Issue a certificate for seals below the root in the folder *authority*."""
    data = (authority / "root.pem").read_bytes()
    root, root_key = x509.load_pem_x509_certificate(data), serialization.load_pem_private_key(data, None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    usage = x509.KeyUsage(digital_signature=True, content_commitment=True, **dict.fromkeys(USAGES, False))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )


def _attributes(key: Key) -> dict[Attribute, object]:
    form = (serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    decode = decode_rsa_private_key if isinstance(key, rsa.RSAPrivateKey) else decode_ec_private_key
    return decode(key.private_bytes(*form))


def _certificate(certificate: x509.Certificate) -> dict[Attribute, object]:
    return {
        Attribute.CLASS: ObjectClass.CERTIFICATE,
        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
        Attribute.SUBJECT: certificate.subject.public_bytes(),
        Attribute.ISSUER: certificate.issuer.public_bytes(),
        Attribute.VALUE: certificate.public_bytes(serialization.Encoding.DER),
    }
