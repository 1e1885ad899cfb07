"""A province's day on one machine: what do queue and ledger cost a page, and does that grow with history?

    make province                                             all of it; the first time, filling takes a while
    .venv/bin/python tests/bench/province_load.py --history 20000 --minutes 1

RabbitMQ and PostgreSQL are real, and so are the processes of ``sohoa serve``; reading, assembling and sealing are
stand-ins (`stand_ins`). Dossiers of 34 stations come at a steady rate, whatever became of those before, while somebody
keeps asking where dossiers stand. For each size of history: CPU milliseconds a page by who spent them, milliseconds of
a lookup, seconds from the inbox to the record. Not a test: the figures belong to the machine.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import arrivals  # noqa: E402
import province_history as past  # noqa: E402
import psycopg  # noqa: E402
from lookups import asking  # noqa: E402
from postgres import Postgres  # noqa: E402
from rabbit import Rabbit, the_rabbit  # noqa: E402
from stand_in_site import Look, a_site, the_database  # noqa: E402

KEPT = Path("/tmp/sohoa-province")
FIGURES = Path(__file__).parents[2] / "var" / "bench"
_WARM_UP, _DRAIN = 20.0, 60.0  # seconds
#: Messages of a dossier beside those of its pages, and transactions of one page in its lane.
_MESSAGES, _TRANSACTIONS = 3, 3


@dataclass(frozen=True, slots=True)
class Found:
    """What one run showed."""

    history: int
    dossiers: int  # ended in the time that was measured
    pages: int  # read in it
    read: int  # of these, by readers, who do nothing else
    commits: int  # transactions of the database
    spent: Look
    lookups: dict[str, tuple[float, float, float]]  # milliseconds: median, 99th percentile, worst
    through: tuple[float, float]  # seconds from entered to filed: median, 99th percentile
    left: int  # dossiers that came and were not filed after all


def main() -> None:
    asked = _asked()
    fill(asked)
    if asked.only_fill:
        return
    rabbit = the_rabbit()
    with the_database(asked.data) as database:
        found = []
        for size in asked.history:
            found.append(run(database, rabbit, size, asked))
            show(found[-1])
    keep(found, asked)


def fill(asked: argparse.Namespace) -> None:
    """Fill what histories are not there yet."""
    with the_database(asked.data, filling=True) as database:
        for size in asked.history:
            if not past.is_there(database, size):
                past.fill(database, size)


def run(database: Postgres, rabbit: Rabbit, history: int, asked: argparse.Namespace) -> Found:
    """Let dossiers come for some minutes on top of *history*."""
    name, dice = past.name_of(history), random.Random(asked.seed)
    round_ = int(time.time()) % 1_000_000
    past.warm(database, history)
    seconds = _WARM_UP + asked.minutes * 60
    with (
        a_site(database, rabbit, name, workers=asked.workers) as site,
        asking(site.ledger, past.code_of, history) as asker,
    ):
        before: Look | None = None
        began, commits = "", 0
        started = time.monotonic()
        for number in arrivals.at_their_moments(arrivals.moments(dice, asked.rate, seconds)):
            if before is None and time.monotonic() - started > _WARM_UP:
                asker.times()
                if asked.statements:
                    database.execute("SELECT pg_stat_statements_reset()", name)
                before, began, commits = site.look(without=asker.backends), _now(database), _commits(database, name)
            arrivals.drop(site.inbox, _code(round_, number), dice)
        assert before is not None
        after, ended = site.look(without=asker.backends), _now(database)
        commits = _commits(database, name) - commits
        lookups = {name: (at(times, 0.5), at(times, 0.99), max(times)) for name, times in asker.times().items()}
        if asked.statements:
            show_statements(database, name)
        left = _drained(database, name, round_)
        dossiers, pages, through = _done(database, name, round_, began, ended)
        read = _read(database, name, site.pids("reader"), began, ended)
    return Found(history, dossiers, pages, read, commits, after.since(before), lookups, through, left)


def _code(round_: int, number: int) -> str:
    """Return a code that no dossier of history has, nor one of another run."""
    return f"H15.99.{round_ // 1000:03d}.{round_ % 1000:03d}-261120-{number:04d}"


def _now(database: Postgres) -> str:
    return str(database.execute("SELECT clock_timestamp()")[0][0])


def _drained(database: Postgres, name: str, round_: int) -> int:
    """Wait until all is done; return how many dossiers are not after a while."""
    ours = f"code LIKE '{_code(round_, 0).rpartition('-')[0]}-%'"
    ends = time.monotonic() + _DRAIN
    while True:
        left = int(database.execute(f"SELECT count(*) FROM items WHERE state <> 'sealed' AND {ours}", name)[0][0])
        if not left or time.monotonic() > ends:
            return left
        time.sleep(1)


def _done(database: Postgres, name: str, round_: int, began: str, ended: str) -> tuple[int, int, tuple[float, float]]:
    """Return dossiers and pages that were done between two moments, and how long the dossiers took."""
    ours = _code(round_, 0).rpartition("-")[0] + "-%"
    query = """
        SELECT extract(epoch FROM d.updated_at - i.received_at)::float FROM items i JOIN dossiers d ON d.code = i.code
        WHERE i.code LIKE %s AND d.updated_at BETWEEN %s AND %s"""
    pages = "SELECT count(*) FROM pages WHERE dossier LIKE %s AND state = 'read' AND changed_at BETWEEN %s AND %s"
    with psycopg.connect(database.conninfo(name)) as connection:
        took = [row[0] for row in connection.execute(query, (ours, began, ended))]
        counted = connection.execute(pages, (ours, began, ended)).fetchone()
    assert counted is not None
    return len(took), int(counted[0]), (at(took, 0.5), at(took, 0.99))


def _read(database: Postgres, name: str, readers: Sequence[int], began: str, ended: str) -> int:
    """Return how many pages some processes have read between two moments."""
    query = "SELECT count(*) FROM attempts WHERE stage = 'paging' AND pid = ANY(%s) AND ended_at BETWEEN %s AND %s"
    with psycopg.connect(database.conninfo(name)) as connection:
        counted = connection.execute(query, (list(readers), began, ended)).fetchone()
    return int(counted[0]) if counted else 0


def _commits(database: Postgres, name: str) -> int:
    return int(database.execute(f"SELECT xact_commit FROM pg_stat_database WHERE datname = '{name}'")[0][0])


def at(times: Sequence[float], share: float) -> float:
    """Return the time that so large a share does not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else 0.0


def show(found: Found) -> None:
    spent, pages, dossiers = found.spent, max(1, found.pages), max(1, found.dossiers)
    tell(f"\n{found.history:,} dossiers in history; {found.dossiers} more and {found.pages} pages in {spent.at:.0f} s")
    tell(f"  {'CPU milliseconds':36}{'a page':>9}{'a dossier':>11}")
    shares = {name: spent.share(name) for name in ("queue", "ledger", "broker", "database")}
    rows = shares | {"QUEUE AND LEDGER": sum(shares.values())}
    rows |= {"the pipeline's own bookkeeping": spent.share("pipeline"), "(stand-ins and store)": spent.share("aside")}
    roles = ("watcher", "turns", "desk", "reader", "express", "sealer", "Main")
    for name, seconds in (rows | {f"  of our processes: {role}": spent.role(role) for role in roles}).items():
        tell(f"  {name:36}{seconds / pages * 1000:9.2f}{seconds / dossiers * 1000:11.1f}")
    tell(f"  {found.commits / dossiers:.0f} transactions a dossier; a page alone, in its lane: {_lane(found):.2f} ms")
    tell(f"  from entered to filed: median {found.through[0]:.1f} s, p99 {found.through[1]:.1f} s; left {found.left}")
    for name, (median, most, worst) in found.lookups.items():
        tell(f"  lookup of {name}: median {median:.1f} ms, p99 {most:.1f} ms, worst {worst:.1f} ms")


def _lane(found: Found) -> float:
    """Return CPU milliseconds that one page more costs: in its reader, its message, its share of the database."""
    spent = found.spent.seconds
    reader = sum(spent[where] for where in spent if where.startswith("reader") and where.endswith(("queue", "ledger")))
    message = spent["broker"] / (found.pages + _MESSAGES * found.dossiers)
    database = spent["database"] / found.commits * _TRANSACTIONS
    return 1000 * (reader / max(1, found.read) + message + database)


def show_statements(database: Postgres, name: str) -> None:
    """Show what the database was busy with."""
    query = """SELECT calls, round(total_exec_time), round(mean_exec_time::numeric, 3), shared_blks_read,
        left(regexp_replace(query, '\\s+', ' ', 'g'), 150)
        FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE datname = current_database()
        ORDER BY total_exec_time DESC LIMIT 40"""
    for row in database.execute(query, name):
        tell("  " + "  ".join(str(each) for each in row))


def keep(found: Sequence[Found], asked: argparse.Namespace) -> None:
    FIGURES.mkdir(parents=True, exist_ok=True)
    told = {"minutes": asked.minutes, "rate": asked.rate, "runs": [_plain(each) for each in found]}
    (FIGURES / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-province.json").write_text(json.dumps(told, indent=1))


def _plain(found: Found) -> dict[str, object]:
    return {
        "history": found.history, "read": found.read, "commits": found.commits,
        "dossiers": found.dossiers, "pages": found.pages, "seconds": found.spent.at,
        "cpu": found.spent.seconds, "lookups": found.lookups, "through": found.through, "left": found.left,
    }  # fmt: skip


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--history", type=int, nargs="+", default=[0, 100_000, 1_000_000])
    words.add_argument("--minutes", type=float, default=3.0)
    words.add_argument("--rate", type=float, default=200.0, help="dossiers a minute")
    words.add_argument("--workers", type=int, default=2, help="readers of pages")
    words.add_argument("--data", type=Path, default=KEPT, help="where the filled databases are kept between runs")
    words.add_argument("--seed", type=int, default=7)
    words.add_argument("--only-fill", action="store_true")
    words.add_argument("--statements", action="store_true", help="also what the database was busy with")
    return words.parse_args()


if __name__ == "__main__":
    main()
