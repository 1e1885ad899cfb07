"""Who did what: the events that a dossier leaves on its way, on each database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import COMPLETE, DOSSIER, FixedClock, a_ticket, complete_files
from postgres import KINDS, a_ledger_url

from pipeline.audit import audit
from signing import load_trust
from storage import Ledger


@pytest.fixture(params=KINDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger_url(request.param, tmp_path) as url, Ledger(url, clock=FixedClock()) as opened:
        yield opened


def told(ledger: Ledger, subject: str = DOSSIER) -> list[tuple[str, str]]:
    return [(event.actor, event.action) for event in ledger.events(subject)]


def test_a_dossier_that_is_filed_was_received_and_filed_and_the_log_holds(make_bureau, ledger):
    bureau = make_bureau(ledger=ledger)
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))

    assert outcome.exit_code == 0
    assert told(ledger) == [("cli", "received"), ("operator:bcci-0173", "filed")]
    *_, filed = ledger.events(DOSSIER)
    version = outcome.verdict.version
    assert (filed.facts["manifest"], filed.facts["version"], filed.facts["verdict"]) == (
        version.manifest,
        1,
        "complete",
    )
    assert ledger.broken_event() is None


def test_what_is_run_again_leaves_no_event_again(make_bureau, ledger):
    bureau = make_bureau(ledger=ledger)
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    bureau.driver.run(folder)
    before = ledger.event_head()
    bureau.driver.run(folder)

    assert ledger.event_head() == before


def test_a_rejected_deposit_says_why_and_once(make_bureau, ledger):
    bureau = make_bureau(ledger=ledger)
    folder = bureau.deposit(**complete_files())  # neither a ticket nor a procedure
    for _ in range(2):
        bureau.driver.run(folder)

    assert told(ledger) == [("cli", "received"), ("cli", "rejected")]
    *_, rejected = ledger.events(DOSSIER)
    assert rejected.facts["code"] == "ticket-missing"


def test_a_rejected_file_is_named_by_its_digest_and_reason(make_bureau, ledger):
    bureau = make_bureau(ledger=ledger)
    files = complete_files() | {"4_jpg": b"no picture"}
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **files)
    for _ in range(2):  # a record with rejections is gone through again
        bureau.driver.run(folder)

    assert [action for _, action in told(ledger)] == ["received", "file-rejected", "filed"]
    rejected = list(ledger.events(DOSSIER))[1]
    assert rejected.facts["code"] == "format-unknown"
    assert set(rejected.facts) == {"code", "sha256"}


def test_no_person_is_named_in_the_log(make_bureau, ledger):
    bureau = make_bureau(ledger=ledger)
    bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    bureau.driver.run(bureau.folder / DOSSIER)
    odd = bureau.deposit(dossier="Trần Văn Mẫu", **complete_files())
    bureau.driver.run(odd)

    said = repr(list(ledger.events()))
    for name in ("Mẫu", "Trần", "Nguyễn"):
        assert name not in said
    assert ledger.event_head().number == 4


def test_a_deposit_is_in_the_ledger_before_its_work_is_done(make_bureau, ledger):
    """Papers that came in are known of, whatever happens to the machine a moment later."""
    bureau = make_bureau(ledger=ledger)

    class Died(BaseException):
        pass

    def die(agency: str) -> None:
        raise Died

    object.__setattr__(bureau.driver, "identity_of", die)
    with pytest.raises(Died):
        bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))

    (row,) = ledger.deposits()
    assert (row.state, row.name, row.received_at) == ("received", DOSSIER, bureau.clock.now)


def test_an_audit_finds_an_event_that_was_rewritten(make_bureau, tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(f"sqlite:///{path}", clock=FixedClock()) as ledger:
        bureau = make_bureau(ledger=ledger)
        bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
        trust = load_trust([tmp_path / "identity" / "trust.pem"])
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("DROP TRIGGER events_no_update")
            file.execute("UPDATE events SET actor = 'somebody' WHERE number = 2")

        found = audit(bureau.store, ledger, trust, bureau.clock(), lambda: None).troubles
    assert [(each.object, each.problem) for each in found] == [("events/2", "event-broken")]
