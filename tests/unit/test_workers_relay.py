"""The relay over a real ledger: at least once, in order about each dossier, and no storm on a receiver that is away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import FixedClock
from hypothesis import given, settings
from hypothesis import strategies as st
from one_stop import SECRET, one_stop_software
from postgres import KINDS, a_ledger_url
from queue_plant import wait_until

from pipeline.errors import Interrupted, SohoaError
from pipeline.house import posting
from pipeline.notices import Notice, id_of
from storage import Ledger, LedgerError
from workers.receiver import Receiver
from workers.relay import KEPT, LOOK_EVERY, MOST_PAUSE, PAUSES, Relay

START = FixedClock().now


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(params=KINDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Ledger]:
    with a_ledger_url(request.param, tmp_path) as url, Ledger(url, clock=clock) as opened:
        yield opened


def a_notice(number: int, dossier: str = "H15.50.05.13-261120-0975") -> Notice:
    return Notice("review", START + timedelta(seconds=number), "0" * 64, dossier, code="deposit-empty")


class Listener:
    """A receiver in memory that answers as it is told, and a memory of what the relay complains of."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.troubles: list[tuple[str, int]] = []
        self.fault: Any = None

    def send(self, body: str) -> None:
        if self.fault:
            raise self.fault
        self.heard.append(id_of(body))

    def trouble(self, body: str | None, error: SohoaError, tries: int) -> None:
        self.troubles.append((error.code, tries))


class Killed(BaseException):
    """The process is gone."""


AWAY = Interrupted("notice-unreachable", problem="TimeoutError")
REFUSED = Interrupted("notice-refused", status=410)


def relay_of(ledger: Any, listener: Listener) -> Relay:
    return Relay(ledger, listener.send, listener.trouble)


def test_notices_are_sent_and_struck_out_and_then_there_is_nothing_to_do(ledger: Ledger) -> None:
    listener, notices = Listener(), [a_notice(1), a_notice(2)]
    for each in notices:
        posting(ledger)(each)
    relay = relay_of(ledger, listener)

    assert [relay.one() for _ in range(3)] == [0.0, 0.0, LOOK_EVERY]
    assert listener.heard == [each.id for each in notices]
    assert ledger.unsent() == (0, None)


def test_a_change_that_is_rolled_back_is_never_told(ledger: Ledger) -> None:
    listener = Listener()

    def work() -> None:
        posting(ledger)(a_notice(1))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        ledger.together(work)
    assert relay_of(ledger, listener).one() == LOOK_EVERY
    assert listener.heard == []


def test_a_relay_that_dies_between_sending_and_striking_out_sends_twice_with_the_same_id(
    ledger: Ledger, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener()
    posting(ledger)(a_notice(1))

    def die(_ids: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "strike_out", die)
        with pytest.raises(Killed):
            relay_of(ledger, listener).one()
    after = relay_of(ledger, listener)
    assert after.one() == LOOK_EVERY  # for all it knows, the other one is still sending
    clock.move(seconds=PAUSES[0])
    assert after.one() == 0.0
    assert listener.heard == [a_notice(1).id] * 2
    clock.move(days=1)
    assert after.one() == LOOK_EVERY


@pytest.mark.parametrize("fault", [AWAY, REFUSED])
def test_a_receiver_that_fails_is_left_alone_longer_each_time(
    ledger: Ledger, clock: FixedClock, fault: SohoaError
) -> None:
    """A hundred notices that wait must not be a hundred requests a minute; 410 Gone is a refusal like another."""
    listener = Listener()
    listener.fault = fault
    for number in range(20):
        posting(ledger)(a_notice(number, f"H15.50.05.13-261120-{number:04}"))
    relay = relay_of(ledger, listener)
    waits = []
    while sum(waits) < 600:
        waits.append(relay.one())
        clock.move(seconds=waits[-1])
    assert waits[:7] == [1, 2, 4, 8, 16, 32, MOST_PAUSE]
    assert set(waits[7:]) == {MOST_PAUSE}
    assert {code for code, _ in listener.troubles} == {fault.code}

    listener.fault = None
    while ledger.unsent()[0]:
        clock.move(seconds=30 if relay.one() else 0)
    assert clock.now - START < timedelta(seconds=600 + 2 * PAUSES[-1])
    assert len(listener.heard) == len(set(listener.heard)) == 20


def test_a_notice_that_is_refused_holds_up_its_dossier_and_no_other(ledger: Ledger, clock: FixedClock) -> None:
    listener, refused = Listener(), a_notice(1)
    others = [a_notice(number, f"H15.50.05.13-261120-100{number}") for number in range(3)]
    for each in (refused, a_notice(2), *others):
        posting(ledger)(each)

    def send(body: str) -> None:
        if id_of(body) == refused.id and clock.now - START < timedelta(hours=1):
            raise REFUSED
        listener.heard.append(id_of(body))

    relay = Relay(ledger, send, listener.trouble)
    for _ in range(40):
        clock.move(seconds=max(relay.one(), 1.0))
    assert listener.heard == [each.id for each in others]
    clock.move(hours=1)
    for _ in range(3):
        relay.one()
    assert listener.heard == [*(each.id for each in others), refused.id, a_notice(2).id]
    assert [tries for _, tries in listener.troubles] == list(range(1, len(listener.troubles) + 1))


@pytest.mark.parametrize(("days", "left"), [(KEPT.days - 1, 1), (KEPT.days + 1, 0)])
def test_what_was_sent_is_forgotten_after_a_week_and_what_was_not_never(
    ledger: Ledger, clock: FixedClock, days: int, left: int
) -> None:
    listener = Listener()
    posting(ledger)(a_notice(1))
    relay_of(ledger, listener).one()
    posting(ledger)(a_notice(2))
    listener.fault = AWAY
    clock.move(days=days)
    relay = relay_of(ledger, listener)
    relay.one()
    assert relay.one() == LOOK_EVERY
    assert ledger.unsent()[0] == 1
    assert ledger.forget_messages(clock.now) == left


def test_a_ledger_that_is_away_is_told_of_and_waited_for(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    listener, stop, asked = Listener(), threading.Event(), []
    posting(ledger)(a_notice(1))
    take = ledger.take_messages

    def away(*words: Any, **named: Any) -> Any:
        asked.append(1)
        if len(asked) == 1:
            raise LedgerError("the server does not answer")
        return take(*words, **named)

    monkeypatch.setattr(ledger, "take_messages", away)
    thread = threading.Thread(target=relay_of(ledger, listener).run, args=(stop,))
    thread.start()
    wait_until(lambda: listener.heard, seconds=20)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert len(listener.troubles) == 1


def test_a_server_that_answers_500_and_then_200_has_each_notice_with_one_id(ledger: Ledger, clock: FixedClock) -> None:
    listener, notice = Listener(), a_notice(1)
    with one_stop_software(500, 307, 200) as one_stop:
        relay = Relay(ledger, Receiver(one_stop.url, SECRET, clock=clock), listener.trouble)
        posting(ledger)(notice)
        for pause in PAUSES[:3]:
            relay.one()
            assert relay.one() == LOOK_EVERY
            clock.move(seconds=pause)
    assert [asked.headers["webhook-id"] for asked in one_stop.asked] == [notice.id] * 3
    assert all(asked.is_signed() for asked in one_stop.asked)
    moments = [int(asked.headers["webhook-timestamp"]) for asked in one_stop.asked]
    assert [moment - moments[0] for moment in moments] == [0, PAUSES[0], PAUSES[0] + PAUSES[1]]
    assert listener.troubles == [("notice-refused", 1), ("notice-refused", 2)]
    assert ledger.unsent() == (0, None)


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Ledger, FixedClock]]:
    """One ledger for all examples: each leaves its outbox empty."""
    clock = FixedClock()
    with Ledger("sqlite://", clock=clock) as opened:
        yield opened, clock


#: What happens next: a notice about one of three dossiers is written down, or a relay does a round that ends somehow.
STEPS = st.sampled_from(["post-0", "post-1", "post-2", "sent", "refused", "killed", "other-relay", "wait"])


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_whatever_happens_everything_is_told_in_the_order_of_its_dossier(
    shared: tuple[Ledger, FixedClock], steps: list[str]
) -> None:
    ledger, clock = shared
    heard: list[str] = []
    posted: dict[str, list[str]] = {}
    relays = [_Fallible(ledger, heard), _Fallible(ledger, heard)]
    for number, step in enumerate(steps):
        match step.split("-"):
            case ["post", dossier]:
                notice = a_notice(number, f"H15.50.05.13-261120-000{dossier}")
                posting(ledger)(notice)
                posted.setdefault(dossier, []).append(notice.id)
            case ["wait"]:
                clock.move(seconds=PAUSES[-1])
            case [ending, *other]:
                relays[bool(other)].round("sent" if other else ending)
    while ledger.unsent()[0]:
        if relays[0].round("sent"):
            clock.move(seconds=PAUSES[-1])
    for wanted in posted.values():
        # Repeats, too, come before anything newer: only one is on its way at a time.
        told = [each for each in heard if each in wanted]
        assert list(dict.fromkeys(told)) == wanted
        assert told == sorted(told, key=wanted.index)


class _Fallible:
    """A relay whose next round ends as a test says."""

    def __init__(self, ledger: Ledger, heard: list[str]) -> None:
        self._heard, self._ending = heard, "sent"
        self._relay = Relay(ledger, self._send, lambda *_: None)

    def round(self, ending: str) -> float:
        self._ending = ending
        with suppress(Killed):
            return self._relay.one()
        return 0.0

    def _send(self, body: str) -> None:
        if self._ending == "refused":
            raise REFUSED
        self._heard.append(id_of(body))
        if self._ending == "killed":
            raise Killed
