"""What follows on what, on a queue in this process: messages per page, attempts, and errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from queue_plant import FiledAttempts, FiledBook, Records, WaitingLanes, long_ago, wait_until

from pipeline.errors import Interrupted, Misconfigured
from workers.actors import attempt, declare, read_page
from workers.broker import make_broker
from workers.model import Errand, Lane, Opened, queues_of
from workers.sending import Post
from workers.sweep import one_round


class Queue:
    """All actors on a queue in this process."""

    def __init__(self, path: Path) -> None:
        self.records = Records(path)
        self.lanes = WaitingLanes(self.records)
        self.attempts = FiledAttempts(self.records)
        self.broker = make_broker("")
        self.post = Post(self.broker)
        self.told: list[tuple[str, str, str]] = []
        declare(
            self.broker, lanes=self.lanes, attempts=self.attempts, post=self.post,
            told=lambda errand, ending, code, _: self.told.append((errand.name, ending, code)), which=tuple(Lane),
        )  # fmt: skip

    def run(self, *deposits: str, seconds: float = 20.0) -> None:
        """Send openings and work until every queue is empty."""
        worker = dramatiq.Worker(self.broker, worker_threads=1, worker_timeout=10)
        worker.start()
        for deposit in deposits:
            self.post.send(Errand(Lane.OPENING, deposit))
        assert isinstance(self.broker, StubBroker)
        try:
            for lane in Lane:  # a queue that is empty before its messages are sent says nothing
                for queue in queues_of(lane):
                    self.broker.join(queue, timeout=round(seconds * 1000))
            worker.join()
        finally:
            worker.stop()

    def state(self, name: str) -> tuple[str, str]:
        found = self.records.ask("SELECT state, reason FROM deposits WHERE name = ?", name)[0]
        return found[0], found[1]


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=st.integers(1, 90))
def test_messages_per_page_are_constant(pages: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    queue = Queue(tmp_path_factory.mktemp("queue") / "records.db")
    queue.records.deposit("H1", pages=pages)
    queue.run("H1")
    assert queue.state("H1") == ("sealed", "")
    assert len(queue.told) == pages + 3


def test_a_deposit_whose_pages_were_all_read_before_is_closed(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "records.db")
    queue.records.deposit("H1", pages=2)
    queue.lanes.open = lambda deposit: (WaitingLanes.open(queue.lanes, deposit), Opened())[1]  # type: ignore[method-assign]
    queue.run("H1")
    assert [name for name, _, _ in queue.told] == ["opening/H1", "closing/H1", "sealing/H1"]


def test_nothing_follows_on_a_deposit_that_is_through(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "records.db")
    queue.records.deposit("H1", pages=2)
    queue.lanes.open = lambda _: Opened(over=True)  # type: ignore[method-assign]
    queue.run("H1")
    assert [name for name, _, _ in queue.told] == ["opening/H1"]


def test_what_was_rejected_is_not_tried_again_and_says_why(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "records.db")
    queue.records.deposit("H1", pages=2, fault="rejected")
    queue.run("H1")
    assert queue.state("H1") == ("failed", "deposit-empty")
    assert queue.told == [("opening/H1", "given-up", "deposit-empty")]


def test_a_fault_of_ours_ends_where_people_see_it(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "records.db")
    queue.records.deposit("H1", pages=1, fault="quotes")
    queue.run("H1")
    assert queue.state("H1") == ("failed", "unexpected")


def test_what_may_pass_is_tried_again_with_its_reason_to_be_seen_meanwhile(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "records.db")
    queue.records.deposit("H1", pages=1, fault="away")
    worker = dramatiq.Worker(queue.broker, worker_threads=1, worker_timeout=10)
    worker.start()
    try:
        queue.post.send(Errand(Lane.OPENING, "H1"))
        wait_until(lambda: queue.state("H1") == ("reading", "storage-failed"))
        queue.records.ask("UPDATE deposits SET fault = ''")
        wait_until(lambda: queue.state("H1")[0] == "sealed")
    finally:
        worker.stop()
    assert [ending for name, ending, _ in queue.told if name == "paging/H1/1"] == ["again", "done"]


def test_an_attempt_is_counted_before_its_work(tmp_path: Path) -> None:
    records = Records(tmp_path / "records.db")
    seen: list[int] = []
    attempt(
        Errand(Lane.CLOSING, "H1"),
        lambda *_: seen.append(records.one("SELECT count(*) FROM attempts WHERE failed IS NULL")),
        FiledAttempts(records),
        lambda *_: None,
    )
    assert seen == [1]


def test_what_killed_four_processes_is_set_aside_unbegun(tmp_path: Path) -> None:
    records = Records(tmp_path / "records.db")
    records.deposit("H1", pages=1)
    attempts = FiledAttempts(records)
    errand = Errand(Lane.PAGING, "H1", 1)
    for _ in range(4):
        attempts.begin(errand)  # and was never heard of again
    begun: list[Errand] = []
    attempt(errand, lambda each, _: begun.append(each), attempts, lambda *_: None)
    assert begun == []
    assert records.ask("SELECT state, reason FROM deposits") == [("failed", "work-kills")]


def test_a_ledger_that_is_away_says_nothing_about_the_errand(tmp_path: Path) -> None:
    class Away(FiledAttempts):
        def begin(self, errand: Errand) -> object:  # type: ignore[override]
            raise Interrupted("ledger-busy")

    with pytest.raises(dramatiq.Retry):
        attempt(Errand(Lane.PAGING, "H1", 1), lambda *_: None, Away(Records(tmp_path / "r.db")), lambda *_: None)


def test_a_successor_that_cannot_be_sent_brings_its_message_back(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "records.db")
    queue.records.deposit("H1", pages=1)
    errand = Errand(Lane.OPENING, "H1")

    def refuse(*_: object) -> None:
        raise Interrupted("queue-unreachable")

    with pytest.raises(dramatiq.Retry, match="queue-unreachable"):
        attempt(errand, refuse, queue.attempts, lambda *_: None)
    assert queue.records.one("SELECT failed FROM attempts") == 1


def test_a_page_that_is_read_stays_so_when_its_closing_cannot_be_sent(tmp_path: Path) -> None:
    """It comes back and sends it then; its attempt did what it was to do, and is no failure of the page."""
    queue = Queue(tmp_path / "records.db")
    queue.records.deposit("H1", pages=1)

    class Away:
        def send(self, _: Errand) -> None:
            raise Interrupted("queue-unreachable")

        def standing(self, _: str) -> int:
            return 0

    with pytest.raises(dramatiq.Retry, match="queue-unreachable"):
        attempt(Errand(Lane.PAGING, "H1", 1), partial(read_page, queue.lanes, Away()), queue.attempts, lambda *_: None)
    assert queue.records.ask("SELECT failed FROM attempts") == [(0,)]


def test_the_sweeper_sends_what_a_lost_queue_had_and_run_twice_does_no_more(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "records.db")
    book = FiledBook(queue.records)
    queue.records.deposit("H1", pages=2)
    assert one_round(book, queue.post, lambda: datetime.now(UTC)) == 1
    assert one_round(book, queue.post, lambda: datetime.now(UTC)) == 0
    queue.broker.flush_all()
    long_ago(queue.records)
    assert one_round(book, queue.post, lambda: datetime.now(UTC)) == 1
    assert one_round(book, queue.post, lambda: datetime.now(UTC)) == 0
    queue.run()
    assert queue.state("H1") == ("sealed", "")


def test_what_waits_for_a_service_is_not_sent_again_beside_its_own_message(tmp_path: Path) -> None:
    # Or an outage of an hour would leave sixty messages of every page behind.
    records = Records(tmp_path / "records.db")
    records.deposit("H1", pages=1, fault="away")
    lanes, attempts = WaitingLanes(records), FiledAttempts(records)
    lanes.open("H1")
    for _ in range(5):  # by then, it waits for 16 seconds
        with pytest.raises(dramatiq.Retry):
            attempt(Errand(Lane.PAGING, "H1", 1), lambda each, _: _read(lanes, each), attempts, lambda *_: None)
    now = datetime.now(UTC)
    assert FiledBook(records).undone(now + timedelta(seconds=10), 10) == []
    assert len(FiledBook(records).undone(now + timedelta(seconds=30), 10)) == 1


def _read(lanes: WaitingLanes, errand: Errand) -> None:
    lanes.page(errand.deposit, errand.number, lambda: None)


@pytest.mark.parametrize(
    "address",
    ["amqp://user:secret@host/", "http://host/", "amqp://", "redis://host/x", "amqp://host:x/", "amqp://host/?x=1"],
)
def test_an_address_that_cannot_be_used_is_refused_without_being_said(address: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        make_broker(address)
    assert refused.value.facts["name"] == "SOHOA_QUEUE"
    assert "secret" not in str(refused.value)


def test_the_password_is_in_no_text_of_the_broker(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("topsecret\n")
    for address in ("amqp://sohoa@host/", "redis://sohoa@host/2"):
        broker = make_broker(address, tmp_path / "password")
        said = f"{broker!r} {broker} {getattr(broker, 'parameters', '')!r}"
        assert "topsecret" not in said
        broker.close()


def test_an_empty_password_file_is_named() -> None:
    with pytest.raises(Misconfigured) as refused:
        make_broker("amqp://host/", Path("/nowhere"))
    assert refused.value.facts["name"] == "SOHOA_QUEUE_PASSWORD_FILE"
