from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from storage import (
    AREAS,
    EVIDENCE,
    Area,
    DossierRow,
    FolderStore,
    Ledger,
    MemoryStore,
    ObjectChanged,
    ObjectStore,
    ProcedureRow,
    StorageError,
    digest_of,
)
from storage.objects import CHUNK

FEW = settings(max_examples=40, deadline=None)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAYS = st.dates(date(2025, 1, 1), date(2025, 1, 12))

keys = st.text("ab-./", min_size=1, max_size=6)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(AREAS), st.binary(max_size=2)),
        st.tuples(st.just("check"), st.sampled_from(AREAS), st.binary(max_size=2)),
        st.tuples(st.just("write"), keys, st.binary(max_size=2)),
        st.tuples(st.just("read"), keys, st.just(b"")),
        st.tuples(st.just("keys"), keys, st.just(b"")),
        st.tuples(st.just("digests"), st.sampled_from(AREAS), st.just(b"")),
    ),
    max_size=25,
)


def answer(store: ObjectStore, operation: tuple[str, str, bytes]) -> object:
    """What a store says to one operation: its value, or the kind of its refusal."""
    name, where, data = operation
    area = cast("Area", where)
    ask: dict[str, Callable[[], object]] = {
        "put": lambda: store.put(area, data),
        "check": lambda: store.check(area, digest_of(data)),
        "write": lambda: store.write(where, data),
        "read": lambda: store.read(where),
        "keys": lambda: list(store.keys(where)),
        "digests": lambda: list(store.digests(area)),
    }
    try:
        return ask[name]()
    except (StorageError, ValueError) as error:
        return type(error)


@FEW
@given(operations)
def test_a_folder_and_its_twin_in_memory_cannot_be_told_apart(
    steps: list[tuple[str, str, bytes]],
) -> None:
    twin = MemoryStore()
    with tempfile.TemporaryDirectory() as root:
        store = FolderStore(Path(root))
        for step in steps:
            assert answer(store, step) == answer(twin, step), step


@FEW
@given(st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK]), st.sampled_from(AREAS))
def test_no_size_of_file_loses_a_byte(size: int, area: Area) -> None:
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder, "scan"), FolderStore(Path(folder, "store"))
        path.write_bytes(data)
        assert store.put_file(area, path) == (digest_of(data), size)
        assert store.get(area, digest_of(data)) == data


@FEW
@given(st.binary(min_size=1, max_size=200), st.data())
def test_no_flipped_bit_goes_unnoticed(data: bytes, choice: st.DataObject) -> None:
    place = choice.draw(st.integers(0, len(data) - 1))
    bit = choice.draw(st.integers(0, 7))
    store = MemoryStore()
    digest = store.put("sealed", data)
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    store.blobs["sealed", digest] = bytes(changed)

    assert answer(store, ("check", "sealed", data)) is ObjectChanged


@FEW
@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1971, 1, 1)))  # noqa: DTZ001
def test_every_moment_comes_back_as_the_same_moment(moment: datetime) -> None:
    row = DossierRow("D", "1.000001", "post", "H15", "sealed", "complete", 1, None, moment)
    with Ledger("sqlite://") as ledger:
        ledger.put_dossier(row)
        (found,) = ledger.dossiers()

    assert found.updated_at == moment.astimezone(UTC)
    assert replace(found, updated_at=moment) == row


@FEW
@given(st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=6), DAYS)
def test_the_procedure_of_a_day_is_the_newest_that_holds_on_it(
    spans: list[tuple[date, date | None]], day: date
) -> None:
    rows = [
        ProcedureRow("1.000001", n, start, end, "Thủ tục", "{}", digest_of(b"%d" % n), NOON)
        for n, (start, end) in enumerate(spans, start=1)
    ]
    holding = [
        row for row in rows if row.effective_from <= day and (row.effective_to is None or day < row.effective_to)
    ]
    with Ledger("sqlite://") as ledger:
        for row in rows:
            ledger.put_procedure(row)
        found = ledger.procedure("1.000001", day)

    assert found == max(holding, key=lambda r: (r.effective_from, r.version), default=None)


@FEW
@given(
    st.lists(
        st.tuples(st.sampled_from(["ann", "bob"]), st.sampled_from(["take", "release", "wait"])),
        max_size=25,
    )
)
def test_a_lease_has_one_holder_and_every_taking_a_higher_fence(
    steps: list[tuple[str, str]],
) -> None:
    now, holder, until, fence = NOON, "", NOON, 0
    with Ledger("sqlite://", clock=lambda: now) as ledger:
        for who, what in steps:
            held = holder != "" and until > now
            if what == "wait":
                now += timedelta(seconds=4)
            elif what == "release":
                ledger.release_lease("seal", who)
                holder = "" if who == holder else holder
            elif held and who != holder:
                assert ledger.take_lease("seal", who, 10) is None
            else:
                fence += 0 if held else 1
                assert ledger.take_lease("seal", who, 10) == fence
                holder, until = who, now + timedelta(seconds=10)


def test_evidence_is_what_cannot_be_made_again() -> None:
    assert set(AREAS) - EVIDENCE == {"work"}
