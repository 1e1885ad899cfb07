"""A province for tests: the machines of `province_plant` as a program of its own, its servers, its inbox, its record.

The machines come to their servers by the addresses in the environment, which a test may send through a proxy; the test
itself looks at store and ledger directly. `all_sealed_once` is what must be true after every fault.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ceph import Ceph, fresh_prefix
from conftest import COMPLETE, SAMPLES, _environment, a_page, a_ticket, rows_of
from postgres import a_ledger_url
from province_plant import PROGRAM, WATCHER, order_of
from rabbit import the_rabbit
from s3_helpers import offices, user
from served import free_port, get

from pipeline.audit import audit
from pipeline.clock import now
from pipeline.lanes import announce
from pipeline.settings import Settings, read_settings
from pipeline.stages.file import objects_of, versions_of
from pipeline.stores import store_of
from pipeline.wiring import trust_of
from signing import verify_bytes
from storage import Digest, Ledger
from storage.names import require_area
from storage.s3 import Holder, Server, set_up
from workers.model import all_queues, queue_name

STATIONS = ("TP-01", "TP-02", "QN-01")
_LOOK = 0.1  # seconds between looks; each asks store and ledger, which have other work
_LOG_BYTES = 4000


@dataclass(frozen=True)
class Servers:
    """Where a province keeps everything, by addresses that nothing stands before."""

    ledger: str
    queue: str
    worker: Server
    prefix: str  # of its buckets


@contextmanager
def shared_servers(folder: Path) -> Iterator[Servers]:
    """Lend the servers of this test run, with queues, tables and buckets that nobody has used; none may be killed."""
    clear_queues()
    made = offices(folder)
    with a_ledger_url("postgresql", folder) as ledger:
        yield Servers(ledger, the_rabbit().address, user("a-worker"), made.prefix)


def clear_queues() -> None:
    the_rabbit().clear(queue_name(lane, urgency) for lane, urgency in all_queues())


def buckets_at(ceph: Ceph) -> tuple[Server, str]:
    """Make a worker and buckets on a server of the test's own; return how the worker comes, and the buckets' prefix."""
    worker, prefix = ceph.user("a-worker"), fresh_prefix()
    set_up(ceph.user("owner"), prefix, (Holder("worker", "a-worker"),))
    return worker, prefix


def _signed_by(jpeg: bytes, words: str) -> bytes:
    """Return a picture with a comment: of two scans with the same bytes, the reading of one would be found done."""
    told = words.encode()
    at = 4 + int.from_bytes(jpeg[4:6])  # behind the first segment, which must stay the first
    return jpeg[:at] + b"\xff\xfe" + (len(told) + 2).to_bytes(2) + told + jpeg[at:]


class Province:
    """Its machines, its inbox, and what stands in store and ledger."""

    def __init__(self, folder: Path, servers: Servers, **instead: str) -> None:
        """Start the machines in *folder*; *instead* are settings of theirs that differ (``SOHOA_QUEUE``, say)."""
        secret = folder / "secret"
        secret.write_text(servers.worker.secret)
        self.folder = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.port = free_port()
        direct = {
            "SOHOA_VAR": str(folder / "var"),
            "SOHOA_LEDGER": servers.ledger,
            "SOHOA_STORE_URL": servers.worker.url,
            "SOHOA_STORE_KEY": servers.worker.key,
            "SOHOA_STORE_SECRET_FILE": str(secret),
            "SOHOA_STORE_PREFIX": servers.prefix,
            "SOHOA_STORE_RETENTION": "1",
            "SOHOA_QUEUE": servers.queue,
            "SOHOA_INBOX": str(self.inbox),
            "SOHOA_INBOX_STEADY": "0",
            "SOHOA_HEALTH": f"127.0.0.1:{self.port}",
            "SOHOA_WORKERS": "2",
        }
        self.environment = direct | instead
        self.settings: Settings = read_settings(direct)
        self.settings.var.mkdir(exist_ok=True)  # a test may have put a disk of its own there
        self.ledger = Ledger(servers.ledger)
        for row in rows_of(SAMPLES / "catalogue" / "1.001193.json", now()):
            self.ledger.put_procedure(row)
        self.store = store_of(self.settings)
        announce(self.store, trial=True)
        (folder / "machine.py").write_text(PROGRAM)
        self.log = folder / "log"
        self.process = self.started()

    def start_again(self) -> None:
        """Start the machines that were killed, as systemd would."""
        self.process = self.started()

    def kill(self) -> None:
        """Kill every process of the machines in the same instant; those that were killed before stay so."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def close(self) -> None:
        self.kill()
        self.ledger.close()

    def drop(self, number: int, *, each: int = 1) -> str:
        """Put a dossier into the inbox, *each* page per component, its ticket first, as a careless station would."""
        code = f"H15.50.05.13-261120-{number:04d}"
        folder = self.inbox / STATIONS[number % len(STATIONS)] / code
        folder.mkdir(parents=True)
        names = {name: [f"{name}-{at}.jpg" for at in range(each)] for name, _ in COMPLETE}
        (folder / "dossier.json").write_text(json.dumps(a_ticket(*names.items(), dossier=code)))
        for place, name in enumerate(each for files in names.values() for each in files):
            (folder / name).write_bytes(_signed_by(a_page((number * 13 + place * 7) % 256), f"{number}/{place}"))
        return code

    def states(self) -> Counter[str]:
        """Return how many dossiers are not done, by where they stand."""
        return Counter(row.state for row in self.ledger.undone_items(now(), 1000)) + Counter(
            {row.state: row.count for row in self.ledger.waiting() if row.state in {"review", "failed"}}
        )

    def at_work(self, lane: str, codes: Collection[str] = ()) -> list[int]:
        """Return the living processes that have begun something of a lane and not ended it; the newest last.

        With *codes*, only those at work on one of these: an outage may have kept others from telling their end.
        """
        return [
            each.pid
            for each in self.ledger.attempts()
            if each.stage == lane
            and each.outcome is None
            and (not codes or each.subject in codes)
            and Path(f"/proc/{each.pid}").exists()
        ]

    def watcher(self) -> int:
        """Return the process that watches the inbox."""
        return int((self.settings.var / WATCHER).read_text())

    def order(self, death: str) -> Path:
        """Have the next process that comes to *death*, of those that `province_plant` knows, kill itself there.

        What is returned is gone as soon as one has.
        """
        path = order_of(self.settings, death)
        path.touch()
        return path

    def look_now(self) -> None:
        """Have the inbox listed at once, as a bucket's event would."""
        get(self.port, "/hint", b"")

    def is_sealed(self, codes: Sequence[str]) -> bool:
        """Say whether all of them are filed, by the ledger, which says so last."""
        return all(self.ledger.dossier(code) for code in codes)

    def is_filed(self, codes: Sequence[str]) -> bool:
        """Say whether all of them are filed, and have left the inbox."""
        return not list(self.inbox.glob("*/*")) and self.is_sealed(codes)

    def wait_until(self, true: Callable[[], object], *, seconds: float) -> float:
        """Wait for something to become true; return the seconds that it took."""
        started = time.monotonic()
        while not true():
            if time.monotonic() - started > seconds:
                said = self.log.read_text()[-_LOG_BYTES:]
                raise AssertionError(f"not within {seconds} s: {self.states()}\n{said}")
            time.sleep(_LOOK)
        return time.monotonic() - started

    def started(self, **instead: str) -> subprocess.Popen[bytes]:
        """Start machines in a group of processes of their own; *instead* are settings of theirs that differ."""
        root = Path(__file__).parents[1]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, str(self.folder / "machine.py")], stderr=log,
                env=_environment() | self.environment | {"PYTHONPATH": f"{root}:{root / 'tests'}"} | instead,
                process_group=0,
            )  # fmt: skip


def all_sealed_once(province: Province, codes: Sequence[str], *, later: timedelta = timedelta()) -> None:
    """Assert what must be true of a province with nothing left to do, whatever happened to it on the way.

    Seals are judged as they will be *later*: those of a machine whose clock is ahead were made in the future.
    """
    sealed_once(province, codes, later=later)
    nothing_amiss(province, later=later)


def sealed_once(province: Province, codes: Sequence[str], *, later: timedelta = timedelta()) -> None:
    """Assert that nothing is left to do, and that each of these dossiers is sealed, whole, and in the record once."""
    assert province.states() == Counter()
    assert list(province.inbox.glob("*/*")) == []
    trust = trust_of(province.settings, ())
    for code in codes:
        versions = versions_of(province.store, code)
        assert [(each.number, each.state) for each in versions] == [(1, "complete")]
        actions = Counter(event.action for event in province.ledger.events(code))
        assert (actions["received"], actions["filed"]) == (1, 1)
        (version,) = versions
        manifest, seal = (province.store.get("sealed", Digest(each)) for each in (version.manifest, version.seal))
        assert verify_bytes(manifest, seal, trust=trust, now=now() + later).status == "TOTAL-PASSED"
        for digest in objects_of(json.loads(manifest)).values():
            province.store.check("sealed", Digest(digest))


def nothing_amiss(province: Province, *, later: timedelta = timedelta()) -> None:
    """Assert that store, ledger and manifests agree in everything, and that nothing under a name is half of it."""
    found = audit(province.store, province.ledger, trust_of(province.settings, ()), now() + later, lambda: None)
    assert found.troubles == ()
    for name in found.unknown:  # what a killed process had no time to enter
        area, _, digest = name.partition("/")
        province.store.check(require_area(area), Digest(digest))
    assert list(province.settings.var.rglob("*.part")) == []
