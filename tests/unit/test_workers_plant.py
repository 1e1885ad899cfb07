"""The installation as the queue sees it: what is to be done, what was tried, what was taken from an inbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import COMPLETE, DOSSIER, Bureau, a_ticket, complete_files
from lane_helpers import a_whole_dossier, lanes_of, receive, state_of

from pipeline.errors import Interrupted, Misconfigured, Usage
from pipeline.settings import Settings
from storage import LedgerAway, LedgerError
from workers.bell import Bell
from workers.cli import _parts
from workers.desk import Desk
from workers.inbox import Kept
from workers.inbox_bucket import BucketInbox
from workers.ledger_book import LedgerAttempts, LedgerBook
from workers.model import Arrival, Attempt, Errand, Lane, Tally, Undone, Urgency
from workers.plant import inbox_at
from workers.serve import PARTS, parted
from workers.settling import Lacks, Place, Seen

PLACE = Place("TP-01", DOSSIER)


def attempts_of(bureau: Bureau) -> LedgerAttempts:
    return LedgerAttempts(bureau.ledger, lanes_of(bureau).set_aside)


# --- the book ----------------------------------------------------------------------------------------------------


def test_a_deposit_is_an_arrival_until_its_opening_was_sent(bureau: Bureau) -> None:
    taken, book = receive(bureau, a_whole_dossier(bureau), priority=0), LedgerBook(bureau.ledger)
    assert book.arrivals(10) == [Arrival(taken.id, "TP-01", soon=True)]
    assert book.under_way() == {}
    book.sent([Errand(Lane.OPENING, taken.id)])

    assert book.arrivals(10) == []
    assert book.under_way() == {"TP-01": 1}


def test_what_is_undone_is_what_its_lane_has_left(bureau: Bureau) -> None:
    taken, book, lanes = receive(bureau, a_whole_dossier(bureau)), LedgerBook(bureau.ledger), lanes_of(bureau)
    since = bureau.clock.now

    def undone() -> list[tuple[Lane, int]]:
        found = book.undone(since + timedelta(hours=1), 100)
        return [(each.errand.lane, each.errand.number) for each in found]

    assert undone() == []
    book.sent([Errand(Lane.OPENING, taken.id)])
    assert undone() == [(Lane.OPENING, 0)]
    lanes.open(taken.id)
    lanes.page(taken.id, 2)
    assert undone() == [(Lane.PAGING, 1), (Lane.PAGING, 3), (Lane.PAGING, 4)]
    for number in (1, 3, 4):
        lanes.page(taken.id, number)
    assert undone() == [(Lane.CLOSING, 0)]
    lanes.close(taken.id)
    assert undone() == [(Lane.SEALING, 0)]
    lanes.seal(taken.id)
    assert undone() == []


def test_the_time_of_the_book_is_that_of_the_ledger(bureau: Bureau) -> None:
    """Else a sweeper whose own clock is ten minutes off would send everything again in each round."""
    assert LedgerBook(bureau.ledger).now() == bureau.clock.now


def test_an_undone_errand_tells_when_its_attempt_began(bureau: Bureau) -> None:
    taken, book = receive(bureau, a_whole_dossier(bureau)), LedgerBook(bureau.ledger)
    errand = Errand(Lane.OPENING, taken.id)
    book.sent([errand])
    since = bureau.clock.now
    bureau.clock.move(seconds=5)
    attempts_of(bureau).begin(errand)

    later = since + timedelta(hours=1)
    assert book.undone(later, 10) == [Undone(errand, since, bureau.clock.now)]
    assert errand.urgency is Urgency.PLAIN


# --- attempts ----------------------------------------------------------------------------------------------------


def test_a_retry_by_a_person_forgets_what_was_tried_before(bureau: Bureau) -> None:
    """Else a dossier that was mended would be given up again at once."""
    taken, attempts = receive(bureau, a_whole_dossier(bureau)), attempts_of(bureau)
    errand = Errand(Lane.PAGING, taken.id, 1)
    attempts.end(attempts.begin(errand), failed=True)
    attempts.begin(errand)
    assert attempts.begin(errand).before == Tally(failed=1, vanished=1)
    attempts.give_up(errand, "work-kills", {"times": 2})
    assert state_of(bureau, taken) == ("failed", "work-kills")
    bureau.clock.move(seconds=1)
    bureau.ledger.retry_item(DOSSIER)

    assert attempts.begin(errand).before == Tally()


class AwayAtTheEnd:
    """A ledger to which the line breaks while something is at work, and is mended afterwards."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.is_cut = inner, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def end_attempt(self, attempt: int, outcome: str) -> None:
        if self.is_cut:
            raise LedgerAway("cut")
        self._inner.end_attempt(attempt, outcome)


def test_a_line_that_breaks_again_and_again_is_no_death_of_a_process(bureau: Bureau) -> None:
    """Else an errand that had nothing to do with it would be set aside as one that kills its workers."""
    taken, ledger = receive(bureau, a_whole_dossier(bureau)), AwayAtTheEnd(bureau.ledger)
    attempts: Any = LedgerAttempts(ledger, lanes_of(bureau).set_aside)  # type: ignore[arg-type]
    errand = Errand(Lane.CLOSING, taken.id)
    for times in range(6):
        begun = attempts.begin(errand)
        assert begun.before == Tally(failed=times, vanished=0)
        ledger.is_cut = True
        with pytest.raises(LedgerAway):
            attempts.end(begun, failed=True)
        ledger.is_cut = False


def test_an_end_that_the_ledger_refuses_keeps_nobody_from_beginning(bureau: Bureau) -> None:
    """It was restored from a backup, say, and does not know the attempt."""
    taken, attempts = receive(bureau, a_whole_dossier(bureau)), attempts_of(bureau)
    with pytest.raises(LedgerError):
        attempts.end(Attempt(12345, Tally()), failed=False)
    assert attempts.begin(Errand(Lane.CLOSING, taken.id)).before == Tally()


def test_whoever_waits_shows_why_and_is_left_alone(bureau: Bureau) -> None:
    taken, attempts, book = receive(bureau, a_whole_dossier(bureau)), attempts_of(bureau), LedgerBook(bureau.ledger)
    errand = Errand(Lane.OPENING, taken.id)
    book.sent([errand])
    attempts.waits(errand, "storage-failed", 300.0)
    soon = bureau.clock.now + timedelta(hours=1)

    assert state_of(bureau, taken) == ("opening", "storage-failed")
    assert book.undone(soon, 10) == []
    bureau.clock.move(seconds=301)
    assert [each.errand for each in book.undone(soon, 10)] == [errand]


def test_what_is_filed_cannot_be_given_up_by_a_late_message(bureau: Bureau) -> None:
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    lanes.seal(taken.id)
    attempts_of(bureau).give_up(Errand(Lane.PAGING, taken.id, 1), "work-kills", {"times": 4})

    assert state_of(bureau, taken) == ("sealed", None)
    row = bureau.ledger.deposit(taken.id)  # type: ignore[arg-type]
    assert row is not None and row.state == "sealed"


# --- the desk ----------------------------------------------------------------------------------------------------


def desk_of(bureau: Bureau, *same_day: str) -> Desk:
    notes = bureau.folder.parent / "taken"
    return Desk(bureau.driver.reception, inbox="inbox", notes=notes, same_day=same_day)


KEPT = frozenset({Kept(Seen("1.jpg", 4, "mark"), "0" * 64), Kept(Seen("ả.jpg", 5, "mark"), "1" * 64)})


def test_what_was_taken_is_remembered_until_it_is_filed_and_cleared(bureau: Bureau) -> None:
    desk_of(bureau).take(PLACE, a_whole_dossier(bureau), KEPT)
    item = bureau.ledger.item(DOSSIER)
    assert item is not None and (item.state, item.station, item.priority) == ("received", "TP-01", 1)
    anew = desk_of(bureau)  # killed and started again
    assert {place: (taken.files, taken.filed) for place, taken in anew.taken().items()} == {PLACE: (KEPT, False)}
    lanes_of(bureau).seal(item.deposit)

    assert anew.taken()[PLACE].filed
    anew.cleared(PLACE)
    assert anew.taken() == {} == desk_of(bureau).taken()


def test_taking_again_is_nothing_new(bureau: Bureau) -> None:
    folder = a_whole_dossier(bureau)
    for _ in range(2):
        desk_of(bureau).take(PLACE, folder, KEPT)

    assert [event.action for event in bureau.ledger.events()] == ["received"]
    assert len(bureau.ledger.next_items()) == 1


def test_a_note_that_was_half_written_is_no_note(bureau: Bureau) -> None:
    desk_of(bureau).take(PLACE, a_whole_dossier(bureau), KEPT)
    (note,) = (bureau.folder.parent / "taken").rglob("*.json")
    note.write_bytes(note.read_bytes()[:20])

    assert desk_of(bureau).taken() == {}


def test_dossiers_of_same_day_procedures_go_first(bureau: Bureau) -> None:
    desk_of(bureau, "1.001193").take(PLACE, a_whole_dossier(bureau), KEPT)
    item = bureau.ledger.item(DOSSIER)

    assert item is not None and item.priority == 0


def test_a_ticket_that_cannot_be_read_is_taken_and_told_when_it_is_opened(bureau: Bureau) -> None:
    folder = bureau.deposit(**complete_files())
    (folder / "dossier.json").write_text("{")
    desk_of(bureau, "1.001193").take(PLACE, folder, KEPT)
    (item,) = bureau.ledger.next_items()

    assert item.priority == 1
    assert lanes_of(bureau).open(item.deposit).over
    assert bureau.ledger.waiting()[0].reason == "ticket-unreadable"


def test_other_papers_of_a_dossier_wait_for_those_at_work(bureau: Bureau) -> None:
    folder = a_whole_dossier(bureau)
    desk = desk_of(bureau)
    desk.take(PLACE, folder, KEPT)
    before = desk.taken()
    (folder / "1.jpg").unlink()

    with pytest.raises(Exception, match="at work"):
        desk.take(PLACE, folder, frozenset())
    assert desk.taken() == before


def test_people_are_told_of_what_is_overdue_without_a_name_of_a_file(bureau: Bureau) -> None:
    for _ in range(2):  # a watcher that was started again tells it again
        desk_of(bureau).overdue(Place("TP-01", "Nguyễn Văn A"), Lacks(("đơn.jpg",), (), ("x",)))
    (event,) = bureau.ledger.events()
    (row,) = bureau.ledger.refused_deposits()

    assert (event.action, event.facts) == (
        "refused",
        {"code": "deposit-overdue", "missing": 1, "unfinished": 0, "odd": 1},
    )
    assert "Nguy" not in event.subject
    assert (row.name, row.state, row.code) == ("Nguyễn Văn A", "failed", "deposit-overdue")
    assert "thiếu 1 tệp" in (row.reason or "")


def test_people_see_a_deposit_that_is_too_large_until_it_is_taken_away(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_whole_dossier(bureau)
    monkeypatch.setattr("pipeline.deposit.MOST_FILES", 1)
    desk = desk_of(bureau)
    desk.take(PLACE, folder, KEPT)

    (row,) = bureau.ledger.refused_deposits()
    assert (row.name, row.state, row.code) == (PLACE.dossier, "rejected", "deposit-too-large")
    assert desk.taken()[PLACE].filed is False  # so it is not removed from the inbox
    assert bureau.ledger.item(PLACE.dossier) is None
    desk_of(bureau).gone(PLACE)
    assert bureau.ledger.refused_deposits() == []
    assert desk_of(bureau).taken() == {}


def test_what_was_turned_away_at_the_door_and_mended_is_nobodys_worry(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_whole_dossier(bureau)
    with monkeypatch.context() as small:
        small.setattr("pipeline.deposit.MOST_FILES", 1)
        desk_of(bureau).take(PLACE, folder, KEPT)
    desk_of(bureau).take(PLACE, folder, KEPT)
    assert bureau.ledger.refused_deposits() == []
    item = bureau.ledger.item(PLACE.dossier)
    assert item is not None
    assert item.state == "received"


# --- settings ----------------------------------------------------------------------------------------------------


def test_inboxes_are_folders_and_prefixes_of_buckets(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    settings = Settings(store_url="http://127.0.0.1:1", store_key="k", store_secret_file=secret)
    assert isinstance(inbox_at(settings, "s3://sohoa-deposits/quay/"), BucketInbox)
    assert inbox_at(settings, str(tmp_path)).listing() == {}
    with pytest.raises(Misconfigured, match="SOHOA_INBOX"):
        inbox_at(settings, "s3://")
    with pytest.raises(Misconfigured, match="SOHOA_STORE_URL"):
        inbox_at(Settings(), "s3://sohoa-deposits")


def test_roles_can_only_be_shared_out_where_there_is_a_queue() -> None:
    alone, shared = Settings(), Settings(queue="amqp://sohoa@queue/")
    assert _parts(alone, "") == ("watch", "turns", "read", "seal")
    assert list(_parts(shared, "read, seal")) == ["read", "seal"]
    for settings, roles, code in ((alone, "read", "queue-needed"), (shared, "sealing", "role-unknown")):
        with pytest.raises(Usage, match=code):
            _parts(settings, roles)
    with pytest.raises(Misconfigured, match="SOHOA_QUEUE"):
        _parts(replace(alone, queue="amqp://sohoa:secret@queue/"), "")


def test_machines_share_out_the_roles_between_them() -> None:
    def roles(*parts: str) -> list[str]:
        bell = Bell()
        try:
            return [role.name for role in parted(lambda: None, 1, bell, parts)]  # type: ignore[arg-type,return-value]
        finally:
            bell.close()

    assert roles("read") == ["reader-1", "desk", "express"]
    assert roles("seal") == ["sealer"]
    assert roles("watch", "turns") == ["turns", "watcher"]
    assert roles(*PARTS) == ["reader-1", "desk", "express", "sealer", "turns", "watcher"]


def test_without_a_key_s_machine_a_dossier_waits_and_then_goes_on(bureau: Bureau) -> None:
    taken: Any = receive(bureau, bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
    silent = lanes_of(bureau, trial=None)
    silent.open(taken.id)
    with pytest.raises(Interrupted):
        silent.close(taken.id)
    assert lanes_of(bureau).close(taken.id) is True
