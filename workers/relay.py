"""Sends what the outbox holds for the one-stop software: each notice at least once, about each dossier in order.

    take ─▶ send ─▶ strike out

Killed between two of them, the notice is sent again, with the same id. One at a time: a receiver that is away is asked
once a minute at most, not once for every notice that waits. What is sent, and how, is not known here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pipeline.errors import SohoaError
from pipeline.notices import QUEUE
from pipeline.translate import ours
from storage import Ledger

#: Seconds after which a notice is tried again, by how often it was tried: each longer than sending takes.
PAUSES: Final = (30.0, 60.0, 120.0, 300.0, 600.0)
#: Seconds between looks when nothing waits, and at most after one failure after another.
LOOK_EVERY: Final = 1.0
MOST_PAUSE: Final = 60.0
#: How long it can be seen that a notice was sent, and seconds between looks for what is older.
KEPT: Final = timedelta(days=7)
_FORGET_EVERY: Final = timedelta(hours=1)

#: Sends the body of a notice; raises a SohoaError unless the receiver took it.
Send = Callable[[str], None]
#: Hears why a notice waits: its body (none when it is not about one), the error, how often it was tried.
Trouble = Callable[[str | None, SohoaError, int], None]


@dataclass(slots=True)
class Relay:
    """Relays the notices of one ledger; several may do so at once."""

    ledger: Ledger
    send: Send
    trouble: Trouble
    _failures: int = 0  # in a row
    _forgot: datetime | None = None  # when old ones were last removed

    def run(self, stop: threading.Event) -> None:
        """Send whatever waits until *stop* is set; what is being sent is let finish."""
        wait = 0.0
        while not stop.wait(wait):
            try:
                with ours():
                    wait = self.one()
            except SohoaError as error:  # the ledger is away; what was sent and not struck out is sent again
                self.trouble(None, error, 0)
                wait = self._longer()

    def one(self) -> float:
        """Send the next notice, if one waits; return after how many seconds to look again.

        Raises:
            StorageError: the ledger is away.
        """
        rows = self.ledger.take_messages(1, queues=(QUEUE,), again_seconds=PAUSES, in_order=True)
        if not rows:
            self._forget()
            return LOOK_EVERY
        (row,) = rows
        try:
            self.send(row.message.body)
        except SohoaError as error:
            self.trouble(row.message.body, error, row.takes)
            return self._longer()
        self.ledger.strike_out([row.id])
        self._failures = 0
        return 0.0

    def _longer(self) -> float:
        """Return how long to leave the receiver alone, longer after each failure; one success ends it."""
        self._failures += 1
        return float(min(2.0 ** (self._failures - 1), MOST_PAUSE))

    def _forget(self) -> None:
        now = self.ledger.now()
        if self._forgot is None or now - self._forgot >= _FORGET_EVERY:
            self.ledger.forget_messages(now - KEPT)
            self._forgot = now
