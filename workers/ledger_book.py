"""What was tried and what is to be done, as the ledger tells it: the queue's two ports to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.lanes import UNDER_WAY
from storage import ItemRow, ItemState, Ledger, LedgerAway, LedgerBusy, StoreFull
from storage.ledger import Outcome
from workers.desk import SOON
from workers.model import Arrival, Attempt, Errand, Lane, Tally, Undone, Urgency, page_urgency


@dataclass(frozen=True, slots=True)
class LedgerAttempts:
    """Attempts counted in the ledger, from when the dossier was last received: a person's retry begins anew."""

    ledger: Ledger
    set_aside: Callable[[str, str, Mapping[str, object]], None]
    #: By number, what ended while the ledger was away. Left open, it would count as a process that died over the
    #: errand, and a line that breaks four times in the middle of a long closing would have it set aside.
    owed: dict[int, Outcome] = field(default_factory=dict)

    def begin(self, errand: Errand) -> Attempt:
        """See `workers.model.Attempts`."""
        self._pay()
        tried = self.ledger.tally(errand.name, errand.deposit)
        number = self.ledger.begin_attempt(errand.name, errand.lane, tried.subject or errand.deposit)
        return Attempt(number, Tally(tried.failed, tried.open))

    def end(self, attempt: Attempt, *, failed: bool) -> None:
        """See `workers.model.Attempts`."""
        self.owed[attempt.id] = "failed" if failed else "done"
        self._pay()

    def done(self, attempt: Attempt) -> None:
        """See `workers.model.Attempts`."""
        self.ledger.end_attempt(attempt.id, "done")

    def waits(self, errand: Errand, code: str, seconds: float) -> None:
        """See `workers.model.Attempts`."""
        if item := self.ledger.item_of(errand.deposit):
            _touch(self.ledger, item, reason=code, seconds=seconds)

    def give_up(self, errand: Errand, code: str, facts: Mapping[str, object]) -> None:
        """See `workers.model.Attempts`."""
        self.set_aside(errand.deposit, code, facts)

    def _pay(self) -> None:
        for number in tuple(self.owed):
            if (outcome := self.owed.pop(number, None)) is None:
                continue  # another thread is at it
            try:
                self.ledger.end_attempt(number, outcome)
            except (LedgerAway, LedgerBusy, StoreFull):
                self.owed[number] = outcome
                raise


@dataclass(frozen=True, slots=True)
class LedgerBook:
    """What is to be done, by the ledger."""

    ledger: Ledger

    def now(self) -> datetime:
        """See `workers.model.Book`."""
        return self.ledger.now()

    def arrivals(self, limit: int) -> Sequence[Arrival]:
        """See `workers.model.Book`."""
        return [Arrival(row.deposit, row.station, row.priority == SOON) for row in self.ledger.next_items(limit)]

    def under_way(self) -> Mapping[str, int]:
        """See `workers.model.Book`."""
        return self.ledger.under_way()

    def undone(self, older_than: datetime, limit: int) -> Sequence[Undone]:
        """See `workers.model.Book`."""
        found: list[tuple[Errand, datetime]] = []
        for row in self.ledger.undone_items(older_than, limit, begun=True):
            if len(found) >= limit:
                break
            found += [(errand, row.changed_at) for errand in self._left(row)]
        found = found[:limit]
        begun = self.ledger.open_attempts([errand.name for errand, _ in found])
        return [Undone(errand, since, begun.get(errand.name)) for errand, since in found]

    def sent(self, errands: Sequence[Errand]) -> None:
        """See `workers.model.Book`."""
        for errand in errands:
            if item := self.ledger.item_of(errand.deposit):
                _touch(self.ledger, item)

    def _left(self, row: ItemRow) -> list[Errand]:
        soon = row.priority == SOON
        urgency = Urgency.SOON if soon else Urgency.PLAIN
        if row.state == "opening":
            return [Errand(Lane.OPENING, row.deposit, urgency=urgency)]
        if row.state == "closing":  # assembled: what is left is the seal
            return [Errand(Lane.SEALING, row.deposit, urgency=urgency)]
        unread = sorted(page.place for page in self.ledger.pages(row.code) if page.state == "waiting")
        pages = [Errand(Lane.PAGING, row.deposit, each, page_urgency(each, soon=soon)) for each in unread]
        return pages or [Errand(Lane.CLOSING, row.deposit, urgency=urgency)]


def _touch(ledger: Ledger, item: ItemRow, *, reason: str | None = None, seconds: float = 0.0) -> None:
    """Say that the work on a dossier goes on; it is no arrival any more."""
    state: ItemState = "opening" if item.state == "received" else item.state
    if item.state in UNDER_WAY:
        ledger.move_item(item.code, state, was=[item.state], reason=reason, wait_seconds=seconds)
