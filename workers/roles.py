"""What each process of the tree does: read the queues, hand out turns, watch an inbox; or all of it, alone.

A role runs until it is told to end (SIGTERM) or its parent is gone, and then ends what it has begun: a page is
finished, and what was fetched and not begun goes back to the queue.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from multiprocessing import connection
from typing import Protocol

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from pipeline.errors import SohoaError
from pipeline.readiness import Check
from pipeline.translate import ours
from workers import log, metrics, sweep
from workers.actors import declare
from workers.bell import Bell
from workers.model import Attempts, Book, Errand, Lane, Lanes, Sender
from workers.relay import Relay
from workers.sending import Post
from workers.tracing import Traces
from workers.watch import Watcher

#: Seconds between looks at whether to end.
_TICK = 0.2
#: Seconds between listings, and between rounds of turns.
LIST_EVERY, ROUND_EVERY = 5.0, 1.0
#: How much whoever is in no hurry leaves the processor to others; 10 of 19 is a tenth of its share.
NICE = 10
#: Longest that a worker may take to finish what it has begun: the closing of a thick dossier.
GRACE = 600.0
#: Milliseconds after which an idle consumer looks again. Redis has nothing that would wake it: each page waits as long.
_IDLE_MS, _IDLE_REDIS_MS = 200, 50


class Plant(Protocol):
    """Everything the roles need of the installation; made once in each process, which closes it."""

    @property
    def lanes(self) -> Lanes:
        """What is done with deposits."""

    @property
    def attempts(self) -> Attempts:
        """Who counts attempts."""

    @property
    def book(self) -> Book:
        """Who knows what is to be done."""

    def staff(self, hands: int) -> None:
        """Let so many steps be done at once here, where others share the queue; called before `lanes` is asked for."""

    def measure(self, meters: metrics.Meters) -> None:
        """Tell *meters* of every step that is done from here on; called before `lanes` is asked for."""

    @property
    def traces(self) -> Traces:
        """Who is told of each errand and each step."""

    def broker(self, rank: int) -> dramatiq.Broker:
        """Make the broker."""

    def watchers(self) -> Sequence[Watcher]:
        """Return one for each inbox."""

    def relays(self) -> Sequence[Relay]:
        """Return who sends notices; nobody where none are wanted."""

    def checks(self) -> Mapping[str, Check]:
        """Return what must be there for this installation to work."""

    def standing(self) -> metrics.Standing:
        """Return how much waits."""

    def close(self) -> None:
        """Let go of connections and children."""


#: Makes the plant, in whichever process; a function that can be named, so that a child can be told of it.
Make = Callable[[], Plant]
#: Hears that a role is at work: everything is loaded and connected.
Up = Callable[[], None]


def work(
    make: Make, *, lanes: Sequence[Lane], queues: frozenset[str], rank: int = 0, niceness: int = 0, threads: int = 1,
    hands: int = 1, up: Up,
) -> None:  # fmt: skip
    """Do the errands of some queues.

    Args:
        make: makes the plant.
        lanes: whose actors are known here.
        queues: those that are consumed, of these lanes.
        rank: who is asked first, where the broker knows ranks.
        niceness: how much the processor is left to others.
        threads: errands done at once.
        hands: steps done at once, by a child process each.
        up: called when it is at work, as by the other roles.
    """
    os.nice(niceness)
    with _ending() as ended, _made(make) as plant:
        plant.staff(hands)
        broker = plant.broker(rank)
        with _working(plant, broker, Post(broker), lanes=lanes, queues=queues, threads=threads):
            up()
            ended()


def turn(make: Make, *, up: Up) -> None:
    """Hand out turns, send again what is lost, and send notices."""
    with (
        _ending() as ended,
        _made(make) as plant,
        _thread(partial(_rounds, anew=False), plant.book, Post(plant.broker(0))),
        _relaying(plant),
    ):
        up()
        ended()


def watch(make: Make, hint: Bell, *, up: Up) -> None:
    """Watch the inboxes."""
    with _ending() as ended, _made(make) as plant, _watching(plant, hint):
        up()
        ended()


def alone(make: Make, hint: Bell, *, threads: int, up: Up) -> None:
    """Do everything in this process, whose queue is gone when it ends: the ledger knows what is undone."""
    with _ending() as ended, _made(make) as plant:
        broker = plant.broker(0)
        post = Post(broker)
        queues = broker.get_declared_queues()
        with (
            _working(plant, broker, post, lanes=tuple(Lane), queues=queues, threads=threads),
            _thread(partial(_rounds, anew=True), plant.book, post),
            _relaying(plant),
            _watching(plant, hint),
        ):
            up()
            ended()


@contextmanager
def _working(
    plant: Plant, broker: dramatiq.Broker, post: Sender, *, lanes: Sequence[Lane], queues: set[str] | frozenset[str],
    threads: int,
) -> Iterator[None]:  # fmt: skip
    meters = metrics.Meters()
    plant.measure(meters)
    broker.add_middleware(metrics.QueueAge(meters))

    def told(errand: Errand, ending: str, code: str, seconds: float) -> None:
        meters.errand(errand, ending, code, seconds)
        log.errand(errand, ending, code, seconds)
        plant.traces.ended(ending, code)

    declare(
        broker, lanes=plant.lanes, attempts=plant.attempts, post=post, told=told, which=lanes,
        around=plant.traces.errand,
    )  # fmt: skip
    idle = _IDLE_REDIS_MS if isinstance(broker, RedisBroker) else _IDLE_MS
    worker = dramatiq.Worker(broker, queues=set(queues), worker_threads=threads, worker_timeout=idle)
    # One errand of each queue at hand: more would wait here while other workers are idle.
    worker.queue_prefetch = threads
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=round(GRACE * 1000))
        broker.close()


@contextmanager
def _watching(plant: Plant, hint: Bell) -> Iterator[None]:
    with ExitStack() as threads:
        for watcher in plant.watchers():
            if 0 in watcher.sizes:
                threads.enter_context(_thread(watcher.run, hint, LIST_EVERY, wake=hint.ring))
            else:  # nobody stands at a counter for it, and it must not take the hint away from whoever does
                bell = threads.enter_context(closing(Bell()))
                threads.enter_context(_thread(_leisurely, watcher, bell, wake=bell.ring))
        yield


def _leisurely(stop: threading.Event, watcher: Watcher, bell: Bell) -> None:
    """Watch at a lower priority than the rest of this process."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)  # of a thread, on Linux
    watcher.run(stop, bell, LIST_EVERY)


@contextmanager
def _relaying(plant: Plant) -> Iterator[None]:
    with ExitStack() as threads:
        for relay in plant.relays():
            threads.enter_context(_thread(relay.run))
        yield


@contextmanager
def _thread(run: Callable[..., None], *args: object, wake: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let ``run(stop, *args)`` go on beside the body; wait for its end after it."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop, *args), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        wake()
        thread.join(GRACE)


def _rounds(stop: threading.Event, book: Book, post: Sender, *, anew: bool) -> None:
    while not stop.wait(ROUND_EVERY):
        try:
            with ours():
                sweep.one_round(book, post, book.now, anew=anew)
                anew = False
        except SohoaError as error:
            log.trouble(None, error.code)


@contextmanager
def _made(make: Make) -> Iterator[Plant]:
    plant = make()
    try:
        yield plant
    finally:
        plant.close()


@contextmanager
def _ending() -> Iterator[Callable[[], None]]:
    """Lend what waits until we are told to end, or our parent is gone. Set before anything is begun."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    # Ctrl-C reaches every process of the terminal; the parent passes on what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log.set_up(multiprocessing.current_process().name)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        while not told:
            if parent is None:
                time.sleep(_TICK)
            elif connection.wait([parent.sentinel], _TICK):
                return

    yield wait
