"""A lost ledger is told again by the store: people see what they saw, the audit is green, nothing is done twice."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import DOSSIER, SAMPLES, Bureau, FixedClock, a_page, a_ticket, complete_files, rows_of
from crash_helpers import Killed, Life, Mortal
from postgres import KINDS, a_ledger_url
from renewal_helpers import TrialOffice

from pipeline.audit import audit
from pipeline.batches import close_batches
from pipeline.errors import Usage
from pipeline.handout import hand_out
from pipeline.heads import HEADS, heads_in_force, newest_head
from pipeline.procedure_records import PROCEDURES, keep_procedure
from pipeline.rebuild import rebuild
from pipeline.rebuild_rows import Rebuilt
from storage import Ledger, MemoryStore

REJECTED = "H15.50.05.13-261120-0002"
REFUSED = "H15.50.05.13-261120-0003"
#: A window within which everything ends.
ALL = timedelta(days=365 * 50)


def keep_catalogue(bureau: Bureau) -> None:
    for row in rows_of(SAMPLES / "catalogue" / "1.001193.json", bureau.clock.now):
        keep_procedure(bureau.store, row)


def close(office: TrialOffice) -> None:
    bureau, stamper = office.bureau, office.identity.timestamper
    assert stamper is not None
    close_batches(bureau.store, bureau.ledger, timestamper=stamper, clock=bureau.clock, step=lambda: None)


def scan(office: TrialOffice, *names: str, dossier: str = DOSSIER, files: dict[str, bytes]) -> None:
    """Digitise a dossier, some of whose files are as told."""
    ticket = {**a_ticket(*((name, [f"{name[-1]}.jpg"]) for name in names)), "dossier": dossier}
    bureau = office.bureau
    bureau.driver.run(bureau.deposit(dossier=dossier, ticket=ticket, **complete_files() | files))


def lived_in(make_bureau: Callable[..., Bureau], folder: Path) -> TrialOffice:
    """An office with all kinds of history.

    A dossier was scanned again, renewed and twice in batches, a file of another was rejected, a deposit turned away.
    """
    office = TrialOffice(make_bureau(sidecars=("txt",)), folder)
    keep_catalogue(office.bureau)
    office.run("TP01", "TP02")
    close(office)
    scan(office, "TP01", "TP02", dossier=REJECTED, files={"2_jpg": b"no picture"})
    office.bureau.driver.run(office.bureau.deposit(dossier=REFUSED))
    scan(office, "TP01", "TP02", files={"2_jpg": a_page(77)})
    office.roll("tsa", days=1)
    assert office.renewal(window=ALL).renew(DOSSIER).version == 3
    close(office)
    return office


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is left of the office that the first test made: the others get copies."""
    return {"folder": tmp_path_factory.mktemp("history")}


@pytest.fixture
def office(make_bureau: Callable[..., Bureau], tmp_path: Path, history: dict[str, Any]) -> Iterator[TrialOffice]:
    folder = history["folder"]
    if "store" not in history:
        made = lived_in(make_bureau, folder / "identity")
        made.bureau.ledger.back_up(folder / "old.db")
        shutil.copytree(made.bureau.folder, folder / "deposits")
        history |= {"store": made.bureau.store, "now": made.bureau.clock.now}
    store, clock = MemoryStore(), FixedClock()
    store.blobs |= history["store"].blobs
    store.records |= history["store"].records
    clock.now = history["now"]
    shutil.copytree(folder / "identity", tmp_path / "copied")
    shutil.copytree(folder / "deposits", tmp_path / "deposits", dirs_exist_ok=True)
    shutil.copyfile(folder / "old.db", tmp_path / "old.db")
    with Ledger(f"sqlite:///{tmp_path / 'old.db'}", clock=clock) as ledger:
        bureau = make_bureau(store=store, ledger=ledger, sidecars=("txt",))
        bureau.clock.now = clock.now
        yield TrialOffice(bureau, tmp_path / "copied")


def seen(ledger: Ledger) -> dict[str, Any]:
    """What people and the audit have of a ledger, but for moments and refusals."""
    dossiers = list(ledger.every_dossier())
    return {
        "procedures": ledger.procedures(),
        "dossiers": [dataclasses.replace(row, updated_at=row.updated_at.replace(microsecond=0)) for row in dossiers],
        "files": [ledger.files(row.code, number + 1) for row in dossiers for number in range(row.version)],
        "objects": [(row.area, row.digest, row.size, row.media_type) for row in ledger.objects()],
        "filed": [(row.id, row.name, row.dossier, row.state) for row in ledger.deposits() if row.dossier],
    }


def tell(office: TrialOffice, ledger: Any, **more: Any) -> Rebuilt:
    bureau = office.bureau
    given = {"clock": bureau.clock, "actor": "cli:test", "step": lambda _: None, **more}
    return rebuild(bureau.store, ledger, **given)


def troubles(office: TrialOffice, ledger: Ledger) -> tuple[Any, ...]:
    found = audit(office.bureau.store, ledger, office.trust, office.bureau.clock(), lambda: None)
    assert found.unknown == ()
    return found.troubles


@pytest.fixture
def empty(office: TrialOffice, tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=office.bureau.clock) as ledger:
        yield ledger


@pytest.fixture(params=KINDS)
def on_each(request: pytest.FixtureRequest, office: TrialOffice, tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger_url(request.param, tmp_path) as url, Ledger(url, clock=office.bureau.clock) as ledger:
        yield ledger


def test_people_and_the_audit_see_what_they_saw(office: TrialOffice, on_each: Ledger) -> None:
    assert troubles(office, office.bureau.ledger) == ()
    found = tell(office, on_each)

    assert (found.troubles, found.exit_code) == ([], 0)
    assert (found.dossiers, found.versions, found.deposits, found.procedures) == (2, 4, 4, 1)
    assert (found.unnamed, found.unended) == (0, 1), "the deposit that was turned away"
    assert seen(on_each) == seen(office.bureau.ledger)
    assert troubles(office, on_each) == ()


def test_the_steps_of_a_dossier_are_told_with_their_times(office: TrialOffice, empty: Ledger) -> None:
    tell(office, empty)
    stages = {row.stage for row in empty.steps(DOSSIER)}
    assert stages >= {"intake", "read", "assemble", "seal"}
    assert all(row.outcome == "done" and row.ended_at <= office.bureau.clock() for row in empty.steps(DOSSIER))


def test_a_second_run_does_nothing_and_hands_out_the_same(
    office: TrialOffice, on_each: Ledger, make_bureau: Callable[..., Bureau], tmp_path: Path
) -> None:
    before = hand_out(office.bureau.store, office.newest(), tmp_path / "before")
    tell(office, on_each)
    yard = dataclasses.replace(office.bureau.driver.yard, ledger=on_each)
    driver = dataclasses.replace(office.bureau.driver, yard=yard)
    outcome = driver.run(office.bureau.folder / DOSSIER)

    assert outcome.verdict is not None
    assert (outcome.fresh, outcome.verdict.version.number) == (0, 3)
    after = hand_out(office.bureau.store, outcome.verdict, tmp_path / "after")
    assert {path.name: path.read_bytes() for path in after.iterdir()} == {
        path.name: path.read_bytes() for path in before.iterdir()
    }
    assert driver.run(office.bureau.folder / REFUSED).error is not None
    (refused,) = on_each.refused_deposits()
    assert refused.name == REFUSED, "what was turned away is turned away again, with its reason"


def test_the_new_log_begins_by_saying_that_the_old_one_is_lost(office: TrialOffice, empty: Ledger) -> None:
    old = newest_head(office.bureau.store)
    assert old is not None
    tell(office, empty)
    first, *middle, last = empty.events()

    assert (first.action, first.facts["lost"], first.facts["lost_hash"]) == ("rebuild-begun", old.number, old.hash)
    assert {each.action for each in middle} == {"recovered"}
    assert {each.facts["manifest"] for each in middle} >= {office.newest().version.manifest}
    assert last.action == "rebuilt"
    assert heads_in_force(office.bureau.store) == [empty.event_head()]


def test_a_ledger_that_has_dossiers_is_left_alone(office: TrialOffice) -> None:
    ledger = office.bureau.ledger
    before = ledger.event_head()
    with pytest.raises(Usage) as refused:
        tell(office, ledger)
    assert refused.value.code == "ledger-not-empty"
    assert ledger.event_head() == before


def test_a_rebuilt_ledger_is_not_rebuilt_again(office: TrialOffice, empty: Ledger) -> None:
    tell(office, empty)
    with pytest.raises(Usage):
        tell(office, empty)


@pytest.mark.parametrize("moments", [3, 9, 15])
def test_a_rebuild_that_was_killed_goes_on(office: TrialOffice, empty: Ledger, moments: int) -> None:
    with pytest.raises(Killed):
        tell(office, Mortal(empty, ("together", "event", "release_lease"), Life(moments)))
    office.bureau.clock.move(minutes=1)  # the lease of the dead ends
    found = tell(office, empty)

    assert found.resumed == (moments > 1)
    assert [event.action for event in empty.events("ledger")] == ["rebuild-begun", "rebuilt"]
    assert seen(empty) == seen(office.bureau.ledger)
    assert troubles(office, empty) == ()
    recovered = [(each.subject, each.facts["version"]) for each in empty.events() if each.action == "recovered"]
    assert len(recovered) == len(set(recovered)) == 4, "each version is told once"


def test_what_cannot_be_read_is_told_and_the_rest_is_entered(office: TrialOffice, empty: Ledger) -> None:
    store = office.bureau.store
    step = next(store.keys("steps/"))
    store.write(step, b"{}")
    store.write(f"deposits/00/{'0' * 64}", b"[]")
    store.write(f"dossiers/{REJECTED}/000001", b"not JSON")
    store.write(f"{PROCEDURES}1.001193/000009", b'{"imported_at": "never", "procedure": {}}')
    found = tell(office, empty)

    assert found.exit_code == 4
    assert {name for name, _ in found.troubles} == {
        step,
        f"deposits/00/{'0' * 64}",
        f"dossiers/{REJECTED}",
        f"{PROCEDURES}1.001193/000009",
    }
    assert [row.code for row in empty.every_dossier()] == [DOSSIER]
    assert empty.object_count() == office.bureau.ledger.object_count(), "objects are in the store whoever names them"


def test_a_record_that_names_nonsense_stops_nothing(office: TrialOffice, empty: Ledger) -> None:
    store = office.bureau.store
    key = next(key for key in store.keys("steps/") if b'"area":"work"' in (store.read(key) or b""))
    store.write(key, (store.read(key) or b"").replace(b'"area":"work"', b'"area":"elsewhere"'))
    assert key in {name for name, _ in tell(office, empty).troubles}
    assert len(list(empty.every_dossier())) == 2


def test_a_changed_object_that_no_record_names_is_told(office: TrialOffice, empty: Ledger) -> None:
    store = office.bureau.store
    loose, spoilt = store.put("work", b"left by a crash"), store.put("work", b"spoilt")
    store.blobs["work", spoilt] = b"other bytes"
    found = tell(office, empty)

    assert found.unnamed == 1
    assert empty.object("work", loose) is not None
    assert [name for name, _ in found.troubles] == [f"work/{spoilt}"]


def test_a_catalogue_that_the_store_never_had_is_asked_for(office: TrialOffice, empty: Ledger) -> None:
    del office.bureau.store.records[f"{PROCEDURES}1.001193/000001"]
    found = tell(office, empty)
    assert (found.procedures_wanted, found.exit_code) == ({("1.001193", 1)}, 3)


# --- a ledger that is older than the store ---------------------------------------------------------------------------


def test_a_restored_ledger_catches_up_with_the_store(office: TrialOffice, tmp_path: Path) -> None:
    """Last night's copy of the ledger, and the store as it is now: what was filed since is entered, the rest stays."""
    path = tmp_path / "copy.db"
    with Ledger(f"sqlite:///{tmp_path / 'first.db'}", clock=office.bureau.clock) as first:
        tell(office, first)
        first.back_up(path)
        yard = dataclasses.replace(office.bureau.driver.yard, ledger=first)
        office.bureau.driver = dataclasses.replace(office.bureau.driver, yard=yard)
        office.run("TP01", "TP02", "TP03")
        assert close_after(office, first) == 1
        now = seen(first)
    with Ledger(f"sqlite:///{path}", clock=office.bureau.clock) as restored:
        told = {each.problem for each in audit_of(office, restored)}
        assert {"manifest-differs", "event-broken"} <= told, "its log ends before the head that was kept"
        found = tell(office, restored, behind=True)
        assert found.troubles == []
        assert seen(restored) == now
        assert troubles(office, restored) == ()
        told_again = [each.facts["version"] for each in restored.events(DOSSIER) if each.action == "recovered"]
        assert told_again == [1, 2, 3, 4]


def close_after(office: TrialOffice, ledger: Ledger) -> int:
    bureau, stamper = office.bureau, office.identity.timestamper
    assert stamper is not None
    return close_batches(bureau.store, ledger, timestamper=stamper, clock=bureau.clock, step=lambda: None).manifests


def audit_of(office: TrialOffice, ledger: Ledger) -> tuple[Any, ...]:
    return audit(office.bureau.store, ledger, office.trust, office.bureau.clock(), lambda: None).troubles


# --- heads of the log ------------------------------------------------------------------------------------------------


def test_a_log_that_was_cut_at_its_end_is_found(office: TrialOffice, empty: Ledger) -> None:
    """The chain of what is left holds; the head that was kept with the batch is not in it."""
    store = office.bureau.store
    empty.event("cli:test", "received", "a")
    head = empty.event_head()
    store.write(f"{HEADS}00000009", b'{"begins":true,"hash":"%s","number":2,"time":""}' % head.hash.encode())
    assert ("events/2", "event-broken", "head") in {
        (each.object, each.problem, each.belongs) for each in audit_of(office, empty)
    }


def test_a_head_is_kept_with_every_batch_and_only_when_the_log_went_on(office: TrialOffice) -> None:
    store = office.bureau.store
    before = list(store.keys(HEADS))
    assert len(before) == 2
    close(office)
    assert list(store.keys(HEADS)) == before

    office.run("TP01", "TP02", "TP04")
    close(office)
    assert len(list(store.keys(HEADS))) == 3
    assert heads_in_force(store)[-1] == office.bureau.ledger.event_head()


def test_a_kept_head_that_cannot_be_read_is_told(office: TrialOffice) -> None:
    office.bureau.store.write(f"{HEADS}00000002", b"[]")
    assert [(each.object, each.problem) for each in audit_of(office, office.bureau.ledger)] == [
        (f"records/{HEADS}00000002", "record-broken")
    ]
