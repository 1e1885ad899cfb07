"""What to do after an attempt that failed: try again, and when, or leave it to people. Pure.

Two kinds of failure are told apart by the class of the error. A service that is away (store, ledger, authority) says
nothing about the errand: it is tried for a day, ever more slowly, so that no outage needs a hand afterwards. A process
that died over the errand says something about it: a few deaths, and it is set aside, or it would kill workers for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.crew import StepDied, StepTimedOut
from pipeline.errors import SohoaError
from workers.model import Tally

#: Deaths of a process over one errand. Two may be chance (a machine switched off, twice), and a broker that repeats a
#: message has as many at work at once as there are workers: four is more than either.
MOST_DEATHS = 4
#: Attempts that ended with an error that may pass: with the pauses below, a day.
MOST_FAILURES = 300
#: Seconds to wait when attempts cannot even be counted.
UNCOUNTED = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0  # seconds; RabbitMQ gives a message back that is held for 30 minutes


@dataclass(frozen=True, slots=True)
class Again:
    """Try again after a pause."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Leave it to people."""


def may_begin(before: Tally) -> bool:
    """Say whether an errand may be tried at all after what came before."""
    return before.vanished < MOST_DEATHS


def is_death(error: SohoaError) -> bool:
    """Say whether a process died or hung over the errand; such an attempt is left open, like one that was killed."""
    return isinstance(error, StepDied | StepTimedOut)


def after(error: SohoaError, before: Tally) -> Again | GiveUp:
    """Decide what follows an attempt that ended with *error*, when there were *before* others."""
    if not error.retry or before.failed + 1 >= MOST_FAILURES:
        return GiveUp()
    if is_death(error) and before.vanished + 1 >= MOST_DEATHS:
        return GiveUp()
    return Again(pause(before.failed))


def pause(failures: int) -> float:
    """Return seconds to wait after so many failures: twice as long each time, up to five minutes."""
    return min(_FIRST_PAUSE * 2.0 ** min(failures, 16), _LONGEST_PAUSE)
