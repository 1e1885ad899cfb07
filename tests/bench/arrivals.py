"""Dossiers as a province's counters hand them in: how thick, of which procedure, from which station, when.

Their scans are a few bytes each that no two share: for machines whose reading is a stand-in.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from conftest import a_ticket

#: Provinces have some thousand counters; what matters to the turns is that many stations compete.
STATIONS = tuple(f"TP-{number:02d}" for number in range(1, 35))
#: Settled on the same day: certified copies.
SAME_DAY, USUAL = "2.000815", "1.001193"


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of dossier."""

    share: float
    procedure: str
    documents: int  # components, each one file of pages
    pages: tuple[int, int]  # fewest and most

    @property
    def mean(self) -> float:
        return sum(self.pages) / 2


#: What a counter has is 3 to 40 pages (docs/queue.md), same-day ones less; the shares are assumed.
MIX = (
    Kind(0.30, SAME_DAY, 2, (2, 3)),
    Kind(0.50, USUAL, 4, (4, 8)),
    Kind(0.15, USUAL, 4, (10, 18)),
    Kind(0.05, USUAL, 4, (30, 50)),
)
MEAN_PAGES = sum(kind.share * kind.mean for kind in MIX)
MEAN_DOCUMENTS = sum(kind.share * kind.documents for kind in MIX)


def moments(dice: random.Random, per_minute: float, seconds: float) -> Iterator[float]:
    """Yield seconds from now at which somebody comes, whatever became of those before (an open loop)."""
    at = dice.expovariate(per_minute / 60)
    while at < seconds:
        yield at
        at += dice.expovariate(per_minute / 60)


def drop(inbox: Path, code: str, dice: random.Random) -> int:
    """Put a dossier into the inbox of a station as one rename, as a careful one does; return its pages."""
    kind = dice.choices(MIX, [each.share for each in MIX])[0]
    pages = dice.randint(*kind.pages)
    names: dict[str, list[str]] = {f"TP0{number}": [] for number in range(1, kind.documents + 1)}
    for place in range(pages):
        component = f"TP0{1 + place % kind.documents}"
        names[component].append(f"{component}-{place}.jpg")
    station = inbox / dice.choice(STATIONS)
    # Beside the inbox: a folder that grows before the watcher's eyes would be taken in pieces.
    beside = inbox.parent / "scanning" / code
    beside.mkdir(parents=True)
    station.mkdir(exist_ok=True)
    for files in names.values():
        for name in files:
            (beside / name).write_bytes(uuid4().bytes)
    ticket = a_ticket(*names.items(), dossier=code, procedure=kind.procedure)
    (beside / "dossier.json").write_text(json.dumps(ticket), encoding="utf-8")
    beside.rename(station / code)
    return pages


def at_their_moments(moments: Iterator[float]) -> Iterator[int]:
    """Yield a number at each moment; behind time, at once."""
    started = time.monotonic()
    for number, moment in enumerate(moments):
        time.sleep(max(0.0, started + moment - time.monotonic()))
        yield number
