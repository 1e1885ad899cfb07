"""May a page be read now, by the memory of this machine? Pure: `workers.memory` asks, and does what is said here.

Pages differ: an A4 page takes a third of a gigabyte, a plan of a building several. As many side by side as there are
processes would kill one of them, and then the next. So each page stands in a line until there is room.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

#: What a process takes that has loaded its models, before it has seen a page: octets, measured (docs/reading.md).
BASE = 210_000_000
#: Octets for each pixel that is decoded, and for each that is read after sampling (`ocr.READING_DPI`). Measured, and
#: rounded up: A4 at 300 dpi 335 MB in all, A3 at 600 dpi 560, and 830 as a one-bit copy, which is read unsampled.
DECODED, READ = 10, 16
#: What other pages leave free for one of a counter dossier of the same day: an A4 page at 300 dpi.
COUNTER_PAGE = 360_000_000
#: Seconds after which a page has waited long enough to go before those of the same day: a stream of these must not
#: keep a large one waiting for ever.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A page that is read on this machine, or waits to be."""

    number: int  # in the order in which they came; no two are alike
    octets: int  # that it is expected to take
    soon: bool  # of a dossier of the same day
    since: float  # seconds of a clock that all processes of the machine share
    begun: bool = False


def expected(page: Mapping[str, Any], reading_dpi: float) -> int:
    """Return how many octets the reading of a page is expected to take, the process around it counted.

    Args:
        page: what the gate wrote down of it: ``width`` and ``height`` in pixels, ``dpi_x`` and ``dpi_y``.
        reading_dpi: dots an inch that it is sampled down to, by whole factors.
    """
    pixels = int(page["width"]) * int(page["height"])
    factor = max(1, int(min(page["dpi_x"], page["dpi_y"]) / reading_dpi))
    return BASE + max(DECODED * pixels, READ * pixels // factor**2)


def may_begin(mine: Claim, others: Collection[Claim], *, budget: int, now: float) -> bool:
    """Decide whether *mine* is read now.

    Who is first in line begins when there is room, and when nobody is at work: then even a page that is larger than
    all there is, which is read alone. Nobody passes the first in line, so nobody waits for ever.

    Args:
        mine: waits.
        others: all other claims on the machine.
        budget: octets that pages may take together.
        now: seconds, by the clock of `Claim.since`.
    """
    at_work = [each for each in others if each.begun]
    waiting = [each for each in others if not each.begun]
    if any(_rank(each, now) < _rank(mine, now) for each in waiting):
        return False
    if not at_work:
        return True
    room = budget - sum(each.octets for each in at_work)
    return mine.octets <= (room if mine.soon else room - reserve(budget))


def reserve(budget: int) -> int:
    """Return how many octets only pages of the same day may take: they come to a worker that is kept free for them."""
    return min(COUNTER_PAGE, budget // 2)


def _rank(claim: Claim, now: float) -> tuple[bool, bool, int]:
    """Return where a claim stands in line: who has waited long, then who is of the same day, then who came first."""
    patient = now - claim.since < PATIENCE
    return (patient, patient and not claim.soon, claim.number)
