"""Counts failed log-ins by the address that they come from, so that guessing costs nobody but the guesser.

A right token passes always: one of 256 random bits is not guessed, and behind a proxy all people share one address,
whom one guesser must not lock out.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

#: So many failures in so many seconds are let pass; a person mistypes twice.
MOST, SECONDS = 10, 60.0
#: Addresses that are remembered; who guesses from more than these is forgotten, and gains nothing by it.
_MOST_PEERS = 1000


class Failures:
    """The last failures of each address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count by *clock*, in seconds."""
        self._clock = clock
        self._by_peer: OrderedDict[str, deque[float]] = OrderedDict()

    def add(self, peer: str) -> int:
        """Count one more failure; return for how many seconds this address has failed too often, 0 when it has not."""
        now = self._clock()
        times = self._by_peer.setdefault(peer, deque(maxlen=MOST))
        self._by_peer.move_to_end(peer)
        if len(self._by_peer) > _MOST_PEERS:
            self._by_peer.popitem(last=False)
        wait = times[0] + SECONDS - now if len(times) == MOST else 0.0
        if wait > 0:
            return max(1, round(wait))
        times.append(now)
        return 0
