"""Child processes that do the steps nobody vouches for: they can hang, die or eat memory without harm to the rest.

One process a core, each with a memory limit and a time limit for every step, killed and replaced when it exceeds
them. A child dies with its parent.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from pebble import ProcessExpired, ProcessPool

from pipeline.engines import engine_named
from pipeline.errors import Fault, Interrupted, SohoaError
from pipeline.nursery import nursery, settle
from pipeline.stage import Bench, Made
from pipeline.stages import CREW
from pipeline.translate import translated

#: Address space of one child; chosen with room for the largest page that the gate lets through.
MOST_MEMORY = 6 << 30
#: Steps after which a child is replaced, against slow leaks in C libraries.
STEPS_PER_CHILD = 500


class StepTimedOut(Interrupted):
    """A step took longer than it may; its process was killed."""


class StepDied(Interrupted):
    """The process of a step died: out of memory, or a crash in a library."""


class Crew(Protocol):
    """Whoever does the steps of `pipeline.stages.CREW`."""

    def perform(self, stage: str, inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path) -> Made:
        """Do one step and wait for it; may be called from several threads at once.

        Raises:
            Rejected: what was deposited is at fault.
            StepTimedOut: it took too long.
            StepDied: its process died.
            SohoaError: a tool or an installation is at fault.
        """
        ...


class ProcessCrew:
    """Child processes of this one; use as a context manager."""

    def __init__(self, workers: int, engine: str, chatter: Path) -> None:
        """Make ready for *workers* processes; what C libraries print goes to the file *chatter*."""
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=STEPS_PER_CHILD,
            initializer=_prepare,
            initargs=(engine, os.getpid(), chatter),
            context=nursery(),
        )

    def perform(self, stage: str, inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path) -> Made:
        """See `Crew.perform`."""
        seconds = CREW[stage].seconds(params)
        future = self._pool.schedule(_perform, args=(stage, tuple(inputs), dict(params), scratch), timeout=seconds)
        try:
            made: Made = future.result()
        except SohoaError:
            raise
        except (TimeoutError, FutureTimeoutError) as error:
            raise StepTimedOut("step-failed", stage=stage, seconds=seconds) from error
        except (ProcessExpired, MemoryError) as error:
            raise StepDied("step-failed", stage=stage, kind=type(error).__name__) from error
        except Exception as error:
            raise translated(error) from error
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        end = self._pool.stop if kind else self._pool.close
        end()  # type: ignore[no-untyped-call]  # pebble says nothing of these two
        self._pool.join()


class SameProcessCrew:
    """Does the steps here and now, without limits: the twin for tests."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def perform(self, stage: str, inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path) -> Made:
        """See `Crew.perform`."""
        return CREW[stage].run(inputs, params, scratch, self.bench)


_bench: Bench | None = None


def _prepare(engine: str, parent: int, chatter: Path) -> None:
    """Set a new child up: keep limits, and leave the terminal to *parent*."""
    global _bench  # noqa: PLW0603 -- a child process is one bench
    settle(parent)
    handle = os.open(chatter, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(handle, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    _bench = Bench(partial(engine_named, engine))


def _perform(stage: str, inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path) -> Made:
    if _bench is None:
        raise Fault("unexpected", kind="child without a bench", stage=stage)
    return CREW[stage].run(inputs, params, scratch, _bench)
