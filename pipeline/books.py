"""What a job writes down, whoever does its steps: outputs, records, attempts; and the lease it works under.

The write order is the crash story: attempt, outputs, record. Whoever is killed between two of them leaves nothing
half-done that counts. What the steps are, and how they are done, is not known here.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock, get_ident, local
from typing import Any, cast

from pipeline.errors import Interrupted, Misconfigured, Rejected
from pipeline.plan import Output, Step, StepRecord
from storage import Area, Digest, Fence, Ledger, ObjectStore, StepRow
from storage.ledger import Outcome

#: Seconds a lease holds unless it is renewed; a seal takes less than one, and a killed sealer must not block for long.
LEASE_SECONDS = 10.0
_LEASE_LOOK = 0.2


@dataclass(slots=True)
class Books:
    """The books of one job."""

    store: ObjectStore
    ledger: Ledger
    clock: Callable[[], datetime]
    subject: str  # dossier code, for the attempts
    fresh: int = 0  # steps done by this run, not found recorded
    #: Whether tries at steps, and what they leave, are told to the ledger here; not where whoever called does both.
    telling: bool = True
    _lock: Lock = field(default_factory=Lock)
    _mine: local = field(default_factory=local)  # of each thread: the outputs of the attempt that it is at
    _entered: set[str] = field(default_factory=set)  # keys of steps that the ledger was told of

    def recorded(self, step: Step) -> StepRecord | None:
        """Return what the step left, or None when it has not been done."""
        return read_record(self.store, record_key(step.key))

    def record(self, step: Step, outputs: Sequence[Output], facts: Mapping[str, Any], **more: Any) -> StepRecord:
        """Write what a step left, once its outputs are stored; when another run was first, its record stands.

        Args:
            step: What was done.
            outputs: What it left in the store.
            facts: What later steps need to know.
            **more: ``rejection`` and ``seconds`` as `StepRecord` has them; ``key``, where the record is kept when
                that is not by the step's own key.
        """
        key = more.get("key") or record_key(step.key)
        if first := read_record(self.store, key):
            return first
        seconds = more.get("seconds", 0.0)
        record = StepRecord(step, tuple(outputs), facts, more.get("rejection"), iso(self.clock()), seconds)
        self.store.write(key, record.to_json())
        if self.telling and step.key not in self._entered:
            self.ledger.put_step(step_row(step.key, self.subject, record))
        with self._lock:
            self.fresh += 1
        return record

    def keep(self, area: str, data: bytes, media_type: str) -> Output:
        """Store bytes that we made, and write them into the ledger."""
        digest = self.store.put(cast("Area", area), data)
        return self._kept(Output(area, digest, media_type, len(data)))

    def enter(self, record: StepRecord) -> None:
        """Tell the ledger what a step left, once its record stands; told twice, nothing changes."""
        self._enter(record.outputs)
        self.ledger.put_step(step_row(record.step.key, self.subject, record))

    @contextmanager
    def attempt(self, step: Step) -> Iterator[None]:
        """Count an attempt before its work, and say how it ended and what it left, all in one."""
        if not self.telling:
            yield
            return
        number = self.ledger.begin_attempt(step.key, step.stage, self.subject)
        kept: list[Output] = []
        started = time.monotonic()

        def end(outcome: Outcome) -> None:
            self._enter(kept)
            self.ledger.end_attempt(number, outcome)
            if outcome != "failed":
                # Before its record, which is the truth: killed in between, the step is done again.
                seconds = time.monotonic() - started
                self.ledger.put_step(StepRow(step.key, step.stage, self.subject, outcome, self.clock(), seconds))

        self._mine.kept = kept
        try:
            yield
        except Rejected:
            self.ledger.together(lambda: end("rejected"))
            raise
        except Exception:
            self.ledger.together(lambda: end("failed"))
            raise
        finally:
            self._mine.kept = None
        self.ledger.together(lambda: end("done"))
        self._entered.add(step.key)

    def _kept(self, output: Output) -> Output:
        """Write an object into the ledger: with the end of the attempt that this thread is at, when it is at one."""
        kept: list[Output] | None = getattr(self._mine, "kept", None)
        if not self.telling:
            return output
        if kept is None:
            self._enter([output])
        else:
            kept.append(output)
        return output

    def _enter(self, outputs: Sequence[Output]) -> None:
        for each in outputs:
            area, digest = cast("Area", each.area), Digest(each.sha256)
            self.ledger.put_object(area, digest, size=each.size, media_type=each.media_type)


@dataclass(slots=True)
class Hold:
    """A lease that is held."""

    fence: Fence  # what is written under it is refused once somebody else took it
    _ledger: Ledger
    _holder: str
    _renewed: float  # monotonic seconds

    def renew(self) -> None:
        """Hold it for longer: a job that takes more than `LEASE_SECONDS` says so as it goes on.

        Raises:
            Interrupted: ``lease-busy``, it had run out and somebody else took it.
        """
        if time.monotonic() - self._renewed < LEASE_SECONDS / 4:
            return
        if self._ledger.take_lease(self.fence.name, self._holder, LEASE_SECONDS) != self.fence.number:
            raise Interrupted("lease-busy")
        self._renewed = time.monotonic()

    def require(self) -> None:
        """Look whether it is still held, before something that no transaction of the ledger covers.

        Raises:
            LeaseLost: somebody else took it.
        """
        self._ledger.require_lease(self.fence)


@contextmanager
def lease(ledger: Ledger, name: str) -> Iterator[Hold]:
    """Hold the lease called *name*; wait for another holder's to end.

    Raises:
        Interrupted: ``lease-busy`` when another holder keeps renewing it.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{get_ident()}"
    patience = time.monotonic() + 2 * LEASE_SECONDS
    while (number := ledger.take_lease(name, holder, LEASE_SECONDS)) is None:
        if time.monotonic() > patience:
            raise Interrupted("lease-busy")
        time.sleep(_LEASE_LOOK)
    try:
        yield Hold(Fence(name, number), ledger, holder, time.monotonic())
    finally:
        ledger.release_lease(name, holder)


def read_record(store: ObjectStore, key: str) -> StepRecord | None:
    """Return the record at *key*, or None when there is none.

    Raises:
        Misconfigured: ``record-broken``.
    """
    data = store.read(key)
    try:
        return StepRecord.from_json(data) if data else None
    except (ValueError, TypeError, KeyError) as error:
        raise Misconfigured("record-broken", record=key) from error


def record_key(step_key: str) -> str:
    """Return where the store keeps a step's record."""
    return f"steps/{step_key[:2]}/{step_key}"


def step_row(key: str, subject: str, record: StepRecord) -> StepRow:
    """Return what the ledger has of a recorded step, for people: what was done for *subject*, when, in how long."""
    outcome: Outcome = "rejected" if record.rejection else "done"
    return StepRow(key, record.step.stage, subject, outcome, datetime.fromisoformat(record.at), record.seconds)


def iso(when: datetime) -> str:
    """Return *when* as records have it: ISO 8601, UTC, to the second."""
    return when.astimezone(UTC).isoformat(timespec="seconds")
