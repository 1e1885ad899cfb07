"""What every inbox has: a listing, the bytes of one file, and its removal. Two kinds: `inbox_folder`, `inbox_bucket`.

Whoever writes there is not trusted: names are hostile, links are not followed, and what was listed may be another file
by the time it is read. So each file is read by what the listing said of it, and told apart when it has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.deposit import MOST_FILE_BYTES
from workers.settling import Place, Seen

#: Longest name of a file that folders can hold, in bytes of UTF-8.
LONGEST_NAME = 255
#: Bytes read at a time.
PIECE = 1 << 20


class Changed(Exception):
    """A file is no longer what was listed; the next listing will show what it is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file as it was taken."""

    seen: Seen
    sha256: str


class Inbox(Protocol):
    """Where stations put their scans, as ``<station>/<dossier>/<file>``."""

    def listing(self) -> Mapping[Place, tuple[Seen, ...]]:
        """Return all deposits that have a file.

        Raises:
            Interrupted: ``inbox-unreachable``.
        """

    def look(self, place: Place) -> tuple[Seen, ...]:
        """Return the files of one deposit; none when there is no such place.

        Raises:
            Interrupted: ``inbox-unreachable``.
        """

    def pieces(self, place: Place, seen: Seen) -> AbstractContextManager[Iterator[bytes]]:
        """Lend the bytes of a file, in pieces.

        Raises:
            Changed: it is not what was listed.
            Interrupted: ``inbox-unreachable``.
        """

    def remove(self, place: Place, kept: Kept) -> bool:
        """Remove a file if it holds the very bytes that were taken; return False when it does not.

        Raises:
            Interrupted: ``inbox-unreachable``.
        """

    def prove(self) -> int:
        """Try that deposits can be listed, read and removed, before any is taken; return how many there are.

        Raises:
            Interrupted: ``inbox-unreachable``.
            Misconfigured: ``inbox-refused``, we may not do one of the three.
        """


def fetch(inbox: Inbox, place: Place, seen: Seen, folder: Path) -> Kept:
    """Copy a file into *folder*, under its own name.

    Raises:
        Changed: it is not what was listed.
        Interrupted: ``inbox-unreachable``.
    """
    digest, size = hashlib.sha256(), 0
    with inbox.pieces(place, seen) as pieces, (folder / seen.name).open("xb") as file:
        for piece in pieces:
            size += len(piece)
            if size > seen.size:
                raise Changed(seen.name)
            digest.update(piece)
            file.write(piece)
    if size != seen.size:
        raise Changed(seen.name)
    return Kept(seen, digest.hexdigest())


def seen_as(name: str, size: int, mark: str) -> Seen:
    """Return an entry as it is listed; a name that could do harm is spelled out in ASCII."""
    problem = problem_of(name, size)
    return Seen(ascii(name)[1:-1] if problem == "file-name-unsafe" else name, size, mark, problem)


def problem_of(name: str, size: int) -> str:
    """Return why an entry can never be taken, or nothing."""
    try:
        length = len(name.encode("utf-8"))
    except UnicodeEncodeError:  # a name in an old Windows code page
        return "file-name-unsafe"
    if not name.isprintable() or name in {"", ".", ".."} or "/" in name or length > LONGEST_NAME:
        return "file-name-unsafe"
    return "file-too-large" if size > MOST_FILE_BYTES else ""


def digest_of(pieces: Iterator[bytes]) -> str:
    """Return the SHA-256 of what comes in pieces."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
