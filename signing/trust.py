"""What a verifier trusts: roots and revocation lists, from files that a person chose; nothing is ever fetched.

Sets with a name, which are renewed by command, are `signing.trusting`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import x509

from signing.blocking import in_turn
from signing.bundle import bundle_in, read_file, whole_certificate

#: Largest trust file read, octets. The lists of a national authority have some 10 MB.
MAX_TRUST_FILE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Trust:
    """Certificates to trust and lists to ask; what a person chose."""

    #: Where every path must end: self-issued certificates, and authorities that a trusted list names.
    roots: tuple[x509.Certificate, ...] = field(repr=False)
    #: Revocation lists, DER.
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    #: Other certificates, which help to find a path and are trusted only through a root.
    intermediates: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    #: Where the path of a time stamp may end as well, and no other.
    stampers: tuple[x509.Certificate, ...] = field(default=(), repr=False)

    @in_turn
    def __reduce__(self) -> tuple[object, ...]:
        """Travel to other processes as the very octets.

        A certificate that is taken apart and put together by pickle, in a process that has parsed none before, fails
        at the first look and stays broken: asn1crypto prepares its classes where it builds an object.
        """
        held = (self.roots, self.intermediates, self.stampers)
        return _arrived, (self.crls, *([each.dump() for each in certificates] for certificates in held))

    @classmethod
    @in_turn
    def joined(cls, parts: Iterable[Trust]) -> Trust:
        """Return *parts* as one, each thing in it once."""
        held = list(parts)
        return cls(
            _once(certificate for part in held for certificate in part.roots),
            tuple(dict.fromkeys(der for part in held for der in part.crls)),
            _once(certificate for part in held for certificate in part.intermediates),
            _once(certificate for part in held for certificate in part.stampers),
        )


@in_turn
def load_trust(paths: Iterable[Path]) -> Trust:
    """Read files (PEM, DER, P7B) that hold certificates and revocation lists.

    Raises:
        TrustUnreadable: a file is missing, too large, holds none of these or something else.
    """
    roots: list[x509.Certificate] = []
    others: list[x509.Certificate] = []
    lists: list[bytes] = []
    for path in paths:
        bundle = bundle_in(read_file(path, most=MAX_TRUST_FILE), str(path))
        for certificate in bundle.certificates:
            (others if certificate.self_signed == "no" else roots).append(certificate)
        lists += bundle.crls
    return Trust(tuple(roots), tuple(lists), tuple(others))


@in_turn
def _arrived(crls: tuple[bytes, ...], *held: list[bytes]) -> Trust:
    roots, intermediates, stampers = (tuple(whole_certificate(der) for der in each) for each in held)
    return Trust(roots, crls, intermediates, stampers)


def _once(certificates: Iterable[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    return tuple({certificate.dump(): certificate for certificate in certificates}.values())
