"""An identity whose key lies in a token or an HSM (PKCS#11); how it is held is `signing.identity.token_library`'s."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from asn1crypto import x509
from pyhanko.sign.timestamps import TimeStamper

from signing.blocking import in_turn
from signing.errors import IdentityUnusable
from signing.identity.keys import Identity, chain_above
from signing.identity.outside import OutsideKeySigner
from signing.identity.token_library import OpenKey, TokenKey, library


def pkcs11_identity(
    module: Path,
    *,
    token: str,
    pin: str,
    label: str | None = None,
    identifier: bytes | None = None,
    certificate: x509.Certificate | None = None,
    issuers: Sequence[x509.Certificate] = (),
    timestamper: TimeStamper | None = None,
    crls: tuple[bytes, ...] = (),
) -> Identity:
    """Log in to a token, and hold its key open for every seal of this process.

    Args:
        module: the maker's PKCS#11 library, a shared object.
        token: the token's label.
        pin: the user's PIN.
        label: CKA_LABEL of the private key; not needed where the token holds one key.
        identifier: its CKA_ID, likewise.
        certificate: the signer's certificate, when the token does not hold it beside the key.
        issuers: certificates that complete the chain up to the root; those in the token are used too.
        timestamper: gives the time stamps of seals.
        crls: revocation lists (DER).

    Raises:
        IdentityUnusable: the PIN is refused, or the library, the key or its certificate is not there.
        KeyUnavailable: the token is not there.
    """
    key = TokenKey(module.resolve(), token, label, identifier, pin)
    mine, held = library(key.module).use(key, OpenKey.certificates)
    if certificate is None:
        # a token may hold the same certificate twice
        mine = list(dict.fromkeys(mine))
        if len(mine) != 1:
            raise IdentityUnusable(
                f"{len(mine)} certificates in the token belong to {key.where}; give the right one as a PEM file"
            )
        certificate = _parsed(key, mine)[0]
    return _identity(key, certificate, [*issuers, *_parsed(key, held)], timestamper, crls)


@in_turn
def _identity(
    key: TokenKey,
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    timestamper: TimeStamper | None,
    crls: tuple[bytes, ...],
) -> Identity:
    chain = chain_above(certificate, others)
    return Identity(OutsideKeySigner(key, certificate, chain), certificate, chain, crls, timestamper)


def _parsed(key: TokenKey, ders: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        return [x509.Certificate.load(der, strict=True) for der in ders]
    except ValueError as error:
        raise IdentityUnusable(f"a certificate in the token {key.token} is damaged; load it there again") from error
