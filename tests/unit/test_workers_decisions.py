"""What the queue decides: where errands stand, whose turn it is, what is sent again, and when people are asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.crew import StepDied
from pipeline.errors import Interrupted, Misconfigured, Rejected
from workers import patience
from workers.model import (
    FIRST_PAGES,
    Arrival,
    Errand,
    Lane,
    Tally,
    Undone,
    Urgency,
    all_queues,
    page_urgency,
    queue_name,
    queues_of,
)
from workers.patience import Again, GiveUp
from workers.serve import pause_before
from workers.settling import Lacks, Seen, is_temporary, lacks
from workers.sweep import LONG, QUIET, TURNS, lost, turns

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
AWAY = Interrupted("storage-failed", problem="away")


def test_only_pages_have_a_queue_for_what_is_left_of_thick_dossiers() -> None:
    names = [queue_name(lane, urgency) for lane, urgency in all_queues()]
    assert len(names) == len(set(names)) == 9
    assert queues_of(Lane.PAGING) == ("paging-soon", "paging", "paging-long")
    assert queues_of(Lane.SEALING) == ("sealing-soon", "sealing")


def test_the_first_pages_of_every_dossier_stand_before_the_rest_of_a_thick_one() -> None:
    assert page_urgency(1, soon=True) is Urgency.SOON
    assert page_urgency(FIRST_PAGES, soon=False) is Urgency.PLAIN
    assert page_urgency(FIRST_PAGES + 1, soon=False) is Urgency.LONG
    # A thick same-day dossier does not keep the counter waiting either.
    assert page_urgency(FIRST_PAGES + 1, soon=True) is Urgency.PLAIN


def test_attempts_at_an_errand_count_together_however_urgent_it_was() -> None:
    soon, plain = (Errand(Lane.PAGING, "H1", 3, urgency) for urgency in (Urgency.SOON, Urgency.PLAIN))
    assert soon.name == plain.name == "paging/H1/3"
    assert soon.queue != plain.queue


def test_a_service_that_is_away_is_waited_for_ever_more_slowly() -> None:
    pauses = [patience.after(AWAY, Tally(failed=failed)) for failed in range(12)]
    assert pauses[0] == Again(1.0)
    seconds = [each.seconds for each in pauses if isinstance(each, Again)]
    assert seconds == sorted(seconds)
    assert max(seconds) <= 300.0


def test_an_outage_of_a_night_sets_nothing_aside() -> None:
    total, failed = 0.0, 0
    while isinstance(verdict := patience.after(AWAY, Tally(failed=failed)), Again):
        total += verdict.seconds
        failed += 1
    assert total > timedelta(hours=16).total_seconds()


def test_what_is_at_fault_itself_is_left_to_people_at_once() -> None:
    assert patience.after(Rejected("deposit-empty"), Tally()) == GiveUp()
    assert patience.after(Misconfigured("ledger-broken", problem="x"), Tally()) == GiveUp()


def test_an_errand_over_which_processes_die_is_set_aside_soon() -> None:
    died = StepDied("step-failed", stage="read", kind="ProcessExpired")
    assert isinstance(patience.after(died, Tally(vanished=0)), Again)
    assert patience.after(died, Tally(vanished=patience.MOST_DEATHS - 1)) == GiveUp()
    assert not patience.may_begin(Tally(vanished=patience.MOST_DEATHS))


def test_a_long_outage_does_not_count_as_deaths() -> None:
    assert patience.may_begin(Tally(failed=200))


def arrival(name: str, station: str, *, soon: bool = False) -> Arrival:
    return Arrival(name, station, soon)


def test_a_station_that_brings_a_mornings_scans_takes_no_turn_of_another() -> None:
    waiting = [arrival(f"A{number}", "A") for number in range(300)] + [arrival("B0", "B")]
    chosen = [errand.deposit for errand in turns(waiting, {})]
    assert chosen == ["A0", "A1", "A2", "A3", "B0"]


def test_a_same_day_dossier_starts_though_its_station_has_used_its_turns() -> None:
    waiting = [arrival("slow", "A"), arrival("counter", "A", soon=True)]
    chosen = turns(waiting, {"A": TURNS})
    assert chosen == [Errand(Lane.OPENING, "counter", urgency=Urgency.SOON)]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), max_size=60),
    st.dictionaries(st.sampled_from("ABC"), st.integers(0, 10)),
)
def test_nobody_has_more_turns_than_allowed_and_whoever_has_one_free_gets_it(
    brought: list[tuple[str, bool]], under_way: dict[str, int]
) -> None:
    waiting = [arrival(str(at), station, soon=soon) for at, (station, soon) in enumerate(brought)]
    chosen = {errand.deposit for errand in turns(waiting, under_way)}
    for station in "ABC":
        now = under_way.get(station, 0) + sum(each.station == station for each in waiting if each.deposit in chosen)
        left = [each for each in waiting if each.station == station and each.deposit not in chosen]
        assert now <= max(2 * TURNS, under_way.get(station, 0))
        assert not left or now >= TURNS


def undone(name: str, age: timedelta, lane: Lane = Lane.CLOSING) -> Undone:
    return Undone(Errand(lane, name), NOW - age)


def test_what_is_undone_and_stands_in_no_queue_is_lost() -> None:
    assert lost([undone("H1", QUIET)], {}, NOW) == [Errand(Lane.CLOSING, "H1")]


def test_what_may_still_stand_in_its_queue_is_not_sent_again() -> None:
    # Or a backlog of a night would be sent again every minute.
    waiting = [undone(f"H{number}", timedelta(minutes=30)) for number in range(100)]
    assert lost(waiting, {"closing": 1}, NOW) == []
    assert lost(waiting, {"closing": 0, "paging": 7}, NOW) != []


def test_what_is_at_work_is_not_lost_as_long_as_it_may_last() -> None:
    thick = Undone(Errand(Lane.CLOSING, "H1"), NOW - timedelta(minutes=20), begun=NOW - timedelta(minutes=20))
    assert lost([thick], {}, NOW) == []
    assert lost([thick], {}, NOW + timedelta(minutes=20)) == [thick.errand]


def test_a_queue_that_began_anew_has_nothing_of_what_is_undone() -> None:
    young = Undone(Errand(Lane.CLOSING, "H1"), NOW, begun=NOW)
    assert lost([young], {}, NOW, anew=True) == [young.errand]


def test_a_queue_that_is_never_empty_hides_nothing_for_ever() -> None:
    assert lost([undone("H1", LONG)], {"closing": 1000}, NOW) == [Errand(Lane.CLOSING, "H1")]


def test_one_errand_is_sent_once_a_round_the_oldest_first() -> None:
    found = [undone("new", QUIET), undone("old", 3 * QUIET), undone("old", 2 * QUIET)]
    assert [errand.deposit for errand in lost(found, {}, NOW)] == ["old", "new"]


def test_a_process_is_started_again_at_once_and_then_more_slowly() -> None:
    assert pause_before(1) == 0.0
    assert 0.0 < pause_before(2) < pause_before(3) < pause_before(40) <= 30.0


def test_names_that_scanners_and_browsers_give_to_what_they_write_are_known() -> None:
    names = ("scan.tif.part", "~$scan.docx", "SCAN.TMP", "x.crdownload", "scan.pdf~", "._scan.tif")
    assert all(map(is_temporary, names))
    assert not any(map(is_temporary, ("scan.tif", "part-01.pdf", "dossier.json", "tmp.pdf")))


def test_a_name_with_loose_accents_is_the_one_that_the_ticket_names() -> None:
    loose = Seen("gia\u0302\u0301y.pdf", 1, "1")
    assert lacks([loose], ["giấy.pdf"]) == Lacks((), (), ())


def test_what_is_lacking_is_told_by_its_kind() -> None:
    seen = [Seen("a.pdf.part", 1, "1"), Seen("link", 0, "", "not-a-file")]
    assert lacks(seen, ["a.pdf"]) == Lacks(("a.pdf",), ("a.pdf.part",), ("link",))
