"""Who seals: a private key held in memory, its certificate, and the check that both may be used.

Not here: the trial identity (`signing.identity.development`), time stamps (`signing.identity.timestamp`), PKCS#11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from asn1crypto import pem as asn1_pem
from asn1crypto import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import Certificate, load_der_x509_certificate
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.authorities.evidence import Evidence, Memory, NoPath, vouch
from signing.authorities.revocation import KnownLists, NoAnswer, Revocation, Revoked
from signing.blocking import in_turn
from signing.errors import IdentityUnusable, RevocationUnavailable
from signing.trust import Trust

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
#: What a sealed PDF can prove (EN 319 142-1): who; since when; for as long as its stamp; for ever longer.
SealLevel = Literal["PAdES-B-B", "PAdES-B-T", "PAdES-B-LT", "PAdES-B-LTA"]
#: Under which the check of the signer's own certificate is remembered; stamps' go under theirs.
_SIGNER = b""

#: Smallest keys a signing software may use, in bits (TT 15/2025/TT-BKHCN).
MIN_RSA_BITS = 2048
MIN_EC_BITS = 256

#: Certificate policy of everything `signing.identity.development` issues. An arc below 2.25 is a UUID, so it
#: needs no registration; nobody else can carry it by accident.
TRIAL_POLICY = "2.25.18580481368140133758070187465582498102"


class HeldKeySigner(Signer):
    """A pyHanko signer around a key object that stays open.

    pyHanko's own `SimpleSigner` parses, and for RSA re-checks, its key at every signature: 77 ms
    at 2048 bits where the signature itself takes 1 ms.
    """

    def __init__(self, key: PrivateKey, certificate: x509.Certificate, issuers: Sequence[x509.Certificate]) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(issuers)
        # A verifier has its own roots; one inside the seal would be bytes that nothing vouches for.
        super().__init__(signing_cert=certificate, cert_registry=store, embed_roots=False)
        self._key = key
        #: The same as pyHanko's `signing_cert`, which may be nothing.
        self.certificate = certificate

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - pyHanko's signature
    ) -> bytes:
        """Sign *data*; a dry run gives as many bytes as the longest signature has."""
        digest = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}[digest_algorithm]
        if isinstance(self._key, rsa.RSAPrivateKey):
            if dry_run:
                return bytes(self._key.key_size // 8)
            return self._key.sign(data, padding.PKCS1v15(), digest)
        if dry_run:
            # two INTEGERs with a sign octet each, in a SEQUENCE
            return bytes(2 * (self._key.key_size // 8 + 3) + 3)
        return self._key.sign(data, ec.ECDSA(digest))


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """What a seal is made with; equal to itself only, since keys are not compared."""

    #: Holds the private key; never printed.
    signer: Signer = field(repr=False)
    #: The signer's certificate.
    certificate: x509.Certificate = field(repr=False)
    #: Certificates above it, nearest first, the root last; from the PKCS#12 or the folder.
    chain: tuple[x509.Certificate, ...] = field(repr=False)
    #: Revocation lists (DER) known when the identity was loaded; may be empty.
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    #: Gives the time stamps of a seal; without one the seal is B-B.
    timestamper: TimeStamper | None = field(default=None, repr=False)
    #: Whom to ask for revocations; without one the lists in `crls` are looked into, if there are any.
    revocation: Revocation | None = field(default=None, repr=False)
    #: Where its chain, and those of its stamps, must end; nothing means the root in `chain`.
    trust: Trust | None = field(default=None, repr=False)
    #: Checks it has passed, of itself and of its stamps.
    memory: Memory = field(default_factory=Memory, init=False, repr=False)

    @property
    @in_turn
    def subject(self) -> str:
        """The common name of the certificate, or its whole subject when it has none."""
        return common_name(self.certificate)

    @property
    @in_turn
    def fingerprint(self) -> str:
        """SHA-256 of the DER certificate, 64 hexadecimal digits."""
        return fingerprint(self.certificate)

    @property
    @in_turn
    def trial(self) -> bool:
        """Whether seals made with it have no legal value."""
        return any(is_trial(certificate) for certificate in (self.certificate, *self.chain))

    @property
    def level(self) -> SealLevel:
        """The highest level of a PDF that it can seal."""
        if self.timestamper is None:
            return "PAdES-B-B"
        return "PAdES-B-T" if self.revocation is None else "PAdES-B-LTA"

    @property
    def source(self) -> Revocation | None:
        """Who says whether certificates are revoked: who was given, else the lists that are known."""
        if self.revocation is not None:
            return self.revocation
        return KnownLists(self.crls) if self.crls else None

    @property
    @in_turn
    def certificate_pem(self) -> bytes:
        """The certificate for people and tools that want PEM."""
        pem: bytes = asn1_pem.armor("CERTIFICATE", self.certificate.dump())
        return pem


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of *certificate* in hexadecimal."""
    return hashlib.sha256(certificate.dump()).hexdigest()


def common_name(certificate: x509.Certificate) -> str:
    """Return the common name in *certificate*, or its whole subject when it has none."""
    name = certificate.subject.native.get("common_name")
    # a subject may repeat an attribute; asn1crypto then gives a list
    return name if isinstance(name, str) else str(certificate.subject.human_friendly)


def is_trial(certificate: x509.Certificate) -> bool:
    """Say whether *certificate* is marked as made for trials (see `TRIAL_POLICY`)."""
    policies = certificate.certificate_policies_value
    if policies is None:
        return False
    return any(policy["policy_identifier"].dotted == TRIAL_POLICY for policy in policies)


def to_asn1(certificate: Certificate) -> x509.Certificate:
    """Return the asn1crypto twin of a `cryptography` certificate."""
    twin: x509.Certificate = x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    return twin


def pkcs12_identity(
    path: Path,
    passphrase: str | None,
    *,
    timestamper: TimeStamper | None = None,
    crls: tuple[bytes, ...] = (),
) -> Identity:
    """Load the agency's key, certificate and issuers from a PKCS#12 file.

    Raises:
        IdentityUnusable: the file is missing, locked with another passphrase, holds no key, or
            holds a key of a kind we do not use.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IdentityUnusable(
            f"cannot read the key file {path}: {error.strerror}; check its path and its rights"
        ) from error
    try:
        content = pkcs12.load_pkcs12(data, None if passphrase is None else passphrase.encode())
    except (ValueError, TypeError) as error:
        raise IdentityUnusable(
            f"cannot open the key file {path}: the passphrase is wrong or it is no PKCS#12 file"
        ) from error
    key = content.key
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or content.cert is None:
        raise IdentityUnusable(
            f"the key file {path} must hold one RSA or EC key with its certificate; "
            "export it again together with the chain up to the root"
        )
    certificate = to_asn1(content.cert.certificate)
    chain = chain_above(certificate, [to_asn1(c.certificate) for c in content.additional_certs])
    signer = HeldKeySigner(key, certificate, chain)
    return Identity(signer, certificate, chain, crls, timestamper)


def check_identity(identity: Identity, when: datetime) -> Evidence:
    """Refuse an identity whose certificate may not be used at *when* (aware); return why it may.

    NĐ 23/2025 Arts 15–17: the certificate and its issuers are checked up to the root before
    signing. What was passed holds until the first of the answers ends, an hour at the longest.

    Raises:
        IdentityUnusable: key too small, wrong usage, out of its dates, revoked, no root.
        RevocationUnavailable: nobody said whether it is revoked; try again.
    """
    passed = identity.memory.recall(_SIGNER, when)
    if passed is not None:
        return passed
    _check_key(identity.certificate)
    roots = _roots(identity)
    try:
        evidence = vouch(
            identity.certificate,
            others=identity.chain,
            roots=roots,
            revocation=identity.source,
            purpose="seal",
            when=when,
        )
    except NoAnswer as error:
        if identity.revocation is not None:
            raise RevocationUnavailable(f"{error}; nothing was sealed, the same call can be made again") from error
        raise IdentityUnusable(_unusable(identity, error)) from error
    except (NoPath, Revoked) as error:
        raise IdentityUnusable(_unusable(identity, error)) from error
    identity.memory.keep(_SIGNER, evidence)
    return evidence


def _unusable(identity: Identity, error: Exception) -> str:
    return (
        f"the certificate of {identity.subject} may not be used: {error}; "
        "renew it, or replace the list of revoked certificates, then try again"
    )


@in_turn
def _roots(identity: Identity) -> tuple[x509.Certificate, ...]:
    if identity.trust is not None:
        return identity.trust.roots
    roots = tuple(certificate for certificate in identity.chain if certificate.self_signed == "maybe")
    if not roots:
        raise IdentityUnusable(
            f"the chain of {identity.subject} does not reach a root; "
            "put the issuers' certificates up to the root into the key file"
        )
    return roots


@in_turn
def _check_key(certificate: x509.Certificate) -> None:
    public = certificate.public_key
    floor = {"rsa": MIN_RSA_BITS, "ec": MIN_EC_BITS}.get(public.algorithm)
    if floor is None or public.bit_size < floor:
        raise IdentityUnusable(
            f"a key of {public.bit_size} bits ({public.algorithm}) is too weak to seal with; "
            f"ask for a certificate with RSA {MIN_RSA_BITS} or EC {MIN_EC_BITS} bits or more"
        )
    usage = certificate.key_usage_value
    if usage is not None and not {"digital_signature", "non_repudiation"} & usage.native:
        raise IdentityUnusable("the certificate is not meant for signatures (key usage); ask for one that is")


def chain_above(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the issuers of *certificate* among *others*, nearest first, as far as they go.

    Each has signed the one before it; a name alone may belong to several keys.
    """
    left = [load_der_x509_certificate(other.dump()) for other in others]
    current = load_der_x509_certificate(certificate.dump())
    chain = []
    while current.issuer != current.subject:
        issuer = next((other for other in left if _issued(other, current)), None)
        if issuer is None:
            break
        left.remove(issuer)
        chain.append(to_asn1(issuer))
        current = issuer
    return tuple(chain)


def _issued(issuer: Certificate, subject: Certificate) -> bool:
    try:
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
