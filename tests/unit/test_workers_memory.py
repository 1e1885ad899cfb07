"""Room in the memory of one machine, shared by real processes, of which some are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from queue_plant import wait_until

from ocr import READING_DPI
from pipeline.errors import Misconfigured
from pipeline.plan import Step
from pipeline.settings import Settings, read_settings
from workers.admission import expected
from workers.memory import Room, budget_of
from workers.model import Errand, Lane, Urgency
from workers.plant import HousePlant
from workers.tracing import at_work

MB = 1_000_000
#: A reader: takes room for some pages one after the other, and says when each began and ended.
READER = """
import sys, time
from pathlib import Path
from workers.memory import Room

folder, budget, octets, seconds, pages, soon = sys.argv[1], *map(float, sys.argv[2:7])
room = Room(Path(folder), int(budget))
for _ in range(int(pages)):
    with room.taken(int(octets), soon=bool(soon)):
        print("+", octets, time.monotonic(), flush=True)
        time.sleep(seconds)
        print("-", octets, time.monotonic(), flush=True)
"""


class Machine:
    """Readers of one machine, each a process."""

    def __init__(self, folder: Path, budget: int) -> None:
        self.folder, self.budget = folder, budget
        self.readers: list[tuple[subprocess.Popen[bytes], Path]] = []

    def start(self, octets: int, *, seconds: float, pages: int = 1, soon: bool = False) -> int:
        said = self.folder.parent / f"reader-{len(self.readers)}"
        words = [self.folder, self.budget, octets, seconds, pages, int(soon)]
        with said.open("wb") as out:
            process = subprocess.Popen([sys.executable, "-c", READER, *map(str, words)], cwd=ROOT, stdout=out)
        self.readers.append((process, said))
        return len(self.readers) - 1

    def lines(self, reader: int) -> list[tuple[str, int, float]]:
        found = [line.split() for line in self.readers[reader][1].read_text().splitlines()]
        return [(sign, int(float(octets)), float(at)) for sign, octets, at in found]

    def begun(self, reader: int) -> bool:
        return bool(self.lines(reader))

    def stand_in_line(self, count: int) -> None:
        """Wait until so many claims are there."""
        wait_until(lambda: len(list(self.folder.glob("0*"))) == count)

    def kill(self, reader: int) -> None:
        self.readers[reader][0].send_signal(signal.SIGKILL)
        died = time.monotonic()
        self.readers[reader][0].wait()
        if begun := self.lines(reader):
            with self.readers[reader][1].open("a") as said:
                said.write(f"- {begun[-1][1]} {died}\n")

    def most_at_once(self) -> int:
        """Return the octets of pages that were read at the same time, at most."""
        changes = sorted(
            (at, octets if sign == "+" else -octets)
            for reader in range(len(self.readers))
            for sign, octets, at in self.lines(reader)
        )
        return max(sum(octets for _, octets in changes[: end + 1]) for end in range(len(changes)))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path / "memory", 1000 * MB)
    yield made
    for process, _ in made.readers:
        process.kill()
        process.wait()


def test_processes_share_the_memory_of_their_machine_and_one_that_is_killed_leaves_its_part_to_others(
    machine: Machine,
) -> None:
    """Four want 300 MB for each page and the plain ones may take 640 together; the first is killed over its page."""
    killed = machine.start(300 * MB, seconds=600)
    wait_until(lambda: machine.begun(killed))
    others = [machine.start(300 * MB, seconds=0.05, pages=5) for _ in range(3)]
    wait_until(lambda: any(machine.begun(each) for each in others))
    machine.kill(killed)
    for each in others:
        assert machine.readers[each][0].wait(60) == 0
        assert len(machine.lines(each)) == 10
    assert machine.most_at_once() <= 640 * MB
    left = [path.name for path in machine.folder.iterdir() if path.name != "guard"]
    # What the killed one left may lie there until somebody looks again: it counts for nothing.
    with Room(machine.folder, machine.budget).taken(640 * MB, soon=False):
        assert len(left) <= 1


def test_who_is_killed_in_line_keeps_nobody_behind_waiting(machine: Machine) -> None:
    first = machine.start(600 * MB, seconds=600)
    wait_until(lambda: machine.begun(first))
    killed = machine.start(900 * MB, seconds=600)
    machine.stand_in_line(2)
    behind = machine.start(600 * MB, seconds=0.0)
    machine.stand_in_line(3)
    machine.kill(killed)
    machine.kill(first)
    assert machine.readers[behind][0].wait(30) == 0
    assert not machine.begun(killed)


def test_a_page_larger_than_all_there_is_is_read_alone(machine: Machine) -> None:
    small = machine.start(300 * MB, seconds=600)
    wait_until(lambda: machine.begun(small))
    large = machine.start(5000 * MB, seconds=0.2)
    machine.stand_in_line(2)
    after = machine.start(300 * MB, seconds=0.2)
    machine.stand_in_line(3)
    assert not machine.begun(large)
    machine.kill(small)
    assert machine.readers[large][0].wait(30) == machine.readers[after][0].wait(30) == 0
    assert machine.most_at_once() <= 5000 * MB


def test_a_page_of_the_same_day_waits_behind_none_that_waits(machine: Machine) -> None:
    at_work = machine.start(600 * MB, seconds=600)
    wait_until(lambda: machine.begun(at_work))
    waits = machine.start(600 * MB, seconds=600)
    machine.stand_in_line(2)
    soon = machine.start(360 * MB, seconds=0.0, soon=True)
    assert machine.readers[soon][0].wait(30) == 0
    assert not machine.begun(waits)


def test_threads_of_one_process_share_it_too(tmp_path: Path) -> None:
    room, at_once, most = Room(tmp_path, 1000 * MB), [0], [0]
    counting = threading.Lock()

    def read() -> None:
        with room.taken(400 * MB, soon=True):
            with counting:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            time.sleep(0.05)
            with counting:
                at_once[0] -= 1

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most[0] == 2
    assert os.listdir(tmp_path) == ["guard"]  # noqa: PTH208 -- names alone


def test_a_page_whose_reading_fails_gives_its_room_back(tmp_path: Path) -> None:
    room = Room(tmp_path, 100)
    with pytest.raises(ValueError, match="broken"), room.taken(500, soon=False):
        raise ValueError("broken")
    assert os.listdir(tmp_path) == ["guard"]  # noqa: PTH208 -- names alone


def test_files_of_others_are_no_claims(tmp_path: Path) -> None:
    for name in ("x", "1.2.3", "000000000001.5.0.1.begun.part", "a.b.c.d.begun"):
        (tmp_path / name).touch()
    with Room(tmp_path, 100).taken(500, soon=False):
        assert len(list(tmp_path.glob("*.begun"))) == 2


def test_a_step_that_looks_at_a_page_takes_room_for_it_and_no_other_does(tmp_path: Path) -> None:
    """For whom it is done is known by the errand that goes on, also on the thread that does the step."""
    plant = HousePlant(Settings(var=tmp_path, memory=2000), with_key=False)
    page = {"width": 2480, "height": 3508, "dpi_x": 300.0, "dpi_y": 300.0}
    look = Step("read", 1, (("originals", "0" * 64),), {"page": page, "index": 0}, ())
    describe = Step("describe", 1, (), {"pages": 2}, ())

    def claims() -> list[list[str]]:
        return [path.name.split(".") for path in (tmp_path / "memory").glob("*.begun")]

    try:
        with at_work(Errand(Lane.PAGING, "d", 1, Urgency.SOON)), plant._around(look):
            ((_, octets, soon, *_),) = claims()
        assert (int(octets), soon) == (expected(page, READING_DPI), "1")
        with at_work(Errand(Lane.PAGING, "d", 1)), plant._around(look):
            assert [soon for _, _, soon, *_ in claims()] == ["0"]
        with plant._around(describe):
            assert claims() == []
    finally:
        plant.close()


# --- how much there is -------------------------------------------------------------------------------------------


def meminfo(folder: Path, kib: int) -> Path:
    path = folder / "meminfo"
    path.write_text(f"MemTotal:       {kib} kB\nMemFree:        1 kB\n")
    return path


def test_half_of_the_machine_is_for_pages_unless_the_settings_say_how_much(tmp_path: Path) -> None:
    assert budget_of(0, meminfo(tmp_path, 4 << 20), tmp_path / "none") == 2 << 30
    assert budget_of(700, meminfo(tmp_path, 4 << 20), tmp_path / "none") == 700 << 20


def test_a_lower_limit_of_the_control_group_counts_instead(tmp_path: Path) -> None:
    """A container with 1 GiB on a machine with 64 would else read 32 GiB of pages at once, and be killed for it."""
    (tmp_path / "memory").mkdir()
    for name in ("memory.max", "memory/memory.limit_in_bytes"):  # whichever version this machine has
        (tmp_path / name).write_text(f"{1 << 30}\n")
    assert budget_of(0, meminfo(tmp_path, 64 << 20), tmp_path) == 1 << 29


def test_no_limit_is_none(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    assert budget_of(0, meminfo(tmp_path, 4 << 20), tmp_path) == 2 << 30


@pytest.mark.parametrize("text", ["lots", "-1", "1.5", "512m", "99999999"])
def test_what_is_no_number_of_mib_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read_settings({"SOHOA_MEMORY": text})
    assert refused.value.facts["name"] == "SOHOA_MEMORY"
