"""What is known about revocation of the certificates on one path; nothing is fetched, no path is built.

pyHanko asks the lists that are current at one moment. Asked here is more: lists that are out of date
(revoked stays revoked), and whether a list can know at all. An issuer may drop a certificate from its
lists once that has expired (RFC 5280, 3.3), so a later list that is silent about it proves nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing import bundle
from signing.identity.keys import common_name
from signing.model import RevocationUsed

#: X.509 8.5.2.12: the list keeps certificates that have expired.
_EXPIRED_KEPT = x509.ObjectIdentifier("2.5.29.60")
#: These may end; only a list that is current tells.
_FOR_A_WHILE = {x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl}

#: What parsing and checking hostile lists and answers raises.
UNREADABLE = (*bundle.UNREADABLE, InvalidSignature)


@dataclass(frozen=True, slots=True)
class Material:
    """Certificates and revocation data that lie in a file."""

    certificates: tuple[asn1.Certificate, ...] = ()
    #: Lists and answers, DER.
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    @property
    def speaks_of_revocation(self) -> bool:
        """Whether any list or answer is there."""
        return bool(self.crls or self.ocsps)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the certificates on one path."""

    #: Lists and answers that speak of them.
    used: tuple[RevocationUsed, ...]
    #: When the first certificate of the path was revoked, the earliest date of all.
    revoked_at: datetime | None


def is_list(data: bytes) -> bool:
    """Say whether *data* is a revocation list at all; by whom is another question."""
    try:
        x509.load_der_x509_crl(data)
    except UNREADABLE:
        return False
    return True


def is_answer(data: bytes) -> bool:
    """Say whether *data* is an OCSP answer at all."""
    try:
        ocsp.load_der_ocsp_response(data)
    except UNREADABLE:
        return False
    return True


def telling(crls: Sequence[bytes], certificate: asn1.Certificate) -> tuple[bytes, ...]:
    """Return *crls* without those too late to know of *certificate*."""
    return tuple(data for data in crls if _can_tell(data, certificate))


def known_about(path: Sequence[asn1.Certificate], trusted: Sequence[bytes], material: Material) -> Known:
    """Gather what speaks of the certificates on *path*.

    Args:
        path: from the certificate in question to its root.
        trusted: lists that the verifier brought, DER.
        material: what lies in the file.
    """
    used: dict[str, RevocationUsed] = {}
    dates: list[datetime] = []
    for place, (one, above) in enumerate(pairwise(path)):
        certificate, issuer = x509.load_der_x509_certificate(one.dump()), x509.load_der_x509_certificate(above.dump())
        for entry, date in _said(certificate, issuer, common_name(above), trusted, material):
            used.setdefault(entry.sha256, entry)
            if date is not None and place == 0:
                dates.append(date)
    return Known(tuple(used.values()), min(dates, default=None))


def _can_tell(data: bytes, certificate: asn1.Certificate) -> bool:
    try:
        crl = x509.load_der_x509_crl(data)
        if crl.issuer.public_bytes() != certificate.issuer.dump():
            return True  # not about it; whoever it is about decides
        if crl.last_update_utc <= certificate.not_valid_after or _keeps_expired(crl):
            return True
        return crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None
    except UNREADABLE:
        return True  # pyHanko will say what is wrong with it


def _keeps_expired(crl: x509.CertificateRevocationList) -> bool:
    return any(extension.oid == _EXPIRED_KEPT for extension in crl.extensions)


def _said(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    name: str,
    trusted: Sequence[bytes],
    material: Material,
) -> Iterator[tuple[RevocationUsed, datetime | None]]:
    """Yield every list and answer that speaks of *certificate*, and the date of its revocation."""
    for data, embedded in (*((crl, False) for crl in trusted), *((crl, True) for crl in material.crls)):
        try:
            crl = x509.load_der_x509_crl(data)
            if crl.issuer != certificate.issuer or not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
                continue
            date = _listed(crl, certificate.serial_number)
        except UNREADABLE:
            continue
        yield _used("crl", name, crl.last_update_utc, crl.next_update_utc, data, embedded=embedded), date
    for data in material.ocsps:
        try:
            answer = ocsp.load_der_ocsp_response(data)
            if answer.serial_number != certificate.serial_number or not _answers_for(answer, issuer):
                continue
            date = answer.revocation_time_utc
            yield _used("ocsp", name, answer.produced_at_utc, answer.next_update_utc, data, embedded=True), date
        except UNREADABLE:
            continue


def _listed(crl: x509.CertificateRevocationList, serial: int) -> datetime | None:
    entry = crl.get_revoked_certificate_by_serial_number(serial)
    if entry is None:
        return None
    reasons = [item.value.reason for item in entry.extensions if isinstance(item.value, x509.CRLReason)]
    return None if _FOR_A_WHILE.intersection(reasons) else entry.revocation_date_utc


def _answers_for(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Say whether *answer* is signed by *issuer* or by whom it named for that (RFC 6960, 4.2.2.2)."""
    for responder in (issuer, *answer.certificates):
        try:
            if responder != issuer:
                responder.verify_directly_issued_by(issuer)
                usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
                if ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
                    continue
            _verify(answer, responder)
        except (*UNREADABLE, x509.ExtensionNotFound):
            continue
        return True
    return False


def _verify(answer: ocsp.OCSPResponse, responder: x509.Certificate) -> None:
    key, digest = responder.public_key(), answer.signature_hash_algorithm
    if digest is None:
        raise ValueError("the answer names no digest")
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(digest))
    else:
        raise TypeError("the responder's key is of a kind not known here")


def _used(
    kind: str, name: str, made: datetime, until: datetime | None, data: bytes, *, embedded: bool
) -> RevocationUsed:
    return RevocationUsed(
        kind="crl" if kind == "crl" else "ocsp",
        issuer=name,
        produced_at=made.astimezone(UTC),
        next_update=until,
        sha256=hashlib.sha256(data).hexdigest(),
        embedded=embedded,
    )
