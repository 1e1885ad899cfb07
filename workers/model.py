"""The nouns of the queue, and what it needs of others. Pure: no broker, no clock, no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Protocol

#: Pages that a dossier may have read before those of others; the rest stands one queue further back. A counter dossier
#: has 3 to 40 pages, an archive box 2,000.
FIRST_PAGES = 64


class Lane(StrEnum):
    """What is done under one message."""

    OPENING = "opening"  # gate and separate
    PAGING = "paging"  # read one page
    CLOSING = "closing"  # describe and assemble
    SEALING = "sealing"  # with the key


class Urgency(IntEnum):
    """Which queue of its lane an errand stands in; smaller goes first where a worker can choose."""

    SOON = 0  # procedures that are settled on the same day
    PLAIN = 1
    LONG = 2  # what is left of thick dossiers


_SUFFIX = {Urgency.SOON: "-soon", Urgency.PLAIN: "", Urgency.LONG: "-long"}


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do, by name. Sent any number of times, it is done once."""

    lane: Lane
    deposit: str  # names the deposit, as `Lanes` knows it
    number: int = 0  # of the page, from 1; 0 in other lanes
    urgency: Urgency = Urgency.PLAIN

    @property
    def name(self) -> str:
        """What its attempts are counted under, however urgent it was when it was sent."""
        return f"{self.lane}/{self.deposit}/{self.number}" if self.number else f"{self.lane}/{self.deposit}"

    @property
    def queue(self) -> str:
        """The queue it stands in."""
        return queue_name(self.lane, self.urgency)


def queue_name(lane: Lane, urgency: Urgency) -> str:
    """Return the name of a queue; only pages have a long one: of the rest, a dossier has one each."""
    long = urgency is Urgency.LONG and lane is not Lane.PAGING
    return lane + _SUFFIX[Urgency.PLAIN if long else urgency]


def queues_of(lane: Lane) -> tuple[str, ...]:
    """Return the queues of a lane, the most urgent first."""
    return tuple(dict.fromkeys(queue_name(lane, urgency) for urgency in Urgency))


def page_urgency(number: int, *, soon: bool) -> Urgency:
    """Return where a page stands: the first of a same-day dossier first, the last of a thick one last."""
    return Urgency(min((not soon) + (number > FIRST_PAGES), Urgency.LONG))


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a deposit came to."""

    unread: tuple[int, ...] = ()  # pages to read, from 1; those that were read before are left out
    soon: bool = False  # of a procedure that is settled on the same day
    over: bool = False  # sealed already, rejected, or waiting for people: nothing follows


class Lanes(Protocol):
    """What is done with a deposit. Every call may be repeated, also at the same time, and names are all it takes."""

    def open(self, deposit: str) -> Opened:
        """Gate and separate."""

    def page(self, deposit: str, number: int, along: Callable[[], None]) -> int:
        """Read one page; return how many pages of the deposit are unread, by the set of their records.

        *along* is called in the transaction that says that it is read, and writes something of its own in it.
        Entered and counted in one transaction: of two who read the last two pages at once, one is told 0. Told to
        both, the dossier is closed twice at the same time; told to neither, it waits for the sweeper.
        """

    def close(self, deposit: str) -> bool:
        """Describe and assemble; return whether there is something to seal."""

    def seal(self, deposit: str) -> None:
        """Seal and file under a lease; nothing happens when that is done."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often an errand was tried before."""

    failed: int = 0  # attempts that ended with an error
    vanished: int = 0  # attempts that never ended: killed, or at work this moment on another machine


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was written down, and committed, before its work began."""

    id: int
    before: Tally


class Attempts(Protocol):
    """Who counts attempts: what kills a process kills its counting, so it is counted first."""

    def begin(self, errand: Errand) -> Attempt:
        """Count an attempt."""

    def end(self, attempt: Attempt, *, failed: bool) -> None:
        """Say how it ended."""

    def done(self, attempt: Attempt) -> None:
        """Say that it ended well, within a transaction that stands or falls with it."""

    def waits(self, errand: Errand, code: str, seconds: float) -> None:
        """Let people see why the deposit waits; its message comes back by itself, so it is not undone until then."""

    def give_up(self, errand: Errand, code: str, facts: Mapping[str, object]) -> None:
        """Bring the deposit into a state that people see, with the reason; it is not sent again by itself."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A deposit that was taken from its inbox and is not opened yet."""

    deposit: str
    station: str
    soon: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """An errand that nobody has finished."""

    errand: Errand
    since: datetime  # when it, or its deposit, was last sent or moved
    begun: datetime | None = None  # when its latest attempt began, as long as that has not ended


class Book(Protocol):
    """Who knows what is to be done: the ledger."""

    def now(self) -> datetime:
        """Return the time by the clock that `Undone` is told by: a machine whose own is off must send nothing twice."""

    def arrivals(self, limit: int) -> Sequence[Arrival]:
        """Return deposits that were taken in and never `sent`, in the order in which it is fair to open them."""

    def under_way(self) -> Mapping[str, int]:
        """Return by station how many deposits were `sent` and are neither through nor waiting for people."""

    def undone(self, older_than: datetime, limit: int) -> Sequence[Undone]:
        """Return what was last sent before *older_than* and is not told to wait, the oldest first."""

    def sent(self, errands: Sequence[Errand]) -> None:
        """Note that these were sent just now: they are no arrivals any more, and undone only after a while."""


class Sender(Protocol):
    """Where errands are sent."""

    def send(self, errand: Errand) -> None:
        """Send one; returns when the broker has it."""

    def standing(self, queue: str) -> int:
        """Return how many messages stand in a queue, those at work not counted."""


def all_queues(lanes: Sequence[Lane] = tuple(Lane)) -> Iterator[tuple[Lane, Urgency]]:
    """Go through the queues of some lanes, each once."""
    for lane in lanes:
        for urgency in Urgency:
            if lane is Lane.PAGING or urgency is not Urgency.LONG:
                yield lane, urgency
