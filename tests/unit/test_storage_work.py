from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event, Thread
from unittest.mock import patch

import pytest
from ledger_helpers import tried
from postgres import KINDS, a_ledger_url

from storage import AttemptRow, Fence, LeaseLost, Ledger, LedgerError, StepRow, digest_of

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
#: Takes 100 leases once each, as soon as everybody is there; prints how many it got.
TAKER = """
import sys, time
from pathlib import Path
from storage import Ledger
url, folder, holder = sys.argv[1:]
with Ledger(url) as ledger:
    Path(folder, holder).touch()
    while not Path(folder, "go").exists():
        time.sleep(0.001)
    for number in range(100):
        if ledger.take_lease(f"seal/{number}", holder, 600) is not None:
            print(number)
"""


class Hands:
    """A clock whose hands a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with a_ledger_url(request.param, tmp_path) as lent:
        yield lent


@pytest.fixture
def ledger(url: str, clock: Hands) -> Iterator[Ledger]:
    with Ledger(url, clock=clock) as opened:
        yield opened


def test_an_attempt_is_there_before_its_work_and_without_its_end(ledger: Ledger, clock: Hands) -> None:
    number = ledger.begin_attempt("key", "seal", "D-1")

    assert ledger.attempts() == [AttemptRow(number, "key", "seal", "D-1", os.getpid(), START, None, None)]


def test_an_attempt_that_a_killed_process_began_is_counted(url: str) -> None:
    dying = (
        "import os, signal, sys\nfrom storage import Ledger\n"
        "Ledger(sys.argv[1]).begin_attempt('key', 'read', 'D-1')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", dying, url], check=False, timeout=60)

    with Ledger(url) as ledger:
        (attempt,) = ledger.attempts()
        assert tried(ledger, "key") == 1
    assert attempt.outcome is None
    assert attempt.pid != os.getpid()


def test_of_an_attempt_the_end_that_is_said_first_stands(ledger: Ledger, clock: Hands) -> None:
    """Whoever was cut off while it said that the work is done says that it failed, and may have been heard before."""
    number = ledger.begin_attempt("key", "seal", "D-1")
    clock.move(2)
    ledger.end_attempt(number, "done")
    clock.move(2)
    ledger.end_attempt(number, "done")
    ledger.end_attempt(number, "failed")

    (attempt,) = ledger.attempts()
    assert (attempt.outcome, attempt.ended_at) == ("done", START + timedelta(seconds=2))


def test_an_attempt_that_never_began_cannot_end(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="not begun"):
        ledger.end_attempt(7, "done")


def test_an_unknown_outcome_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="not an outcome"):
        ledger.end_attempt(ledger.begin_attempt("key", "seal", "D-1"), "won")  # type: ignore[arg-type]


def test_attempts_are_counted_by_step_and_found_by_subject(ledger: Ledger) -> None:
    for key, subject in (("a", "D-1"), ("a", "D-1"), ("b", "D-2")):
        ledger.begin_attempt(key, "read", subject)

    assert [tried(ledger, key) for key in "abc"] == [2, 1, 0]
    assert [row.step_key for row in ledger.attempts("D-1")] == ["a", "a"]


def test_a_lease_keeps_others_out_until_it_runs_out(ledger: Ledger, clock: Hands) -> None:
    assert ledger.take_lease("seal/D-1", "ann", 60) == 1
    clock.move(59.9)
    assert ledger.take_lease("seal/D-1", "bob", 60) is None
    clock.move(0.1)
    assert ledger.take_lease("seal/D-1", "bob", 60) == 2
    assert ledger.take_lease("seal/D-1", "ann", 60) is None


def test_leases_of_different_names_do_not_meet(ledger: Ledger) -> None:
    assert ledger.take_lease("seal/D-1", "ann", 60) == 1
    assert ledger.take_lease("seal/D-2", "bob", 60) == 1


def test_its_holder_renews_a_lease_under_the_same_fence(ledger: Ledger, clock: Hands) -> None:
    ledger.take_lease("seal/D-1", "ann", 60)
    clock.move(50)
    assert ledger.take_lease("seal/D-1", "ann", 60) == 1
    clock.move(50)
    assert ledger.take_lease("seal/D-1", "bob", 60) is None


def test_a_holder_who_comes_too_late_takes_the_lease_anew(ledger: Ledger, clock: Hands) -> None:
    """Somebody may have come and gone meanwhile: the old fence must not pass for the new."""
    ledger.take_lease("seal/D-1", "ann", 60)
    clock.move(61)

    assert ledger.take_lease("seal/D-1", "ann", 60) == 2


def test_a_released_lease_is_free_and_its_fence_goes_on_growing(ledger: Ledger) -> None:
    ledger.take_lease("seal/D-1", "ann", 60)
    ledger.release_lease("seal/D-1", "ann")

    assert ledger.take_lease("seal/D-1", "bob", 60) == 2


def test_nobody_can_release_the_lease_of_another(ledger: Ledger) -> None:
    ledger.take_lease("seal/D-1", "ann", 60)
    ledger.release_lease("seal/D-1", "bob")
    ledger.release_lease("seal/none", "bob")

    assert ledger.take_lease("seal/D-1", "bob", 60) is None


@pytest.mark.parametrize(("holder", "seconds"), [("", 60), ("ann", 0), ("ann", -1)])
def test_a_lease_without_a_holder_or_a_time_is_refused(ledger: Ledger, holder: str, seconds: float) -> None:
    with pytest.raises(ValueError, match="a lease needs"):
        ledger.take_lease("seal/D-1", holder, seconds)


def test_whoever_lost_a_lease_writes_nothing_under_it(ledger: Ledger, clock: Hands) -> None:
    """A sealer that was stopped for a minute wakes up and goes on: its record must not come over the other's."""
    old = Fence("seal/D-1", ledger.take_lease("seal/D-1", "ann", 60) or 0)
    clock.move(61)
    new = Fence("seal/D-1", ledger.take_lease("seal/D-1", "bob", 60) or 0)

    with pytest.raises(LeaseLost, match="seal/D-1"):
        ledger.together(lambda: ledger.put_object("sealed", digest_of(b"old"), size=1, media_type="a/b"), under=old)
    ledger.together(lambda: ledger.put_object("sealed", digest_of(b"new"), size=1, media_type="a/b"), under=new)
    assert [row.digest for row in ledger.objects()] == [digest_of(b"new")]


def test_a_holder_can_ask_whether_it_still_holds_its_lease(ledger: Ledger, clock: Hands) -> None:
    fence = Fence("seal/D-1", ledger.take_lease("seal/D-1", "ann", 60) or 0)
    ledger.require_lease(fence)
    clock.move(61)
    ledger.require_lease(fence)  # nobody else was let in
    ledger.take_lease("seal/D-1", "bob", 60)

    with pytest.raises(LeaseLost) as caught:
        ledger.require_lease(fence)
    assert caught.value.retry is True


def test_a_lease_that_was_given_back_or_never_taken_is_no_right_to_write(ledger: Ledger) -> None:
    fence = Fence("seal/D-1", ledger.take_lease("seal/D-1", "ann", 60) or 0)
    ledger.release_lease("seal/D-1", "ann")

    for each in (fence, Fence("seal/none", 1)):
        with pytest.raises(LeaseLost):
            ledger.together(lambda: None, under=each)


def test_a_lease_cannot_be_taken_over_while_its_holder_writes_under_it(url: str, clock: Hands) -> None:
    order: list[str] = []
    inside = Event()
    with Ledger(url, clock=clock) as ledger:
        fence = Fence("seal/D-1", ledger.take_lease("seal/D-1", "ann", 60) or 0)
        clock.move(61)

        def take() -> None:
            inside.wait()
            ledger.take_lease("seal/D-1", "bob", 60)
            order.append("taken")

        def write() -> None:
            inside.set()
            time.sleep(0.2)
            ledger.begin_attempt("key", "seal", "D-1")
            order.append("written")

        thread = Thread(target=take)
        thread.start()
        ledger.together(write, under=fence)
        thread.join()

    assert order == ["written", "taken"]


def test_what_is_written_together_is_there_together_or_not_at_all(ledger: Ledger) -> None:
    def work() -> None:
        ledger.begin_attempt("key", "seal", "D-1")
        assert tried(ledger, "key") == 1  # it sees itself
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        ledger.together(work)
    assert tried(ledger, "key") == 0
    assert ledger.together(lambda: ledger.begin_attempt("key", "seal", "D-1")) > 0
    assert tried(ledger, "key") == 1


def test_what_is_written_together_inside_another_belongs_to_the_outer_one(ledger: Ledger) -> None:
    def work() -> None:
        ledger.together(lambda: ledger.begin_attempt("inner", "seal", "D-1"))
        ledger.begin_attempt("outer", "seal", "D-1")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        ledger.together(work)
    assert ledger.attempts() == []


def test_another_thread_does_not_see_what_is_not_committed(url: str) -> None:
    with Ledger(url) as ledger, ThreadPoolExecutor(1) as other:

        def work() -> int:
            ledger.begin_attempt("key", "seal", "D-1")
            return other.submit(tried, ledger, "key").result()

        assert ledger.together(work) == 0
        assert tried(ledger, "key") == 1


def test_writes_that_belong_together_are_done_anew_when_a_row_came_in_between(url: str) -> None:
    """Both look, see no row, and insert: the second finds the first's row when it is done again."""
    with Ledger(url) as ledger:
        start = Barrier(4, timeout=30)

        def work(number: int) -> None:
            for each in range(10):
                start.wait()
                ledger.together(lambda each=each: put_both(each))

        def put_both(each: int) -> None:
            for name in (f"a{each}", f"b{each}"):
                ledger.put_object("work", digest_of(name.encode()), size=1, media_type="a/b")

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(work, range(4)))
        assert ledger.object_count() == 20


def test_the_first_entry_of_a_step_stands(ledger: Ledger) -> None:
    first = StepRow("key", "seal", "D-1", "done", START, 0.25)
    ledger.put_step(first)
    ledger.put_step(replace(first, outcome="rejected", seconds=1.0))
    ledger.put_step(replace(first, key="other", ended_at=START - timedelta(seconds=1)))

    assert ledger.steps("D-1") == [replace(first, key="other", ended_at=START - timedelta(seconds=1)), first]
    assert ledger.steps("D-2") == []
    with pytest.raises(ValueError, match="not an outcome"):
        ledger.put_step(replace(first, key="third", outcome="won"))  # type: ignore[arg-type]


def test_a_clock_that_is_wrong_takes_no_lease_from_others_on_a_server(tmp_path: Path) -> None:
    """Machines disagree about the time; the server's clock is the only one that all of them share."""
    with a_ledger_url("postgresql", tmp_path) as url, Ledger(url) as ledger:
        with patch("storage.ledger.database.utc_now", lambda: datetime.now(UTC) + timedelta(minutes=10)):
            assert ledger.take_lease("seal/D-1", "fast", 60) == 1
            assert abs(ledger.now() - datetime.now(UTC)) < timedelta(seconds=5)
        assert ledger.take_lease("seal/D-1", "right", 60) is None


def test_of_racing_threads_one_gets_the_lease(url: str) -> None:
    fences: list[tuple[int, int | None]] = []
    everybody = Barrier(4, timeout=30)
    with Ledger(url) as ledger:

        def race(holder: str) -> None:
            for number in range(20):
                everybody.wait()
                fences.append((number, ledger.take_lease(f"seal/{number}", holder, 600)))

        threads = [Thread(target=race, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(fences) == 80
    assert sorted(number for number, fence in fences if fence == 1) == list(range(20))
    assert sum(fence is None for _, fence in fences) == 60


def test_of_racing_processes_one_gets_the_lease(url: str, tmp_path: Path) -> None:
    holders = ["ann", "bob", "cam"]
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, url, str(tmp_path), holder],
            stdout=subprocess.PIPE,
            text=True,
        )
        for holder in holders
    ]
    deadline = time.monotonic() + 60
    while not all((tmp_path / holder).exists() for holder in holders):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (tmp_path / "go").touch()
    taken = [taker.communicate(timeout=60)[0].split() for taker in takers]

    assert [taker.returncode for taker in takers] == [0, 0, 0]
    assert sorted(int(number) for numbers in taken for number in numbers) == list(range(100))
