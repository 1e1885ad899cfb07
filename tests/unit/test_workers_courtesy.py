"""An archive box lets whoever stands at a counter go first, and is not kept for ever."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from queue_plant import wait_until

from workers.courtesy import Counter
from workers.model import Errand, Lane, Urgency
from workers.tracing import at_work

BOX = Errand(Lane.OPENING, "box")
LETTER = Errand(Lane.PAGING, "letter", 1, urgency=Urgency.SOON)
#: Longer than any machine takes to look, shorter than a test may take.
LONGEST = 0.3
HOLDER = """
import sys, time
from pathlib import Path
from workers.courtesy import Counter
from workers.model import Errand, Lane, Urgency
from workers.tracing import at_work
with at_work(Errand(Lane.PAGING, "letter", 1, urgency=Urgency.SOON)), Counter(Path(sys.argv[1])).served():
    print("serving", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path / "counter")


def waits(counter: Counter) -> bool:
    started = time.monotonic()
    counter.let_pass(LONGEST)
    return time.monotonic() - started >= LONGEST


def test_a_box_waits_only_while_a_counter_is_served(counter: Counter) -> None:
    assert not waits(counter)
    with at_work(LETTER), counter.served():
        with at_work(BOX):
            assert waits(counter)
        with at_work(LETTER):
            assert not waits(counter), "whoever serves a counter waits for nobody, himself least of all"
    assert not waits(counter)
    with at_work(BOX), counter.served():
        assert not waits(counter), "nobody stands at the counter for a box"


def test_two_who_are_served_are_waited_for_both(counter: Counter) -> None:
    with at_work(LETTER), counter.served():
        with counter.served():
            pass
        with at_work(BOX):
            assert waits(counter)


def test_a_process_that_is_killed_keeps_no_box_waiting(counter: Counter) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(counter.file)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"serving\n"
        assert waits(counter)
        holder.kill()
    wait_until(lambda: not waits(counter))


def test_where_nothing_can_be_written_work_goes_on(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "missing" / "counter")
    with at_work(LETTER), counter.served(), at_work(BOX):
        assert not waits(counter)
