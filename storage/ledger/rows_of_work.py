"""What the ledger takes and gives about work: what is under way, who tries it, what is to be sent, what was done.

Every time is a datetime with a timezone, kept in UTC. Stages, queues, stations, reasons and actions are the caller's
words. No row may hold personal data: codes, digests and counts only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from storage.names import Digest

Outcome = Literal["done", "rejected", "failed"]
#: ``sealed`` is the end; ``review`` and ``failed`` wait for people.
ItemState = Literal["received", "opening", "reading", "closing", "sealed", "review", "failed"]
#: What was done last with a document: told which pages it has, assembled, sealed and filed.
DocumentState = Literal["opened", "assembled", "sealed"]
PageState = Literal["waiting", "read", "failed"]
#: What may stand in the facts of an event.
Fact = str | int | bool | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt at one step, written before the work began."""

    id: int
    #: Names the step by everything that its outcome depends on.
    step_key: str
    stage: str
    #: What the step was about, for people: a dossier code.
    subject: str
    #: Process that tried, on its own machine.
    pid: int
    started_at: datetime
    #: None while it goes on, and for ever when the process was killed.
    ended_at: datetime | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Tried:
    """How often something was tried before."""

    #: Code of the dossier that the deposit in question was received for last, if it was.
    subject: str | None
    #: Attempts that ended with ``failed``.
    failed: int
    #: Attempts that have not ended: killed, or going on.
    open: int


@dataclass(frozen=True, slots=True)
class Fence:
    """The right to write what a lease stands for, until somebody else takes the lease."""

    #: Of the lease.
    name: str
    #: What `Ledger.take_lease` returned.
    number: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step that was done, for people; the truth is its record in the object store."""

    #: Names the step by everything that its outcome depends on.
    key: str
    stage: str
    #: A dossier code.
    subject: str
    outcome: Outcome
    ended_at: datetime
    #: Seconds that it took.
    seconds: float


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One dossier on its way from its deposit to its sealed record."""

    #: Code of the dossier (mã hồ sơ).
    code: str
    #: Names what was deposited: the same papers handed in again have the same name.
    deposit: str
    #: Where the deposit lies: a folder or the prefix of a bucket.
    source: str
    #: Scanning station that it came from.
    station: str
    #: Smaller goes first: 0 for procedures that are settled on the same day.
    priority: int
    state: ItemState
    #: Stable code of why it waits or failed; None otherwise.
    reason: str | None
    received_at: datetime
    #: When it came into its state, or was last said to be at work in it.
    changed_at: datetime
    #: Not to be touched before.
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many dossiers are in one state for one reason."""

    state: ItemState
    reason: str | None
    count: int
    #: When the one that waits longest was received.
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Filed:
    """How many filed dossiers have one state and one verdict."""

    state: str
    verdict: str
    count: int


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document of a dossier on its way; `FileRow` tells what became of it in which version."""

    dossier: str
    #: Unique within the dossier.
    name: str
    #: Code of the component that it belongs to (mã thành phần hồ sơ).
    component: str
    #: Number of pages.
    pages: int
    state: DocumentState
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page of one original of a dossier."""

    dossier: str
    #: SHA-256 of the original that has the page.
    original: Digest
    #: Place in the original, from 0.
    number: int
    state: PageState
    #: Names the step that reads it, or has read it; None when that is not known yet.
    step_key: str | None
    changed_at: datetime
    #: Place in the whole deposit, from 1: what its messages call it; 0 where nobody asks.
    place: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be sent once the transaction that says so is committed. It carries names, never papers."""

    queue: str
    #: A dossier code.
    subject: str
    #: For the receiver, who gets it as it is.
    body: str
    #: Smaller goes first. Pages of a long dossier that count up by the dozen let the first pages of later ones pass.
    priority: int = 1


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message that is not known to be sent."""

    #: Grows from message to message.
    id: int
    message: Message
    written_at: datetime
    #: How often it was taken, this time too; above 1 it may have been sent before.
    takes: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing that somebody did. Never changed, never removed."""

    #: Counts from 1, without a gap.
    number: int
    at: datetime
    #: Who: an operator's code, an account, a service.
    actor: str
    #: What: ``sealed``.
    action: str
    #: With what: a dossier code, mostly.
    subject: str
    facts: Mapping[str, Fact] = field(hash=False)
    #: SHA-256 of the event before; 64 zeros for the first.
    previous: str
    #: SHA-256 over `previous` and everything above, see `storage.ledger.events`.
    hash: str


@dataclass(frozen=True, slots=True)
class EventHead:
    """The newest event at some time. Kept elsewhere, it shows later that nothing before it was cut off or changed."""

    #: 0 when there was none.
    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class BrokenEvent:
    """The first place where the log of events is not what it was."""

    number: int
    #: ``content``: the row says something else than was hashed; ``link``: it does not follow the row before;
    #: ``gap``: the row is gone; ``head``: it is not, or no longer, the event that was known by this number.
    problem: Literal["content", "link", "gap", "head"]
