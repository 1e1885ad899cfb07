from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from conftest import FixedClock
from postgres import KINDS, a_ledger_url

from storage import DocumentRow, ItemRow, Ledger, LedgerBusy, PageRow, Waiting, digest_of

START = FixedClock().now
ORIGINAL = digest_of(b"scan")


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


def receive(ledger: Ledger, code: str, *, deposit: str = "first", station: str = "TP-01", priority: int = 1) -> bool:
    return ledger.receive_item(code, deposit=deposit, source=f"{station}/{code}", station=station, priority=priority)


def a_page(number: int, dossier: str = "D-1") -> PageRow:
    return PageRow(dossier, ORIGINAL, number, "waiting", None, START)


def codes(rows: list[ItemRow]) -> list[str]:
    return [row.code for row in rows]


def test_a_dossier_is_received_with_where_it_came_from(ledger: Ledger) -> None:
    assert receive(ledger, "D-1", priority=0) is True

    row = ItemRow("D-1", "first", "TP-01/D-1", "TP-01", 0, "received", None, START, START, START)
    assert ledger.item("D-1") == row
    assert ledger.item("D-2") is None


def test_work_that_goes_on_is_left_alone_and_waits_for_nothing(ledger: Ledger, clock: FixedClock) -> None:
    receive(ledger, "D-1")
    ledger.move_item("D-1", "reading", was=["received"], reason="storage-failed", wait_seconds=300)
    clock.move(seconds=60)

    assert ledger.keep_item("D-1", deposit="first", was=["reading"]) is True

    row = ledger.item("D-1")
    assert row is not None
    assert (row.state, row.reason, row.changed_at, row.due_at) == ("reading", None, clock.now, clock.now)


def test_work_on_papers_that_were_replaced_or_are_through_does_not_go_on(ledger: Ledger) -> None:
    receive(ledger, "D-1")
    before = ledger.item("D-1")

    assert ledger.keep_item("D-1", deposit="second", was=["received"]) is False
    assert ledger.keep_item("D-1", deposit="first", was=["reading"]) is False
    assert ledger.item("D-1") == before


def test_the_same_papers_seen_again_are_nothing_new(ledger: Ledger, clock: FixedClock) -> None:
    receive(ledger, "D-1")
    ledger.move_item("D-1", "sealed", was=["received"])
    before = ledger.item("D-1")
    clock.move(seconds=60)

    assert receive(ledger, "D-1") is False
    assert ledger.item("D-1") == before


def test_other_papers_for_a_dossier_that_is_through_are_received_anew(ledger: Ledger, clock: FixedClock) -> None:
    receive(ledger, "D-1")
    ledger.move_item("D-1", "review", was=["received"], reason="count-wrong")
    clock.move(seconds=60)
    later = clock.now

    assert receive(ledger, "D-1", deposit="second", station="TP-02") is True
    row = ItemRow("D-1", "second", "TP-02/D-1", "TP-02", 1, "received", None, later, later, later)
    assert ledger.item("D-1") == row


def test_other_papers_wait_while_a_dossier_is_at_work(ledger: Ledger) -> None:
    """Half of one deposit and half of another would be no dossier."""
    receive(ledger, "D-1")
    ledger.move_item("D-1", "reading", was=["received"])

    with pytest.raises(LedgerBusy, match="D-1") as caught:
        receive(ledger, "D-1", deposit="second")
    assert caught.value.retry is True


def test_a_dossier_moves_only_from_a_state_that_it_is_in(ledger: Ledger, clock: FixedClock) -> None:
    receive(ledger, "D-1")
    clock.move(seconds=5)
    moved = clock.now

    assert ledger.move_item("D-1", "opening", was=["received"]) is True
    assert ledger.move_item("D-1", "opening", was=["received"]) is False
    assert ledger.move_item("D-2", "opening", was=["received"]) is False
    row = ledger.item("D-1")
    assert row is not None
    assert (row.state, row.changed_at, row.received_at) == ("opening", moved, START)


def test_of_many_who_open_a_dossier_at_once_one_may(url: str) -> None:
    with Ledger(url) as ledger, ThreadPoolExecutor(4) as threads:
        receive(ledger, "D-1")
        everybody = Barrier(4, timeout=30)

        def open_it(_: int) -> bool:
            everybody.wait()
            return ledger.move_item("D-1", "opening", was=["received"])

        assert sorted(threads.map(open_it, range(4))) == [False, False, False, True]


def test_of_many_who_receive_a_dossier_at_once_one_is_first(url: str) -> None:
    with Ledger(url) as ledger, ThreadPoolExecutor(4) as threads:
        everybody = Barrier(4, timeout=30)

        def take(_: int) -> bool:
            everybody.wait()
            return receive(ledger, "D-1")

        assert sorted(threads.map(take, range(4))) == [False, False, False, True]


def test_a_state_that_there_is_not_is_refused(ledger: Ledger) -> None:
    receive(ledger, "D-1")

    with pytest.raises(ValueError, match="not a state"):
        ledger.move_item("D-1", "lost", was=["received"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not a state"):
        ledger.move_item("D-1", "opening", was=["lost"])  # type: ignore[list-item]


def test_same_day_dossiers_come_first_and_stations_take_turns(ledger: Ledger, clock: FixedClock) -> None:
    """A station that brings two thousand pages must not make the counter of another wait."""
    for code, station, priority in (
        ("A-1", "A", 1), ("A-2", "A", 1), ("A-3", "A", 1), ("B-1", "B", 1), ("C-1", "C", 0), ("B-2", "B", 1),
    ):  # fmt: skip
        receive(ledger, code, station=station, priority=priority)
        clock.move(seconds=1)

    assert codes(ledger.next_items()) == ["C-1", "A-1", "B-1", "A-2", "B-2", "A-3"]
    assert codes(ledger.next_items(2)) == ["C-1", "A-1"]


def test_a_dossier_that_waits_for_another_try_is_not_next_before_its_time(ledger: Ledger, clock: FixedClock) -> None:
    receive(ledger, "D-1")
    ledger.move_item("D-1", "received", was=["received"], reason="sealing-failed", wait_seconds=30)
    assert ledger.next_items() == []
    assert ledger.undone_items(START + timedelta(hours=1)) == []
    clock.move(seconds=30)

    assert codes(ledger.next_items()) == ["D-1"]


def test_the_sweeper_finds_what_nobody_moved_and_what_is_not_through(ledger: Ledger, clock: FixedClock) -> None:
    for code, state in (("D-1", "reading"), ("D-2", "sealed"), ("D-3", "review"), ("D-4", "failed")):
        receive(ledger, code)
        ledger.move_item(code, state, was=["received"])  # type: ignore[arg-type]
    clock.move(seconds=10)
    for code, state in (("D-5", "closing"), ("D-6", "opening")):
        receive(ledger, code)
        ledger.move_item(code, state, was=["received"])  # type: ignore[arg-type]
    clock.move(seconds=10)
    receive(ledger, "D-7")
    ledger.move_item("D-5", "closing", was=["closing"])  # its worker is alive

    assert codes(ledger.undone_items(clock.now)) == ["D-1", "D-6"]
    assert codes(ledger.undone_items(clock.now, limit=1)) == ["D-1"]
    assert codes(ledger.undone_items(START)) == []


def test_waiting_dossiers_are_counted_by_state_and_reason_with_the_oldest(ledger: Ledger, clock: FixedClock) -> None:
    assert ledger.waiting() == []
    for number in range(5):
        receive(ledger, f"D-{number}")
        clock.move(seconds=1)
    ledger.move_item("D-0", "sealed", was=["received"])
    ledger.move_item("D-1", "review", was=["received"], reason="count-wrong")
    ledger.move_item("D-2", "review", was=["received"], reason="sheet-missing")
    ledger.move_item("D-4", "review", was=["received"], reason="count-wrong")

    seconds = [START + timedelta(seconds=number) for number in range(5)]
    assert ledger.waiting() == [
        Waiting("received", None, 1, seconds[3]),
        Waiting("review", "count-wrong", 2, seconds[1]),
        Waiting("review", "sheet-missing", 1, seconds[2]),
    ]


def test_a_document_stands_where_it_was_last_said_to_stand(ledger: Ledger) -> None:
    row = DocumentRow("D-1", "TP01-01", "TP01", 3, "opened", START)
    ledger.put_documents("D-1", [replace(row, name="TP02-01"), row])
    ledger.put_documents("D-2", [replace(row, dossier="D-2")])
    ledger.put_documents("D-1", [replace(row, state="sealed")])

    assert ledger.documents("D-1") == [replace(row, state="sealed")]


def test_pages_are_entered_once_and_keep_what_became_of_them(ledger: Ledger) -> None:
    """A dossier that is opened twice must not have its pages read again."""
    ledger.put_pages("D-1", [a_page(0), a_page(1)])
    read = replace(a_page(0), state="read", step_key="key")
    assert ledger.end_page(read) == 1
    ledger.put_pages("D-1", [a_page(0), a_page(1), a_page(2)])

    assert ledger.pages("D-1") == [read, a_page(1), a_page(2)]
    with pytest.raises(ValueError, match="not all rows"):
        ledger.put_pages("D-2", [a_page(0)])
    with pytest.raises(ValueError, match="not a state"):
        ledger.end_page(replace(read, state="lost"))  # type: ignore[arg-type]


def test_a_page_that_ends_twice_counts_once(ledger: Ledger) -> None:
    ledger.put_pages("D-1", [a_page(0), a_page(1)])
    done = replace(a_page(0), state="read", step_key="key")

    assert [ledger.end_page(done), ledger.end_page(done)] == [1, 1]
    assert ledger.end_page(replace(a_page(1), state="failed", step_key="other")) == 0


def test_of_workers_who_end_the_last_pages_at_once_one_is_told_that_none_is_left(url: str) -> None:
    """Else nobody closes the dossier: each would still see the other's page waiting."""
    with Ledger(url) as ledger, ThreadPoolExecutor(4) as threads:
        for each in range(5):
            code, everybody = f"D-{each}", Barrier(4, timeout=30)
            ledger.put_pages(code, [a_page(number, code) for number in range(4)])

            def end(number: int, code: str = code, everybody: Barrier = everybody) -> int:
                everybody.wait()
                return ledger.end_page(replace(a_page(number, code), state="read", step_key="key"))

            assert sorted(threads.map(end, range(4))) == [0, 1, 2, 3]
