"""What a trust set is, and what can be said of its certificates and lists; no files, no network."""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.utils import CryptographyDeprecationWarning

from signing.blocking import in_turn
from signing.bundle import UNREADABLE
from signing.trust import Trust

#: What a certificate of a set is trusted for. ``root``: a path may end here. ``stamper``: only one of a time stamp may.
#: ``issuer``: nothing by itself; it helps to find a path.
Role = Literal["root", "stamper", "issuer"]
#: Why something was not taken into a set; stable, for machines.
Code = Literal[
    "source-unreachable",  # the file or address gave nothing
    "source-unreadable",  # what it gave is neither certificates nor a trusted list
    "signature-invalid",  # a trusted list is not signed by whom it must be
    "trusted-list-ended",  # a trusted list whose successor was due
    "trusted-list-older",  # a trusted list from before the one that is held
    "certificate-unreadable",  # one certificate of a trusted list
    "service-unreadable",  # one service of a trusted list, now or in its past; what it grants was left out
    "root-unconfirmed",  # a root that nobody confirmed; it was left out
    "root-gone",  # the source does not hold what was confirmed
    "crl-foreign",  # a revocation list that no certificate of the set signed
    "crl-older",  # a revocation list from before the one that is held
]
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_HEX = re.compile(r"[0-9a-f]{64}")


class Refused(Exception):
    """Something cannot be taken into a set; what it says is for engineers."""

    def __init__(self, code: Code, what: str, detail: str = "") -> None:
        super().__init__(f"{code}: {what} {detail}".strip())
        self.trouble = SetTrouble(code, what, detail)


@dataclass(frozen=True, slots=True)
class SetTrouble:
    """One thing that was not taken, while the rest was."""

    code: Code
    #: The file, address, fingerprint or issuer that is meant; from certificates and so foreign text.
    what: str
    #: More of it, in English.
    detail: str


@dataclass(frozen=True, slots=True)
class Member:
    """A certificate of a set and what it is trusted for."""

    der: bytes = field(repr=False)
    role: Role

    @property
    def sha256(self) -> str:
        """Its fingerprint, hex."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True, slots=True)
class Listed:
    """What a trusted list (ETSI TS 119 612) says of itself, as signed."""

    #: Country code or region, as ``VN``.
    territory: str
    #: Grows by one with each list (5.3.2).
    sequence: int
    issued: datetime
    #: When its successor is due; None where the scheme has been closed (5.3.15).
    next_update: datetime | None


@dataclass(frozen=True, slots=True)
class TrustSet:
    """Certificates and revocation lists under one name."""

    #: Small letters, digits and hyphens, at most 64; the name of its folder.
    name: str
    #: Where its certificates come from: an http or https address, or the absolute path of a file.
    source: str
    #: Where further revocation lists come from, likewise.
    crl_sources: tuple[str, ...]
    #: SHA-256 of the certificates that a person confirmed: the roots, or the signer of a trusted list.
    confirmed: tuple[str, ...]
    members: tuple[Member, ...]
    #: Revocation lists, DER.
    crls: tuple[bytes, ...] = field(repr=False)
    #: When the source was last had (aware), and SHA-256 of its octets.
    fetched_at: datetime
    fetched_sha256: str
    #: Nothing when the source is no trusted list.
    listed: Listed | None = None
    #: SHA-256 of roots in the source that were shown to that person and not confirmed; later ones are spoken of.
    declined: tuple[str, ...] = ()

    @property
    def next_update(self) -> datetime | None:
        """When the first of its parts is due to be renewed, by those who made them; None when nothing says so."""
        due = [list_facts(der).next_update for der in self.crls]
        due.append(None if self.listed is None else self.listed.next_update)
        return min((each for each in due if each is not None), default=None)

    @property
    def valid_until(self) -> datetime | None:
        """When the first of what it trusts ends; None when it trusts nothing."""
        ends = [facts_of(each).not_after for each in self.members if each.role != "issuer"]
        return min(ends, default=None)

    def stale_at(self, when: datetime) -> bool:
        """Say whether something in it was due to be renewed before *when* (aware)."""
        due = self.next_update
        return due is not None and due < when

    @in_turn
    def trust(self) -> Trust:
        """Return what a verifier makes of it."""
        held: dict[Role, list[asn1.Certificate]] = {"root": [], "stamper": [], "issuer": []}
        for each in self.members:
            held[each.role].append(asn1.Certificate.load(each.der, strict=True))
        return Trust(tuple(held["root"]), self.crls, tuple(held["issuer"]), tuple(held["stamper"]))


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What people compare and look at; names are foreign text."""

    sha256: str
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    #: Kind and size, as ``RSA 4096``.
    key: str
    role: Role


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What a revocation list says of itself."""

    issuer: str
    #: When it was made, and when the next one is due (aware).
    this_update: datetime
    next_update: datetime | None
    sha256: str


def facts_of(member: Member) -> CertificateFacts:
    """Describe a certificate; one that went into a set, or is offered for one, was described before and can be.

    Raises:
        One of `UNREADABLE`: the certificate is odd beyond use.
    """
    certificate = loaded(member.der)
    return CertificateFacts(
        member.sha256,
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _key_of(certificate),
        member.role,
    )


def loaded(der: bytes) -> x509.Certificate:
    """Load a certificate, old roots with the serial number 0 too, at which the library grumbles.

    Raises:
        One of `UNREADABLE`: it is no certificate.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return x509.load_der_x509_certificate(der)


def list_facts(der: bytes) -> ListFacts:
    """Describe a revocation list that was taken into a set."""
    crl = x509.load_der_x509_crl(der)
    issuer = crl.issuer.rfc4514_string()
    return ListFacts(issuer, crl.last_update_utc, crl.next_update_utc, hashlib.sha256(der).hexdigest())


def is_name(text: str) -> bool:
    """Say whether *text* may be the name of a set; no path with a dot or a slash in it is one."""
    return _NAME.fullmatch(text) is not None


def fingerprint_in(text: str) -> str | None:
    """Return the SHA-256 that a person wrote, as lower-case hex; None when it is none.

    Colons, blanks and capitals are as programs print them (``AB:CD:…``).
    """
    plain = re.sub(r"[\s:]", "", text).lower()
    return plain if _HEX.fullmatch(plain) else None


def _key_of(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except UNREADABLE:
        return "?"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey").lstrip("_")
