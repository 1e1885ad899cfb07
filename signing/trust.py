"""What a verifier trusts: roots and revocation lists, from PEM files; nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import crl, pem, x509

from signing.errors import TrustUnreadable

#: Largest trust file read, octets. The lists of a national authority have some 10 MB.
MAX_TRUST_FILE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Trust:
    """Certificates to trust and lists to ask; from PEM files that a person chose."""

    #: Self-issued certificates: where every path must end.
    roots: tuple[x509.Certificate, ...] = field(repr=False)
    #: Revocation lists, DER.
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    #: Other certificates, which help to find a path and are trusted only through a root.
    intermediates: tuple[x509.Certificate, ...] = field(default=(), repr=False)


def load_trust(paths: Iterable[Path]) -> Trust:
    """Read PEM files that hold CERTIFICATE and X509 CRL blocks.

    Raises:
        TrustUnreadable: a file is missing, too large, holds no block or one of another kind.
    """
    roots: list[x509.Certificate] = []
    others: list[x509.Certificate] = []
    lists: list[bytes] = []
    for path in paths:
        for kind, der in _blocks(path):
            try:
                if kind == "X509 CRL":
                    lists.append(_whole_crl(der))
                    continue
                certificate = _whole_certificate(der)
            except (ValueError, TypeError, KeyError) as error:
                raise TrustUnreadable(f"a block of {path} ({kind}) is damaged; get the file again") from error
            (others if certificate.self_signed == "no" else roots).append(certificate)
    return Trust(tuple(roots), tuple(lists), tuple(others))


def _blocks(path: Path) -> list[tuple[str, bytes]]:
    try:
        if path.stat().st_size > MAX_TRUST_FILE:
            raise TrustUnreadable(f"{path} has over {MAX_TRUST_FILE} octets; is it a PEM file?")
        data = path.read_bytes()
    except OSError as error:
        raise TrustUnreadable(f"cannot read {path}: {error.strerror}") from error
    try:
        blocks = [(kind, der) for kind, _, der in pem.unarmor(data, multiple=True)]
    except (ValueError, TypeError) as error:
        raise TrustUnreadable(f"{path} is no PEM file; it must hold CERTIFICATE and X509 CRL blocks") from error
    for kind, _ in blocks:
        if kind not in {"CERTIFICATE", "X509 CRL"}:
            raise TrustUnreadable(f"{path} holds a block of kind {kind}, which is nothing to trust")
    return blocks


def _whole_certificate(der: bytes) -> x509.Certificate:
    """Parse every part now: asn1crypto is lazy, and would fail later, in the middle of a check."""
    certificate: x509.Certificate = x509.Certificate.load(der, strict=True)
    _ = certificate.native
    return certificate


def _whole_crl(der: bytes) -> bytes:
    _ = crl.CertificateList.load(der, strict=True).native
    return der
