"""Whoever stands at a counter goes before an archive box, on one machine and in all its processes below one folder.

Who does an errand of the same day holds a file locked (`flock`), together with others who do; a process that is killed
lets go of it. A box looks before each of its scans, and waits a moment. That processes of the box are nice is not
enough: what it asks of ledger and store is done by servers, which are nice to nobody.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from workers.memory import held_elsewhere
from workers.model import Urgency
from workers.tracing import errand_at_work

#: Longest that a box waits before one of its scans, seconds: with a queue at the counter all day, it goes on, too.
LONGEST = 1.0
_LOOK = 0.02  # seconds


@dataclass(frozen=True, slots=True)
class Counter:
    """Whether somebody at a counter is served by this machine."""

    file: Path

    @contextmanager
    def served(self) -> Iterator[None]:
        """Be seen to serve a counter as long as the context goes on, if the errand at work is one of the same day."""
        if not _is_soon() or (lock := self._opened()) is None:
            yield
            return
        try:
            with suppress(BlockingIOError):  # somebody looks at this moment: we are not seen, which is no harm
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            yield
        finally:
            os.close(lock)

    def let_pass(self, longest: float = LONGEST) -> None:
        """Wait while a counter is served, for so many seconds at most; whoever serves one does not wait for himself."""
        ends = time.monotonic() + longest
        while not _is_soon() and self._is_served() and time.monotonic() < ends:
            time.sleep(_LOOK)

    def _is_served(self) -> bool:
        if (lock := self._opened()) is None:
            return False
        try:
            return held_elsewhere(lock)
        finally:
            os.close(lock)

    def _opened(self) -> int | None:
        """Open the file; None when that cannot be (a full disk): courtesy is no reason to let work fail."""
        with suppress(OSError):
            return os.open(self.file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        return None


def _is_soon() -> bool:
    errand = errand_at_work()
    return errand is not None and errand.urgency is Urgency.SOON
