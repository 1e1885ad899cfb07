"""What is strong enough, and until when: a versioned file, read once; not the judging itself.

The file lies beside this module. Its SHA-256 stands in every report, so that a verdict can be
repeated years later with the rules it was made by.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto import x509

_FILE = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True, slots=True)
class KeyRule:
    """From how many bits a key of one kind suffices, and until when."""

    #: "rsa" or "ec", as asn1crypto calls them.
    kind: str
    #: Smallest size, bits.
    bits: int
    #: Last day; nothing is an open end.
    until: date | None


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one version of the file."""

    #: Name and version, as they stand in reports.
    name: str
    #: SHA-256 of the file, hexadecimal.
    sha256: str
    #: How far a time stamp may lie ahead of our clock.
    stamp_ahead: timedelta
    #: How far the time a signer claims may lie ahead of what is proved.
    claim_ahead: timedelta
    #: Last day of each digest; nothing is an open end.
    digests: dict[str, date | None]
    keys: tuple[KeyRule, ...]
    #: Largest PDF looked into, octets.
    pdf_octets: int
    #: Most signatures and revisions of one PDF: each costs a pass over all others.
    signatures: int
    revisions: int
    #: Most revisions compared, summed over all signatures.
    comparisons: int

    def weak_digest(self, name: str, when: datetime) -> str | None:
        """Return the name of the digest if it was too weak at *when* (aware)."""
        if name not in self.digests:
            return name
        until = self.digests[name]
        return name if until is not None and when.astimezone(UTC).date() > until else None

    def weak_key(self, certificate: x509.Certificate, when: datetime) -> str | None:
        """Return the kind and size of the key, as "rsa-1024", if it was too weak at *when* (aware)."""
        kind, bits = certificate.public_key.algorithm, certificate.public_key.bit_size
        day = when.astimezone(UTC).date()
        enough = any(
            rule.kind == kind and bits >= rule.bits and (rule.until is None or day <= rule.until) for rule in self.keys
        )
        return None if enough else f"{kind}-{bits}"


@cache
def current_policy() -> Policy:
    """Return the policy this version judges by."""
    return policy_from(_FILE.read_bytes())


def policy_from(data: bytes) -> Policy:
    """Return the policy in the TOML file *data*."""
    content: dict[str, Any] = tomllib.loads(data.decode())
    clock, limits = content["clock"], content["limits"]
    return Policy(
        name=f"{content['name']} {content['version']}",
        sha256=hashlib.sha256(data).hexdigest(),
        stamp_ahead=timedelta(minutes=clock["stamp_ahead_minutes"]),
        claim_ahead=timedelta(minutes=clock["claim_ahead_minutes"]),
        digests={name: _day(until) for name, until in content["digests"].items()},
        keys=tuple(KeyRule(key["kind"], key["bits"], _day(key["until"])) for key in content["keys"]),
        pdf_octets=limits["pdf_octets"],
        signatures=limits["signatures"],
        revisions=limits["revisions"],
        comparisons=limits["comparisons"],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
