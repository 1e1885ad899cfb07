"""Does what the ledger costs grow with its history? Fills it, and asks before, halfway and after.

    .venv/bin/python tests/bench/ledger_growth.py [--dossiers 200000] [--plans] [--only sqlite]

For each database: rows that a province leaves behind (a dossier, its item, four files, its event), then the median and
the 99th percentile of each query, in milliseconds, with the same 1,000 dossiers under way. With --plans also how the
database finds the rows. Not a test: the figures belong to the machine.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from postgres import KINDS, a_ledger_url  # noqa: E402

from storage import Ledger, Message, digest_of  # noqa: E402
from storage.ledger import tables  # noqa: E402

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
STATIONS = 34
UNDER_WAY = 1000
ROUNDS = 200
_AT_ONCE = 2000
PLANS = (
    "SELECT * FROM dossiers WHERE code = 'H15-000500'",
    "SELECT * FROM items WHERE code = 'H15-000500'",
    "SELECT * FROM items WHERE state = 'received' ORDER BY priority, station LIMIT 50",
    "SELECT * FROM items WHERE state IN ('received', 'opening', 'reading', 'closing') "
    "AND changed_at < '2026-01-02' ORDER BY changed_at, code LIMIT 100",
    "SELECT state, reason, count(*), min(received_at) FROM items WHERE state <> 'sealed' GROUP BY state, reason",
    "SELECT * FROM outbox WHERE sent_at IS NULL ORDER BY priority, id LIMIT 100",
    "SELECT * FROM events WHERE subject = 'H15-000500' ORDER BY number LIMIT 1000",
)


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--dossiers", type=int, default=200_000)
    words.add_argument("--plans", action="store_true")
    words.add_argument("--only", choices=KINDS)
    given = words.parse_args()
    for kind in [given.only] if given.only else KINDS:
        with tempfile.TemporaryDirectory() as folder, a_ledger_url(kind, Path(folder)) as url, Ledger(url) as ledger:
            measure(ledger, given.dossiers)
            if given.plans:
                show_plans(ledger)


def measure(ledger: Ledger, dossiers: int) -> None:
    tell(f"\n{ledger.kind}: milliseconds, median / 99th percentile of {ROUNDS}")
    put_under_way(ledger)
    figures: dict[str, list[str]] = {}
    sizes = [0, dossiers // 2, dossiers]
    known = 0
    for size in sizes:
        started = time.monotonic()
        fill(ledger, range(known, size))
        known = size
        tell(f"  {size:,} dossiers in {time.monotonic() - started:.0f} s")
        for name, times in timed(ledger, max(1, size)):
            figures.setdefault(name, []).append(f"{statistics.median(times):7.2f} /{quantile(times):7.2f}")
    tell(f"  {'':28}" + "".join(f"{size:>17,}" for size in sizes))
    for name, row in figures.items():
        tell(f"  {name:28}" + "".join(f"{each:>17}" for each in row))


def timed(ledger: Ledger, size: int) -> Iterator[tuple[str, list[float]]]:
    dice = random.Random(7)
    names = iter(range(10**9))

    def code() -> str:
        return f"H15-{dice.randrange(size):06d}"

    def cycle() -> None:
        name = f"new-{size}-{next(names)}"
        ledger.receive_item(name, deposit=name, source=name, station="S-01", priority=1)
        ledger.together(lambda: (ledger.move_item(name, "opening", was=["received"]), ledger.post([message(name)])))
        ledger.strike_out([row.id for row in ledger.take_messages(1)])
        ledger.move_item(name, "sealed", was=["opening"])

    queries: dict[str, Callable[[], Any]] = {
        "status of a dossier": lambda: ledger.dossier(code()),
        "its files": lambda: ledger.files(code(), 1),
        "an item": lambda: ledger.item(code()),
        "its events": lambda: list(ledger.events(code())),
        "what to open next": lambda: ledger.next_items(50),
        "what is undone": lambda: ledger.undone_items(START + timedelta(days=1)),
        "what waits, by reason": ledger.waiting,
        "messages unsent": ledger.unsent,
        "newest dossiers": lambda: ledger.dossiers(limit=100),
        "an event more": lambda: ledger.event("bench", "sealed", code()),
        "an attempt, begun and ended": lambda: ledger.end_attempt(ledger.begin_attempt("k", "s", code()), "done"),
        "a lease, taken and given": lambda: (ledger.take_lease("seal", "me", 9), ledger.release_lease("seal", "me")),
        "a dossier through, 5 writes": cycle,
    }
    for name, query in queries.items():
        query()
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            query()
            times.append((time.perf_counter() - started) * 1000)
        yield name, times


def message(code: str) -> Message:
    return Message("open", code, f'["{code}"]')


def quantile(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99) - 1]


def put_under_way(ledger: Ledger) -> None:
    states = ("received", "received", "opening", "reading", "closing", "review", "failed")
    rows = [
        item(f"way-{number}", states[number % len(states)], "reason" if number % 7 > 4 else None, number)
        for number in range(UNDER_WAY)
    ]
    ledger._write(lambda connection: connection.execute(tables.items.insert(), rows))


def item(code: str, state: str, reason: str | None, number: int) -> dict[str, Any]:
    at = START + timedelta(seconds=number)
    return {
        "code": code, "deposit": digest_of(code.encode()), "source": code, "station": f"S-{number % STATIONS:02d}",
        "priority": number % 2, "state": state, "reason": reason, "received_at": at, "changed_at": at, "due_at": at,
    }  # fmt: skip


def fill(ledger: Ledger, numbers: range) -> None:
    """Enter dossiers that are through; by the thousand, for only what is left behind matters here."""
    for first in range(numbers.start, numbers.stop, _AT_ONCE):
        ledger._write(
            lambda connection, first=first: enter(connection, range(first, min(first + _AT_ONCE, numbers.stop)))
        )
    if ledger.kind.startswith("postgresql"):
        with ledger._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum does, when it gets round to it


def enter(connection: sa.Connection, numbers: range) -> None:
    items, dossiers, files, events = [], [], [], []
    for number in numbers:
        code, at = f"H15-{number:06d}", START + timedelta(seconds=number)
        digest = digest_of(code.encode())
        items.append(item(code, "sealed", None, number))
        dossiers.append({
            "code": code, "procedure": "1.001193", "channel": "post", "agency": "H15", "state": "sealed",
            "verdict": "complete", "version": 1, "manifest": digest, "updated_at": at,
        })  # fmt: skip
        files += [
            {
                "dossier": code, "version": 1, "component": f"TP0{each}", "name": f"TP0{each}-01.pdf",
                "digest": digest, "size": 200_000, "pages": 2, "state": "sealed", "code": None,
            }
            for each in range(1, 5)
        ]  # fmt: skip
        # Below zero: the chain that the timed events go on with begins after them.
        events.append({
            "number": -number - 1, "at": at, "actor": "bench", "action": "filed", "subject": code,
            "facts": "{}", "previous": digest, "hash": digest,
        })  # fmt: skip
    for table, rows in (
        (tables.items, items),
        (tables.dossiers, dossiers),
        (tables.files, files),
        (tables.events, events),
    ):
        connection.execute(table.insert(), rows)


def show_plans(ledger: Ledger) -> None:
    sqlite = ledger.kind.startswith("sqlite")
    # What it reads says more on a busy machine than how long it takes.
    word = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)"
    with ledger._reading() as connection:
        for query in PLANS:
            tell(f"\n  {query}")
            for row in connection.exec_driver_sql(f"{word} {query}"):
                tell(f"    {row[-1]}")


if __name__ == "__main__":
    main()
