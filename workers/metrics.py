"""What Prometheus is told. Labels are words of ours (lanes, codes, stages); never a dossier, a station or a person.

Each process counts for itself into a folder that all share; whoever is asked adds them up. What stands in the ledger
is not counted but asked for when somebody wants to know.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import dramatiq
from dramatiq.middleware import Middleware
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from pipeline.errors import SohoaError
from pipeline.readiness import Check, readiness
from pipeline.translate import ours
from workers.model import Errand, Lane

#: Names the folder that processes count into; read by prometheus-client when it is imported.
SHARED = "PROMETHEUS_MULTIPROC_DIR"
#: Seconds: a page takes about one, a thick dossier's closing minutes, a queue after a night's outage hours.
_WORK = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)
_WAIT = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)
#: Bytes of each file that a process counts into; with every label there is, the larger of the two fills 62 KB.
_FILE_BYTES = 1 << 17


class Meters:
    """What this process counts."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Count into *registry*, or where `SHARED` says.

        Raises:
            OSError: there is no room to count in.
        """
        _take_room()
        registry = registry or CollectorRegistry()
        self.registry = registry
        self._pages = Counter("sohoa_pages", "Pages read.", registry=registry)
        self._errands = Histogram(
            "sohoa_errand_seconds", "Work under one message.", ("lane", "ending"), buckets=_WORK, registry=registry
        )
        self._stages = Histogram("sohoa_stage_seconds", "One step.", ("stage",), buckets=_WORK, registry=registry)
        self._waits = Histogram(
            "sohoa_queue_age_seconds", "From sending to work.", ("queue",), buckets=_WAIT, registry=registry
        )
        self._refusals = Counter("sohoa_errors", "Attempts that failed.", ("lane", "code"), registry=registry)
        self._sealing = Counter("sohoa_sealing_errors", "Seals that failed.", ("code",), registry=registry)
        self._stamps = Histogram(
            "sohoa_tsa_seconds", "Answers of authorities for stamps.", ("ending",), buckets=_WORK, registry=registry
        )

    def errand(self, errand: Errand, ending: str, code: str, seconds: float) -> None:
        """Count an attempt: ``done``, ``again`` or ``given-up``."""
        self._errands.labels(errand.lane.value, ending).observe(seconds)
        if ending == "done" and errand.lane is Lane.PAGING:
            self._pages.inc()
        if code:
            self._refusals.labels(errand.lane.value, code).inc()
        if code and errand.lane is Lane.SEALING:
            self._sealing.labels(code).inc()

    def stage(self, stage: str, seconds: float) -> None:
        """Count a try at a step."""
        self._stages.labels(stage).observe(seconds)

    @contextmanager
    def step(self, stage: str) -> Iterator[None]:
        """Count the try at a step that goes on in the context, also when it fails."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.stage(stage, time.monotonic() - started)

    def stamp(self, ending: str, seconds: float) -> None:
        """Count an answer of a time-stamping authority: ``granted`` or ``failed``."""
        self._stamps.labels(ending).observe(seconds)

    def waited(self, queue: str, seconds: float) -> None:
        """Count how long a message stood."""
        self._waits.labels(queue).observe(max(0.0, seconds))


class QueueAge(Middleware):
    """Measures how old messages are when they are begun; an error here is swallowed, and may be."""

    def __init__(self, meters: Meters) -> None:
        """Tell *meters*."""
        self._meters = meters

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:  # noqa: ARG002
        """Measure one."""
        sent = message.options.get("requeue_timestamp", message.message_timestamp)
        self._meters.waited(message.queue_name, time.time() - sent / 1000)


@dataclass(frozen=True, slots=True)
class Untold:
    """Notices that the one-stop software has not taken yet."""

    count: int
    oldest: float  # seconds that the first of them has waited; 0 when none waits


def _take_room() -> None:
    """Take the room that this process counts in before it counts, where prometheus-client will look for it.

    It makes its files with holes, and writes into them as memory. On a full disk the first number in a hole kills the
    process (SIGBUS, measured) as if the page that it reads had done so, and after some deaths a page is set aside.
    """
    if folder := os.environ.get(SHARED):
        for kind in ("counter", "histogram"):
            with Path(folder, f"{kind}_{os.getpid()}.db").open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, _FILE_BYTES)


@dataclass(frozen=True, slots=True)
class Standing:
    """How much waits, as the ledger and the broker know it."""

    dossiers: Mapping[tuple[str, str], int]  # by state and reason; the reason is empty where there is none
    oldest: Mapping[str, float]  # seconds that the longest waiting dossier of each state has waited
    queued: Mapping[str, int]  # messages by queue
    untold: Untold | None = None  # None where nobody is told


class Ledger(Protocol):
    """Whoever knows how much waits."""

    def standing(self) -> Standing:
        """Return it as it is now."""


class _Waiting(Collector):
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("sohoa_standing_known", "1 when ledger and broker answered.")
        try:
            with ours():
                standing = self._ledger.standing()
        except SohoaError:  # the numbers of the processes are still worth having
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        dossiers = GaugeMetricFamily("sohoa_dossiers", "Dossiers under way.", labels=("state", "reason"))
        for (state, reason), count in sorted(standing.dossiers.items()):
            dossiers.add_metric([state, reason], count)
        oldest = GaugeMetricFamily("sohoa_oldest_seconds", "The dossier that waits longest.", labels=("state",))
        for state, seconds in sorted(standing.oldest.items()):
            oldest.add_metric([state], seconds)
        queued = GaugeMetricFamily("sohoa_queued", "Messages that stand in a queue.", labels=("queue",))
        for queue, count in sorted(standing.queued.items()):
            queued.add_metric([queue], count)
        yield from (dossiers, oldest, queued)
        if standing.untold:
            yield GaugeMetricFamily("sohoa_notices_waiting", "Notices not sent.", value=standing.untold.count)
            yield GaugeMetricFamily("sohoa_notices_oldest_seconds", "The oldest of them.", value=standing.untold.oldest)


class _NotReady(Collector):
    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def collect(self) -> Iterable[Metric]:
        broken = GaugeMetricFamily("sohoa_not_ready", "1 for what does not work, and why.", labels=("check", "code"))
        for name, code in sorted(readiness(self._checks).items()):
            broken.add_metric([name, code], 1)
        yield broken


def exposition(
    ledger: Ledger,
    *,
    shared: Path | None = None,
    meters: Meters | None = None,
    checks: Mapping[str, Check] = MappingProxyType({}),
) -> bytes:
    """Return all numbers in the text form of Prometheus.

    Args:
        ledger: who knows what waits.
        shared: the folder that processes count into.
        meters: those of this process, where there is no other.
        checks: what must be there for this process to work.
    """
    registry = CollectorRegistry()
    if shared is not None:
        MultiProcessCollector(registry, path=str(shared))  # type: ignore[no-untyped-call]
    registry.register(_Waiting(ledger))
    registry.register(_NotReady(checks))
    own = generate_latest(meters.registry) if meters is not None else b""
    return own + generate_latest(registry)
