"""What keys outside this process have in common: their signatures are checked before they are used.

A token or a service is another program: it may sign with a key that is not the certificate's, or
give back noise. Not here: how either is reached (`signing.identity.tokens`, `signing.identity.remote`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import cryptography.x509
from asn1crypto import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.errors import IdentityUnusable
from signing.identity.keys import common_name

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class OutsideKey(Protocol):
    """A private key that others hold."""

    @property
    def where(self) -> str:
        """Where it lies, for messages: no secret in it."""
        ...

    async def sign(self, data: bytes) -> bytes:
        """Return the signature over *data* (RSA: PKCS#1 v1.5; EC: DER), hashed with SHA-256.

        Raises:
            KeyUnavailable: not now.
            IdentityUnusable: not before a person has acted.
        """
        ...


class OutsideKeySigner(Signer):
    """A pyHanko signer around a key that lies elsewhere."""

    def __init__(
        self,
        key: OutsideKey,
        certificate: x509.Certificate,
        issuers: Sequence[x509.Certificate],
    ) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(issuers)
        super().__init__(signing_cert=certificate, cert_registry=store, embed_roots=False)
        self._key = key
        self._public = public_key(certificate)
        self._subject = common_name(certificate)

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - pyHanko's signature
    ) -> bytes:
        """Sign *data*; a dry run gives as many bytes as the longest signature has, and asks nobody."""
        if digest_algorithm != "sha256":
            raise ValueError(f"keys in tokens and services sign SHA-256 here, not {digest_algorithm}")
        octets = self._public.key_size // 8
        if dry_run:
            # EC: two INTEGERs with a sign octet each, in a SEQUENCE
            return bytes(octets if isinstance(self._public, rsa.RSAPublicKey) else 2 * (octets + 3) + 3)
        signature = await self._key.sign(data)
        try:
            _check(self._public, signature, data)
        except InvalidSignature as error:
            raise IdentityUnusable(
                f"{self._key.where} signed with another key than the one in the certificate of {self._subject}; "
                "nothing was sealed. Look which certificate belongs to this key, then start again"
            ) from error
        return signature


def public_key(certificate: x509.Certificate) -> PublicKey:
    """Return the public key in *certificate*.

    Raises:
        IdentityUnusable: it is neither RSA nor EC.
    """
    try:
        key = cryptography.x509.load_der_x509_certificate(certificate.dump()).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise IdentityUnusable(
            f"the key in a certificate cannot be read: {error}; ask for one with RSA or EC"
        ) from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise IdentityUnusable("the certificate holds a key that is neither RSA nor EC; ask for one that does")
    return key


def _check(public: PublicKey, signature: bytes, data: bytes) -> None:
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
