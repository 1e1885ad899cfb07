"""The one-stop software learns of exactly what was committed: an office in memory, a relay, a real HTTP server."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import COMPLETE, DOSSIER, Bureau, FixedClock, a_page, a_ticket, complete_files
from crash_helpers import Killed, mortal
from lane_helpers import a_whole_dossier, lanes_of, receive
from one_stop import SECRET, OneStop, one_stop_software
from postgres import KINDS, a_ledger_url
from renewal_helpers import TrialOffice

from pipeline.errors import Interrupted, Rejected
from pipeline.house import posting
from pipeline.reception import Reception
from pipeline.schemas import mismatch
from pipeline.stages.file import enter, latest, versions_of
from storage import Digest, Ledger
from workers.receiver import Receiver
from workers.relay import Relay

Make = Callable[..., Bureau]


@pytest.fixture(params=KINDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger_url(request.param, tmp_path) as url, Ledger(url, clock=FixedClock()) as opened:
        yield opened


@pytest.fixture
def one_stop() -> Iterator[OneStop]:
    with one_stop_software() as made:
        yield made


def telling(bureau: Bureau, ledger: Any = None) -> Bureau:
    """Let a bureau write notices into the outbox of its ledger."""
    yard = dataclasses.replace(bureau.driver.yard, tell=posting(ledger or bureau.ledger))
    bureau.driver = dataclasses.replace(bureau.driver, yard=yard)
    return bureau


def relay(ledger: Ledger, one_stop: OneStop) -> list[Any]:
    """Send whatever waits; return what the receiver has heard so far."""
    relaying = Relay(ledger, Receiver(one_stop.url, SECRET), lambda *_: None)
    while ledger.unsent()[0]:
        relaying.one()
    assert all(asked.is_signed() and mismatch("notice-1", asked.said) is None for asked in one_stop.asked)
    return one_stop.said


def test_whoever_waits_for_a_dossier_learns_of_the_very_manifest_that_was_sealed(
    make_bureau: Make, ledger: Ledger, one_stop: OneStop
) -> None:
    bureau = telling(make_bureau(ledger=ledger))
    assert bureau.driver.run(a_whole_dossier(bureau)).error is None

    (said,) = relay(ledger, one_stop)
    version = latest(bureau.store, DOSSIER)
    assert version is not None
    manifest = bureau.store.get("sealed", Digest(said["manifest"]))
    assert hashlib.sha256(manifest).hexdigest() == said["manifest"] == version.manifest
    assert {**said, "id": "", "at": ""} == {
        "format": 1, "id": "", "at": "", "event": "filed", "dossier": DOSSIER, "deposit": version.deposit,
        "version": 1, "manifest": version.manifest, "verdict": "complete", "code": None,
    }  # fmt: skip


def test_what_is_run_again_is_not_told_again_and_a_newer_scan_is(
    make_bureau: Make, ledger: Ledger, one_stop: OneStop
) -> None:
    bureau = telling(make_bureau(ledger=ledger))
    folder = a_whole_dossier(bureau)
    for _ in range(2):
        bureau.driver.run(folder)
    assert len(relay(ledger, one_stop)) == 1

    (folder / "2.jpg").write_bytes(a_page(7))
    bureau.driver.run(folder)
    said = relay(ledger, one_stop)
    assert [each["version"] for each in said] == [1, 2]
    assert [each["manifest"] for each in said] == [each.manifest for each in versions_of(bureau.store, DOSSIER)]


def test_a_renewed_record_is_told_as_a_newer_version(bureau: Bureau, tmp_path: Path, one_stop: OneStop) -> None:
    telling(bureau)
    office = TrialOffice(bureau, tmp_path / "identity")
    office.run("TP01")
    office.roll("tsa", "signer", days=365)
    renewal = dataclasses.replace(office.renewal(window=timedelta(days=20 * 365)), tell=posting(bureau.ledger))
    ended = renewal.renew(DOSSIER)
    assert ended.version == 2, ended

    said = relay(bureau.ledger, one_stop)
    assert [(each["event"], each["version"], each["manifest"]) for each in said] == [
        ("filed", each.number, each.manifest) for each in versions_of(bureau.store, DOSSIER)
    ]


def test_what_is_turned_away_is_told_by_its_code_once_and_again_when_the_reason_is_another(
    make_bureau: Make, ledger: Ledger, one_stop: OneStop
) -> None:
    bureau = telling(make_bureau(ledger=ledger))
    folder = bureau.deposit(**complete_files())  # neither a ticket nor a procedure
    for _ in range(2):
        bureau.driver.run(folder)
    (said,) = relay(ledger, one_stop)
    assert (said["event"], said["dossier"], said["code"]) == ("review", DOSSIER, "ticket-missing")

    (folder / "dossier.json").write_text("{}")
    bureau.driver.run(folder)
    first, second = relay(ledger, one_stop)
    assert second["code"] == "ticket-invalid"
    assert second["deposit"] != first["deposit"]


def test_a_dossier_with_a_rejected_file_is_told_with_its_verdict_and_the_code(
    make_bureau: Make, ledger: Ledger, one_stop: OneStop
) -> None:
    bureau = telling(make_bureau(ledger=ledger))
    files = complete_files() | {"2_jpg": b"no picture"}
    bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **files))
    (said,) = relay(ledger, one_stop)
    assert (said["event"], said["verdict"], said["code"]) == ("filed", "rejected", "format-unknown")


def test_a_dossier_that_is_set_aside_is_told_as_failed_once(
    make_bureau: Make, ledger: Ledger, one_stop: OneStop
) -> None:
    bureau = telling(make_bureau(ledger=ledger))
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    for _ in range(2):
        lanes.set_aside(taken.id, "work-kills", {"times": 4})
    (said,) = relay(ledger, one_stop)
    assert (said["event"], said["dossier"], said["deposit"], said["code"]) == (
        "failed", DOSSIER, taken.id, "work-kills",
    )  # fmt: skip


def test_the_lanes_of_the_queue_tell_what_one_run_tells(make_bureau: Make, ledger: Ledger, one_stop: OneStop) -> None:
    bureau = telling(make_bureau(ledger=ledger))
    taken, lanes = receive(bureau, a_whole_dossier(bureau)), lanes_of(bureau)
    for number in lanes.open(taken.id).unread:
        lanes.page(taken.id, number)
    lanes.close(taken.id)
    for _ in range(2):
        lanes.seal(taken.id)
    (said,) = relay(ledger, one_stop)
    assert (said["event"], said["version"], said["verdict"]) == ("filed", 1, "complete")


def test_no_person_is_named_in_a_notice(make_bureau: Make, ledger: Ledger, one_stop: OneStop) -> None:
    """The ticket names an owner and an operator; a folder may be called by a person, and so may a scan."""
    bureau = telling(make_bureau(ledger=ledger))
    ticket = a_ticket(("TP01", ["1.jpg"]), ("TP02", ["Trần Văn Mẫu.jpg"]))
    bureau.driver.run(bureau.deposit(ticket=ticket, **{"1_jpg": a_page(1), "Trần Văn Mẫu_jpg": b"x"}))
    bureau.driver.run(bureau.deposit(dossier="Trần Văn Mẫu", **complete_files()))

    filed, refused = relay(ledger, one_stop)
    assert (filed["dossier"], refused["dossier"]) == (DOSSIER, None)
    assert all(asked.body.isascii() for asked in one_stop.asked)
    assert not any(name in asked.body for asked in one_stop.asked for name in (b"Tr", b"bcci", b"TP0", b"jpg"))


def test_where_nobody_is_told_the_outbox_stays_empty(bureau: Bureau) -> None:
    bureau.driver.run(a_whole_dossier(bureau))
    bureau.driver.run(bureau.deposit(dossier="H15.50.05.13-261120-0002", **complete_files()))
    assert bureau.ledger.unsent() == (0, None)


def outbox_of(ledger: Ledger) -> list[str]:
    return [row.message.body for row in ledger.take_messages()]


def test_papers_that_cannot_be_taken_in_are_told_once_for_each_reason(
    make_bureau: Make, ledger: Ledger, one_stop: OneStop
) -> None:
    """They lie at the station, and whoever waits for the dossier should know that somebody must see to them."""
    bureau = make_bureau(ledger=ledger)
    reception = Reception(bureau.store, ledger, bureau.clock, "queue:sohoa", posting(ledger))
    for error in [Interrupted("deposit-overdue", missing=2, unfinished=0, odd=0)] * 2 + [
        Rejected("deposit-too-large", most=2000)
    ]:
        reception.refuse(f"/scans/TP-01/{DOSSIER}", DOSSIER, error)
    reception.refuse("/scans/TP-01/Nguyễn Thị Mẫu", "Nguyễn Thị Mẫu", Rejected("deposit-too-large", most=2000))

    told = [(said["event"], said["dossier"], said["code"]) for said in relay(ledger, one_stop)]
    assert told == [
        ("review", DOSSIER, "deposit-overdue"),
        ("review", DOSSIER, "deposit-too-large"),
        ("review", None, "deposit-too-large"),
    ]


@pytest.mark.parametrize("what", ["filed", "refused"])
def test_killed_at_any_write_a_notice_is_there_if_and_only_if_what_it_tells_of_is(
    make_bureau: Make, bureau: Bureau, what: str
) -> None:
    """Kills the service around each of the writes in turn, the notice's own too; then does the same again."""
    folder = a_whole_dossier(bureau) if what == "filed" else bureau.deposit(**complete_files())
    outcome = bureau.driver.run(folder)
    taken = bureau.driver.reception.take(folder, None)

    def write(ledger: Any) -> None:
        if outcome.verdict:
            verdict = outcome.verdict
            enter(ledger, verdict.version, verdict.manifest, bureau.clock(), tell=posting(ledger))
        else:
            Reception(bureau.store, ledger, bureau.clock, "cli", posting(ledger)).end(taken, None, outcome.error)

    place, untold = 0, 0
    while True:
        with Ledger("sqlite://", clock=bureau.clock) as ledger:
            try:
                write(mortal(None, ledger, place)[1])
            except Killed:
                committed = ledger.dossier(DOSSIER) if what == "filed" else ledger.deposit(Digest(taken.id))
                assert ledger.unsent()[0] == (committed is not None), place
                untold += committed is None
                write(ledger)
                assert len(outbox_of(ledger)) == 1, place
                place += 1
                continue
        break
    assert 5 < untold < place
