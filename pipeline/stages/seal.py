"""Seal one assembled PDF with the agency's key (PAdES), with the visible mark that the rules ask for.

Not repeatable (time, nonce): the driver does it under a lease and looks again after taking it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.errors import Fault, Interrupted, Misconfigured, Rejected
from pipeline.messages import say
from pipeline.rules import in_force
from pipeline.stage import versions
from signing import (
    DocumentUnsealable,
    Identity,
    IdentityUnusable,
    KeyUnavailable,
    Mark,
    RevocationUnavailable,
    TimestampUnavailable,
    mark_size,
    seal_file,
)

VERSION = 2
#: Việt Nam keeps one time without summer time.
ICT = timezone(timedelta(hours=7))
#: A Times-metric font with all Vietnamese letters; `fonts-liberation` 1.07 lacks most of them.
FONT_PLACES = (
    Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"),
    Path("/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf"),
)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """What is kept of a seal beside the file."""

    facts: Mapping[str, Any]
    #: Why the certificates were found usable (certificates, lists and answers, when), as JSON.
    evidence: bytes


def tools() -> tuple[str, ...]:
    """Return "name version" of the programs that shape a seal."""
    return (*versions("pyhanko", "cryptography", "fonttools"), f"rule {in_force().id}")


@cache
def mark_font() -> Path:
    """Return the font of the visible mark.

    Raises:
        Misconfigured: ``program-missing``.
    """
    for path in FONT_PLACES:
        if path.is_file():
            return path
    raise Misconfigured("program-missing", what="fonts-liberation2")


def mark_of(agency: str, operator: str, *, trial: bool) -> dict[str, Any]:
    """Return what the visible mark says, without the time, as plain JSON."""
    return {"form": say("mark.form"), "agency": agency, "operator": operator, "trial": trial}


def size_of(mark: Mapping[str, Any], when: datetime) -> tuple[float, float]:
    """Return width and height in points that the mark will take; every time is as wide as every other.

    Raises:
        Rejected: ``name-unwritable``, a name has a letter that the font of the mark has not.
    """
    try:
        width, height = mark_size(_mark(mark, when))
    except DocumentUnsealable as error:
        raise Rejected("name-unwritable") from error
    return round(width, 1), round(height, 1)


def seal(path: Path, mark: Mapping[str, Any], *, identity: Identity, when: datetime) -> SealedFile:
    """Seal the PDF at *path*, a copy of our own, in place, at the highest level that *identity* can.

    Raises:
        Misconfigured: ``identity-unusable``; nothing is sealed.
        Interrupted: ``sealing-failed``, an authority or the key did not answer; the dossier waits.
        Fault: ``sealing-failed``, the file that we made cannot be sealed.
    """
    try:
        with path.open("r+b") as file:
            sealed = seal_file(
                file,
                identity=identity,
                mark=_mark(mark, when),
                name=mark["agency"],
                reason=say("mark.reason"),
                location=None,
                when=when,
            )
    except IdentityUnusable as error:
        raise Misconfigured("identity-unusable", problem=str(error)) from error
    except (TimestampUnavailable, RevocationUnavailable, KeyUnavailable) as error:
        raise Interrupted("sealing-failed", problem=str(error)) from error
    except DocumentUnsealable as error:
        raise Fault("sealing-failed", problem=str(error)) from error
    facts = {
        "level": sealed.level,
        "signer": sealed.signer,
        "fingerprint": sealed.fingerprint,
        "time": local_time(sealed.time),
        "trial": identity.trial,
    }
    evidence = json.dumps(sealed.evidence.as_json(), ensure_ascii=False, sort_keys=True).encode()
    return SealedFile(facts, evidence)


def local_time(when: datetime) -> str:
    """Return ISO 8601 with +07:00, to the second, as NĐ 30/2020 Annex I asks."""
    return when.astimezone(ICT).isoformat(timespec="seconds")


def _mark(mark: Mapping[str, Any], when: datetime) -> Mark:
    facts = {**mark, "time": local_time(when)}
    lines = tuple(say(f"mark.line-{number}", **facts) for number in (1, 2, 3))
    return Mark(lines, say("mark.trial") if mark["trial"] else None, mark_font(), in_force().mark_size_pt)
