"""The lanes of the queue lead to the record that one run leads to, in any order and however often they are called."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from conftest import COMPLETE, DOSSIER, Bureau, a_page, a_ticket, complete_files
from crash_helpers import Killed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lane_helpers import a_whole_dossier, lanes_of, manifest_of, receive, state_of

from pipeline.errors import Interrupted, Misconfigured
from pipeline.hands import LONG
from pipeline.lanes import DepositLanes

Make = Callable[..., Bureau]
PAGES = len(COMPLETE)
#: Every errand of the dossier once; numbers are pages.
ERRANDS: tuple[Any, ...] = ("open", *range(1, PAGES + 1), "close", "seal")


@pytest.fixture
def wanted(make_bureau: Make) -> Any:
    bureau = make_bureau()
    assert bureau.driver.run(a_whole_dossier(bureau)).error is None
    return manifest_of(bureau, DOSSIER)


def call(lanes: DepositLanes, deposit: str, errand: Any) -> None:
    match errand:
        case "open":
            lanes.open(deposit)
        case "close":
            lanes.close(deposit)
        case "seal":
            lanes.seal(deposit)
        case number:
            try:
                lanes.page(deposit, number)
            except Misconfigured as error:  # its message came before it was laid out
                assert error.code == "record-broken"


def seals(bureau: Bureau) -> int:
    return sum(each.stage == "seal" for each in bureau.ledger.attempts())


def test_one_lane_after_the_other_makes_what_one_run_makes(make_bureau: Make, wanted: Any) -> None:
    bureau = make_bureau()
    taken, lanes = receive(bureau, a_whole_dossier(bureau), priority=0), lanes_of(bureau)

    opened = lanes.open(taken.id)
    assert (opened.unread, opened.soon, opened.over) == ((1, 2, 3, 4), True, False)
    assert [lanes.page(taken.id, number) for number in opened.unread] == [3, 2, 1, 0]
    assert lanes.close(taken.id) is True
    assert seals(bureau) == 0  # no key so far
    lanes.seal(taken.id)

    assert manifest_of(bureau, DOSSIER) == wanted
    assert state_of(bureau, taken) == ("sealed", None)


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(ERRANDS), st.lists(st.sampled_from(ERRANDS), max_size=6))
def test_any_order_with_any_repeats_makes_what_one_run_makes(
    make_bureau: Make, wanted: Any, order: list[Any], repeats: list[Any]
) -> None:
    bureau = make_bureau()
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    for errand in [*repeats, *order, *repeats]:
        call(lanes, taken.id, errand)

    assert manifest_of(bureau, DOSSIER) == wanted
    assert manifest_of(bureau, DOSSIER)["version"] == 1
    assert state_of(bureau, taken) == ("sealed", None)
    assert seals(bureau) == PAGES  # each file once


def test_all_at_the_same_time_makes_what_one_run_makes(make_bureau: Make, wanted: Any) -> None:
    bureau = make_bureau()
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda errand: call(lanes, taken.id, errand), ERRANDS * 3))

    assert manifest_of(bureau, DOSSIER) == wanted
    assert state_of(bureau, taken) == ("sealed", None)
    assert seals(bureau) == PAGES


def test_what_a_page_costs_does_not_grow_with_the_dossier(make_bureau: Make) -> None:
    def reads(count: int) -> int:
        bureau = make_bureau()
        names = {f"{number}_jpg": a_page(number) for number in range(count)}
        files = [name.replace("_", ".") for name in names]
        taken = receive(bureau, bureau.deposit(ticket=a_ticket(("TP01", files)), **names))
        lanes = lanes_of(bureau)
        lanes.open(taken.id)
        asked: list[str] = []
        read = bureau.store.read
        bureau.store.read = lambda key: asked.append(key) or read(key)  # type: ignore[func-returns-value,method-assign]
        lanes.page(taken.id, 1)
        return len(asked)

    assert reads(2) == reads(12) <= 3


def test_before_each_scan_of_an_archive_box_others_may_go_first_and_only_once(make_bureau: Make) -> None:
    """Of a box, that is: a usual dossier waits for nobody; and what is recorded costs nobody anything."""
    for count, rests in ((LONG - 1, 0), (LONG, LONG)):
        bureau = make_bureau()
        rested: list[int] = []
        yard = replace(bureau.driver.yard, rest=lambda rested=rested: rested.append(1))
        bureau.driver = replace(bureau.driver, yard=yard)
        names = {f"{number}_jpg": a_page(number) for number in range(count)}
        files = [name.replace("_", ".") for name in names]
        taken = receive(bureau, bureau.deposit(ticket=a_ticket(("TP01", files)), **names))
        for _ in range(2):
            lanes_of(bureau).open(taken.id)
        assert len(rested) == rests


def test_a_page_that_is_read_is_not_asked_for_again(bureau: Bureau) -> None:
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    lanes.open(taken.id)
    lanes.page(taken.id, 2)

    assert lanes.open(taken.id).unread == (1, 3, 4)


def test_what_a_killed_reader_left_unsaid_the_next_one_tells_the_ledger(bureau: Bureau) -> None:
    """The record stands before the ledger hears of it: whoever finds the page read must not take that for told."""
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    lanes.open(taken.id)

    def killed() -> None:
        raise Killed

    with pytest.raises(Killed):
        lanes.page(taken.id, 1, killed)
    told = [step.stage for step in bureau.ledger.steps(DOSSIER)]
    assert "read" not in told
    lanes.page(taken.id, 1)

    assert sorted(step.stage for step in bureau.ledger.steps(DOSSIER)) == sorted([*told, "read"])
    assert len(list(bureau.ledger.objects("work"))) == 1


def test_pages_of_earlier_papers_are_not_waited_for(bureau: Bureau) -> None:
    first, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    lanes.open(first.id)
    lanes.page(first.id, 1)
    bureau.ledger.move_item(DOSSIER, "review", was=["reading"])
    (folder := bureau.folder / DOSSIER).joinpath("1.jpg").write_bytes(a_page(99))
    second = receive(bureau, folder)

    assert lanes.open(second.id).unread == (1, 2, 3, 4)
    assert lanes.page(first.id, 2) == 0  # late, and counted for nobody
    assert [lanes.page(second.id, number) for number in (1, 2, 3, 4)] == [3, 2, 1, 0]
    assert lanes.close(first.id) is False
    assert lanes.close(second.id) is True


def test_a_deposit_that_is_turned_away_waits_for_people_with_its_reason(bureau: Bureau) -> None:
    taken, lanes = receive(bureau, bureau.deposit(ticket=a_ticket(*COMPLETE, procedure="9.999999"))), lanes_of(bureau)

    assert lanes.open(taken.id).over
    assert state_of(bureau, taken) == ("review", "procedure-unknown")
    row = bureau.ledger.deposit(taken.id)  # type: ignore[arg-type]
    assert row is not None and (row.state, row.code) == ("rejected", "procedure-unknown")
    assert [event.action for event in bureau.ledger.events(DOSSIER)] == ["received", "rejected"]
    assert (lanes.open(taken.id).over, lanes.close(taken.id)) == (True, False)


def test_a_record_with_a_rejected_file_stands_and_waits_for_people(bureau: Bureau) -> None:
    files = complete_files() | {"1_jpg": b"no picture"}
    taken, lanes = receive(bureau, bureau.deposit(ticket=a_ticket(*COMPLETE), **files)), lanes_of(bureau)
    for errand in ERRANDS:
        call(lanes, taken.id, errand)

    assert manifest_of(bureau, DOSSIER)["verdict"]["state"] == "rejected"
    assert state_of(bureau, taken) == ("review", "format-unknown")


def test_nothing_is_assembled_before_it_is_known_what_the_mark_will_say(bureau: Bureau) -> None:
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau, trial=None)
    lanes.open(taken.id)

    with pytest.raises(Interrupted, match="sealer-unknown"):
        lanes.close(taken.id)


def test_a_wrong_word_about_the_key_costs_work_and_no_truth(make_bureau: Make, wanted: Any) -> None:
    bureau = make_bureau()
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau, trial=False)
    for errand in ERRANDS:
        call(lanes, taken.id, errand)

    assert manifest_of(bureau, DOSSIER) == wanted


def test_a_page_is_left_to_machines_with_the_programs_of_the_one_that_opened(make_bureau: Make) -> None:
    old = make_bureau()
    taken = receive(old, a_whole_dossier(old))
    lanes_of(old).open(taken.id)
    new = make_bureau(store=old.store, ledger=old.ledger, version="2")

    with pytest.raises(Interrupted, match="tools-differ"):
        lanes_of(new).page(taken.id, 1)
    assert lanes_of(old).page(taken.id, 1) == PAGES - 1


def test_what_is_given_up_is_seen_with_its_reason_and_may_be_tried_anew(bureau: Bureau) -> None:
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    lanes.open(taken.id)
    lanes.set_aside(taken.id, "work-kills", {"times": 4})

    assert state_of(bureau, taken) == ("failed", "work-kills")
    row = bureau.ledger.deposit(taken.id)  # type: ignore[arg-type]
    assert row is not None and (row.state, row.code) == ("failed", "work-kills")
    assert bureau.ledger.retry_item(DOSSIER) is True
    assert state_of(bureau, taken) == ("received", None)
    for errand in ERRANDS:
        call(lanes, taken.id, errand)
    assert state_of(bureau, taken) == ("sealed", None)
