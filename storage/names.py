"""What may be a name in a store: checked once, here, before any path or request is made of it.

Pure: knows no folder and no server. A key that passes is a legal relative path on every file
system we run on and a legal S3 key, so both kinds of store can use it as it is.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NewType, get_args

#: Lower-case hex SHA-256 of an object's bytes; the only name an object ever has.
Digest = NewType("Digest", str)

#: Which bucket an object is in. ``originals`` (as deposited) and ``sealed`` (as signed) are
#: evidence: written once, never removed. What is in ``work`` can be made again.
Area = Literal["originals", "work", "sealed"]

AREAS: Final[tuple[Area, ...]] = get_args(Area)
EVIDENCE: Final[frozenset[Area]] = frozenset({"originals", "sealed"})

#: Characters; S3 allows 1,024 bytes, and a bucket prefix may still be put in front.
KEY_LIMIT: Final = 512
#: Characters between two slashes; NAME_MAX of the Linux file systems is 255 bytes.
SEGMENT_LIMIT: Final = 200

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[A-Za-z0-9._/-]+")


def require_area(text: str) -> Area:
    """Return *text* as an area; ValueError if it is none."""
    if text not in AREAS:
        raise ValueError(f"{text!r} is not an area: use one of {', '.join(AREAS)}")
    return text


def require_evidence(text: str) -> Area:
    """Return *text* as an area of evidence; ValueError if it is none."""
    if text not in EVIDENCE:
        raise ValueError(f"{text!r} is not an area of evidence: use one of {', '.join(sorted(EVIDENCE))}")
    return require_area(text)


def require_digest(text: str) -> Digest:
    """Return *text* as a digest; ValueError unless it is 64 lower-case hex digits."""
    if not _DIGEST.fullmatch(text):
        raise ValueError(f"{text!r} is not a SHA-256 in lower-case hex")
    return Digest(text)


def require_key(text: str) -> str:
    """Return *text* if it can name a record; ValueError says why it cannot."""
    _require_characters(text)
    for segment in text.split("/"):
        # A leading dot covers `.` and `..`, and keeps the names of unfinished writes free.
        if not segment or segment.startswith(".") or len(segment) > SEGMENT_LIMIT:
            raise ValueError(
                f"{text!r} is not a record key: between slashes stand 1 to {SEGMENT_LIMIT} "
                "characters, the first of which is not a dot"
            )
    return text


def require_prefix(text: str) -> str:
    """Return *text* if record keys can begin with it; the empty prefix begins them all."""
    if text:
        _require_characters(text)
        folder = text.rpartition("/")[0]
        if folder or text.startswith("/"):
            require_key(folder)
    return text


def _require_characters(text: str) -> None:
    if len(text) > KEY_LIMIT or not _KEY.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is not a record key: use at most {KEY_LIMIT} of A-Z a-z 0-9 . _ / -")
