"""The whole tree on a real RabbitMQ: every process that a machine with a broker runs, killed and told to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from queue_plant import wait_until
from rabbit import the_rabbit
from served import Served, get

from workers.model import all_queues, queue_name


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    the_rabbit().clear(queue_name(lane, urgency) for lane, urgency in all_queues())
    tree = Served(tmp_path, the_rabbit().address, count=1)
    yield tree
    tree.process.kill()
    tree.process.wait()


def sealed(served: Served) -> int:
    return int(served.records.one("SELECT count(*) FROM seals"))


def test_every_process_of_a_machine_may_be_killed_and_all_come_back(served: Served) -> None:
    for number in range(3):
        served.records.deposit(f"A{number}", pages=3, station=f"S{number}", soon=number == 0)
    wait_until(lambda: sealed(served) == 3)
    wait_until(lambda: get(served.port, "/ready") == (200, "{}"))
    before = served.children()
    assert len(before) == 6  # reader, desk, express, sealer, turns, watcher
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    for number in range(3):
        served.records.deposit(f"B{number}", pages=3, station=f"S{number}", soon=number == 0)
    took = wait_until(lambda: sealed(served) == 6, seconds=120)
    after = served.children()
    assert not set(after) & set(before)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(30) == 0
    assert [pid for pid in after if Path(f"/proc/{pid}").exists()] == []
    print(f"\nkill -9 of every process: all sealed {took:.1f} s later")  # noqa: T201 -- a figure of the report
