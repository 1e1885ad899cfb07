"""Certificates and revocation lists out of the files that people pass around: PEM, DER, P7B. Decides no trust."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms, crl, x509
from cryptography import x509 as cryptography_x509
from cryptography.exceptions import UnsupportedAlgorithm

from signing.errors import TrustUnreadable

#: What asn1crypto and cryptography raise at hostile octets; most were seen with single octets changed.
UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    AttributeError,
    UnsupportedAlgorithm,
    cryptography_x509.DuplicateExtension,
    cryptography_x509.InvalidVersion,
    cryptography_x509.UnsupportedGeneralNameType,
)
#: One block of PEM; asn1crypto's own reader takes 7 s for a list of 4 MB, this one 0.05 s.
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_BEGIN = b"-----BEGIN "
_PKCS7 = frozenset({"PKCS7", "CMS", "PKCS #7 SIGNED DATA"})


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a file holds, in its order."""

    certificates: tuple[x509.Certificate, ...]
    #: DER.
    crls: tuple[bytes, ...]


def read_file(path: Path, *, most: int) -> bytes:
    """Return the octets of *path*, at most *most* of them.

    Raises:
        TrustUnreadable: it is missing, no plain file, or larger.
    """
    try:
        if not path.is_file():
            raise TrustUnreadable(f"cannot read {path}: there is no such file")
        if path.stat().st_size > most:
            raise TrustUnreadable(f"{path} has over {most} octets; is it a file of certificates?")
        return path.read_bytes()
    except OSError as error:
        raise TrustUnreadable(f"cannot read {path}: {error.strerror}") from error


def bundle_in(data: bytes, name: str) -> Bundle:
    """Return the certificates and lists in *data*; *name* says in errors whose they are.

    Raises:
        TrustUnreadable: it holds none, or something else, or a damaged one.
    """
    certificates: list[x509.Certificate] = []
    crls: list[bytes] = []
    for kind, der in _blocks(data, name):
        try:
            if kind == "CERTIFICATE":
                certificates.append(whole_certificate(der))
            elif kind == "X509 CRL":
                crls.append(_whole_crl(der))
            else:
                inside = _signed_data(der)
                certificates += inside.certificates
                crls += inside.crls
        except UNREADABLE as error:
            raise TrustUnreadable(f"a block of {name} ({kind}) is damaged; get the file again") from error
    if not certificates and not crls:
        raise TrustUnreadable(f"{name} holds neither a certificate nor a revocation list")
    return Bundle(tuple(certificates), tuple(crls))


def whole_certificate(der: bytes) -> x509.Certificate:
    """Parse every part now: asn1crypto is lazy, and would fail later, in the middle of a check.

    Raises:
        One of `UNREADABLE`: what the parser finds.
    """
    certificate: x509.Certificate = x509.Certificate.load(der, strict=True)
    _ = certificate.native
    return certificate


def pem_blocks(data: bytes) -> list[tuple[str, bytes]]:
    """Return the blocks of a PEM file, each with its kind and its octets; what stands between them is skipped.

    Raises:
        ValueError: a block is broken off, or is no base64.
    """
    blocks = [(kind.decode(), b64decode(b"".join(body.split()), validate=True)) for kind, body in _BLOCK.findall(data)]
    if len(blocks) != data.count(_BEGIN):
        raise ValueError("a block does not end")
    return blocks


def _blocks(data: bytes, name: str) -> list[tuple[str, bytes]]:
    if _BEGIN not in data:
        return [(_kind_of(data, name), data)]
    try:
        blocks = pem_blocks(data)
    except UNREADABLE as error:
        raise TrustUnreadable(f"{name} is no PEM file; it must hold CERTIFICATE and X509 CRL blocks") from error
    for kind, _ in blocks:
        if kind not in {"CERTIFICATE", "X509 CRL", *_PKCS7}:
            raise TrustUnreadable(f"{name} holds a block of kind {kind}, which is nothing to trust")
    return blocks


def _kind_of(data: bytes, name: str) -> str:
    """Say what DER *data* is by its first element: an OID in PKCS#7, else by what has a key."""
    if not data.startswith(b"\x30"):
        raise TrustUnreadable(f"{name} is neither PEM nor DER; it must hold certificates and revocation lists")
    try:
        _ = cms.ContentInfo.load(data, strict=True)["content_type"].native
    except UNREADABLE:
        pass
    else:
        return "PKCS7"
    try:
        _ = x509.Certificate.load(data, strict=True)["tbs_certificate"]["subject_public_key_info"].native
    except UNREADABLE:
        return "X509 CRL"
    return "CERTIFICATE"


def _signed_data(der: bytes) -> Bundle:
    """Return what a degenerate PKCS#7 (P7B) carries; nothing in it is signed, whatever its name."""
    message = cms.ContentInfo.load(der, strict=True)
    if message["content_type"].native != "signed_data":
        raise ValueError("not signed data")
    inside = message["content"]
    certificates = [whole_certificate(each.chosen.dump()) for each in inside["certificates"]]
    crls = [_whole_crl(each.chosen.dump()) for each in inside["crls"]]
    return Bundle(tuple(certificates), tuple(crls))


def _whole_crl(der: bytes) -> bytes:
    """Parse a list with both parsers that will use it, but its entries: asn1crypto takes 0.5 s for a MB of them."""
    cryptography_x509.load_der_x509_crl(der)
    listed = crl.CertificateList.load(der, strict=True)["tbs_cert_list"]
    _ = [listed[name].native for name in ("issuer", "this_update", "next_update", "crl_extensions")]
    return der
