"""What an audit finds of single objects and records: sizes, locks, and both sides of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audit import Audit, audit, side_by_side
from pipeline.plan import Output, Step, StepRecord
from signing import Trust
from storage import Digest, DossierRow, Ledger, MemoryStore, ObjectRow

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class LockingStore(MemoryStore):
    """Says that it locks; what is locked is told by `keep`."""

    locks = True  # type: ignore[misc,assignment]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger("sqlite://") as opened:
        yield opened


def look(store: MemoryStore, ledger: Ledger) -> Audit:
    return audit(store, ledger, Trust(()), NOW, lambda: None)


def told(found: Audit) -> set[tuple[str, str]]:
    return {(each.object, each.problem) for each in found.troubles}


def test_evidence_without_a_lock_is_found_where_there_are_locks(ledger: Ledger) -> None:
    store = LockingStore()
    locked, loose = store.put("sealed", b"locked"), store.put("sealed", b"loose")
    work = store.put("work", b"needs none")
    store.keep("sealed", locked, NOW)
    for area, digest, size in (("sealed", locked, 6), ("sealed", loose, 5), ("work", work, 10)):
        ledger.put_object(area, digest, size=size, media_type="a/b")  # type: ignore[arg-type]

    assert told(look(store, ledger)) == {(f"sealed/{loose}", "unlocked")}


def test_a_folder_locks_nothing_and_is_not_blamed(ledger: Ledger) -> None:
    store = MemoryStore()
    ledger.put_object("sealed", store.put("sealed", b"x"), size=1, media_type="a/b")
    assert look(store, ledger).troubles == ()


def test_a_size_that_the_ledger_tells_otherwise_is_found(ledger: Ledger) -> None:
    store = MemoryStore()
    digest = store.put("originals", b"four")
    ledger.put_object("originals", digest, size=5, media_type="a/b")
    assert told(look(store, ledger)) == {(f"originals/{digest}", "ledger-differs")}


def a_record(store: MemoryStore, *outputs: Output) -> str:
    step = Step("read", 1, (("originals", "a" * 64),), {}, ("tool 1",))
    store.write(key := f"steps/{step.key[:2]}/{step.key}", StepRecord(step, outputs, {}, None, "").to_json())
    return key


def test_a_record_whose_output_is_another_size_or_nowhere_is_found(ledger: Ledger) -> None:
    store = MemoryStore()
    digest, late = store.put("work", b"four"), store.put("work", b"the ledger's copy is older")
    ledger.put_object("work", digest, size=4, media_type="a/b")
    gone = "b" * 64
    a_record(store, *(Output("work", each, "a/b", 9) for each in (digest, late, gone)))

    found = look(store, ledger)
    assert told(found) == {(f"work/{digest}", "ledger-differs"), (f"work/{gone}", "missing")}
    assert found.unknown == (f"work/{late}",), "what the ledger does not know is told, and no harm"


def test_a_record_that_names_no_place_is_broken(ledger: Ledger) -> None:
    store = MemoryStore()
    key = a_record(store, Output("elsewhere", "b" * 64, "a/b", 1))
    assert told(look(store, ledger)) == {(f"records/{key}", "record-broken")}


def test_a_dossier_that_only_the_ledger_has_is_lost(ledger: Ledger) -> None:
    ledger.put_dossier(DossierRow("D-1", "1.0", "post", "H15", "sealed", "complete", 1, Digest("c" * 64), NOW))
    assert told(look(MemoryStore(), ledger)) == {("records/dossiers/D-1", "missing")}


NAMES = st.frozensets(st.integers(0, 40)).map(lambda some: [Digest(f"{each:064x}") for each in sorted(some)])


@settings(deadline=None, max_examples=60)
@given(NAMES, NAMES)
def test_side_by_side_gives_each_object_once_with_its_row(rows: list[Digest], stored: list[Digest]) -> None:
    made = [ObjectRow("work", each, 1, "a/b", NOW) for each in rows]
    found = list(side_by_side(made, stored))
    assert [digest for _, digest in found] == sorted({*rows, *stored})
    assert [row for row, _ in found if row] == made
