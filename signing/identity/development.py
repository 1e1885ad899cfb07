"""A trial identity made at first use, so that a newcomer seals with real PAdES; never legal value.

The folder holds, each written beside and moved into place:

* `root.pem`, `tsa.pem`, `agency-<digest of the name>.pem`: key and certificate in ONE file (0600),
  so that no crash and no second process can pair a key with another's certificate;
* `trust.pem`: root certificate and revocation list, the file an auditor is given.

Keys are ECDSA P-256: made in under a millisecond (RSA 3072: about a second) and understood by
OpenSSL and by pdfsig. Every certificate carries `signing.identity.keys.TRIAL_POLICY`, by which a verifier
knows, and says in words in its subject, that it is for trial.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.errors import IdentityUnusable
from signing.identity.keys import TRIAL_POLICY, HeldKeySigner, Identity, to_asn1
from signing.identity.timestamp import HeldKeyTimestamper

WARNING = "TRIAL – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"

ROOT_LIFE = timedelta(days=20 * 365)
#: The stamp outlives the seals it proves: an old seal is checked with an old stamp.
TSA_LIFE = timedelta(days=10 * 365)
AGENCY_LIFE = timedelta(days=2 * 365)
#: A leaf with less life left than this is replaced; seals of the old one stay verifiable.
RENEW_BEFORE = timedelta(days=30)
CRL_LIFE = timedelta(days=30)
CRL_RENEW = timedelta(days=1)
#: Certificates and lists begin a little earlier, for clocks of machines that differ.
CLOCK_SKEW = timedelta(minutes=10)
#: Upper bound of a common name (RFC 5280, A.1), which `cryptography` counts in octets of UTF-8.
NAME_LIMIT = 64


@dataclass(frozen=True, slots=True)
class _Pair:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def development_identity(folder: Path, *, agency: str, clock: Callable[[], datetime]) -> Identity:
    """Return the trial identity of *agency* below *folder*, making or renewing what is needed.

    Args:
        folder: where keys are kept; made at first use. Two processes may start at once.
        agency: the agency's name, for the subject; each agency has a certificate of its own.
        clock: gives the present time (aware); also the time in the stamps.

    Raises:
        IdentityUnusable: the folder cannot be written, or what it holds cannot be read.
    """
    now = clock()
    try:
        if not (folder / "root.pem").exists():
            _make_folder(folder, now)
        with _alone(folder):
            root = _load(folder / "root.pem")
            tsa = _leaf(folder / "tsa.pem", root, now, _tsa_certificate)
            name = hashlib.sha256(agency.encode()).hexdigest()[:16]
            pair = _leaf(
                folder / f"agency-{name}.pem",
                root,
                now,
                lambda key, issuer, at: _agency_certificate(key, issuer, at, agency),
            )
            crl = _current_crl(folder / "trust.pem", root, now)
    except OSError as error:
        raise IdentityUnusable(
            f"cannot keep the trial identity in {folder}: {error.strerror}; check its rights"
        ) from error
    root_certificate, certificate = to_asn1(root.certificate), to_asn1(pair.certificate)
    stamper = HeldKeySigner(tsa.key, to_asn1(tsa.certificate), ())
    return Identity(
        signer=HeldKeySigner(pair.key, certificate, ()),
        certificate=certificate,
        chain=(root_certificate,),
        crls=(crl.public_bytes(serialization.Encoding.DER),),
        timestamper=HeldKeyTimestamper(stamper, clock),
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from making or renewing what is in *folder*; a crash lets go of it.

    Without it two that start at once each make a certificate of the agency, and one seals with a key that the folder
    no longer holds.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make_folder(folder: Path, now: datetime) -> None:
    """Make the root and its list beside *folder*, then move them into place together."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        key = ec.generate_private_key(ec.SECP256R1())
        root = _Pair(key, _root_certificate(key, now))
        _store(beside / "root.pem", root)
        _current_crl(beside / "trust.pem", root, now)
        beside.rename(folder)
    except OSError:
        # Another process was first (its folder is not empty, so the move is refused): use theirs.
        if not (folder / "root.pem").exists():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _leaf(
    path: Path,
    root: _Pair,
    now: datetime,
    issue: Callable[[ec.EllipticCurvePrivateKey, _Pair, datetime], x509.Certificate],
) -> _Pair:
    """Return the pair in *path*, made anew when it is missing or soon over."""
    if path.exists():
        held = _load(path)
        if now + RENEW_BEFORE < held.certificate.not_valid_after_utc:
            return held
    key = ec.generate_private_key(ec.SECP256R1())
    pair = _Pair(key, issue(key, root, now))
    _store(path, pair)
    return pair


def _current_crl(path: Path, root: _Pair, now: datetime) -> x509.CertificateRevocationList:
    """Return the list in *path*, signed anew when it is missing or older than a day."""
    if path.exists():
        try:
            held = x509.load_pem_x509_crl(path.read_bytes())
        except ValueError as error:
            raise IdentityUnusable(f"{path} is damaged; delete it and start again") from error
        if held.last_update_utc <= now < held.last_update_utc + CRL_RENEW:
            return held
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.certificate.subject)
        .last_update(now - CLOCK_SKEW)
        .next_update(now + CRL_LIFE)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()),
            critical=False,
        )
        .sign(root.key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    _write(path, root.certificate.public_bytes(encoding) + crl.public_bytes(encoding), 0o644)
    return crl


def _root_certificate(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _name("Sohoa TRIAL root")
    builder = _builder(key, name, issuer=name, issuer_key=key, now=now, life=ROOT_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def _tsa_certificate(key: ec.EllipticCurvePrivateKey, root: _Pair, now: datetime) -> x509.Certificate:
    name = _name("TRIAL – time stamps")
    builder = _builder(key, name, issuer=root.certificate.subject, issuer_key=root.key, now=now, life=TSA_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(digital_signature=True), critical=True)
    # RFC 3161, 2.3: the only purpose, and critical
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return builder.add_extension(purpose, critical=True).sign(root.key, hashes.SHA256())


def _agency_certificate(key: ec.EllipticCurvePrivateKey, root: _Pair, now: datetime, agency: str) -> x509.Certificate:
    name = _name(f"TRIAL – {agency}".encode()[:NAME_LIMIT].decode(errors="ignore"))
    builder = _builder(key, name, issuer=root.certificate.subject, issuer_key=root.key, now=now, life=AGENCY_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    usage = _usage(digital_signature=True, content_commitment=True)
    return builder.add_extension(usage, critical=True).sign(root.key, hashes.SHA256())


def _builder(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    *,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    policy = x509.PolicyInformation(x509.ObjectIdentifier(TRIAL_POLICY), [x509.UserNotice(None, WARNING)])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + life)
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, WARNING),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(**wanted: bool) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in every})


def _load(path: Path) -> _Pair:
    data = path.read_bytes()
    try:
        key = serialization.load_pem_private_key(data, None)
        certificate = x509.load_pem_x509_certificate(data)
    except (ValueError, TypeError) as error:
        raise IdentityUnusable(f"{path} is damaged; delete its folder to make a new trial identity") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise IdentityUnusable(f"{path} does not hold a trial key; use another folder")
    return _Pair(key, certificate)


def _store(path: Path, pair: _Pair) -> None:
    key = pair.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(path, key + pair.certificate.public_bytes(serialization.Encoding.PEM), 0o600)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write beside, then move into place; readable for others only if *mode* says so."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        beside = Path(name)
        beside.chmod(mode)
        beside.replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
