"""Traces, where somebody wants them: who is told of each errand and each step while it goes on.

What tells a collector (`workers.otlp`) is loaded only when the settings name one; without it, nothing of OpenTelemetry
is. All spans of one deposit, whichever machine makes them, are in the trace whose id the log's lines have as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol

from pipeline.plan import Step
from workers.model import Errand

_AT_WORK: ContextVar[Errand | None] = ContextVar("errand", default=None)


class Traces(Protocol):
    """Whoever is told; nothing of it may keep work waiting, or let it fail."""

    def errand(self, errand: Errand) -> AbstractContextManager[None]:
        """Trace the attempt that goes on in the context."""

    def ended(self, ending: str, code: str) -> None:
        """Say how the attempt that goes on ended: ``done``, ``again`` or ``given-up``, and the error's code."""

    def step(self, step: Step) -> AbstractContextManager[None]:
        """Trace the try at a step that goes on in the context."""

    def close(self) -> None:
        """Send what was not sent yet, as far as that goes quickly."""


class NoTraces:
    """Nobody wants to know."""

    def errand(self, errand: Errand) -> AbstractContextManager[None]:  # noqa: ARG002 -- as all of these
        """See `Traces.errand`."""
        return nullcontext()

    def ended(self, ending: str, code: str) -> None:
        """See `Traces.ended`."""

    def step(self, step: Step) -> AbstractContextManager[None]:  # noqa: ARG002 -- as above
        """See `Traces.step`."""
        return nullcontext()

    def close(self) -> None:
        """See `Traces.close`."""


@contextmanager
def at_work(errand: Errand) -> Iterator[None]:
    """Let those who work in the context, also on other threads, know for which errand."""
    token = _AT_WORK.set(errand)
    try:
        yield
    finally:
        _AT_WORK.reset(token)


def errand_at_work() -> Errand | None:
    """Return the errand that is being done here; None outside of any."""
    return _AT_WORK.get()
