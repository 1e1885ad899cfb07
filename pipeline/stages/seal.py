"""Seal one assembled PDF (PAdES), with the visible mark that the rules ask for: the agency alone, or an officer first.

Not repeatable (time, nonce): the driver does it under a lease and looks again after taking it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.clock import local_time
from pipeline.errors import Fault, Interrupted, Misconfigured, Rejected
from pipeline.messages import say
from pipeline.rules import in_force
from pipeline.stage import versions
from signing import (
    Approval,
    DocumentUnsealable,
    Identity,
    IdentityUnusable,
    KeyUnavailable,
    Mark,
    RevocationUnavailable,
    TimestampUnavailable,
    mark_shapes,
    seal_file,
)

VERSION = 3
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
    return (*versions("pyhanko", "cryptography", "fonttools", "segno"), f"rule {in_force().id}")


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


def link_of(template: str, dossier: str, sha256: str = "0" * 64) -> str | None:
    """Return the address that the mark's QR code holds, of the file that is *sha256* before it is sealed.

    Without *sha256* it is an address of the same length. No *template*, no QR code.
    """
    return template.format(dossier=quote(dossier, safe=""), sha256=sha256) if template else None


def shapes_of(mark: Mapping[str, Any], when: datetime) -> tuple[tuple[float, float], ...]:
    """Return widths and heights in points that the mark can be set in, the widest first, at any time.

    Every time is as wide as every other, and every link as large.

    Raises:
        Rejected: ``name-unwritable``, a name has a letter that the font of the mark has not.
    """
    try:
        return mark_shapes(_mark(mark, when))
    except DocumentUnsealable as error:
        raise Rejected("name-unwritable") from error


def seal(
    path: Path, mark: Mapping[str, Any], *, identity: Identity, when: datetime, officer: Identity | None = None
) -> SealedFile:
    """Seal the PDF at *path*, a copy of our own, in place, at the highest level that *identity* can.

    Args:
        path: The file.
        mark: What `mark_of` gave, with the ``place`` that the file was assembled for and the ``link``, if any.
        identity: The agency's key.
        when: The present.
        officer: The key of the officer who signs before the agency, where the profile wants both.

    Raises:
        Misconfigured: ``identity-unusable``; nothing is sealed.
        Interrupted: ``sealing-failed``, an authority or the key did not answer; the dossier waits.
        Fault: ``sealing-failed``, the file that we made cannot be sealed.
    """
    first = None if officer is None else Approval(officer, mark["operator"], say("mark.officer-reason"))
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
                first=first,
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
        "trial": mark["trial"],
        "signers": [
            {"role": role, "signer": who.subject, "fingerprint": who.fingerprint}
            for role, who in (("officer", officer), ("agency", identity))
            if who is not None
        ],
    }
    evidence = json.dumps(sealed.evidence.as_json(), ensure_ascii=False, sort_keys=True).encode()
    return SealedFile(facts, evidence)


def _mark(mark: Mapping[str, Any], when: datetime) -> Mark:
    facts = {**mark, "time": local_time(when)}
    lines = tuple(say(f"mark.line-{number}", **facts) for number in (1, 2, 3))
    warning = say("mark.trial") if mark["trial"] else None
    whole = Mark(lines, warning, mark_font(), in_force().mark_size_pt, mark.get("link"))
    if place := mark.get("place"):
        return replace(whole, width_pt=place["width"], right_pt=place["right"], top_pt=place["top"])
    return whole
