"""Why a certificate was trusted at a time: its path to a root, and the answers about each link.

Kept until the first of these ends, so that a service that seals all day asks once an hour.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from asn1crypto import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from signing.authorities.revocation import CLOCK_TOLERANCE, WINDOW, Revocation, Standing
from signing.blocking import in_turn, wait_for
from signing.bundle import UNREADABLE

#: What a certificate may be for: seals have no extended purpose, stamps have one.
Purpose = Literal["seal", "time-stamp"]


class NoPath(Exception):
    """No path that holds leads from the certificate to a trusted root; the message says why."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a check rested on; everything in it is public, and to be stored with the seal."""

    #: When was checked, and until when the result may be used again.
    checked_at: datetime
    until: datetime
    #: "good": asked about every certificate below the root; "not-asked": nobody was there to ask.
    revocation: Literal["good", "not-asked"]
    #: From the certificate up to its root, DER; paths one after another when several were checked.
    certificates: tuple[bytes, ...]
    #: Answers about single certificates, and lists, DER.
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def covers(self, when: datetime) -> bool:
        """Say whether the check need not be made again at *when*."""
        return self.checked_at <= when < self.until

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON, to be stored beside the seal: times in ISO 8601, DER in base64."""
        return {
            "checked_at": self.checked_at.isoformat(),
            "until": self.until.isoformat(),
            "revocation": self.revocation,
            "certificates": [b64encode(der).decode() for der in self.certificates],
            "ocsps": [b64encode(der).decode() for der in self.ocsps],
            "crls": [b64encode(der).decode() for der in self.crls],
        }


class Memory:
    """Checks that were passed, by what was checked; of one identity and its stamps."""

    def __init__(self) -> None:
        self._passed: dict[bytes, Evidence] = {}

    def recall(self, key: bytes, when: datetime) -> Evidence | None:
        """Return the check of *key* that still holds at *when*."""
        held = self._passed.get(key)
        return held if held is not None and held.covers(when) else None

    def keep(self, key: bytes, evidence: Evidence) -> None:
        """Remember *evidence* in place of what was known of *key*."""
        self._passed[key] = evidence


def vouch(
    leaf: x509.Certificate,
    *,
    others: Iterable[x509.Certificate],
    roots: Sequence[x509.Certificate],
    revocation: Revocation | None,
    purpose: Purpose,
    when: datetime,
) -> Evidence:
    """Check *leaf* up to one of *roots* at *when* (aware), and who of the path is revoked.

    Args:
        leaf: the certificate in question.
        others: certificates that may stand between.
        roots: where the path must end.
        revocation: whom to ask; nothing to ask nobody.
        purpose: what it is used for.
        when: the moment at which all of it must hold.

    Raises:
        NoPath: out of its dates, not for this use, or nobody trusted issued it.
        Revoked: one of the path is revoked.
        NoAnswer: whether one of it is revoked cannot be found out.
    """
    path, end = _path(leaf, tuple(others), roots, purpose, when)
    # over the network, perhaps: outside of anybody's turn
    standing = Standing((), (), when + WINDOW) if revocation is None else revocation.standing(path, when)
    return Evidence(
        when,
        min(standing.until, end, when + WINDOW),
        "not-asked" if revocation is None else "good",
        _ders(path),
        standing.ocsps,
        standing.crls,
    )


def together(checks: Sequence[Evidence]) -> Evidence:
    """Return *checks* (one or more) as one, each thing in it once."""
    return Evidence(
        max(check.checked_at for check in checks),
        min(check.until for check in checks),
        "good" if all(check.revocation == "good" for check in checks) else "not-asked",
        tuple(dict.fromkeys(der for check in checks for der in check.certificates)),
        tuple(dict.fromkeys(der for check in checks for der in check.ocsps)),
        tuple(dict.fromkeys(der for check in checks for der in check.crls)),
    )


@in_turn
def _path(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    purpose: Purpose,
    when: datetime,
) -> tuple[list[x509.Certificate], datetime]:
    """Return the path, the leaf first, and the first of its ends."""
    context = ValidationContext(
        trust_roots=list(roots),
        other_certs=list(others),
        moment=when,
        time_tolerance=CLOCK_TOLERANCE,
        allow_fetching=False,
    )
    validator = CertificateValidator(leaf, validation_context=context)
    wanted = {"time_stamping"} if purpose == "time-stamp" else None
    try:
        path = wait_for(validator.async_validate_usage(set(), wanted))
    except (ValidationError, PathError, *UNREADABLE) as error:
        raise NoPath(str(error)) from error
    links = list(reversed(list(path.iter_certs(include_root=True))))
    if not all(link.not_valid_before <= when <= link.not_valid_after for link in links):
        # the tolerance is for the clocks of those who answer, not for certificates
        raise NoPath("a certificate on the path is not valid at this time: expired, or not yet valid")
    return links, min(link.not_valid_after for link in links)


@in_turn
def _ders(path: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    return tuple(link.dump() for link in path)
