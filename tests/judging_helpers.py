"""What a child of `pipeline.judging` may be made to do instead of judging; children find it by its name."""

from __future__ import annotations

import os
import signal
import time


def die(*_: object) -> None:
    """As a library in C does that is fed the wrong bytes."""
    os.abort()


def sleep(*_: object) -> None:
    time.sleep(60)


def sleep_deaf(*_: object) -> None:
    """As code does that never comes back to where Python listens to signals."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
