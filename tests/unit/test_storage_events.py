from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres import KINDS, a_ledger_url
from sqlalchemy import exc

from storage import BrokenEvent, EventHead, Ledger
from storage.ledger.engines import open_engine

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
DOSSIER = "H15.50.05.13-261120-0001"
APPENDER = """
import sys
from storage import Ledger
with Ledger(sys.argv[1]) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(25):
        ledger.event(sys.argv[2], "tried", "D-1", number=number)
"""
#: How somebody who may do everything with the database gets past the refusal to change a row.
DISARM = {
    "sqlite": ["DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete"],
    "postgresql": ["ALTER TABLE events DISABLE TRIGGER ALL"],
}


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with a_ledger_url(request.param, tmp_path) as lent:
        yield lent


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with Ledger(url, clock=lambda: NOON) as opened:
        yield opened


@pytest.fixture
def tamper(url: str) -> Iterator[Callable[[str], None]]:
    """Change the table as an administrator could who knows of the triggers."""
    engine = open_engine(sa.make_url(url), busy_seconds=5)

    def change(statement: str) -> None:
        with engine.begin() as connection:
            for disarm in DISARM[connection.dialect.name]:
                connection.exec_driver_sql(disarm)
            connection.exec_driver_sql(statement)

    yield change
    engine.dispose()


def five(ledger: Ledger) -> None:
    for number in range(1, 6):
        ledger.event("cli:ann", "sealed", DOSSIER, number=number)


def test_an_event_says_who_did_what_with_what_and_when(ledger: Ledger) -> None:
    told = ledger.event("cli:ann", "filed", DOSSIER, version=1, trial=True, code=None, verdict="complete")
    (found,) = ledger.events()

    assert found == told
    assert (found.number, found.at, found.actor, found.action, found.subject) == (1, NOON, "cli:ann", "filed", DOSSIER)
    assert found.facts == {"version": 1, "trial": True, "code": None, "verdict": "complete"}
    assert found.at.tzinfo is UTC


def test_events_are_found_by_subject_and_from_a_number_on(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.ledger.events._PAGE", 2)
    five(ledger)
    ledger.event("cli:bob", "sealed", "other")

    assert [event.number for event in ledger.events()] == [1, 2, 3, 4, 5, 6]
    assert [event.number for event in ledger.events(DOSSIER, after=3)] == [4, 5]
    assert [event.actor for event in ledger.events("other")] == ["cli:bob"]


def test_anybody_can_reckon_the_hash_without_our_code(ledger: Ledger) -> None:
    """The rule as docs/ledger.md tells it to auditors."""
    ledger.event("cli:ann", "received", DOSSIER, files=2)
    ledger.event("cli:ann", "filed", "hồ sơ", version=1)
    previous = "0" * 64
    for event in ledger.events():
        content = {
            "number": event.number,
            "at": event.at.isoformat(timespec="microseconds"),
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "facts": dict(event.facts),
        }
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert event.previous == previous
        previous = hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()
        assert event.hash == previous


def test_a_log_that_nobody_touched_holds(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.ledger.events._PAGE", 2)
    assert ledger.broken_event() is None
    five(ledger)

    assert ledger.broken_event() is None
    assert ledger.broken_event(ledger.event_head()) is None


@pytest.mark.parametrize("statement", ["UPDATE events SET actor = 'cli:bob'", "DELETE FROM events"])
def test_the_database_itself_refuses_to_change_an_event(ledger: Ledger, statement: str) -> None:
    five(ledger)

    with pytest.raises(exc.DBAPIError, match="append only"), ledger._engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert ledger.broken_event() is None


def test_a_server_refuses_to_empty_the_log_at_once(tmp_path: Path) -> None:
    with a_ledger_url("postgresql", tmp_path) as url, Ledger(url) as ledger:
        five(ledger)
        with pytest.raises(exc.DBAPIError, match="append only"), ledger._engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE events")
        assert ledger.event_head().number == 5


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE events SET actor = 'cli:bob' WHERE number = 3", BrokenEvent(3, "content")),
        ("UPDATE events SET action = 'opened' WHERE number = 3", BrokenEvent(3, "content")),
        ("UPDATE events SET subject = 'other' WHERE number = 3", BrokenEvent(3, "content")),
        ("UPDATE events SET facts = '{\"number\":4}' WHERE number = 3", BrokenEvent(3, "content")),
        ("UPDATE events SET facts = '{\"number\": 3}' WHERE number = 3", BrokenEvent(3, "content")),
        ("UPDATE events SET facts = 'lost' WHERE number = 3", BrokenEvent(3, "content")),
        ("UPDATE events SET at = '2026-11-21 12:00:00.123457+00' WHERE number = 3", BrokenEvent(3, "content")),
        ("UPDATE events SET hash = '' WHERE number = 3", BrokenEvent(3, "content")),
        ("UPDATE events SET previous = '' WHERE number = 3", BrokenEvent(3, "link")),
        ("UPDATE events SET number = 9 WHERE number = 3", BrokenEvent(3, "gap")),
        ("DELETE FROM events WHERE number = 3", BrokenEvent(3, "gap")),
        ("DELETE FROM events WHERE number = 1", BrokenEvent(1, "gap")),
    ],
)
def test_the_first_event_that_was_changed_or_taken_out_is_named(
    ledger: Ledger, tamper: Callable[[str], None], statement: str, broken: BrokenEvent
) -> None:
    five(ledger)
    if ledger.kind.startswith("sqlite"):
        statement = statement.replace("+00'", "'")  # its times are texts without an offset
    tamper(statement)

    assert ledger.broken_event() == broken


def test_events_cut_off_at_the_end_are_missed_by_whoever_kept_the_head(
    ledger: Ledger, tamper: Callable[[str], None]
) -> None:
    five(ledger)
    head = ledger.event_head()
    tamper("DELETE FROM events WHERE number > 3")

    assert ledger.broken_event() is None  # a chain alone cannot know
    assert ledger.broken_event(head) == BrokenEvent(4, "head")


def test_a_log_that_was_written_anew_is_not_the_one_that_was_known(url: str, tamper: Callable[[str], None]) -> None:
    with Ledger(url) as ledger:
        five(ledger)
        head = ledger.event_head()
        tamper("DELETE FROM events")
        for number in range(1, 6):
            ledger.event("cli:bob", "sealed", DOSSIER, number=number)

        assert ledger.broken_event() is None
        assert ledger.broken_event(head) == BrokenEvent(5, "head")
        assert ledger.broken_event(EventHead(5, ledger.event_head().hash)) is None


def test_an_event_stands_or_falls_with_what_it_tells_of(ledger: Ledger) -> None:
    def work() -> None:
        ledger.begin_attempt("key", "seal", DOSSIER)
        ledger.event("cli:ann", "sealed", DOSSIER)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        ledger.together(work)
    assert (ledger.attempts(), list(ledger.events())) == ([], [])


def test_threads_that_add_at_once_make_one_chain(url: str) -> None:
    with Ledger(url) as ledger, ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: ledger.event(f"t:{number % 6}", "tried", "D-1", number=number), range(90)))

        assert ledger.broken_event() is None
        assert sorted(event.facts["number"] for event in ledger.events()) == list(range(90))


def test_processes_that_add_at_once_make_one_chain(url: str) -> None:
    Ledger(url).close()
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen([sys.executable, "-c", APPENDER, url, f"p:{n}"], **pipe) for n in range(3)]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in running:
        each.communicate(timeout=60)

    assert [each.returncode for each in running] == [0, 0, 0]
    with Ledger(url) as ledger:
        assert ledger.broken_event() is None
        assert ledger.event_head().number == 75


def test_a_row_that_follows_one_that_has_a_successor_is_refused(ledger: Ledger) -> None:
    """Also whoever writes without our code cannot fork the chain."""
    five(ledger)
    columns = "(number, at, actor, action, subject, facts, previous, hash)"
    row = "(6, '2026-11-21 12:00:00+00', 'a', 'b', 'c', '{}', (SELECT previous FROM events WHERE number = 3), 'x')"

    with pytest.raises(exc.IntegrityError), ledger._engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO events {columns} VALUES {row}")
    assert ledger.broken_event() is None


@pytest.mark.parametrize(
    ("actor", "action", "subject", "facts"),
    [
        ("", "sealed", "D-1", {}),
        ("Nguyễn Thị Mẫu", "sealed", "D-1", {}),
        ("cli:ann", "Sealed it", "D-1", {}),
        ("cli:ann", "sealed", "", {}),
        ("cli:ann", "sealed", "D\n1", {}),
        ("cli:ann", "sealed", "D-1", {"text": "x" * 201}),
        ("cli:ann", "sealed", "D-1", {"share": 0.5}),
        ("cli:ann", "sealed", "D-1", {"names": ["a"]}),
        ("cli:ann", "sealed", "D-1", {"A": 1}),
    ],
)
def test_what_is_no_short_fact_is_not_let_in(
    ledger: Ledger, actor: str, action: str, subject: str, facts: dict[str, object]
) -> None:
    """A name in full, or a sentence from a page, has no place in a log that is never cut."""
    with pytest.raises(ValueError, match=r"actor|actions|subject|fact"):
        ledger.event(actor, action, subject, **facts)  # type: ignore[arg-type]
    assert ledger.event_head().number == 0
