"""Notices of a machine as a person starts it: `sohoa run` writes them down, `sohoa serve` sends them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from conftest import DOSSIER, ROOT, _environment
from one_stop import SECRET_TEXT, one_stop_software
from queue_plant import wait_until
from served import free_port, get

COMMAND = [sys.executable, "-m", "workers.cli"]


def test_what_one_command_has_written_down_and_what_comes_later_is_sent_by_the_service(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET_TEXT + "\n")
    deposits = [tmp_path / "by-hand" / DOSSIER, tmp_path / "inbox" / "TP-01" / "H15.50.05.13-261120-0002"]
    for folder in deposits:
        folder.mkdir(parents=True)
        (folder / "dossier.json").write_text("{}")
    port = free_port()
    with one_stop_software(204) as one_stop:
        environment = _environment() | {
            "PYTHONPATH": str(ROOT),
            "SOHOA_INBOX": str(tmp_path / "inbox"),
            "SOHOA_INBOX_QUIET": "0",
            "SOHOA_HEALTH": f"127.0.0.1:{port}",
            "SOHOA_NOTIFY_URL": one_stop.url,
            "SOHOA_NOTIFY_SECRET_FILE": str(tmp_path / "secret"),
        }
        run = subprocess.run(
            [*COMMAND, "run", str(deposits[0])], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        assert run.returncode == 4, run.stderr
        assert one_stop.asked == []

        with (tmp_path / "log").open("wb") as log:
            serving = subprocess.Popen([*COMMAND, "serve"], cwd=tmp_path, env=environment, stderr=log)
        try:
            wait_until(lambda: len(one_stop.asked) == 2, seconds=120)
            wait_until(lambda: "sohoa_notices_waiting 0.0" in get(port, "/metrics")[1], seconds=60)
        finally:
            serving.send_signal(signal.SIGTERM)
            assert serving.wait(60) == 0
    assert all(asked.is_signed() for asked in one_stop.asked)
    assert {(each["event"], each["dossier"], each["code"]) for each in one_stop.said} == {
        ("review", folder.name, "ticket-invalid") for folder in deposits
    }
    log_text = (tmp_path / "log").read_text()
    assert "Traceback" not in log_text
    assert one_stop.url not in log_text
    assert SECRET_TEXT not in log_text


def test_a_service_that_could_not_sign_its_notices_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mat-khau\n")
    environment = _environment() | {
        "PYTHONPATH": str(ROOT),
        "SOHOA_NOTIFY_URL": "https://mot-cua.example.vn/",
        "SOHOA_NOTIFY_SECRET_FILE": str(tmp_path / "secret"),
    }
    said = subprocess.run(
        [*COMMAND, "serve"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "SOHOA_NOTIFY_SECRET_FILE" in said.stderr
    assert "mat-khau" not in said.stderr
    assert not (tmp_path / "var").exists()
