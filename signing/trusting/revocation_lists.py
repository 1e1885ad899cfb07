"""Which revocation lists a set takes: signed by one of its certificates, and not from before those it has.

Whether a list says anything about a certificate on a day is `signing.verifying.revocation`'s to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from signing.bundle import UNREADABLE
from signing.trusting.model import SetTrouble, loaded


@dataclass(frozen=True, slots=True)
class _Place:
    """What a list is the latest of: an issuer may keep several side by side (RFC 5280, 5.2.4 and 5.2.5)."""

    issuer: bytes
    key: bytes | None
    part: bytes | None
    delta: bool


@dataclass(frozen=True, slots=True)
class _Age:
    made: datetime
    number: int | None


def taken(
    found: Iterable[bytes], held: Sequence[bytes], certificates: Sequence[bytes]
) -> tuple[tuple[bytes, ...], tuple[SetTrouble, ...]]:
    """Return the lists that a set is to have, and which of *found* were refused.

    Args:
        found: lists that were fetched, DER.
        held: lists of the set until now, DER; one whose signer has left the set is let go.
        certificates: the set's, DER.
    """
    issuers = [loaded(der) for der in certificates]
    kept = {_place(crl): (_age(crl), der) for der, crl in _read(held) if _signed_by_one(crl, issuers)}
    newest: dict[_Place, tuple[_Age, bytes]] = {}
    troubles: list[SetTrouble] = []
    for der, crl in _read(found):
        place, age = _place(crl), _age(crl)
        if not _signed_by_one(crl, issuers):
            troubles.append(SetTrouble("crl-foreign", _issuer(crl), f"made {age.made.isoformat()}"))
        elif place not in newest or _older(newest[place][0], age):
            newest[place] = age, der  # two sources may give the same list, one of them late
    for place, (age, der) in newest.items():
        present = kept.get(place)
        if present is not None and _older(age, present[0]):
            made = f"{age.made.isoformat()} < {present[0].made.isoformat()}"
            troubles.append(SetTrouble("crl-older", _issuer(x509.load_der_x509_crl(der)), made))
        else:
            kept[place] = age, der
    return tuple(der for _, der in kept.values()), tuple(troubles)


def _read(ders: Iterable[bytes]) -> list[tuple[bytes, x509.CertificateRevocationList]]:
    return [(der, x509.load_der_x509_crl(der)) for der in ders]


def _issuer(crl: x509.CertificateRevocationList) -> str:
    return crl.issuer.rfc4514_string()


def _signed_by_one(crl: x509.CertificateRevocationList, issuers: Sequence[x509.Certificate]) -> bool:
    return any(_signed_by(crl, issuer) for issuer in issuers if issuer.subject == crl.issuer)


def _signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        # a key that cannot sign raises TypeError
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (*UNREADABLE, InvalidSignature):
        return False


def _older(one: _Age, other: _Age) -> bool:
    """Say whether *one* came before *other*: by its time, or by its number, which only grows (RFC 5280, 5.2.3)."""
    by_number = one.number is not None and other.number is not None and one.number < other.number
    return by_number or one.made < other.made


def _place(crl: x509.CertificateRevocationList) -> _Place:
    key = part = None
    delta = False
    for extension in crl.extensions:
        if isinstance(extension.value, x509.AuthorityKeyIdentifier):
            key = extension.value.key_identifier
        elif isinstance(extension.value, x509.IssuingDistributionPoint):
            part = extension.value.public_bytes()
        elif isinstance(extension.value, x509.DeltaCRLIndicator):
            delta = True
    return _Place(crl.issuer.public_bytes(), key, part, delta)


def _age(crl: x509.CertificateRevocationList) -> _Age:
    numbers = [each.value.crl_number for each in crl.extensions if isinstance(each.value, x509.CRLNumber)]
    return _Age(crl.last_update_utc, numbers[0] if numbers else None)
