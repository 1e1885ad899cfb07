"""The watcher: takes what is whole, once, and removes what is filed and nothing else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from inbox_office import PLACE, RULES, Office
from queue_plant import wait_until

from pipeline.errors import Interrupted
from workers.bell import Bell
from workers.settling import Lacks, Place


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_deposit_without_a_ticket_is_taken_after_the_quiet_time(office: Office) -> None:
    office.put("a-01.tif", b"first")
    office.look()
    office.look(after=RULES.quiet - 1)
    assert office.desk.took == []
    office.look(after=1)
    assert office.desk.took == [(PLACE, {"a-01.tif": b"first"})]
    assert list(office.scratch.iterdir()) == []


def test_what_was_taken_stays_until_it_is_filed_and_is_then_removed(office: Office) -> None:
    path = office.put("a-01.tif")
    office.look()
    office.look(after=RULES.quiet)
    office.look(after=RULES.quiet)
    assert len(office.desk.took) == 1
    assert path.exists()
    office.desk.file(PLACE)
    office.look(after=1)
    assert not path.parent.exists()
    assert office.desk.known == {}


def test_a_watcher_that_starts_anew_takes_nothing_twice(office: Office) -> None:
    office.put("a-01.tif")
    office.look()
    office.look(after=RULES.quiet)
    office.restart()
    office.look()
    office.look(after=10 * RULES.quiet)
    assert len(office.desk.took) == 1


def test_bytes_that_changed_since_they_were_taken_are_not_removed_but_taken(office: Office) -> None:
    office.put("a-01.tif", b"first")
    office.look()
    office.look(after=RULES.quiet)
    office.desk.file(PLACE)
    path = office.put("a-01.tif", b"better")
    os.utime(path, ns=(1, 1))
    office.look(after=1)
    assert path.read_bytes() == b"better"
    office.look(after=RULES.quiet)
    assert office.desk.took[-1] == (PLACE, {"a-01.tif": b"better"})


def test_other_bytes_under_the_same_name_size_and_time_are_not_removed(office: Office) -> None:
    path = office.put("a-01.tif", b"first")
    was = path.stat()
    office.look()
    office.look(after=RULES.quiet)
    office.desk.file(PLACE)
    path.write_bytes(b"FIRST")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    office.look(after=1)
    assert path.read_bytes() == b"FIRST"
    assert PLACE in office.desk.known


def test_a_file_that_comes_after_the_taking_is_a_deposit_of_its_own(office: Office) -> None:
    office.put("a-01.tif")
    office.look()
    office.look(after=RULES.quiet)
    office.put("a-02.tif")
    office.desk.file(PLACE)
    office.look(after=1)
    office.look(after=RULES.quiet)
    assert set(office.desk.took[-1][1]) == {"a-01.tif", "a-02.tif"}


def test_a_clerk_who_takes_a_wrong_file_out_of_a_deposit_that_was_refused_has_it_taken_again(office: Office) -> None:
    office.put("a-01.tif")
    wrong = office.put("holiday.jpg")
    office.look()
    office.look(after=RULES.quiet)
    wrong.unlink()
    office.look(after=1)
    office.look(after=RULES.quiet)
    assert set(office.desk.took[-1][1]) == {"a-01.tif"}


def test_a_deposit_of_another_size_is_left_to_another_watcher(office: Office) -> None:
    """An archive box takes a minute to be taken in: nobody at a counter may wait for it."""
    thin, thick = Place("TP-01", "thin"), Place("TP-01", "thick")
    office.put("a-01.tif", place=thin)
    for number in (1, 2, 3):
        office.put(f"a-0{number}.tif", place=thick)

    for sizes, expected in ((range(3), thin), (range(3, 100), thick)):
        office.restart(sizes=sizes)
        office.look()
        office.look(after=RULES.quiet)
        assert office.desk.took[-1][0] == expected
    assert len(office.desk.took) == 2


def test_a_ticket_whose_files_are_there_shortens_the_wait(office: Office) -> None:
    office.put("kq-01.tif")
    office.ticket("kq-01.tif")
    office.look()
    office.look(after=RULES.steady)
    assert [set(files) for _, files in office.desk.took] == [{"kq-01.tif", "dossier.json"}]


def test_a_ticket_is_waited_for_until_the_last_file_it_names(office: Office) -> None:
    office.put("kq-01.tif")
    office.ticket("kq-01.tif", "kq-02.tif")
    office.look()
    office.look(after=3 * RULES.quiet)
    assert office.desk.took == []
    office.put("kq-02.tif")
    office.look(after=1)
    office.look(after=RULES.steady)
    assert len(office.desk.took) == 1


def test_a_deposit_that_never_becomes_whole_is_told_once(office: Office) -> None:
    office.put("kq-01.tif")
    office.ticket("kq-01.tif", "kq-02.tif")
    for _ in range(5):
        office.look(after=RULES.patience)
    assert office.desk.told == [(PLACE, Lacks(("kq-02.tif",), (), ()))]
    assert office.desk.took == []


def test_a_ticket_that_cannot_be_read_does_not_hold_its_deposit_back(office: Office) -> None:
    # It is taken after the quiet time, and the gate says what is wrong with it.
    office.put("dossier.json", b"{")
    office.look()
    office.look(after=RULES.quiet)
    assert len(office.desk.took) == 1


def test_what_a_scanner_is_still_writing_is_waited_for(office: Office) -> None:
    half = office.put("a-02.tif.part")
    office.put("a-01.tif")
    office.look()
    office.look(after=3 * RULES.quiet)
    assert office.desk.took == []
    half.rename(half.with_name("a-02.tif"))
    office.look(after=1)
    office.look(after=RULES.quiet)
    assert set(office.desk.took[0][1]) == {"a-01.tif", "a-02.tif"}


def test_a_deposit_that_the_reception_cannot_take_now_is_taken_later(office: Office) -> None:
    office.put("a-01.tif")
    office.look()
    office.desk.away = True
    office.look(after=RULES.quiet)
    assert office.trouble == [(PLACE, "ledger-busy")]
    office.desk.away = False
    office.look(after=1)
    assert len(office.desk.took) == 1


def test_a_share_that_is_away_is_trouble_and_no_empty_inbox(office: Office, tmp_path: Path) -> None:
    office.root.rename(tmp_path / "away")
    with pytest.raises(Interrupted, match="inbox-unreachable"):
        office.look()


def test_what_was_filed_and_removed_by_somebody_else_is_forgotten(office: Office) -> None:
    path = office.put("a-01.tif")
    office.look()
    office.look(after=RULES.quiet)
    office.desk.file(PLACE)
    path.unlink()
    office.look(after=1)
    assert office.desk.known == {}


def test_a_hint_brings_the_next_listing_forward_and_decides_nothing(office: Office) -> None:
    office.put("a-01.tif")
    rounds: list[float] = []
    office.watcher.round = rounds.append  # type: ignore[method-assign]
    stop, bell = threading.Event(), Bell()
    thread = threading.Thread(target=office.watcher.run, args=(stop, bell, 60.0))
    thread.start()
    try:
        wait_until(lambda: len(rounds) == 1)
        bell.ring()
        wait_until(lambda: len(rounds) == 2, seconds=10)
    finally:
        stop.set()
        bell.ring()
        thread.join()
        bell.close()
    assert office.desk.took == []


def test_what_a_killed_watcher_left_half_copied_is_removed_by_the_next(office: Office) -> None:
    old, new = office.scratch / "taken-old", office.scratch / "taken-new"
    for path in (old, new):
        path.mkdir(parents=True)
    os.utime(old, (1, 1))
    stop, bell = threading.Event(), Bell()
    stop.set()
    office.watcher.run(stop, bell, 0.0)
    bell.close()
    assert [path.name for path in office.scratch.iterdir()] == ["taken-new"]
