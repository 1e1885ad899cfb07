"""Several jobs on few threads: who waits for whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from functools import partial

import pytest

from pipeline.hands import LONG, Hands, open_hands


@pytest.fixture
def hands() -> Iterator[Hands]:
    with open_hands(2, spare=1) as made:
        yield made


class Room:
    """Where calls are seen while they go on."""

    def __init__(self) -> None:
        self._lock, self.inside, self.most = threading.Lock(), 0, 0

    def enter(self, number: int) -> int:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.002)
        with self._lock:
            self.inside -= 1
        return number


def test_a_short_job_uses_every_hand_and_a_long_one_spares_one(hands: Hands) -> None:
    short, long_ = Room(), Room()
    assert hands.each(partial(short.enter, number) for number in range(LONG - 1)) == list(range(LONG - 1))
    assert hands.each(partial(long_.enter, number) for number in range(LONG)) == list(range(LONG))
    assert (short.most, long_.most) == (2, 1)


def test_a_job_of_one_hand_is_done_however_much_is_to_be_spared() -> None:
    with open_hands(1, spare=1) as hands:
        assert hands.each(partial(abs, -number) for number in range(LONG)) == list(range(LONG))


def test_a_job_does_not_wait_until_all_of_anothers_is_done() -> None:
    """Also without a spare hand: they come in turn."""
    gate, ended = threading.Event(), []

    def job(name: str, calls: Sequence[Callable[[], object]]) -> None:
        hands.each(calls)
        ended.append(name)

    with open_hands(1) as hands:
        box = threading.Thread(target=job, args=("box", [gate.wait, *[partial(time.sleep, 0.001)] * 2000]))
        letter = threading.Thread(target=job, args=("letter", [partial(time.sleep, 0.001)] * 3))
        box.start()
        letter.start()
        gate.set()
        for thread in (box, letter):
            thread.join()
    assert ended == ["letter", "box"]


def test_what_one_call_raises_comes_out_once_all_others_were_made(hands: Hands) -> None:
    made: list[int] = []

    def call(number: int) -> None:
        made.append(number)
        if number in {3, 5}:
            raise ValueError(number)

    with pytest.raises(ValueError, match="3"):
        hands.each(partial(call, number) for number in range(8))
    assert sorted(made) == list(range(8))


def test_each_call_knows_whose_work_it_is_and_every_end_is_told(hands: Hands) -> None:
    whose: ContextVar[str] = ContextVar("whose", default="nobody's")
    whose.set("ours")
    told: list[int] = []
    assert hands.each([whose.get] * 4, told.append) == ["ours"] * 4
    assert told == [1, 2, 3, 4]


def test_nothing_to_do_is_done_at_once(hands: Hands) -> None:
    assert hands.each([]) == []
