"""``sohoa serve`` as a person starts it: a folder that is watched, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import DOSSIER, ROOT, SAMPLES, _environment
from queue_plant import wait_until
from served import free_port, get

from pipeline.stages.file import latest
from storage import FolderStore, Ledger

COMMAND = [sys.executable, "-m", "workers.cli"]


class Machine:
    """A machine without any server."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.inbox = home / "inbox"
        self.inbox.mkdir()
        self.port, self.web = free_port(), free_port()
        self.environment = _environment() | {
            "PYTHONPATH": str(ROOT),
            "SOHOA_INBOX": str(self.inbox),
            "SOHOA_INBOX_QUIET": "0",
            "SOHOA_INBOX_STEADY": "0",
            "SOHOA_HEALTH": f"127.0.0.1:{self.port}",
            "SOHOA_WEB": f"127.0.0.1:{self.web}",
        }

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen([*COMMAND, *words], cwd=self.home, env=self.environment, stderr=log)

    def json(self, *words: str) -> Any:
        said = subprocess.run(
            [*COMMAND, *words, "--json"], cwd=self.home, env=self.environment, capture_output=True, check=False
        )
        return json.loads(said.stdout)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    started = made.start("serve")
    yield made
    started.send_signal(signal.SIGTERM)
    assert started.wait(60) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_dossier_that_is_dropped_into_the_inbox_is_sealed_and_the_inbox_is_emptied(machine: Machine) -> None:
    wait_until(lambda: get(machine.port, "/ready") == (200, "{}"), seconds=60)
    shutil.copytree(SAMPLES / "dossiers" / DOSSIER, machine.inbox / "TP-01" / DOSSIER)
    dropped = time.monotonic()
    store = FolderStore(machine.home / "var" / "store")
    wait_until(lambda: latest(store, DOSSIER) is not None, seconds=120)
    sealed = time.monotonic() - dropped
    wait_until(lambda: not list(machine.inbox.glob("*/*")), seconds=30)

    (row,) = machine.json("status")["dossiers"]
    assert (row["dossier"], row["verdict"]) == (DOSSIER, "complete")
    numbers = get(machine.port, "/metrics")[1]
    assert "sohoa_pages_total 6.0" in numbers
    assert 'sohoa_stage_seconds_count{stage="read"} 6.0' in numbers
    # The same command shows it to whoever is at this machine.
    wait_until(lambda: get(machine.web, "/ready") == (200, "{}"), seconds=60)
    told = json.loads(get(machine.web, f"/api/v1/dossiers/{DOSSIER}")[1])
    assert (told["verdict"], told["way"]["state"], told["way"]["pages_done"]) == ("complete", "sealed", 6)
    assert DOSSIER in get(machine.web, "/")[1]
    assert machine.json("retry", DOSSIER)["error"]["code"] == "not-waiting"
    print(f"\nfrom the last file to the sealed manifest: {sealed:.1f} s")  # noqa: T201 -- a figure of the report


def test_a_dossier_that_was_turned_away_stays_in_the_inbox_and_may_be_retried(machine: Machine) -> None:
    folder = machine.inbox / "TP-01" / DOSSIER
    folder.mkdir(parents=True)
    (folder / "dossier.json").write_text("{}")
    wait_until(lambda: get(machine.port, "/ready") == (200, "{}"), seconds=60)
    with Ledger(f"sqlite:///{machine.home / 'var' / 'ledger.sqlite'}") as ledger:
        wait_until(ledger.refused_deposits, seconds=60)

    (deposit,) = machine.json("status")["deposits"]
    assert deposit["code"] == "ticket-invalid"
    assert (folder / "dossier.json").exists()
    assert machine.json("retry", DOSSIER) == {"format": 1, "exit": 0, "dossier": DOSSIER}


def test_a_machine_for_one_role_needs_a_queue(tmp_path: Path) -> None:
    said = subprocess.run(
        [*COMMAND, "serve", "--roles", "read"], cwd=tmp_path, env=_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 2
    assert "SOHOA_QUEUE" in said.stderr
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- nothing was begun
