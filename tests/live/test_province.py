"""A small province on the real servers: watched inbox, RabbitMQ, PostgreSQL, Ceph; processes are killed on the way.

How many dossiers is a matter of patience: ``PROVINCE_DOSSIERS=300`` for the size of a district's day.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import COMPLETE, SAMPLES, _environment, a_page, a_ticket, rows_of
from postgres import a_ledger_url
from province_plant import ASKED, KILLED, PROGRAM
from queue_plant import wait_until
from rabbit import the_rabbit
from s3_helpers import offices, user
from served import free_port, get

from pipeline.audit import audit
from pipeline.clock import now
from pipeline.lanes import announce
from pipeline.settings import Settings, read_settings
from pipeline.stages.file import latest
from pipeline.stores import store_of
from pipeline.wiring import trust_of
from storage import Ledger
from workers.model import all_queues, queue_name

DOSSIERS = int(os.environ.get("PROVINCE_DOSSIERS", "6"))
STATIONS = ("TP-01", "TP-02", "QN-01")
#: Components with a page each; every fourth dossier has three times as many pages.
PAGES = len(COMPLETE)
PATIENCE = 120.0 + 3.0 * DOSSIERS


class Province:
    """The settings of its machines, its inbox, and the program that runs them all."""

    def __init__(self, folder: Path, ledger: str) -> None:
        made, worker = offices(folder), user("a-worker")
        secret = folder / "secret"
        secret.write_text(worker.secret)
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.port = free_port()
        self.environment = {
            "SOHOA_VAR": str(folder / "var"),
            "SOHOA_LEDGER": ledger,
            "SOHOA_STORE_URL": worker.url,
            "SOHOA_STORE_KEY": worker.key,
            "SOHOA_STORE_SECRET_FILE": str(secret),
            "SOHOA_STORE_PREFIX": made.prefix,
            "SOHOA_STORE_RETENTION": "1",
            "SOHOA_QUEUE": the_rabbit().address,
            "SOHOA_INBOX": str(self.inbox),
            "SOHOA_INBOX_STEADY": "0",
            "SOHOA_HEALTH": f"127.0.0.1:{self.port}",
            "SOHOA_WORKERS": "2",
        }
        self.settings: Settings = read_settings(self.environment)
        self.settings.var.mkdir()
        self.ledger = Ledger(ledger)
        for row in rows_of(SAMPLES / "catalogue" / "1.001193.json", now()):
            self.ledger.put_procedure(row)
        self.store = store_of(self.settings)
        announce(self.store, trial=True)
        (folder / "machine.py").write_text(PROGRAM)
        root = Path(__file__).parents[2]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(folder / "machine.py")], stderr=log,
                env=_environment() | self.environment | {"PYTHONPATH": f"{root}:{root / 'tests'}"},
            )  # fmt: skip

    def drop(self, number: int) -> str:
        """Put a dossier into the inbox, its ticket first, as a careless station would."""
        code = f"H15.50.05.13-261120-{number:04d}"
        folder = self.inbox / STATIONS[number % len(STATIONS)] / code
        folder.mkdir(parents=True)
        each = 3 if number % 4 == 0 else 1
        names = {name: [f"{name}-{at}.jpg" for at in range(each)] for name, _ in COMPLETE}
        (folder / "dossier.json").write_text(json.dumps(a_ticket(*names.items(), dossier=code)))
        for place, name in enumerate(each for files in names.values() for each in files):
            (folder / name).write_bytes(a_page((number * 13 + place * 7) % 256))
        return code

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.ledger.undone_items(now(), 1000)) + Counter(
            {row.state: row.count for row in self.ledger.waiting() if row.state in {"review", "failed"}}
        )

    def at_work(self, stage: str) -> list[int]:
        return [each.pid for each in self.ledger.attempts() if each.stage == stage and each.outcome is None]


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    the_rabbit().clear(queue_name(lane, urgency) for lane, urgency in all_queues())
    with a_ledger_url("postgresql", tmp_path) as ledger:
        made = Province(tmp_path, ledger)
        yield made
        made.process.kill()
        made.process.wait()
        made.ledger.close()


@pytest.mark.timeout(60 + 2 * PATIENCE)
def test_a_province_seals_every_dossier_once_though_its_workers_are_killed(province: Province) -> None:
    codes = [province.drop(number) for number in range(DOSSIERS)]
    started = time.monotonic()
    wait_until(lambda: province.at_work("paging"), seconds=PATIENCE)
    with suppress(ProcessLookupError):
        os.kill(province.at_work("paging")[-1], signal.SIGKILL)
    killed = time.monotonic()
    wait_until(lambda: all(latest(province.store, code) for code in codes), seconds=PATIENCE)
    wait_until(lambda: not list(province.inbox.glob("*/*")), seconds=30)  # and only then
    took = time.monotonic() - started

    assert (province.settings.var / KILLED).exists()  # the sealer, between a seal and its record
    assert province.states() == Counter()
    for code in codes:
        version = latest(province.store, code)
        assert version is not None and (version.number, version.state) == (1, "complete")
        assert [event.action for event in province.ledger.events(code)].count("filed") == 1
    found = audit(province.store, province.ledger, trust_of(province.settings, ()), now(), lambda: None)
    assert found.troubles == ()

    pages = sum(PAGES * (3 if number % 4 == 0 else 1) for number in range(DOSSIERS))
    lanes = Counter(each.stage for each in province.ledger.attempts())
    # One message each; those who were killed had up to one of each of their queues.
    assert pages <= lanes["paging"] <= pages + 4
    for lane in ("opening", "closing", "sealing"):
        assert DOSSIERS <= lanes[lane] <= DOSSIERS + 4

    asked: dict[str, list[int]] = defaultdict(list)
    for line in (province.settings.var / ASKED).read_text().splitlines():
        deposit, count = line.split()
        asked[deposit].append(int(count))
    most = {deposit: max(counts) for deposit, counts in asked.items()}
    assert len(most) == DOSSIERS
    assert len(set(most.values())) == 1, most  # whatever the size of the dossier
    assert get(province.port, "/ready") == (200, "{}")
    print(  # noqa: T201 -- figures of the report
        f"\n{DOSSIERS} dossiers, {pages} pages, a reader and the sealer killed: {took:.1f} s, "
        f"{time.monotonic() - killed:.1f} s after the first death; the store is asked {max(most.values())} times a page"
    )
