"""A hint from one process to another: rung by whoever hears of something new, heard by whoever waits for it.

No `multiprocessing.Event`: to set one waits until each that listens has woken, and for ever for one that was killed
while it listened; the next listener then finds its lock taken. A byte in a pipe waits for nobody.
"""

from __future__ import annotations

import multiprocessing
import os
from contextlib import suppress
from multiprocessing import connection

_PIPE_BYTES = 1 << 16


class Bell:
    """May be handed to a child when it is started, and to the next one when that has died."""

    def __init__(self) -> None:
        """Make one that nobody has rung."""
        self._reader, self._writer = multiprocessing.Pipe(duplex=False)
        for end in (self._reader, self._writer):
            os.set_blocking(end.fileno(), False)

    def ring(self) -> None:
        """Let whoever listens wake up; rung again before that, it is one ringing."""
        with suppress(BlockingIOError):  # full: it rings already
            os.write(self._writer.fileno(), b".")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it rings, or so many seconds; return whether it rang."""
        return bool(connection.wait([self._reader], timeout))

    def clear(self) -> None:
        """Take notice of it."""
        with suppress(BlockingIOError):
            os.read(self._reader.fileno(), _PIPE_BYTES)

    def close(self) -> None:
        """Let go of the pipe."""
        self._reader.close()
        self._writer.close()
