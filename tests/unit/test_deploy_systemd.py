"""The units for machines without containers."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import web.serve
from pipeline.settings import read_settings
from workers.roles import GRACE
from workers.serve import PARTS

#: Those that go on; what a timer starts is looked at in test_deploy_timers.py.
UNITS = sorted(
    path for path in (ROOT / "deploy" / "systemd").glob("*.service") if not path.with_suffix(".timer").exists()
)
IDS = [path.stem for path in UNITS]
SHUT_IN = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "SystemCallFilter": "@system-service",
}


def lines(unit: Path) -> dict[str, str]:
    said = [line for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in said)


def variables(unit: Path) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(lines(unit)["Environment"]))


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="this machine has no systemd; the others parse the units"
)
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """Verified with a program that is there in the place of ours, which is installed where they say."""
    for unit in (ROOT / "deploy" / "systemd").iterdir():
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    units = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "sohoa" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=IDS)
def test_every_unit_is_shut_in_and_comes_back_however_often_it_falls(unit: Path) -> None:
    said = lines(unit)
    assert SHUT_IN.items() <= said.items()
    assert said["User"] == said["Group"] == "sohoa"
    assert said["Restart"] == "always"
    assert said["StartLimitIntervalSec"] == "0"
    assert said["WantedBy"] == said["PartOf"] == "sohoa.target"


@pytest.mark.parametrize("unit", UNITS, ids=IDS)
def test_only_the_parent_is_told_to_end_and_is_given_the_time(unit: Path) -> None:
    """Told themselves, the children of steps would die in the middle of a page."""
    assert lines(unit)["KillMode"] == "mixed"
    assert int(lines(unit)["TimeoutStopSec"]) > (web.serve.GRACE if unit.stem == "sohoa-web" else GRACE)


@pytest.mark.parametrize("unit", UNITS, ids=IDS)
def test_every_variable_is_a_setting_and_the_folder_is_the_one_that_may_be_written(unit: Path) -> None:
    given = variables(unit)
    assert given.pop("SOHOA_CONFIG") == "/etc/sohoa/sohoa.toml"
    found = read_settings(given)
    assert str(found.var) == lines(unit)["WorkingDirectory"] == f"/var/lib/{lines(unit)['StateDirectory']}"


def test_all_of_them_may_run_on_one_machine() -> None:
    """Each has a folder and a port of its own, or one would empty what the other counts into."""
    assert len({variables(unit)["SOHOA_VAR"] for unit in UNITS}) == len(UNITS)
    addresses = [
        text for unit in UNITS for name, text in variables(unit).items() if name in ("SOHOA_HEALTH", "SOHOA_WEB")
    ]
    assert len(set(addresses)) == len(addresses) == len(UNITS)


def test_one_unit_does_everything_and_the_others_share_it_among_them() -> None:
    roles = {unit.stem: shlex.split(lines(unit)["ExecStart"])[2:] for unit in UNITS}
    assert roles.pop("sohoa") == roles.pop("sohoa-web") == []
    assert sorted(role for words in roles.values() for role in words[1].split(",")) == sorted(PARTS)
    assert roles["sohoa-seal"] == ["--roles", "seal"]


@pytest.mark.parametrize("unit", UNITS, ids=IDS)
def test_every_unit_starts_a_command_that_there_is(unit: Path) -> None:
    program, *words = shlex.split(lines(unit)["ExecStart"])
    assert program == "/opt/sohoa/.venv/bin/sohoa"
    shown = subprocess.run(
        [sys.executable, "-m", "workers.cli", *words, "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
