"""Notices (thông báo): what the one-stop software is told when a dossier was filed, or waits for people.

A notice is words and nothing else: which dossier, which version, the hash of its sealed manifest, the code of a reason.
No names, no papers, no sentences; whoever wants to know more asks the record that it names. It is written down with the
change that it tells of, and sent afterwards (`workers.relay`); here nothing is kept or sent.

Signed as Standard Webhooks 1.0.0 has it (https://github.com/standard-webhooks/standard-webhooks, spec, "Signature
scheme"), so that receivers may use any of its libraries: HMAC-SHA256 over id, time of sending and body.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from pipeline.model import canonical_json, sha256_of

FORMAT: Final = 1
#: Queue of the ledger's outbox that notices stand in.
QUEUE: Final = "notice"
#: How a secret is written down (Standard Webhooks, "Secret serialization"), and the octets that it may have.
_PREFIX: Final = "whsec_"
_OCTETS: Final = (24, 64)
#: Hexadecimal letters of an id: 128 bits of a SHA-256.
_ID_LETTERS: Final = 32

Event = Literal["filed", "review", "failed"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened to a deposit."""

    event: Event  # filed; turned away, so that people must look (review); or we let it down (failed)
    at: datetime  # when it happened, with a timezone
    deposit: str  # SHA-256 that names what was deposited; of papers that could not be taken in, where they lie
    dossier: str | None  # code; None for a folder that is called otherwise, whose name may be a person's
    version: int | None = None  # of the record that was filed, from 1
    manifest: str | None = None  # SHA-256 of its manifest.json
    verdict: str | None = None  # what the manifest says: complete, incomplete, rejected
    code: str | None = None  # of the reason, or of the first thing in a filed dossier that was turned away

    @property
    def subject(self) -> str:
        """What it is about: about one subject notices are sent in their order."""
        return self.dossier or self.deposit

    @property
    def id(self) -> str:
        """Names this notice, however often it is sent: made from what it says, which holds the moment."""
        return f"msg_{sha256_of(canonical_json(self._said()))[:_ID_LETTERS]}"

    def body(self) -> str:
        """Return what is sent, as the schema ``notice-1`` has it."""
        return canonical_json({**self._said(), "id": self.id}).decode()

    def _said(self) -> dict[str, object]:
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return {**asdict(self), "at": at, "format": FORMAT}


#: Who is told; inside the transaction of the change, so that both are written or neither is.
Tell = Callable[[Notice], None]


def nobody(notice: Notice) -> None:
    """Hear of something, and keep nothing of it."""


def id_of(body: str) -> str:
    """Return the id of a notice from what `Notice.body` made."""
    return str(json.loads(body)["id"])


def secret_from(text: str) -> bytes:
    """Return the secret that ``whsec_…`` stands for.

    Raises:
        ValueError: it is none; the message says what one is, not what was given.
    """
    least, most = _OCTETS
    try:
        secret = b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError:
        secret = b""
    if not text.startswith(_PREFIX) or not least <= len(secret) <= most:
        raise ValueError(f"{_PREFIX}<base64, {least}…{most} bytes>")
    return secret


def signed(body: str, *, secret: bytes, at: datetime) -> Mapping[str, str]:
    """Return the headers with which a notice is sent.

    Args:
        body: as `Notice.body` made it.
        secret: known to the receiver.
        at: the moment of sending, which grows with each try: receivers refuse what is old.
    """
    name, moment = id_of(body), str(int(at.timestamp()))
    mac = hmac.digest(secret, f"{name}.{moment}.{body}".encode(), "sha256")
    return {
        "webhook-id": name,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{b64encode(mac).decode()}",
    }
