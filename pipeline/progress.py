"""How far the dossiers are that are not through yet, and why they wait, as the ledger tells it: for people to see.

What is filed is told by its manifest (`pipeline.versions`); this is only about the way there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.messages import say, why
from storage import ItemRow, ItemState, Ledger

#: What goes on by itself, and what waits for people.
GOING: Final[tuple[ItemState, ...]] = ("received", "opening", "reading", "closing")
PEOPLE: Final[tuple[ItemState, ...]] = ("review", "failed")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A dossier that has come in and is not sealed."""

    item: ItemRow
    reason: str | None  # why it waits, in Vietnamese; None when nothing keeps it
    done: int  # pages that were read, or could not be
    pages: int  # 0 until it is known how many there are

    @property
    def dossier(self) -> str:
        """Its code; a digest for a deposit that bears none."""
        return self.item.code

    @property
    def label(self) -> str:
        """Its state in words."""
        return say(f"item-state.{self.item.state}")


def under_way(ledger: Ledger, *, limit: int, states: Collection[ItemState] = (*PEOPLE, *GOING)) -> list[UnderWay]:
    """Return at most *limit* dossiers in some states, those that wait longest first."""
    return progress_of(ledger, ledger.items_in(states, limit=limit))


def progress_of(ledger: Ledger, items: Sequence[ItemRow]) -> list[UnderWay]:
    """Return how far each of some dossiers is."""
    counts = ledger.page_counts([item.code for item in items])
    said = ledger.reasons([item.deposit for item in items if item.state in PEOPLE])
    return [UnderWay(item, _reason(item, said), *_pages(item, counts)) for item in items]


def _pages(item: ItemRow, counts: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return how many pages are done, of how many; until a deposit is opened, the ledger may have those of others."""
    return (0, 0) if item.state in ("received", "opening") else counts.get(item.code, (0, 0))


def _reason(item: ItemRow, said: Mapping[str, str]) -> str | None:
    """Return the sentence that was written down when the deposit ended, or the one for what it waits for."""
    if item.reason is None:
        return None
    return said.get(item.deposit) or why(item.reason)
