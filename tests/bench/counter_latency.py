"""Does a counter dossier wait for a thick one? Small deposits while 2,000 real pages are in work, and without them.

    .venv/bin/python tests/bench/counter_latency.py [--embedded] [--pages 2000] [--whole 150] [--samples 15]

A dossier of one to three pages, of a procedure that is settled on the same day, is dropped every few seconds: first
into an idle installation, then beside a thick deposit that is small enough to be seen to its end, then beside one that
is taken in, opened and partly read. Real Tesseract, real seals. Seconds from the drop to the record, by what the thick
one was at, and each as a multiple of the idle median of dossiers with as many pages. Not a test: the figures belong to
the machine.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from real_site import SAME_DAY, USUAL, RealSite, a_real_site  # noqa: E402

#: Seconds between two counter dossiers, and longest for one of them and for a thick one.
_PAUSE, _LONGEST, _THICK = 2.0, 120.0, 1800.0
#: Of counter dossiers, one after the other.
PAGES = (1, 2, 3)


def main() -> None:
    asked = _asked()
    with a_real_site(embedded=asked.embedded, workers=asked.workers) as site:
        counter = Counter(site)
        for _ in PAGES:  # every process has loaded what it needs after these
            counter.sample()
        idle = [counter.sample() for _ in range(asked.samples)]
        usual = {pages: statistics.median(each.seconds for each in idle if each.pages == pages) for pages in PAGES}
        show("idle", idle, usual)
        for number, (pages, whole) in enumerate([(asked.whole, True), (asked.pages, False)]):
            code = f"H15.50.05.13-261119-{number:04d}"
            if pages:
                for at, taken in beside(site, counter, code, pages, most=None if whole else asked.samples):
                    show(f"beside {pages} pages: {at}", taken, usual)


@dataclass(frozen=True, slots=True)
class Took:
    """One small dossier."""

    pages: int
    seconds: float


class Counter:
    """Hands in one small dossier after the other."""

    def __init__(self, site: RealSite) -> None:
        self._site, self._number, self._dice = site, 0, random.Random(7)

    def sample(self) -> Took:
        """Hand one in, and wait until its record stands."""
        time.sleep(_PAUSE * self._dice.uniform(0.5, 1.5))
        self._number += 1
        code = f"H15.50.05.13-261120-{self._number:04d}"
        pages = PAGES[self._number % len(PAGES)]
        dropped = self._site.drop(code, pages, procedure=SAME_DAY, station="TP-02")
        return Took(pages, self._site.ends(code, seconds=_LONGEST) - dropped)


def beside(
    site: RealSite, counter: Counter, code: str, pages: int, *, most: int | None
) -> Iterator[tuple[str, Sequence[Took]]]:
    """Yield by what the thick deposit was at the seconds of those beside it: so many of each, or until it is sealed."""
    site.drop(code, pages, procedure=USUAL)
    found: dict[str, list[Took]] = {}
    ends = time.monotonic() + _THICK
    while (at := site.state(code)) not in {"sealed", "review", "failed"} and time.monotonic() < ends:
        found.setdefault(at, []).append(counter.sample())
        if most and len(found.get("reading", ())) >= most:
            break
    yield from found.items()
    yield "all of it", [each for times in found.values() for each in times]


def show(name: str, taken: Sequence[Took], usual: Mapping[int, float]) -> None:
    seconds = quantiles([each.seconds for each in taken])
    multiples = quantiles([each.seconds / usual[each.pages] for each in taken])
    told = f"{name:34}{len(taken):4} dossiers"
    for word, at in seconds.items():
        told += f"  {word} {at:6.2f} s ({multiples[word]:.2f})"
    sys.stdout.write(f"{told}\n")
    sys.stdout.flush()


def quantiles(numbers: Sequence[float]) -> Mapping[str, float]:
    ordered = sorted(numbers)
    return {"median": statistics.median(ordered), "p90": ordered[int(len(ordered) * 0.9)], "worst": ordered[-1]}


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--whole", type=int, default=150, help="pages of what is seen to its end; 0 leaves it out")
    words.add_argument("--pages", type=int, default=2000, help="of the thickest deposit; 0 leaves it out")
    words.add_argument("--samples", type=int, default=15, help="when idle, and of each state of the thick one")
    words.add_argument("--workers", type=int, default=2, help="readers of pages")
    words.add_argument("--embedded", action="store_true", help="without any server")
    return words.parse_args()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
