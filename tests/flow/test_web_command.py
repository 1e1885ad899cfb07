"""``sohoa web`` as a person starts it: what the one-stop software fetches can be verified, and nothing is written."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import DOSSIER, ROOT, Shell
from queue_plant import wait_until
from served import free_port, get

COMMAND = [sys.executable, "-m", "workers.cli", "web"]


@dataclass
class Door:
    """The process, over what was digitised, and how to ask it."""

    process: subprocess.Popen[bytes]
    port: int
    token: str
    log: Path

    def ask(self, path: str, **headers: str) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self.token}"}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=bearer | headers, timeout=30)


def fingerprint(var: Path) -> dict[str, str]:
    """Return every file of the store by its hash, and what the ledger says: its file changes by being closed."""
    files = sorted(path for path in (var / "store").rglob("*") if path.is_file())
    found = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    with closing(sqlite3.connect(var / "ledger.sqlite")) as ledger:
        return found | {"ledger": "\n".join(ledger.iterdump())}


@pytest.fixture
def door(copy_of_digitised: Shell, tmp_path: Path) -> Iterator[Door]:
    environment = copy_of_digitised.environment | {"PYTHONPATH": str(ROOT)}
    made = subprocess.run([*COMMAND, "token", "mot-cua", "--json"], env=environment, capture_output=True, check=True)
    told = json.loads(made.stdout)
    tokens, log, port = tmp_path / "tokens", tmp_path / "web.log", free_port()
    tokens.write_text(told["line"] + "\n")
    environment |= {"SOHOA_WEB": f"127.0.0.1:{port}", "SOHOA_WEB_TOKENS_FILE": str(tokens)}
    with log.open("wb") as said:
        process = subprocess.Popen(COMMAND, cwd=copy_of_digitised.home, env=environment, stderr=said)
    wait_until(lambda: get(port, "/live")[0] == 200, seconds=60)
    yield Door(process, port, told["token"], log)
    process.kill()
    process.wait()


def test_what_is_fetched_verifies_and_nothing_was_written_for_it(
    door: Door, copy_of_digitised: Shell, tmp_path: Path
) -> None:
    before = fingerprint(copy_of_digitised.home / "var")
    fetched = tmp_path / "fetched" / DOSSIER
    fetched.mkdir(parents=True)
    told: dict[str, Any] = door.ask(f"/api/v1/dossiers/{DOSSIER}").json()
    files = door.ask(told["versions"][-1]["href"]).json()["files"]
    for each in files:
        answer = door.ask(each["href"])
        assert hashlib.sha256(answer.content).hexdigest() == each["sha256"]
        (fetched / each["name"]).write_bytes(answer.content)
    manifest = door.ask(f"/api/v1/dossiers/{DOSSIER}/versions/1/manifest").content
    assert manifest == (fetched / "manifest.json").read_bytes()
    assert {path.name for path in fetched.iterdir()} == {
        path.name for path in (copy_of_digitised.home / "out" / DOSSIER).iterdir()
    }
    assert DOSSIER in door.ask("/", Accept="text/html").text
    assert get(door.port, "/")[0] == 401
    # What it read it did not touch; and it ends when it is told to.
    door.process.send_signal(signal.SIGTERM)
    assert door.process.wait(20) == 0
    assert fingerprint(copy_of_digitised.home / "var") == before
    lines = [json.loads(line) for line in door.log.read_text().splitlines() if line.startswith("{")]
    handed = [line for line in lines if line["event"] == "handed-out"]
    assert {line["sha256"] for line in handed} == {each["sha256"] for each in files}
    assert {line["holder"] for line in handed} == {"mot-cua"}
    assert door.token not in door.log.read_text()
    verified = copy_of_digitised("verify", fetched)
    assert verified.returncode == 0, verified.stdout


def test_an_altered_file_in_the_store_is_refused_over_the_line(door: Door, copy_of_digitised: Shell) -> None:
    (file, *_) = door.ask(f"/api/v1/dossiers/{DOSSIER}/versions/1").json()["files"]
    digest = file["sha256"]
    path = copy_of_digitised.home / "var" / "store" / "sealed" / digest[:2] / digest[2:4] / digest
    path.chmod(0o600)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    answer = door.ask(file["href"])
    assert (answer.status_code, answer.json()["code"]) == (500, "object-changed")


def test_an_address_that_is_taken_is_told_and_a_house_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SOHOA_")}
    environment |= {"PYTHONPATH": str(ROOT)}

    def said(**variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            COMMAND, cwd=tmp_path, env=environment | variables, capture_output=True, text=True, timeout=60, check=False
        )

    missing = said()
    assert missing.returncode == 2
    assert "ledger-missing" in missing.stderr
    assert list(tmp_path.iterdir()) == []
    subprocess.run(
        [*COMMAND[:-1], "procedures", "import", ROOT / "samples" / "catalogue" / "1.001193.json"],
        cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = said(SOHOA_WEB=address)
    assert refused.returncode == 1
    assert address in refused.stderr
    assert "address-taken" in refused.stderr
