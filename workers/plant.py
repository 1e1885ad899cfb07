"""The installation as the roles need it, from the settings: lanes, ledger, queue and inboxes put together.

Each process makes its own. Children of steps are started by those who ask for the lanes, and only by them.
"""

from __future__ import annotations

import multiprocessing
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import dramatiq

from ocr import READING_DPI
from pipeline.clock import now
from pipeline.driver import Driver
from pipeline.errors import Interrupted, Misconfigured
from pipeline.house import House, open_house
from pipeline.identities import identities, keys_named
from pipeline.lanes import DepositLanes
from pipeline.plan import Step
from pipeline.readiness import Check
from pipeline.reception import Reception
from pipeline.settings import Settings
from pipeline.stores import require_kept, server_of
from pipeline.wiring import actor, open_driver
from storage.s3.client import connect
from workers import log
from workers.admission import expected
from workers.broker import make_broker
from workers.courtesy import Counter
from workers.desk import Desk
from workers.inbox import Inbox
from workers.inbox_bucket import BucketInbox
from workers.inbox_folder import FolderInbox
from workers.ledger_book import LedgerAttempts, LedgerBook
from workers.memory import Room, budget_of
from workers.metrics import Meters, Standing, Untold
from workers.model import Opened, Urgency, all_queues, queue_name
from workers.receiver import receiver_of
from workers.relay import Relay
from workers.sending import Post
from workers.settling import Rules
from workers.tracing import NoTraces, Traces, errand_at_work
from workers.watch import Watcher

#: Files from which a deposit is taken in on the side: an archive box takes a minute, in which no counter may wait.
THICK = 64
#: Seconds for which the proof that a store keeps what it must is believed; it writes and reads a dozen objects.
_PROVED = 300.0
#: Bytes below which a machine has no room to work in: what opening and closing a dossier of usual size write beside.
_ROOM = 16 << 20


#: Lends what does the steps.
Driving = Callable[[House], AbstractContextManager[Driver]]


class QueueLanes:
    """`pipeline.lanes` in the words of the queue."""

    def __init__(self, lanes: DepositLanes, counter: Counter) -> None:
        """Pass errands on to *lanes*; *counter* is shown whom they are for."""
        self.inner = lanes
        self.counter = counter

    def open(self, deposit: str) -> Opened:
        """See `workers.model.Lanes`."""
        with self.counter.served():
            came = self.inner.open(deposit)
        return Opened(came.unread, came.soon, came.over)

    def page(self, deposit: str, number: int, along: Callable[[], None]) -> int:
        """See `workers.model.Lanes`."""
        with self.counter.served():
            return self.inner.page(deposit, number, along)

    def close(self, deposit: str) -> bool:
        """See `workers.model.Lanes`."""
        with self.counter.served():
            return self.inner.close(deposit)

    def seal(self, deposit: str) -> None:
        """See `workers.model.Lanes`."""
        with self.counter.served():
            self.inner.seal(deposit)


class HousePlant:
    """Satisfies `workers.roles.Plant` over an installation."""

    def __init__(self, settings: Settings, *, with_key: bool, driver: Driving | None = None) -> None:
        """Open store and ledger.

        Args:
            settings: where they are.
            with_key: whether this machine seals.
            driver: lends what does the steps, where it is not that of the settings.
        """
        self._house: House = open_house(settings, make=True)
        self._driver = driver or self._open_driver
        self._with_key = with_key
        self._open = ExitStack()
        self._open.callback(self._house.ledger.close)
        self._lanes: QueueLanes | None = None
        self._meters: Meters | None = None
        self._traces: Traces | None = None
        self._room = Room(settings.var / "memory", budget_of(settings.memory))
        self._counter = Counter(settings.var / "counter")
        self._proved: float | None = None  # monotonic seconds
        self._proving = threading.Lock()
        self.book = LedgerBook(self._house.ledger)
        self.attempts = LedgerAttempts(self._house.ledger, self._set_aside)

    @property
    def lanes(self) -> QueueLanes:
        """See `workers.roles.Plant`; the first call starts the children that do steps."""
        if self._lanes is None:
            _ = self.traces  # made before the driver, and closed after it
            driver = self._open.enter_context(self._driver(self._house))
            yard = replace(driver.yard, around=self._around, rest=self._counter.let_pass)
            self._lanes = QueueLanes(DepositLanes(replace(driver, actor=_actor(), yard=yard)), self._counter)
        return self._lanes

    def staff(self, hands: int) -> None:
        """See `workers.roles.Plant`."""
        self._house = replace(self._house, settings=replace(self._house.settings, workers=hands))

    def measure(self, meters: Meters) -> None:
        """See `workers.roles.Plant`."""
        self._meters = meters

    @property
    def traces(self) -> Traces:
        """See `workers.roles.Plant`."""
        if self._traces is None:
            self._traces = open_traces(self._house.settings.traces, multiprocessing.current_process().name)
            self._open.callback(self._traces.close)
        return self._traces

    def broker(self, rank: int) -> dramatiq.Broker:
        """See `workers.roles.Plant`."""
        settings = self._house.settings
        return make_broker(settings.queue, settings.queue_password_file, rank=rank)

    def watchers(self) -> Sequence[Watcher]:
        """See `workers.roles.Plant`."""
        settings, house = self._house.settings, self._house
        reception = Reception(house.store, house.ledger, now, _actor(), house.tell)
        rules = Rules(settings.inbox_quiet, settings.inbox_steady)
        notes = settings.var / "taken"
        return [
            Watcher(
                inbox_at(settings, address),
                desk,
                rules=rules,
                scratch=settings.var / "scratch",
                trouble=log.trouble,
                sizes=sizes,
            )
            for address in settings.inbox
            for desk in [Desk(reception, inbox=address, notes=notes, same_day=settings.same_day)]
            for sizes in (range(THICK), range(THICK, sys.maxsize))
        ]

    def relays(self) -> Sequence[Relay]:
        """See `workers.roles.Plant`."""
        settings = self._house.settings
        return [Relay(self._house.ledger, receiver_of(settings), log.notice)] if settings.notify_url else []

    def checks(self) -> Mapping[str, Check]:
        """See `workers.roles.Plant`."""
        checks: dict[str, Check] = {"ledger": self._ask_ledger, "store": self._ask_store, "disk": self._ask_disk}
        if self._house.settings.queue:
            checks["queue"] = self._ask_queue
        if self._with_key and keys_named(self._house.settings):
            checks["key"] = self._ask_key
        return checks

    def standing(self) -> Standing:
        """See `workers.roles.Plant`."""
        rows, moment = self._house.ledger.waiting(), self._house.ledger.now()
        oldest: dict[str, float] = {}
        for row in rows:
            waited = (moment - row.oldest).total_seconds()
            oldest[row.state] = max(oldest.get(row.state, 0.0), waited)
        queued = self._queued() if self._house.settings.queue else {}
        return Standing(
            {(row.state, row.reason or ""): row.count for row in rows}, oldest, queued, self._untold(moment)
        )

    def close(self) -> None:
        """See `workers.roles.Plant`."""
        self._open.close()

    def _open_driver(self, house: House) -> AbstractContextManager[Driver]:
        return open_driver(house, lambda _progress: None, stamped=self._stamped, spare=1)

    @contextmanager
    def _around(self, step: Step) -> Iterator[None]:
        """Do what goes on around a step: it waits for room if it looks at a page, is traced and counted."""
        counted = self._meters.step(step.stage) if self._meters else nullcontext()
        with self._room_for(step), self.traces.step(step), counted:
            yield

    def _room_for(self, step: Step) -> AbstractContextManager[None]:
        page, errand = step.params.get("page"), errand_at_work()
        if page is None:
            return nullcontext()
        soon = errand is not None and errand.urgency is Urgency.SOON
        return self._room.taken(expected(page, READING_DPI), soon=soon)

    def _stamped(self, ending: str, seconds: float) -> None:
        if self._meters:
            self._meters.stamp(ending, seconds)

    def _untold(self, moment: datetime) -> Untold | None:
        if not self._house.settings.notify_url:
            return None
        count, since = self._house.ledger.unsent()
        return Untold(count, (moment - since).total_seconds() if since else 0.0)

    def _set_aside(self, deposit: str, code: str, facts: Mapping[str, object]) -> None:
        self.lanes.inner.set_aside(deposit, code, facts)

    def _ask_disk(self) -> None:
        if shutil.disk_usage(self._house.settings.var).free < _ROOM:
            raise Interrupted("storage-full")

    def _ask_ledger(self) -> None:
        self._house.ledger.now()

    def _ask_store(self) -> None:
        """Prove the store, once in a while."""
        with self._proving:
            if self._proved is None or time.monotonic() - self._proved > _PROVED:
                require_kept(self._house.store)
                self._proved = time.monotonic()

    def _ask_queue(self) -> None:
        self._queued()

    def _queued(self) -> Mapping[str, int]:
        """Count through a connection of this moment: those who ask come on a thread of their own each time."""
        broker = self.broker(0)
        try:
            post = Post(broker)
            names = [queue_name(lane, urgency) for lane, urgency in all_queues()]
            return {name: post.standing(name) for name in names}
        finally:
            with suppress(Exception):
                broker.close()

    def _ask_key(self) -> None:
        identities(self._house.settings)("")


def open_traces(address: str, process: str) -> Traces:
    """Return who is told of the work of *process*: the collector at *address*, or nobody where that is empty."""
    if not address:
        return NoTraces()
    from workers.otlp import CollectorTraces  # noqa: PLC0415 -- loads OpenTelemetry

    return CollectorTraces(address, process)


def make_plant(settings: Settings, *, with_key: bool) -> HousePlant:
    """Make the plant of this process."""
    return HousePlant(settings, with_key=with_key)


def inbox_at(settings: Settings, address: str) -> Inbox:
    """Return the inbox that an address of `SOHOA_INBOX` names.

    Raises:
        Misconfigured: ``setting-invalid``; or as `server_of`.
    """
    if not address.startswith("s3://"):
        return FolderInbox(Path(address))
    url = urlsplit(address)
    if not url.netloc:
        raise Misconfigured("setting-invalid", name="SOHOA_INBOX", problem="s3://bucket/prefix")
    prefix = url.path.strip("/")
    return BucketInbox(connect(server_of(settings)), url.netloc, f"{prefix}/" if prefix else "")


def _actor() -> str:
    return actor().replace("cli:", "queue:", 1)
