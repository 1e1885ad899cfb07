"""What is shown of all dossiers: how many stand where, what waits for people and why, how far those under way are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar, get_args

from pipeline.clock import ICT
from pipeline.errors import SohoaError
from pipeline.messages import say
from pipeline.progress import GOING, PEOPLE, UnderWay, under_way
from pipeline.translate import ours
from storage import DepositRow, DossierRow, Filed, ItemState, Ledger

#: Rows of one list; what is more is counted.
_MOST = 100
_RECENT = 20
#: Seconds for which a board is shown to all who ask, and for which the count of everything filed is believed.
_FRESH, _COUNTED = 1.0, 60.0
_SOON = 0  # of `ItemRow.priority`

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Count:
    """How many dossiers are in one state."""

    state: str  # of `ItemState`
    label: str
    count: int
    oldest: datetime | None  # when the one that waits longest was received


@dataclass(frozen=True, slots=True)
class Person:
    """Something that a person must see to."""

    name: str  # a dossier code; for a deposit that could not be taken in, its folder
    dossier: bool  # whether it is a dossier code
    state: str
    label: str
    code: str
    reason: str
    station: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Going:
    """A dossier under way."""

    dossier: str
    label: str
    station: str
    soon: bool  # settled on the same day
    done: int  # pages read
    pages: int  # 0 while they are not known
    code: str  # why it waits for a service; empty when it does not
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """All of it at one moment."""

    at: datetime
    counts: Sequence[Count]
    sealed: int
    sealed_today: int
    incomplete: int
    people: Sequence[Person]
    people_more: int
    going: Sequence[Going]
    going_more: int
    recent: Sequence[DossierRow]


class Kept(Generic[_Value]):
    """A value that is made anew when it is older than some seconds, once for all who ask.

    That it cannot be made is kept as long: or each of those who wait in line for a server that is away would wait anew.
    """

    def __init__(self, make: Callable[[], _Value], seconds: float) -> None:
        """Ask *make* at most every *seconds*."""
        self._make, self._seconds = make, seconds
        self._lock = threading.Lock()
        self._made_at = float("-inf")
        self._made: _Value | SohoaError

    def __call__(self) -> _Value:
        """Return it.

        Raises:
            SohoaError: it could not be made.
        """
        with self._lock:
            if time.monotonic() - self._made_at >= self._seconds:
                try:
                    self._made = self._make()
                except SohoaError as error:
                    self._made = error
                self._made_at = time.monotonic()
            if isinstance(self._made, SohoaError):
                raise self._made.with_traceback(None)
            return self._made


def live_board(ledger: Ledger, *, fresh: float = _FRESH, counted: float = _COUNTED) -> Kept[Board]:
    """Return the board of a ledger, made anew when somebody looks, but not more often than every *fresh* seconds."""
    filed = Kept(partial(_filed, ledger), counted)
    return Kept(lambda: board(ledger, filed()), fresh)


def board(ledger: Ledger, filed: Sequence[Filed]) -> Board:
    """Return how everything stands.

    Args:
        ledger: that is asked.
        filed: all that it has filed.

    Raises:
        SohoaError: the ledger does not answer.
    """
    with ours():
        now = ledger.now()
        today = now.astimezone(ICT).replace(hour=0, minute=0, second=0, microsecond=0)
        counts = _counts(ledger)
        people, going = _people(ledger), _going(ledger)
        by_state = {count.state: count.count for count in counts}
        return Board(
            at=now,
            counts=counts,
            sealed=sum(each.count for each in filed),
            sealed_today=sum(each.count for each in ledger.filed(today)),
            incomplete=sum(each.count for each in filed if each.verdict != "complete"),
            people=people,
            people_more=max(0, sum(by_state[state] for state in PEOPLE) - _MOST),
            going=going,
            going_more=max(0, sum(by_state[state] for state in GOING) - _MOST),
            recent=ledger.dossiers(limit=_RECENT),
        )


def _filed(ledger: Ledger) -> list[Filed]:
    with ours():
        return ledger.filed()


def _counts(ledger: Ledger) -> list[Count]:
    waiting = ledger.waiting()
    found = []
    for state in get_args(ItemState):
        rows = [row for row in waiting if row.state == state]
        oldest = min((row.oldest for row in rows), default=None)
        found.append(Count(state, say(f"item-state.{state}"), sum(row.count for row in rows), oldest))
    return [count for count in found if count.state != "sealed"]  # of those the dossiers tell


def _people(ledger: Ledger) -> list[Person]:
    """Return dossiers that wait for people, and deposits of which not even the dossier is known."""
    waiting = under_way(ledger, limit=_MOST, states=PEOPLE)
    known = {each.item.deposit for each in waiting}
    refused = [row for row in ledger.refused_deposits(limit=_MOST) if row.dossier is None and row.id not in known]
    return [*map(_waiting, waiting), *map(_refused, refused)][:_MOST]


def _waiting(each: UnderWay) -> Person:
    item = each.item
    return Person(
        name=item.code,
        dossier=True,
        state=item.state,
        label=each.label,
        code=item.reason or "",
        reason=each.reason or "",
        station=item.station,
        since=item.changed_at,
    )


def _refused(row: DepositRow) -> Person:
    state = "review" if row.state == "rejected" else "failed"
    return Person(
        name=row.name,
        dossier=False,
        state=state,
        label=say(f"item-state.{state}"),
        code=row.code or "",
        reason=row.reason or "",
        station="",
        since=row.updated_at,
    )


def _going(ledger: Ledger) -> list[Going]:
    return [_under_way(each) for each in under_way(ledger, limit=_MOST, states=GOING)]


def _under_way(each: UnderWay) -> Going:
    item = each.item
    return Going(
        dossier=item.code,
        label=each.label,
        station=item.station,
        soon=item.priority == _SOON,
        done=each.done,
        pages=each.pages,
        code=item.reason or "",
        reason=each.reason or "",
        since=item.received_at,
    )
