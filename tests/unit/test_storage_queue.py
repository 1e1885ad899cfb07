"""What the queue asks of the ledger, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import FixedClock
from postgres import KINDS, a_ledger_url

from storage import DepositRow, Ledger, PageRow, digest_of
from storage.ledger import Tried

START = FixedClock().now
ORIGINAL = digest_of(b"scan")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(params=KINDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Ledger]:
    with a_ledger_url(request.param, tmp_path) as url, Ledger(url, clock=clock) as opened:
        yield opened


def receive(ledger: Ledger, code: str, *, deposit: str = "first", station: str = "TP-01") -> None:
    ledger.receive_item(code, deposit=deposit, source=code, station=station, priority=1)


def a_page(number: int, step: str = "step") -> PageRow:
    return PageRow("D-1", ORIGINAL, number, "waiting", f"{step}-{number}", START, number + 1)


def test_a_dossier_is_found_by_the_deposit_that_it_was_received_for_last(ledger: Ledger) -> None:
    receive(ledger, "D-1")
    ledger.move_item("D-1", "sealed", was=["received"])
    receive(ledger, "D-1", deposit="second")

    assert ledger.item_of("first") is None
    assert ledger.item_of("second") == ledger.item("D-1")


def test_only_what_waits_for_people_is_received_anew(ledger: Ledger, clock: FixedClock) -> None:
    receive(ledger, "D-1")
    assert ledger.retry_item("D-1") is False
    ledger.move_item("D-1", "failed", was=["received"], reason="work-kills", wait_seconds=600)
    clock.move(minutes=1)

    assert ledger.retry_item("D-1") is True
    item = ledger.item("D-1")
    assert item is not None
    assert (item.state, item.reason, item.received_at, item.due_at) == ("received", None, clock.now, clock.now)
    assert ledger.retry_item("D-2") is False


def test_what_is_under_way_is_counted_by_station(ledger: Ledger) -> None:
    for number, (station, state) in enumerate(
        [("A", "received"), ("A", "opening"), ("A", "closing"), ("B", "reading"), ("B", "sealed"), ("C", "review")]
    ):
        receive(ledger, f"D-{number}", deposit=str(number), station=station)
        ledger.move_item(f"D-{number}", state, was=["received"])  # type: ignore[arg-type]

    assert ledger.under_way() == {"A": 2, "B": 1}


def test_what_was_never_begun_is_not_lost(ledger: Ledger, clock: FixedClock) -> None:
    receive(ledger, "D-1")
    receive(ledger, "D-2", deposit="second")
    ledger.move_item("D-2", "reading", was=["received"])
    clock.move(minutes=1)

    assert [row.code for row in ledger.undone_items(clock.now)] == ["D-1", "D-2"]
    assert [row.code for row in ledger.undone_items(clock.now, begun=True)] == ["D-2"]


def test_pages_of_other_papers_and_of_other_steps_are_forgotten(ledger: Ledger) -> None:
    """Else a dossier waits for pages that nobody will read, or takes those of an older reader for its own."""
    ledger.put_pages("D-1", [a_page(0), a_page(1), a_page(2)])
    read = [replace(a_page(number), state="read") for number in (0, 1)]
    for row in read:
        ledger.end_page(row)
    ledger.put_pages("D-1", [a_page(0), a_page(1, "newer")])

    assert ledger.pages("D-1") == [read[0], a_page(1, "newer")]
    assert ledger.end_page(replace(a_page(1, "newer"), state="read")) == 0


def test_attempts_are_told_apart_by_how_they_ended_and_by_when_they_began(ledger: Ledger, clock: FixedClock) -> None:
    """A dossier that is received anew begins anew; without one, all that was ever tried counts."""
    old = ledger.begin_attempt("page/1", "paging", "D-1")
    ledger.end_attempt(old, "failed")
    clock.move(minutes=1)
    ledger.receive_item("D-1", deposit="papers", source="inbox", station="TP-01", priority=1)
    for outcome in ("failed", "done", None, None):
        number = ledger.begin_attempt("page/1", "paging", "D-1")
        if outcome:
            ledger.end_attempt(number, outcome)  # type: ignore[arg-type]
    ledger.begin_attempt("page/2", "paging", "D-1")

    assert ledger.tally("page/1", "papers") == Tried("D-1", failed=1, open=2)
    assert ledger.tally("page/1", "others") == Tried(None, failed=2, open=2)
    assert ledger.tally("page/3", "papers") == Tried("D-1", failed=0, open=0)


def test_of_a_step_at_work_the_latest_beginning_is_told(ledger: Ledger, clock: FixedClock) -> None:
    ledger.begin_attempt("page/1", "paging", "D-1")
    clock.move(minutes=1)
    ledger.begin_attempt("page/1", "paging", "D-1")
    ledger.end_attempt(ledger.begin_attempt("page/2", "paging", "D-1"), "done")

    assert ledger.open_attempts(["page/1", "page/2", "page/3"]) == {"page/1": START + timedelta(minutes=1)}
    assert ledger.open_attempts([]) == {}


def test_only_a_sealed_deposit_is_filed(ledger: Ledger) -> None:
    for name, state in (("a", "sealed"), ("b", "rejected"), ("c", "received")):
        row = DepositRow(digest_of(name.encode()), name, None, state, None, None, START, START)  # type: ignore[arg-type]
        ledger.put_deposit(row)
    names = [digest_of(name.encode()) for name in "abcd"]

    assert ledger.filed_deposits(names) == {names[0]}
