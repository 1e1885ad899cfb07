"""One process tree that does everything, and puts back what falls out of it.

With a broker: readers of pages, a desk that opens and closes, one worker that is kept free for what is settled on the
same day, the sealer, the turns, the watcher; each may also be started alone on a machine of its own. Without one: a
single worker process. A child that ends unasked is started again, soon the first time and later the more often it dies;
the tree itself is restarted by whoever started it (systemd, compose).
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from pipeline.errors import Interrupted
from pipeline.readiness import Check
from workers import health, log, metrics, roles
from workers.bell import Bell
from workers.model import Lane, Urgency, queue_name, queues_of
from workers.roles import GRACE, NICE, Make

_TICK = 0.2  # seconds
#: Who lived so long, in seconds, has begun well: its next death counts as the first.
_LIVED = 60.0
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
#: What a machine may be there for: watching inboxes, handing out turns, reading (and opening and closing), sealing.
PARTS = ("watch", "turns", "read", "seal")
#: Rank of whoever is asked first; all others have 0.
_FIRST = 10
#: Steps done at once, each in a process that takes memory: of papers to be opened, assembled or sealed, and for
#: counters, whose dossiers have few pages. A reader has one.
_AT_DESK, _AT_COUNTER = 2, 3


class Run(Protocol):
    """What a child does, until it is told to end."""

    def __call__(self, *, up: Callable[[], None]) -> None:
        """Do it; *up* is called when everything is loaded, connected, and at work."""


@dataclass(frozen=True, slots=True)
class Role:
    """What one child does."""

    name: str
    run: Run


class _Flag:
    """Raised by a child, seen by its parent. Without a lock: one that a killed child held would hold its parent."""

    def __init__(self, context: BaseContext) -> None:
        self._raw = context.RawValue("b", 0)

    def set(self) -> None:
        self._raw.value = 1

    def is_set(self) -> bool:
        return bool(self._raw.value)


@dataclass(slots=True)
class _Child:
    role: Role
    process: BaseProcess | None = None
    up: _Flag | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Tree:
    """The children, watched over."""

    children: list[_Child]
    context: BaseContext
    asked: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, wanted: Sequence[Role], context: BaseContext | None = None) -> Tree:
        """Return a tree in which nothing is started yet.

        Children are spawned, not forked: no thread and no open connection of ours is carried into one, and each is
        the parent of the processes that its steps run in, so that these die with it.
        """
        return cls([_Child(role) for role in wanted], context or multiprocessing.get_context("spawn"))

    def run(self) -> None:
        """Keep every role going until `stop` is asked for; then let all finish what they have begun."""
        try:
            while not self.asked:
                now = time.monotonic()
                for child in self.children:
                    _tend(child, now, self.context)
                alive = [child.process.sentinel for child in self.children if child.process]
                connection.wait(alive, _TICK)
        finally:
            self._end()

    def stop(self, number: int = signal.SIGTERM, _frame: object = None) -> None:
        """Ask for the end; may be called from a signal handler."""
        self.asked.append(number)

    def require_all(self) -> None:
        """Look whether every role is being done.

        Raises:
            Interrupted: ``process-missing``; ``process-starting``, it still loads what it needs.
        """
        for child in self.children:
            if child.process is None or not child.process.is_alive():
                raise Interrupted("process-missing", role=child.role.name)
        for child in self.children:
            if child.up is None or not child.up.is_set():
                raise Interrupted("process-starting", role=child.role.name)

    def _end(self) -> None:
        going = [child.process for child in self.children if child.process]
        for process in going:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in going:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()


def pause_before(deaths: int) -> float:
    """Return seconds to wait before a role that died so often in a row is started again."""
    return 0.0 if deaths <= 1 else min(_PAUSE * 2.0 ** (deaths - 2), _LONGEST_PAUSE)


def _tend(child: _Child, now: float, context: BaseContext) -> None:
    if child.process is not None and child.process.is_alive():
        return
    if child.process is not None:
        log.died(child.role.name, child.process.exitcode)
        child.deaths = 1 if now - child.started > _LIVED else child.deaths + 1
        child.not_before = now + pause_before(child.deaths)
        child.process.close()
        child.process = None
    if now >= child.not_before:
        child.up = _Flag(context)
        child.process = context.Process(  # type: ignore[attr-defined]
            target=child.role.run, kwargs={"up": child.up.set}, name=child.role.name
        )
        child.process.start()
        child.started = now


def workers(make: Make, count: int, *, with_key: bool) -> list[Role]:
    """Return the roles that consume: *count* readers of pages, a desk, one for same-day dossiers, one that seals.

    The one for same-day dossiers is asked first and is nobody's but theirs, so that a counter dossier waits for no
    page of a long one; when it is busy, all others help, as these queues are theirs too. Opening and closing a thick
    dossier take minutes: at a desk of their own, or a reader would keep the page that it holds waiting so long.
    """
    readers = partial(roles.work, make, lanes=(Lane.PAGING,), queues=_queues(Lane.PAGING), niceness=NICE)
    at_desk = (Lane.OPENING, Lane.CLOSING)
    desk = partial(
        roles.work, make, lanes=at_desk, queues=_queues(*at_desk), niceness=NICE, threads=len(at_desk), hands=_AT_DESK
    )
    lanes = (Lane.OPENING, Lane.PAGING, Lane.CLOSING)
    soon = frozenset(queue_name(lane, Urgency.SOON) for lane in lanes)
    # Several at once: an idle machine reads the pages of a counter dossier side by side, and so shall a busy one. One
    # that is left to the readers waits, as they are nice, until the others are read.
    express = partial(roles.work, make, lanes=lanes, queues=soon, rank=_FIRST, threads=_AT_COUNTER, hands=_AT_COUNTER)
    wanted = [Role(f"reader-{number}", readers) for number in range(1, count + 1)]
    wanted += [Role("desk", desk), Role("express", express)]
    return [*wanted, sealer(make)] if with_key else wanted


def sealer(make: Make) -> Role:
    """Return the one role that needs the key; a counter dossier is sealed beside a thick one, not after it."""
    queues = _queues(Lane.SEALING)
    return Role("sealer", partial(roles.work, make, lanes=(Lane.SEALING,), queues=queues, threads=2, hands=_AT_DESK))


def parted(make: Make, count: int, bell: Bell, parts: Collection[str]) -> list[Role]:
    """Return what a machine does that shares its queue with others: some of `PARTS`."""
    if "read" in parts:
        wanted = workers(make, count, with_key="seal" in parts)
    else:
        wanted = [sealer(make)] if "seal" in parts else []
    wanted += [Role("turns", partial(roles.turn, make))] if "turns" in parts else []
    return wanted + ([Role("watcher", partial(roles.watch, make, bell))] if "watch" in parts else [])


def _queues(*lanes: Lane) -> frozenset[str]:
    return frozenset(queue for lane in lanes for queue in queues_of(lane))


def serve(
    make: Make,
    *,
    count: int,
    address: tuple[str, int],
    shared: Path,
    has_broker: bool,
    parts: Collection[str] = PARTS,
    beside: Sequence[Role] = (),
) -> None:
    """Run the whole tree until SIGTERM or SIGINT.

    Args:
        make: makes the plant in each process.
        count: pages read side by side.
        address: where to answer for health and numbers.
        shared: folder that the processes count into; emptied.
        has_broker: whether there is a queue outside of this tree.
        parts: what this machine is there for; without a broker, everything.
        beside: roles that are none of ours, and share the tree.
    """
    log.set_up("serve")
    shutil.rmtree(shared, ignore_errors=True)
    shared.mkdir(parents=True)
    os.environ[metrics.SHARED] = str(shared)  # read by children when they import prometheus-client
    bell = Bell()
    if has_broker:
        wanted = parted(make, count, bell, parts)
    else:
        wanted = [Role("worker", partial(roles.alone, make, bell, threads=count))]
    tree = Tree.of([*wanted, *beside])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tree.stop)
    plant = make()
    checks: Mapping[str, Check] = {**plant.checks(), "processes": tree.require_all}
    numbers = partial(metrics.exposition, plant, shared=shared, checks=checks)
    try:
        with health.listening(address, checks=checks, numbers=numbers, hint=bell.ring):
            tree.run()
    finally:
        bell.close()
        plant.close()
