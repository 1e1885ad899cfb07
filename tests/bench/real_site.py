"""A real installation for benchmarks: ``sohoa serve`` on RabbitMQ, PostgreSQL and Ceph, or on nothing at all.

The database keeps what it is told; Ceph holds its objects in memory. Scans are those of the sample dossiers, each with
a remark of its own in the file, so that no two are the same to the store, though they read alike.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import spent
from ceph import ceph
from conftest import SAMPLES, _environment, a_ticket
from province import clear_queues
from rabbit import the_rabbit
from s3_helpers import offices, user
from served import free_port, get
from stand_in_site import the_database

from storage import Ledger

ROOT = Path(__file__).parents[2]
#: Settled on the same day, and not: procedures of the sample catalogue, and their first component.
SAME_DAY, USUAL = "2.000815", "1.001193"
_PATIENCE = 300.0  # seconds until all processes answer, on a machine that others use, too
_MARKER, _COMMENT = b"\xff\xd8", b"\xff\xfe"


class RealSite:
    """A running installation."""

    def __init__(self, folder: Path, settings: dict[str, str], ends: ExitStack, families: Sequence[int]) -> None:
        self.inbox, self.port = folder / "inbox", free_port()
        self._beside, self._families = folder / "scanning", families
        self.inbox.mkdir()
        environment = settings | {
            "SOHOA_VAR": str(folder / "var"),
            "SOHOA_INBOX": str(self.inbox),
            "SOHOA_INBOX_STEADY": "0",
            "SOHOA_SAME_DAY": SAME_DAY,
            "SOHOA_HEALTH": f"127.0.0.1:{self.port}",
        }
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "workers.cli", "serve"],
                cwd=folder, stderr=log, env=_environment() | environment | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        ends.callback(self._stop)
        self._wait()
        self.ledger = Ledger(settings.get("SOHOA_LEDGER", f"sqlite:///{folder / 'var' / 'ledger.sqlite'}"))
        ends.callback(self.ledger.close)
        self._scans = itertools.cycle(sorted((SAMPLES / "dossiers").glob("*/*.jpg")))

    def drop(self, code: str, pages: int, *, procedure: str, station: str = "TP-01") -> float:
        """Put a dossier of one component into the inbox as one rename, and say so; return when (monotonic)."""
        folder = self._beside / code
        folder.mkdir(parents=True)
        names = [f"{number:04d}.jpg" for number in range(pages)]
        for name in names:
            (folder / name).write_bytes(_made_other(next(self._scans).read_bytes()))
        ticket = a_ticket(("TP01", names), dossier=code, procedure=procedure)
        (folder / "dossier.json").write_text(json.dumps(ticket), encoding="utf-8")
        (self.inbox / station).mkdir(exist_ok=True)
        folder.rename(self.inbox / station / code)
        dropped = time.monotonic()
        # As the events of a bucket do: the listing every five seconds would drown what is measured.
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/hint", data=b"", timeout=10).close()
        return dropped

    def state(self, code: str) -> str:
        """Return where a dossier stands; ``taking`` before the ledger knows of it."""
        item = self.ledger.item(code)
        return item.state if item else "taking"

    def ends(self, code: str, *, seconds: float) -> float:
        """Wait until a dossier is through; return when, in monotonic seconds.

        Raises:
            RuntimeError: it waits for people, or takes too long.
        """
        ends = time.monotonic() + seconds
        while (state := self.state(code)) != "sealed":
            if state in {"failed", "review"} or time.monotonic() > ends:
                raise RuntimeError(f"{code}: {state}\n{self.log.read_text()[-3000:]}")
            time.sleep(0.03)
        return time.monotonic()

    def spent(self) -> float:
        """Return the CPU seconds of all processes so far, servers too."""
        return sum(spent.of_family(pid) for pid in (self.process.pid, *self._families))

    def _wait(self) -> None:
        ends = time.monotonic() + _PATIENCE
        while get(self.port, "/ready")[0] != 200:
            if time.monotonic() > ends or self.process.poll() is not None:
                raise RuntimeError(f"it does not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)

    def _stop(self) -> None:
        spent.kill_family(self.process.pid)
        self.process.wait()


@contextmanager
def a_real_site(*, embedded: bool, workers: int) -> Iterator[RealSite]:
    """Lend an installation with so many readers; *embedded*, it has no server."""
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix="sohoa-real-"))
        folder.chmod(0o755)  # the database runs as a user of its own
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        settings, families = {"SOHOA_WORKERS": str(workers)}, []
        if not embedded:
            database = ends.enter_context(the_database(folder / "postgres"))
            settings |= _servers(folder, database.url("postgres"))
            families = [database.pid, the_rabbit().pid, *(each.pid for each in ceph().daemons)]
        yield RealSite(folder, settings, ends, families)


def _servers(folder: Path, ledger: str) -> dict[str, str]:
    clear_queues()
    prefix, worker = offices(folder).prefix, user("a-worker")
    (folder / "secret").write_text(worker.secret)
    return {
        "SOHOA_LEDGER": ledger,
        "SOHOA_QUEUE": the_rabbit().address,
        "SOHOA_STORE_URL": worker.url,
        "SOHOA_STORE_KEY": worker.key,
        "SOHOA_STORE_SECRET_FILE": str(folder / "secret"),
        "SOHOA_STORE_PREFIX": prefix,
        "SOHOA_STORE_RETENTION": "1",
    }


def _made_other(scan: bytes) -> bytes:
    """Return a JPEG with a comment that no other has; its pixels stay as they are."""
    words = uuid4().hex.encode()
    comment = _COMMENT + (len(words) + 2).to_bytes(2, "big") + words
    return scan.replace(_MARKER, _MARKER + comment, 1)
