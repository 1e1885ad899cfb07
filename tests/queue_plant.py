"""A plant for tests of the queue: lanes that only wait, over a file that several processes write into.

What a test wants to know stands in the file: how often each errand was begun and done, by which process, and when.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from pipeline.errors import Interrupted, Misconfigured, Rejected
from pipeline.readiness import Check
from workers.broker import make_broker
from workers.metrics import Meters, Standing
from workers.model import Arrival, Attempt, Errand, Lane, Opened, Tally, Undone, Urgency, page_urgency
from workers.relay import Relay
from workers.tracing import NoTraces, Traces
from workers.watch import Watcher

_TABLES = """
CREATE TABLE IF NOT EXISTS deposits (name TEXT PRIMARY KEY, station TEXT, soon INT, pages INT, page_seconds REAL,
    fault TEXT DEFAULT '', state TEXT DEFAULT 'received', reason TEXT DEFAULT '', since REAL, ended REAL);
CREATE TABLE IF NOT EXISTS pages (deposit TEXT, number INT, pid INT, PRIMARY KEY (deposit, number));
CREATE TABLE IF NOT EXISTS attempts (id INTEGER PRIMARY KEY, errand TEXT, pid INT, failed INT);
CREATE TABLE IF NOT EXISTS seals (deposit TEXT PRIMARY KEY);
"""


class Records:
    """The file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as db:
            db.executescript(_TABLES)

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._open() as db:
            return db.execute(statement, values).fetchall()

    def one(self, statement: str, *values: object) -> Any:
        return self.ask(statement, *values)[0][0]

    def deposit(
        self, name: str, *, pages: int, station: str = "S1", soon: bool = False, seconds: float = 0.0, fault: str = ""
    ) -> None:
        self.ask(
            "INSERT INTO deposits (name, station, soon, pages, page_seconds, fault, since) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            name, station, soon, pages, seconds, fault, time.time(),
        )  # fmt: skip

    def end_page(self, deposit: str, number: int) -> int:
        """Enter a page that was read; return how many are, in one transaction, as the ledger does."""
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT OR IGNORE INTO pages VALUES (?, ?, ?)", (deposit, number, os.getpid()))
            read = db.execute("SELECT count(*) FROM pages WHERE deposit = ?", (deposit,)).fetchone()[0]
            db.execute("COMMIT")
        return int(read)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=OFF")
            yield db
        finally:
            db.close()


class WaitingLanes:
    """Lanes whose every call takes its time and is done once, whoever calls it."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def open(self, deposit: str) -> Opened:
        pages, soon, fault = self.records.ask("SELECT pages, soon, fault FROM deposits WHERE name = ?", deposit)[0]
        if fault == "rejected":
            raise Rejected("deposit-empty")
        self.records.ask("UPDATE deposits SET state = 'reading' WHERE name = ? AND state = 'received'", deposit)
        return Opened(tuple(range(1, pages + 1)), soon=bool(soon))

    def page(self, deposit: str, number: int, along: Callable[[], None]) -> int:
        pages, seconds, fault = self.records.ask(
            "SELECT pages, page_seconds, fault FROM deposits WHERE name = ?", deposit
        )[0]
        if fault == "kills":
            os.kill(os.getpid(), 9)
        if fault == "away":
            raise Interrupted("storage-failed", problem="away")
        if fault == "quotes":
            raise ValueError("Nguyễn Văn An, 012345678901")
        time.sleep(seconds)
        along()
        return int(pages - self.records.end_page(deposit, number))

    def close(self, deposit: str) -> bool:
        self.records.ask("UPDATE deposits SET state = 'closing' WHERE name = ? AND state = 'reading'", deposit)
        return True

    def seal(self, deposit: str) -> None:
        self.records.ask("INSERT OR IGNORE INTO seals VALUES (?)", deposit)
        self.records.ask(
            "UPDATE deposits SET state = 'sealed', ended = ? WHERE name = ? AND state = 'closing'", time.time(), deposit
        )


class FiledAttempts:
    """Attempts counted in the file."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def begin(self, errand: Errand) -> Attempt:
        failed, vanished = self.records.ask(
            "SELECT coalesce(sum(failed), 0), count(*) - count(failed) FROM attempts WHERE errand = ?", errand.name
        )[0]
        number = self.records.ask(
            "INSERT INTO attempts (errand, pid) VALUES (?, ?) RETURNING id", errand.name, os.getpid()
        )
        return Attempt(number[0][0], Tally(failed, vanished))

    def end(self, attempt: Attempt, *, failed: bool) -> None:
        self.records.ask("UPDATE attempts SET failed = ? WHERE id = ?", failed, attempt.id)

    def done(self, attempt: Attempt) -> None:
        self.end(attempt, failed=False)

    def waits(self, errand: Errand, code: str, seconds: float) -> None:
        due = time.time() + seconds
        self.records.ask("UPDATE deposits SET reason = ?, since = ? WHERE name = ?", code, due, errand.deposit)

    def give_up(self, errand: Errand, code: str, facts: Mapping[str, object]) -> None:
        self.records.ask("UPDATE deposits SET state = 'failed', reason = ? WHERE name = ?", code, errand.deposit)


class FiledBook:
    """What is to be done, by the file."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def now(self) -> datetime:
        return datetime.now(UTC)

    def arrivals(self, limit: int) -> Sequence[Arrival]:
        rows = self.records.ask(
            "SELECT name, station, soon FROM deposits WHERE state = 'received' AND since < ? "
            "ORDER BY soon DESC, since LIMIT ?", time.time() - (0.0), limit,
        )  # fmt: skip
        known = {name for (name,) in self.records.ask("SELECT name FROM deposits WHERE ended = -1")}
        return [Arrival(name, station, bool(soon)) for name, station, soon in rows if name not in known]

    def under_way(self) -> Mapping[str, int]:
        rows = self.records.ask(
            "SELECT station, count(*) FROM deposits WHERE state IN ('reading', 'closing') OR (state = 'received' AND "
            "ended = -1) GROUP BY station"
        )
        return dict(rows)

    def undone(self, older_than: datetime, limit: int) -> Sequence[Undone]:
        rows = self.records.ask(
            "SELECT name, state, soon, pages, since FROM deposits WHERE state IN ('received', 'reading', 'closing') "
            "AND since < ? AND (state != 'received' OR ended = -1) ORDER BY since LIMIT ?",
            older_than.timestamp(), limit,
        )  # fmt: skip
        return [undone for row in rows for undone in self._of(*row)][:limit]

    def sent(self, errands: Sequence[Errand]) -> None:
        for errand in errands:
            self.records.ask("UPDATE deposits SET since = ? WHERE name = ?", time.time(), errand.deposit)
            if errand.lane is Lane.OPENING:
                self.records.ask("UPDATE deposits SET ended = -1 WHERE name = ?", errand.deposit)

    def _of(self, name: str, state: str, soon: int, pages: int, since: float) -> list[Undone]:
        urgency = Urgency.SOON if soon else Urgency.PLAIN
        read = {number for (number,) in self.records.ask("SELECT number FROM pages WHERE deposit = ?", name)}
        unread = [number for number in range(1, pages + 1) if number not in read]
        if state == "received":
            errands = [Errand(Lane.OPENING, name, urgency=urgency)]
        elif state == "reading" and unread:
            errands = [Errand(Lane.PAGING, name, each, page_urgency(each, soon=bool(soon))) for each in unread]
        else:
            lane = Lane.CLOSING if state == "reading" else Lane.SEALING
            errands = [Errand(lane, name, urgency=urgency)]
        return [Undone(each, datetime.fromtimestamp(since, UTC)) for each in errands]


def unheard() -> None:
    """Be told that a process is at work, where nobody waits for that."""


def slow_to_start(gate: Path, *, up: Callable[[], None]) -> None:
    """Be a role that is at work once *gate* is there."""
    while not gate.exists():
        time.sleep(0.01)
    up()
    signal.pause()


class TestPlant:
    """What each process of a tree makes."""

    __test__ = False

    def __init__(self, records: Records, address: str, *, repeats: int = 1, silence_ms: int = 0) -> None:
        self.records = records
        self.lanes = WaitingLanes(records)
        self.attempts = FiledAttempts(records)
        self.book = FiledBook(records)
        self._address = address
        self._repeats = repeats
        self._silence_ms = silence_ms

    def staff(self, hands: int) -> None:
        pass

    def measure(self, meters: Meters) -> None:
        pass

    @property
    def traces(self) -> Traces:
        return NoTraces()

    def broker(self, rank: int) -> dramatiq.Broker:
        made = make_broker(self._address, rank=rank)
        if isinstance(made, RedisBroker) and self._silence_ms:
            made.heartbeat_timeout = self._silence_ms
        send = made.enqueue

        def often(message: Any, *, delay: int | None = None) -> Any:
            for _ in range(self._repeats - 1):
                send(message, delay=delay)
            return send(message, delay=delay)

        made.enqueue = often  # type: ignore[method-assign]
        return made

    def watchers(self) -> Sequence[Watcher]:
        return ()

    def relays(self) -> Sequence[Relay]:
        return ()

    def checks(self) -> Mapping[str, Check]:
        return {"records": self._look}

    def standing(self) -> Standing:
        rows = self.records.ask("SELECT state, reason, count(*) FROM deposits GROUP BY state, reason")
        return Standing({(state, reason): count for state, reason, count in rows}, {}, {})

    def close(self) -> None:
        pass

    def _look(self) -> None:
        if self.records.ask("SELECT 1 FROM deposits WHERE fault = 'sick'"):
            raise Misconfigured("ledger-broken", problem="sick")


def make_at(path: Path, address: str, repeats: int = 1, silence_ms: int = 0) -> TestPlant:
    """Make a plant over the file *path*, whose broker has every message sent several times."""
    return TestPlant(Records(path), address, repeats=repeats, silence_ms=silence_ms)


def wait_until(true: Any, *, seconds: float = 60.0) -> float:
    """Wait for something to become true; return how long that took."""
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - started


def long_ago(records: Records) -> None:
    """Let everything undone look as if nobody had touched it for some minutes."""
    records.ask("UPDATE deposits SET since = since - ?", timedelta(minutes=5).total_seconds())
