from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier, Thread

import pytest
from postgres import KINDS, a_ledger_url

from storage import (
    DepositRow,
    Digest,
    DossierRow,
    FileRow,
    Ledger,
    ObjectRow,
    ProcedureConflict,
    ProcedureRow,
    ScanRow,
    TwinRow,
    digest_of,
)

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
BIRTH = ProcedureRow(
    code="1.001193",
    version=1,
    effective_from=date(2025, 7, 1),
    effective_to=None,
    name="Đăng ký khai sinh",
    body='{"components": ["Tờ khai"]}',
    digest=digest_of(b"first"),
    imported_at=NOON,
)
DEPOSIT = DepositRow(
    id=digest_of(b"deposit"),
    name="H15.50.05.13-261120-0001",
    dossier="H15.50.05.13-261120-0001",
    state="received",
    code=None,
    reason=None,
    received_at=NOON,
    updated_at=NOON,
)
DOSSIER = DossierRow(
    code="H15.50.05.13-261120-0001",
    procedure="1.001193",
    channel="post",
    agency="H15.50.05.13",
    state="sealed",
    verdict="complete",
    version=1,
    manifest=digest_of(b"manifest"),
    updated_at=NOON,
)
FILE = FileRow(
    dossier=DOSSIER.code,
    version=1,
    component="TP01",
    name="TP01-01.pdf",
    digest=digest_of(b"file"),
    size=5_000_000_000,
    pages=2,
    state="digitised",
    code=None,
)


@pytest.fixture(params=KINDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger_url(request.param, tmp_path) as url, Ledger(url, clock=lambda: NOON) as opened:
        yield opened


def test_a_procedure_comes_back_as_it_was_imported(ledger: Ledger) -> None:
    assert ledger.put_procedure(BIRTH) is True
    assert ledger.procedures() == [BIRTH]


def test_importing_the_same_procedure_again_says_that_nothing_is_new(ledger: Ledger) -> None:
    ledger.put_procedure(BIRTH)

    assert ledger.put_procedure(replace(BIRTH, imported_at=NOON + timedelta(days=1))) is False
    assert ledger.procedures() == [BIRTH]


def test_one_version_cannot_have_two_texts(ledger: Ledger) -> None:
    """Dossiers were judged by it: the text behind a version must stay what it was."""
    ledger.put_procedure(BIRTH)

    with pytest.raises(ProcedureConflict, match="higher version"):
        ledger.put_procedure(replace(BIRTH, digest=digest_of(b"second")))
    assert ledger.procedures() == [BIRTH]


def test_a_procedure_holds_from_its_first_day_until_the_day_before_its_last(
    ledger: Ledger,
) -> None:
    ends = replace(BIRTH, effective_to=date(2026, 1, 1))
    ledger.put_procedure(ends)

    assert ledger.procedure(BIRTH.code, date(2025, 6, 30)) is None
    assert ledger.procedure(BIRTH.code, date(2025, 7, 1)) == ends
    assert ledger.procedure(BIRTH.code, date(2025, 12, 31)) == ends
    assert ledger.procedure(BIRTH.code, date(2026, 1, 1)) is None


def test_the_version_that_began_last_holds(ledger: Ledger) -> None:
    later = replace(BIRTH, version=2, effective_from=date(2026, 7, 1), digest=digest_of(b"second"))
    ledger.put_procedure(later)
    ledger.put_procedure(BIRTH)

    assert ledger.procedure(BIRTH.code, date(2026, 6, 30)) == BIRTH
    assert ledger.procedure(BIRTH.code, date(2026, 7, 1)) == later


def test_of_two_that_began_on_one_day_the_higher_version_holds(ledger: Ledger) -> None:
    corrected = replace(BIRTH, version=10, digest=digest_of(b"corrected"))
    ledger.put_procedure(corrected)
    ledger.put_procedure(replace(BIRTH, version=9))

    assert ledger.procedure(BIRTH.code, date(2026, 1, 1)) == corrected


def test_another_procedure_does_not_answer(ledger: Ledger) -> None:
    ledger.put_procedure(BIRTH)

    assert ledger.procedure("1.000000", date(2026, 1, 1)) is None


def test_a_deposit_seen_again_keeps_the_time_it_was_first_received(ledger: Ledger) -> None:
    later = NOON + timedelta(hours=1)
    ledger.put_deposit(DEPOSIT)
    again = replace(DEPOSIT, state="failed", code="E", reason="Lỗi", received_at=later, updated_at=later)
    ledger.put_deposit(again)

    assert ledger.deposits() == [replace(again, received_at=NOON)]


def test_deposits_are_found_by_dossier_in_the_order_they_came(ledger: Ledger) -> None:
    second = replace(DEPOSIT, id=digest_of(b"second"), received_at=NOON + timedelta(seconds=1))
    strange = replace(DEPOSIT, id=digest_of(b"strange"), dossier=None, state="rejected")
    for row in (second, strange, DEPOSIT):
        ledger.put_deposit(row)

    assert ledger.deposits(DOSSIER.code) == [DEPOSIT, second]
    assert len(ledger.deposits()) == 3


def test_one_deposit_is_found_by_its_name(ledger: Ledger) -> None:
    ledger.put_deposit(DEPOSIT)

    assert ledger.deposit(DEPOSIT.id) == DEPOSIT
    assert ledger.deposit(digest_of(b"other")) is None


def test_deposits_that_were_turned_away_are_listed_the_last_first(ledger: Ledger) -> None:
    """People are shown these; the many that were sealed must not have to be read for it."""
    rows = [
        replace(DEPOSIT, id=digest_of(state.encode()), state=state, updated_at=NOON + timedelta(seconds=number))
        for number, state in enumerate(("failed", "received", "sealed", "rejected"))
    ]
    for row in rows:
        ledger.put_deposit(row)

    assert ledger.refused_deposits() == [rows[3], rows[0]]
    assert ledger.refused_deposits(limit=1) == [rows[3]]


def test_a_deposit_that_was_turned_away_is_listed_until_its_dossier_is_filed(ledger: Ledger) -> None:
    """The clerk sees what is left to do, not what was put right since."""
    refused = replace(DEPOSIT, name=DOSSIER.code, dossier=None, state="rejected", updated_at=NOON)
    ledger.put_deposit(refused)
    ledger.put_dossier(replace(DOSSIER, updated_at=NOON - timedelta(seconds=1)))  # an older version
    assert ledger.refused_deposits() == [refused]
    ledger.put_dossier(replace(DOSSIER, updated_at=NOON + timedelta(seconds=1)))
    assert ledger.refused_deposits() == []


def test_an_unknown_state_of_a_deposit_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="not a state"):
        ledger.put_deposit(replace(DEPOSIT, state="lost"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="SHA-256"):
        ledger.put_deposit(replace(DEPOSIT, id=Digest("1")))


def test_a_dossier_stands_where_it_was_last_said_to_stand(ledger: Ledger) -> None:
    ledger.put_dossier(replace(DOSSIER, manifest=None, state="received"))
    ledger.put_dossier(DOSSIER)

    assert ledger.dossier(DOSSIER.code) == DOSSIER
    assert ledger.dossier("H15.50.05.13-261120-0002") is None


def test_the_dossier_that_changed_last_is_listed_first(ledger: Ledger) -> None:
    rows = [replace(DOSSIER, code=f"D-{n}", updated_at=NOON + timedelta(microseconds=n)) for n in range(5)]
    for row in rows:
        ledger.put_dossier(row)

    assert ledger.dossiers(limit=2) == [rows[4], rows[3]]
    assert len(ledger.dossiers()) == 5


def test_files_of_a_version_are_replaced_together(ledger: Ledger) -> None:
    other = replace(FILE, version=2)
    ledger.put_files(FILE.dossier, 2, [other])
    ledger.put_files(FILE.dossier, 1, [FILE, replace(FILE, name="TP02-01.pdf")])
    ledger.put_files(FILE.dossier, 1, [FILE])

    assert ledger.files(FILE.dossier, 1) == [FILE]
    assert ledger.files(FILE.dossier, 2) == [other]
    ledger.put_files(FILE.dossier, 1, [])
    assert ledger.files(FILE.dossier, 1) == []


def test_files_that_cannot_be_one_version_change_nothing(ledger: Ledger) -> None:
    ledger.put_files(FILE.dossier, 1, [FILE])

    with pytest.raises(ValueError, match="share a name"):
        ledger.put_files(FILE.dossier, 1, [FILE, replace(FILE, component="TP02")])
    with pytest.raises(ValueError, match="not all rows"):
        ledger.put_files(FILE.dossier, 1, [replace(FILE, version=2)])
    assert ledger.files(FILE.dossier, 1) == [FILE]


def test_an_object_is_entered_once(ledger: Ledger) -> None:
    row = ObjectRow("sealed", digest_of(b"a"), 7, "application/pdf", NOON)
    for media_type in ("application/pdf", "image/jpeg"):
        ledger.put_object("sealed", row.digest, size=7, media_type=media_type)
    ledger.put_object("work", row.digest, size=7, media_type="image/jpeg")

    assert list(ledger.objects("sealed")) == [row]
    assert ledger.object_count() == 2


def test_objects_come_page_by_page_without_a_gap_or_a_repetition(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.ledger.papers._PAGE", 7)
    names = sorted(digest_of(str(n).encode()) for n in range(21))
    for name in names:
        ledger.put_object("originals", name, size=1, media_type="image/png")
        ledger.put_object("work", name, size=1, media_type="image/png")

    assert [row.digest for row in ledger.objects("work")] == names
    assert [row.digest for row in ledger.objects()] == names * 2


def test_objects_may_be_entered_while_they_are_listed(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit takes hours; nobody may have to wait for it."""
    monkeypatch.setattr("storage.ledger.papers._PAGE", 1)
    for number in range(3):
        ledger.put_object("work", digest_of(bytes([number])), size=1, media_type="image/png")
    seen = 0
    for row in ledger.objects():
        seen += 1
        ledger.put_object("originals", row.digest, size=1, media_type="image/png")

    assert seen == 3
    assert ledger.object_count() == 6


def test_listing_objects_takes_no_more_memory_when_there_are_more(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.ledger.papers._PAGE", 100)

    def peak() -> int:
        assert sum(1 for _ in ledger.objects()) == ledger.object_count()
        tracemalloc.start()
        try:
            assert sum(1 for _ in ledger.objects()) > 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def enter(numbers: range) -> None:
        for number in numbers:
            name = digest_of(str(number).encode())
            ledger.put_object("work", name, size=1, media_type="image/png")

    enter(range(300))
    few = peak()
    enter(range(300, 1200))
    assert peak() < 1.5 * few


def test_a_time_in_hanoi_is_the_same_time_in_utc(ledger: Ledger) -> None:
    hanoi = NOON.astimezone(timezone(timedelta(hours=7)))
    ledger.put_dossier(replace(DOSSIER, updated_at=hanoi))
    (row,) = ledger.dossiers()

    assert row.updated_at == NOON
    assert row.updated_at.tzinfo is UTC


def test_a_time_without_a_timezone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="no timezone"):
        ledger.put_dossier(replace(DOSSIER, updated_at=NOON.replace(tzinfo=None)))


def test_of_two_who_replace_the_files_of_a_version_at_once_one_is_right(ledger: Ledger) -> None:
    """Rows of both would be a version that nobody sealed."""
    for version in range(1, 11):
        start = Barrier(2, timeout=30)

        def put(name: str, version: int = version, start: Barrier = start) -> None:
            start.wait()
            ledger.put_files(FILE.dossier, version, [replace(FILE, version=version, name=name)])

        threads = [Thread(target=put, args=(name,)) for name in ("a.pdf", "b.pdf")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ledger.files(FILE.dossier, version)) == 1


def test_a_scan_is_found_in_every_dossier_but_its_own(ledger: Ledger) -> None:
    scan, other = digest_of(b"scan"), digest_of(b"other")
    ledger.put_scans([ScanRow(scan, "D-1", "TP01"), ScanRow(scan, "D-1", "TP02"), ScanRow(other, "D-1", "TP03")])
    assert ledger.scans_elsewhere("D-1") == []
    for _ in range(2):  # entering it twice is entering it once
        ledger.put_scans([ScanRow(scan, "D-2", "TP09")])

    assert ledger.scans_elsewhere("D-2") == [
        TwinRow(scan, "TP09", "D-1", "TP01"),
        TwinRow(scan, "TP09", "D-1", "TP02"),
    ]
    assert ledger.scans_elsewhere("D-2", limit=1) == [TwinRow(scan, "TP09", "D-1", "TP01")]
    assert ledger.scans_elsewhere("D-3") == []
