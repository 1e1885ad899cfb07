from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from conftest import FixedClock
from postgres import KINDS, a_ledger_url

from storage import Ledger, Message

START = FixedClock().now


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with a_ledger_url(request.param, tmp_path) as lent:
        yield lent


@pytest.fixture
def ledger(url: str, clock: FixedClock) -> Iterator[Ledger]:
    with Ledger(url, clock=clock) as opened:
        yield opened


def a_message(number: int, *, queue: str = "page", priority: int = 1) -> Message:
    return Message(queue, "D-1", f'["D-1",{number}]', priority)


def bodies(ledger: Ledger, limit: int = 100) -> list[str]:
    return [row.message.body for row in ledger.take_messages(limit)]


def test_a_message_is_there_only_when_the_change_that_it_tells_of_is(ledger: Ledger) -> None:
    def work() -> None:
        ledger.post([a_message(1)])
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        ledger.together(work)
    assert ledger.take_messages() == []

    ledger.together(lambda: ledger.post([a_message(2)]))
    assert [row.message for row in ledger.take_messages()] == [a_message(2)]


def test_messages_come_by_priority_and_then_in_the_order_they_were_written(ledger: Ledger) -> None:
    ledger.post([a_message(1), a_message(2)])
    ledger.post([a_message(3, priority=0), a_message(4)])
    ledger.post([])

    assert bodies(ledger, 3) == [a_message(number).body for number in (3, 1, 2)]
    assert bodies(ledger) == [a_message(4).body]


def test_messages_of_some_queues_can_be_taken_by_themselves(ledger: Ledger) -> None:
    ledger.post([a_message(1), a_message(2, queue="seal")])

    assert [row.message.queue for row in ledger.take_messages(queues=["seal", "open"])] == ["seal"]
    assert [row.message.queue for row in ledger.take_messages()] == ["page"]


def test_what_was_taken_and_not_struck_out_comes_again_after_a_while(ledger: Ledger, clock: FixedClock) -> None:
    """A relay was killed before it sent the message, or before it could say so."""
    ledger.post([a_message(1)])
    (first,) = ledger.take_messages(again_seconds=[60])
    clock.move(seconds=59)
    assert ledger.take_messages(again_seconds=[60]) == []
    clock.move(seconds=1)
    (again,) = ledger.take_messages(again_seconds=[60])

    assert (again.id, again.message, again.written_at) == (first.id, first.message, START)
    assert (first.takes, again.takes) == (1, 2)


def test_what_was_struck_out_never_comes_again(ledger: Ledger, clock: FixedClock) -> None:
    ledger.post([a_message(1), a_message(2)])
    one, two = ledger.take_messages()
    ledger.strike_out([one.id])
    ledger.strike_out([one.id, 999])
    ledger.strike_out([])
    clock.move(seconds=3600)

    assert [row.id for row in ledger.take_messages()] == [two.id]


def test_the_sweeper_sees_how_many_messages_wait_and_since_when(ledger: Ledger, clock: FixedClock) -> None:
    assert ledger.unsent() == (0, None)
    ledger.post([a_message(1)])
    clock.move(seconds=10)
    ledger.post([a_message(2), a_message(3)])

    assert ledger.unsent() == (3, START)
    assert ledger.unsent(START + timedelta(seconds=5)) == (1, START)
    ledger.strike_out([row.id for row in ledger.take_messages(1)])
    assert ledger.unsent() == (2, START + timedelta(seconds=10))


def test_messages_that_were_sent_long_ago_are_forgotten_and_no_others(
    ledger: Ledger, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.ledger.outbox._AT_ONCE", 2)
    ledger.post([a_message(number) for number in range(8)])
    taken = ledger.take_messages(6)
    ledger.strike_out([row.id for row in taken[:5]])
    clock.move(seconds=100)
    ledger.strike_out([taken[5].id])

    assert ledger.forget_messages(clock.now) == 5
    assert ledger.forget_messages(clock.now + timedelta(seconds=1)) == 1
    assert ledger.unsent()[0] == 2


def test_the_number_of_a_message_is_never_given_again(ledger: Ledger) -> None:
    """Else a slow relay would strike out a message that it never sent."""
    ledger.post([a_message(1)])
    (old,) = ledger.take_messages()
    ledger.strike_out([old.id])
    ledger.forget_messages(START + timedelta(seconds=1))
    ledger.post([a_message(2)])
    ledger.strike_out([old.id])

    assert bodies(ledger) == [a_message(2).body]


def test_relays_that_take_at_once_get_every_message_once(url: str) -> None:
    with Ledger(url) as ledger:
        ledger.post([a_message(number) for number in range(120)])
        everybody = Barrier(4, timeout=30)

        def relay(_: int) -> list[str]:
            got: list[str] = []
            everybody.wait()
            while rows := ledger.take_messages(7):
                got += [row.message.body for row in rows]
                ledger.strike_out([row.id for row in rows])
            return got

        with ThreadPoolExecutor(4) as threads:
            counted = Counter(body for got in threads.map(relay, range(4)) for body in got)
        # On a server a relay may see nothing free for a moment, and end before the others have struck out theirs.
        counted.update(bodies(ledger))

    assert len(counted) == 120
    assert set(counted.values()) == {1}


def test_a_relay_does_not_wait_for_messages_that_another_is_taking(tmp_path: Path) -> None:
    with a_ledger_url("postgresql", tmp_path) as url, Ledger(url, busy_seconds=1) as ledger:
        ledger.post([a_message(1), a_message(2)])
        with Ledger(url) as other, ThreadPoolExecutor(1) as thread:

            def work() -> list[str]:
                assert len(other.take_messages(1)) == 1
                return thread.submit(bodies, ledger).result()

            assert other.together(work) == [a_message(2).body]


def test_a_message_that_is_taken_again_and_again_is_left_alone_longer_each_time(
    ledger: Ledger, clock: FixedClock
) -> None:
    """Else a receiver that is away would be asked about every message twice a minute, for days."""
    pauses = (30, 60, 300)
    ledger.post([a_message(1)])
    assert ledger.take_messages(again_seconds=pauses)
    for wait in (30, 60, 300, 300):
        clock.move(seconds=wait - 1)
        assert ledger.take_messages(again_seconds=pauses) == []
        clock.move(seconds=1)
        assert ledger.take_messages(again_seconds=pauses) != []


def test_messages_in_order_come_one_after_the_other_about_each_subject(ledger: Ledger, clock: FixedClock) -> None:
    """What a dossier became second must not be told first, whoever relays; other dossiers need not wait for it."""

    def said(subject: str, text: str, queue: str = "notice") -> Message:
        return Message(queue, subject, text)

    def take() -> list[str]:
        rows = ledger.take_messages(queues=["notice"], again_seconds=(30,), in_order=True)
        taken.update({row.message.body: row.id for row in rows})
        return [row.message.body for row in rows]

    taken: dict[str, int] = {}
    ledger.post([said("A", "other", "page"), said("A", "A1"), said("A", "A2"), said("B", "B1"), said("A", "A3")])
    assert take() == ["A1", "B1"]
    ledger.post([said("B", "B2")])
    assert take() == []
    ledger.strike_out([taken["A1"]])
    assert take() == ["A2"]
    clock.move(seconds=30)
    assert take() == ["A2", "B1"]
    ledger.strike_out([taken["A2"], taken["B1"]])
    assert take() == ["A3", "B2"]


def test_relays_that_take_in_order_at_once_never_overtake_each_other(url: str) -> None:
    with Ledger(url) as ledger:
        ledger.post([Message("notice", f"D-{number % 5}", str(number)) for number in range(60)])
        everybody, told = Barrier(3, timeout=30), []

        def relay(_: int) -> None:
            everybody.wait()
            while ledger.unsent()[0]:
                for row in ledger.take_messages(1, in_order=True):
                    told.append(row.message)
                    ledger.strike_out([row.id])

        with ThreadPoolExecutor(3) as threads:
            list(threads.map(relay, range(3)))

    assert sorted(int(each.body) for each in told) == list(range(60))
    for subject in {each.subject for each in told}:
        numbers = [int(each.body) for each in told if each.subject == subject]
        assert numbers == sorted(numbers)
