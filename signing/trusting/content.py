"""What a source holds once it has been looked into: certificates with what they may be, and lists. Trusts nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from asn1crypto import x509 as asn1
from cryptography import x509

from signing.blocking import in_turn
from signing.bundle import UNREADABLE, bundle_in
from signing.errors import TrustUnreadable
from signing.trusting.model import Listed, Member, Refused, SetTrouble, facts_of, list_facts


@dataclass(frozen=True, slots=True)
class Content:
    """What one source gave."""

    #: SHA-256 of its octets, hex.
    sha256: str
    members: tuple[Member, ...]
    #: Revocation lists, DER.
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    #: Who signed a trusted list and what that says of itself; nothing for certificates in a file.
    signer: Member | None = None
    listed: Listed | None = None
    troubles: tuple[SetTrouble, ...] = ()

    @property
    def to_confirm(self) -> tuple[Member, ...]:
        """The certificates on which all trust in this source rests, for a person to compare."""
        if self.signer is not None:
            return (self.signer,)
        return tuple(member for member in self.members if member.role == "root")


@in_turn
def look_into(data: bytes, name: str, *, signers: Collection[str] | None, now: datetime) -> Content:
    """Return what *data* holds.

    Args:
        data: PEM, DER, P7B, or a trusted list (XML).
        name: says in errors where it came from.
        signers: SHA-256 of those who may have signed a trusted list; None to believe it, for showing only.
        now: the present time (aware).

    Raises:
        Refused: it is none of these, damaged, or a trusted list that does not hold.
    """
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        from signing.trusting.etsi import trusted_list_in  # noqa: PLC0415 -- takes 0.7 s to load

        found = trusted_list_in(data, name, signers=signers, now=now)
        signer = Member(found.signer, "issuer")
        digest = sha256(data).hexdigest()
        return Content(digest, found.members, signer=signer, listed=found.listed, troubles=found.troubles)
    try:
        bundle = bundle_in(data, name)
        members = tuple(_member(each) for each in bundle.certificates)
        for der in bundle.crls:
            _ = list_facts(der), x509.load_der_x509_crl(der).extensions
    except TrustUnreadable as error:
        raise Refused("source-unreadable", name, str(error)) from error
    except UNREADABLE as error:
        raise Refused("source-unreadable", name, f"something in it cannot be used: {error}") from error
    return Content(sha256(data).hexdigest(), tuple(dict.fromkeys(members)), bundle.crls)


def _member(certificate: asn1.Certificate) -> Member:
    der: bytes = certificate.dump()
    member = Member(der, "issuer" if certificate.self_signed == "no" else "root")
    facts_of(member)  # with the other parser: the verifier uses both
    return member
