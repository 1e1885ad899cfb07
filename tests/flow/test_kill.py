"""SIGKILL, Ctrl-C and a second run in the middle of real work: nothing is lost, little is done again, nothing twice."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from conftest import DOSSIER, SAMPLES

from storage import Ledger

WORKERS = 2
#: A dossier that is not over before Ctrl-C: 15 files through the gate, 15 pages read, four papers described, assembled
#: and sealed, the manifest.
LONGER = "H15.50.05.13-261120-0002"
LONGER_STEPS = 15 + 15 + 4 + 4 + 4 + 1


def attempts(home: Path):
    if not (home / "var" / "ledger.sqlite").is_file():
        return []
    with Ledger(f"sqlite:///{home / 'var' / 'ledger.sqlite'}") as ledger:
        return ledger.attempts()


def children_of(pid: int) -> list[int]:
    """The processes that *pid* started, and those that they did."""
    try:
        children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it has ended
        return []
    return [*children, *(each for child in children for each in children_of(child))]


def living(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def outliving(pids: list[int], seconds: float = 5) -> list[int]:
    """Which of the processes are still there; they get a moment, for the kernel tells them of their parent's end."""
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if living(pid)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def start_and_wait(sohoa, begun, dossier=DOSSIER):
    """Start a run, and come back when *begun* of its steps have begun."""
    process = sohoa.start("run", SAMPLES / "dossiers" / dossier)
    deadline = time.monotonic() + 120
    while len(attempts(sohoa.home)) < begun and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("begun", [2, 8, 20])
def test_kill_9_repeats_at_most_one_step_a_worker(sohoa, begun):
    """Killed when *begun* of the dossier's 24 steps have begun: in the gate, while reading, while sealing."""
    sohoa.environment["SOHOA_WORKERS"] = str(WORKERS)
    process = start_and_wait(sohoa, begun)
    children = children_of(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = {each.step_key for each in attempts(sohoa.home)}
    assert before

    run = sohoa("run", SAMPLES / "dossiers" / DOSSIER, "--json")
    assert run.returncode == 0, run.stderr
    tries = Counter(each.step_key for each in attempts(sohoa.home))
    assert sum(tries.values()) - len(tries) <= WORKERS
    assert not outliving(children)
    assert sohoa("verify", sohoa.home / "out" / DOSSIER).returncode == 0
    assert sohoa("audit").returncode == 0

    (dossier,) = sohoa.json("run", SAMPLES / "dossiers" / DOSSIER)["dossiers"]
    assert (dossier["steps_done"], dossier["version"]) == (0, 1)
    manifest = json.loads((sohoa.home / "out" / DOSSIER / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["verdict"]["complete"]


def test_ctrl_c_stops_at_once_and_the_next_run_goes_on_from_there(sohoa):
    # Whoever was started in the background ignores Ctrl-C, and so do its children; they are to feel it here.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start_and_wait(sohoa, 7, LONGER)
    signal.signal(signal.SIGINT, before)
    children = children_of(process.pid)
    assert process.poll() is None, "it was over before anybody could stop it"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130
    assert not outliving(children)

    (dossier,) = sohoa.json("run", SAMPLES / "dossiers" / LONGER)["dossiers"]
    assert dossier["exit"] == 0
    assert 0 < dossier["steps_done"] < LONGER_STEPS


def test_two_runs_at_once_seal_each_file_once(sohoa):
    both = [sohoa.start("run", SAMPLES / "dossiers" / DOSSIER) for _ in range(2)]
    assert [process.wait(timeout=200) for process in both] == [0, 0]

    sealed = Counter(each.step_key for each in attempts(sohoa.home) if each.stage in {"seal", "manifest"})
    assert set(sealed.values()) == {1}
    assert len(sealed) == 4 + 1  # four papers and the manifest
    assert sohoa("verify", sohoa.home / "out" / DOSSIER).returncode == 0
