"""A hint reaches another process, and whoever died while listening keeps nobody from hearing the next."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator

import pytest

from pipeline.nursery import nursery
from workers.bell import Bell


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


def listen(bell: Bell) -> None:
    raise SystemExit(0 if bell.wait(60) else 1)


def listener(bell: Bell) -> multiprocessing.Process:
    process = nursery("workers.roles").Process(target=listen, args=(bell,), daemon=True)
    process.start()
    return process  # type: ignore[return-value]


def test_it_is_heard_in_another_process(bell: Bell) -> None:
    process = listener(bell)
    bell.ring()
    process.join(30)
    assert process.exitcode == 0


def test_who_was_killed_while_listening_stands_in_nobodys_way(bell: Bell) -> None:
    dead = listener(bell)
    time.sleep(0.5)
    dead.kill()
    dead.join()
    bell.ring()  # an Event of multiprocessing would wait here for ever
    process = listener(bell)
    process.join(30)
    assert process.exitcode == 0


def test_ringing_never_waits_and_is_one_ringing(bell: Bell) -> None:
    for _ in range(100_000):  # more than a pipe holds
        bell.ring()
    assert bell.wait(0)
    bell.clear()
    assert not bell.wait(0)


def test_nothing_is_heard_when_nobody_rang(bell: Bell) -> None:
    assert not bell.wait(0.01)
    bell.clear()
