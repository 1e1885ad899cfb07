"""What is done by the clock: renewing seals, batches, hashing again, a copy; with systemd, and beside compose."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from pipeline.settings import read_settings

FOLDER = ROOT / "deploy" / "systemd"
TIMERS = sorted(FOLDER.glob("*.timer"))
IDS = [path.stem for path in TIMERS]
DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
#: How units are shut in: what all of those that go on say.
GOING = [FOLDER / f"{name}.service" for name in ("sohoa", "sohoa-read", "sohoa-seal", "sohoa-watch")]


def lines(unit: Path) -> dict[str, str]:
    said = [line for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in said)


def shut_in(unit: Path) -> list[str]:
    """Return what stands below the heading of what a unit may see and do."""
    _, _, below = unit.read_text(encoding="utf-8").partition("# What it may see and do.\n")
    return below.partition("\n\n")[0].split()


def test_all_that_must_come_again_has_a_timer() -> None:
    """Seals end, disks rot: renewing daily, hashing weekly, a copy nightly, and a batch where there is an authority."""
    assert IDS == ["sohoa-audit", "sohoa-backup", "sohoa-batch", "sohoa-renew"]
    when = {path.stem: lines(path)["OnCalendar"] for path in TIMERS}
    assert when.pop("sohoa-audit").startswith("Sun ")
    assert all(each.startswith("*-*-* ") for each in when.values())
    assert len(set(when.values())) == len(when)


@pytest.mark.parametrize("timer", TIMERS, ids=IDS)
def test_a_machine_that_was_off_catches_up_and_the_target_switches_all_of_it(timer: Path) -> None:
    said = lines(timer)
    assert said["Persistent"] == "yes"
    assert said["WantedBy"] == said["PartOf"] == "sohoa.target"
    assert "RandomizedDelaySec" in said


@pytest.mark.parametrize("timer", TIMERS, ids=IDS)
def test_what_it_starts_is_shut_in_like_the_others_and_ends(timer: Path) -> None:
    """No restart: what failed stays failed, where people see it, until it is its time again."""
    unit = timer.with_suffix(".service")
    said = lines(unit)
    assert said["Type"] == "oneshot"
    assert said["User"] == said["Group"] == "sohoa"
    assert "Restart" not in said
    assert "WantedBy" not in said
    assert all(shut_in(unit) == shut_in(other) for other in GOING)


@pytest.mark.parametrize("timer", TIMERS, ids=IDS)
def test_what_it_starts_is_a_command_with_settings_that_there_are(timer: Path) -> None:
    said = lines(timer.with_suffix(".service"))
    program, *words = shlex.split(said["ExecStart"])
    assert program == "/opt/sohoa/.venv/bin/sohoa"
    assert f"sohoa-{words[0]}" == timer.stem
    given = dict(word.split("=", 1) for word in shlex.split(said["Environment"]))
    assert given.pop("SOHOA_CONFIG") == "/etc/sohoa/sohoa.toml"
    assert str(read_settings(given).var) == said["WorkingDirectory"] == f"/var/lib/{said['StateDirectory']}"
    assert known(words[0])


def test_only_the_copy_may_write_elsewhere_and_just_there() -> None:
    assert shlex.split(lines(FOLDER / "sohoa-backup.service")["ExecStart"])[2] == "/srv/sohoa/backup"
    beside = {path.stem: lines(path.with_suffix(".service")).get("ReadWritePaths") for path in TIMERS}
    # Without a stroke before it: a disk that is not there fails the copy, and does not send it to another one.
    assert beside == {"sohoa-backup": "/srv/sohoa/backup"} | dict.fromkeys(set(IDS) - {"sohoa-backup"})


def test_a_dossier_that_waits_for_a_newer_certificate_is_no_failure_of_the_job() -> None:
    assert lines(FOLDER / "sohoa-renew.service")["SuccessExitStatus"] == "3"


def test_every_timer_is_told_of_and_so_is_the_same_with_containers() -> None:
    """With containers, cron of the machine calls a command in a container that has what it needs."""
    assert all(f"{timer.stem}.timer" in DEPLOYMENT for timer in TIMERS)
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    called = re.findall(r"^[\d*]+ .* docker compose exec -T (\w+) sohoa (\w+)$", DEPLOYMENT, re.MULTILINE)
    assert {command for _, command in called} == {"renew", "batch", "audit"}
    assert all(service in services and known(command) for service, command in called)
    assert {service for service, command in called if command != "audit"} == {"sealer"}  # who has the key


def known(command: str) -> bool:
    shown = subprocess.run(
        [sys.executable, "-m", "workers.cli", command, "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return shown.returncode == 0
