"""The clock as a value: everything here that needs the time is handed one.

Not for agreeing with other machines: a ledger on a server asks that server's clock, unless it is handed one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

#: Gives the present moment, always with its timezone.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the machine's time in UTC, with microseconds."""
    return datetime.now(UTC)
