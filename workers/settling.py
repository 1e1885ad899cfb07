"""When is a deposit whole? Decided from one listing of an inbox after the other. Pure.

Scanners re-open files for seconds, copy pages in any order, and stop in the middle; servers lose events. So a deposit
is taken when its ticket names all files, they are there, and all of it stood still for a moment; or, without a ticket
that can be read, when all of it stood still for the quiet time. Events only bring the next listing forward.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum

#: How names end that scanners, browsers and copying tools give to what they have not finished; and how they begin.
TEMPORARY_ENDS = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".writing", "~")
TEMPORARY_STARTS = ("~$", ".~", "._", ".goutputstream", ".smbdelete")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a deposit lies in an inbox: ``<station>/<dossier>/``."""

    station: str
    dossier: str


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """One entry of a deposit as it was listed."""

    name: str
    size: int  # bytes
    mark: str  # another one when it was written again: ETag, or time of change
    problem: str = ""  # why it can never be taken: not-a-file, file-name-unsafe, file-too-large


@dataclass(frozen=True, slots=True)
class Rules:
    """How long what is waited for, in seconds."""

    #: Without a ticket: longer than a clerk takes to turn the next page over.
    quiet: float = 60.0
    #: With a ticket and all its files: longer than a copy over a slow line stops in the middle.
    steady: float = 5.0
    #: What stands still so long and is not whole is told to people.
    patience: float = 1800.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What is remembered of a deposit between listings. Nothing is lost when it is: the waiting begins anew."""

    files: frozenset[Seen]
    since: float  # seconds: at the first listing that showed just these
    told: bool = False


class Verdict(Enum):
    """What to do with a deposit after a listing."""

    WAIT = "wait"
    TAKE = "take"
    TELL = "tell"  # once: it stands still and is not whole


@dataclass(frozen=True, slots=True)
class Lacks:
    """Why a deposit is not whole."""

    missing: tuple[str, ...]  # named by the ticket
    unfinished: tuple[str, ...]  # there, under the name of something that is still being written
    odd: tuple[str, ...]  # there, and nothing that can be taken

    def __bool__(self) -> bool:
        """Say whether anything is lacking."""
        return bool(self.missing or self.unfinished or self.odd)


def settle(
    before: Watched | None, seen: Collection[Seen], named: Collection[str] | None, *, now: float, rules: Rules
) -> tuple[Watched, Verdict]:
    """Decide about one deposit.

    Args:
        before: what was remembered; None at the first sight.
        seen: all that the listing shows of it.
        named: the files that its ticket names, the ticket too; None without one that can be read.
        now: seconds of a clock that never goes back.
        rules: how long what is waited for.

    Returns:
        What to remember, and what to do.
    """
    files = frozenset(seen)
    watched = before if before is not None and before.files == files else Watched(files, now)
    still = now - watched.since
    if not lacks(files, named):
        ready = still >= (rules.quiet if named is None else rules.steady)
        return watched, Verdict.TAKE if ready else Verdict.WAIT
    if still >= rules.patience and not watched.told:
        return replace(watched, told=True), Verdict.TELL
    return watched, Verdict.WAIT


def lacks(seen: Collection[Seen], named: Collection[str] | None) -> Lacks:
    """Say what a deposit lacks to be whole."""
    names = {composed(each.name) for each in seen}
    return Lacks(
        missing=tuple(sorted({composed(name) for name in named or ()} - names)),
        unfinished=tuple(sorted(each.name for each in seen if is_temporary(each.name))),
        odd=tuple(sorted(each.name for each in seen if each.problem)),
    )


def is_temporary(name: str) -> bool:
    """Say whether a name is one of something that is still being written."""
    plain = name.casefold()
    return plain.endswith(TEMPORARY_ENDS) or plain.startswith(TEMPORARY_STARTS)


def composed(name: str) -> str:
    """Return a name as tickets spell it: some systems write Vietnamese letters with loose accents (NFD)."""
    return unicodedata.normalize("NFC", name)
