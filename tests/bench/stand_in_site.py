"""An installation of stand-ins on a real broker and a real database, as a program of its own, and what it spends.

The database keeps what it is told: every commit is on its disk. The store, which is not measured, lies in memory.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import spent
from conftest import SAMPLES, _environment, rows_of
from postgres import Postgres
from rabbit import Rabbit
from served import free_port, get
from stand_ins import ASIDE, ROLES

from pipeline.clock import now
from pipeline.lanes import announce
from pipeline.settings import read_settings
from pipeline.stores import store_of
from storage import Ledger
from workers.model import all_queues, queue_name

_ROOT = Path(__file__).parents[2]
#: A server of 24 GB; everything that bears on safety stands as PostgreSQL has it.
DURABLE = (
    "shared_buffers=2GB", "max_wal_size=8GB", "checkpoint_timeout=5min", "maintenance_work_mem=512MB",
    "max_connections=60", "listen_addresses=127.0.0.1", "shared_preload_libraries=pg_stat_statements",
    "autovacuum_naptime=15s",
)  # fmt: skip
#: While it is filled: without a log of what can be filled anew.
FILLING = ("wal_level=minimal", "max_wal_senders=0", "autovacuum=off")
_PATIENCE = 300.0  # seconds until the tree of processes answers, on a machine that others use, too


@dataclass(frozen=True, slots=True)
class Look:
    """CPU seconds that everything had spent at one moment, or between two."""

    at: float  # monotonic seconds, or how many
    seconds: Mapping[str, float]  # by ``role/share`` (`stand_ins.SHARES` and ``queue``), ``broker``, ``database``

    def since(self, before: Look) -> Look:
        """Return what was spent since *before*."""
        return Look(self.at - before.at, spent.difference(self.seconds, before.seconds))

    def share(self, name: str) -> float:
        """Return the seconds of one share, in all roles."""
        return sum(seconds for where, seconds in self.seconds.items() if where.rpartition("/")[2] == name)

    def role(self, name: str) -> float:
        """Return the seconds of all processes of one role, without stand-ins and store."""
        return sum(
            seconds
            for where, seconds in self.seconds.items()
            if where.startswith(name) and not where.endswith(f"/{ASIDE}")
        )


class Site:
    """A running installation."""

    def __init__(self, folder: Path, database: Postgres, rabbit: Rabbit, name: str, *, workers: int) -> None:
        self._database, self._rabbit = database, rabbit
        self.ledger = database.url(name)
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.port = free_port()
        environment = {
            "SOHOA_VAR": str(folder / "var"),
            "SOHOA_LEDGER": self.ledger,
            "SOHOA_QUEUE": rabbit.address,
            "SOHOA_INBOX": str(self.inbox),
            "SOHOA_INBOX_STEADY": "0",
            "SOHOA_HEALTH": f"127.0.0.1:{self.port}",
            "SOHOA_WORKERS": str(workers),
            "SOHOA_SAME_DAY": "2.000815",
        }
        self.settings = read_settings(environment)
        self.roles = self.settings.var / ROLES
        self.roles.mkdir(parents=True)
        self._prepare()
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, str(Path(__file__).with_name("stand_ins.py"))],
                stderr=log, env=_environment() | environment | {"PYTHONPATH": f"{_ROOT}:{_ROOT / 'tests'}"},
            )  # fmt: skip

    def wait(self) -> None:
        """Wait until it is ready."""
        ends = time.monotonic() + _PATIENCE
        while get(self.port, "/ready")[0] != 200:
            if time.monotonic() > ends or self.process.poll() is not None:
                raise RuntimeError(f"it does not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)

    def look(self, *, without: tuple[int, ...] = ()) -> Look:
        """Return what was spent so far; *without* backends of the database that are ours."""
        seconds = spent.by_share(self.roles)
        seconds |= {"database": spent.of_family(self._database.pid, without=without)}
        return Look(time.monotonic(), seconds | {"broker": spent.of_family(self._rabbit.pid)})

    def pids(self, role: str) -> list[int]:
        """Return the processes of a role."""
        said = [path.read_text() for path in self.roles.glob(f"{role}*") if path.suffix != ".part"]
        return [json.loads(each)["pid"] for each in said]

    def stop(self) -> None:
        spent.kill_family(self.process.pid)
        self.process.wait()

    def _prepare(self) -> None:
        with Ledger(self.ledger) as ledger:
            for code in ("1.001193", "2.000815"):
                for row in rows_of(SAMPLES / "catalogue" / f"{code}.json", now()):
                    ledger.put_procedure(row)
        announce(store_of(self.settings), trial=True)


@contextmanager
def a_site(database: Postgres, rabbit: Rabbit, name: str, *, workers: int) -> Iterator[Site]:
    """Lend an installation whose ledger is the database *name*."""
    rabbit.clear(queue_name(lane, urgency) for lane, urgency in all_queues())
    folder = Path(tempfile.mkdtemp(prefix="sohoa-site-", dir="/dev/shm"))
    try:
        site = Site(folder, database, rabbit, name, workers=workers)
        try:
            site.wait()
            yield site
        finally:
            site.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def the_database(folder: Path, *, filling: bool = False) -> Iterator[Postgres]:
    """Lend the server whose data lie in *folder*, and stay there."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Postgres(folder, DURABLE + FILLING if filling else DURABLE)
    server.start()
    try:
        yield server
    finally:
        server.stop()
