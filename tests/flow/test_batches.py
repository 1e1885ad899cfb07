"""Batches over a store: every manifest is in one, once; its proof is handed out, checked offline, and looked after."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from conftest import DOSSIER, Bureau, FixedClock
from crash_helpers import Killed, mortal
from renewal_helpers import TrialOffice, results

from pipeline import books
from pipeline.batches import Closed, close_batches
from pipeline.checking import Check, check
from pipeline.cli.batch import batch_command
from pipeline.errors import Interrupted, Misconfigured
from pipeline.handout import hand_out
from pipeline.house import open_house
from pipeline.keeping import batch_key, in_batch
from pipeline.manifest import EVIDENCE_NAME
from pipeline.settings import Settings
from pipeline.stages.file import Version
from signing import TimestampUnavailable, Trust, development_identity, verify_inclusion
from storage import Digest, Ledger, MemoryStore


@pytest.fixture
def office(bureau: Bureau, tmp_path: Path) -> TrialOffice:
    made = TrialOffice(bureau, tmp_path / "identity")
    made.run("TP01")
    return made


def close(office: TrialOffice, **more: Any) -> Closed:
    bureau = office.bureau
    given = {"store": bureau.store, "ledger": bureau.ledger, "timestamper": office.identity.timestamper, **more}
    store, ledger = given.pop("store"), given.pop("ledger")
    return close_batches(store, ledger, clock=bureau.clock, step=lambda: None, **given)


def handed_out(office: TrialOffice, out: Path) -> Path:
    return hand_out(office.bureau.store, office.newest(), out)


def of_batch(checks: list[Check]) -> Check:
    (found,) = [each for each in checks if each.level == "DOCUMENT-TIMESTAMP" and each.path.name == "manifest.json"]
    return found


def checked(office: TrialOffice, path: Path, trust: Trust | None = None) -> list[Check]:
    return check(path, trust or office.trust, office.bureau.clock(), lambda: None)


def filed(store: MemoryStore, count: int) -> list[str]:
    """File so many dossiers of one version each, of which only the names matter; return these."""
    manifests = [sha256(f"manifest {number}".encode()).hexdigest() for number in range(count)]
    for number, manifest in enumerate(manifests):
        code = f"H15.50.05.13-261120-{number:04d}"
        version = Version(code, 1, "d" * 64, manifest, "e" * 64, "complete", None)
        store.write(f"dossiers/{code}/000001", version.to_json())
    return manifests


# --- handed out and checked ------------------------------------------------------------------------------------------


def test_the_proof_lies_beside_the_manifest_and_says_when_it_existed(office: TrialOffice, tmp_path: Path) -> None:
    office.bureau.clock.move(hours=2)
    assert close(office).manifests == 1
    folder = handed_out(office, tmp_path / "out")
    checks = checked(office, folder)

    assert results(checks) == {"passed"}
    found = of_batch(checks)
    assert (found.code, found.time) == ("evidence-holds", office.bureau.clock())
    assert (folder / EVIDENCE_NAME).is_file(), "it is no file too many"


@pytest.mark.parametrize("name", ["manifest.json", "manifest.json.p7s", EVIDENCE_NAME])
def test_a_manifest_alone_is_checked_with_its_proof(office: TrialOffice, tmp_path: Path, name: str) -> None:
    close(office)
    folder = handed_out(office, tmp_path / "out")
    assert of_batch(checked(office, folder / name)).result == "passed"


def test_a_dossier_handed_out_before_gets_its_proof_with_the_next_run(office: TrialOffice, tmp_path: Path) -> None:
    folder = handed_out(office, tmp_path / "out")
    assert not (folder / EVIDENCE_NAME).exists()
    assert results(checked(office, folder)) == {"passed"}, "to have none is no fault"
    close(office)
    assert (handed_out(office, tmp_path / "out") / EVIDENCE_NAME).is_file()


def test_the_proof_of_an_older_version_is_taken_away(office: TrialOffice, tmp_path: Path) -> None:
    close(office)
    folder = handed_out(office, tmp_path / "out")
    office.run("TP01", "TP02")
    handed_out(office, tmp_path / "out")
    assert not (folder / EVIDENCE_NAME).exists(), "it is about another manifest"
    assert results(checked(office, folder)) == {"passed"}

    close(office)
    handed_out(office, tmp_path / "out")
    assert of_batch(checked(office, folder)).result == "passed"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"x" * 200_000),
        lambda path: path.write_bytes(path.read_bytes().replace(b'"index": 0', b'"index": 1')),
        lambda path: path.write_bytes(path.read_bytes() + b"\n"),
        lambda path: (path.unlink(), path.mkdir()),
    ],
)
def test_a_spoiled_proof_fails_the_dossier(office: TrialOffice, tmp_path: Path, spoil: Any) -> None:
    close(office)
    folder = handed_out(office, tmp_path / "out")
    spoil(folder / EVIDENCE_NAME)
    bad = [each for each in checked(office, folder) if each.result == "failed"]
    assert [each.code for each in bad] == ["evidence-broken"]


def test_the_proof_of_another_manifest_fails_the_dossier(office: TrialOffice, tmp_path: Path) -> None:
    other = "H15.50.05.13-261120-0002"
    office.run("TP01", dossier=other)
    close(office)
    ours, theirs = (hand_out(office.bureau.store, office.newest(code), tmp_path) for code in (DOSSIER, other))
    (ours / EVIDENCE_NAME).write_bytes((theirs / EVIDENCE_NAME).read_bytes())
    assert "evidence-broken" in {each.code for each in checked(office, ours)}


def test_a_proof_whose_root_is_unknown_is_not_passed(office: TrialOffice, tmp_path: Path) -> None:
    close(office)
    folder = handed_out(office, tmp_path / "out")
    (_, found, *_) = checked(office, folder / "manifest.json", Trust(()))
    assert (found.level, found.result, found.code) == (
        "DOCUMENT-TIMESTAMP",
        "indeterminate",
        "NO_CERTIFICATE_CHAIN_FOUND",
    )


# --- once, whatever happens ------------------------------------------------------------------------------------------


def test_a_second_job_does_nothing(office: TrialOffice) -> None:
    close(office)
    before = dict(office.bureau.store.blobs), dict(office.bureau.store.records)
    assert close(office) == Closed()
    assert (office.bureau.store.blobs, office.bureau.store.records) == before


def test_a_renewed_version_goes_into_the_next_batch(office: TrialOffice) -> None:
    close(office)
    office.roll("tsa", days=1)
    office.renewal(window=timedelta(days=7000)).renew(DOSSIER)
    assert close(office).manifests == 1
    assert office.audit().troubles == ()


def test_many_manifests_are_split_into_batches_of_bounded_size(office: TrialOffice) -> None:
    store = MemoryStore()
    manifests = filed(store, 5)
    closed = close(office, store=store, most=2)
    assert (closed.manifests, closed.batches) == (5, 3)
    sizes = [found.size for each in manifests if (found := in_batch(store, each))]
    assert sorted(sizes) == [1, 2, 2, 2, 2]


def test_a_crash_at_any_write_loses_no_manifest_and_puts_none_into_two_batches(tmp_path: Path) -> None:
    clock = FixedClock()
    identity = development_identity(tmp_path / "identity", agency="UBND A", clock=clock)
    place = 0
    while True:
        store, ledger = MemoryStore(), Ledger("sqlite://", clock=clock)
        manifests = filed(store, 3)
        given = {"timestamper": identity.timestamper, "clock": clock, "step": lambda: None}
        mortal_store, mortal_ledger, _ = mortal(store, ledger, place)
        try:
            close_batches(mortal_store, mortal_ledger, **given)  # type: ignore[arg-type]
            break
        except Killed:
            clock.move(seconds=books.LEASE_SECONDS + 1)
        recorded = list(store.keys("batches/"))
        again = close_batches(store, ledger, **given)  # type: ignore[arg-type]
        assert again.manifests == 3 - len(recorded), place
        trust = Trust(identity.chain, identity.crls)
        for number, each in enumerate(manifests):
            found = in_batch(store, each)
            assert found is not None, place
            evidence = store.get("sealed", Digest(found.evidence))
            proved = verify_inclusion(f"manifest {number}".encode(), evidence, trust=trust, now=clock())
            assert proved.status == "TOTAL-PASSED", place
        assert close_batches(store, ledger, **given) == Closed(), place  # type: ignore[arg-type]
        place += 1
    assert place > 15


def test_when_nobody_stamps_nothing_is_written_and_the_next_job_goes_on(office: TrialOffice) -> None:
    class Down:
        def timestamp(self, *_: object) -> None:
            raise TimestampUnavailable("down")

        async def async_timestamp(self, *_: object) -> None:
            raise TimestampUnavailable("down")

    before = dict(office.bureau.store.blobs), dict(office.bureau.store.records)
    with pytest.raises(Interrupted) as caught:
        close(office, timestamper=Down())
    assert caught.value.code == "batch-failed"
    assert (office.bureau.store.blobs, office.bureau.store.records) == before
    assert close(office).manifests == 1


def test_two_jobs_never_overlap(office: TrialOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "LEASE_SECONDS", 0.1)
    office.bureau.ledger.take_lease("batch", "another process", 60)
    with pytest.raises(Interrupted) as caught:
        close(office)
    assert caught.value.code == "lease-busy"
    assert list(office.bureau.store.keys("batches/")) == []


def test_a_dossier_that_cannot_be_read_stops_no_other(office: TrialOffice) -> None:
    office.bureau.store.write("dossiers/H15.50.05.13-261120-0000/000001", b"{")
    closed = close(office)
    assert (closed.manifests, closed.exit_code) == (1, 4)
    assert [(code, error.code) for code, error in closed.troubles] == [("H15.50.05.13-261120-0000", "record-broken")]


# --- the audit -------------------------------------------------------------------------------------------------------


def test_the_audit_finds_evidence_that_is_lost(office: TrialOffice) -> None:
    close(office)
    assert office.audit().troubles == ()
    found = in_batch(office.bureau.store, office.newest().version.manifest)
    assert found is not None
    del office.bureau.store.blobs["sealed", Digest(found.evidence)]
    (trouble,) = office.audit().troubles
    assert (trouble.object, trouble.problem) == (f"sealed/{found.evidence}", "missing")
    assert trouble.belongs == f"{DOSSIER}/manifest.json.evidence (v1)"


def test_the_audit_finds_evidence_that_is_about_something_else(office: TrialOffice) -> None:
    close(office)
    manifest = office.newest().version.manifest
    record = json.loads(office.bureau.store.records[batch_key(manifest)])
    record["evidence"] = manifest
    office.bureau.store.records[batch_key(manifest)] = json.dumps(record).encode()
    assert [each.problem for each in office.audit().troubles] == ["evidence-broken"]


@pytest.mark.parametrize("data", [b"", b"{}", b"no JSON", b'{"manifest": 1}'])
def test_the_audit_finds_records_that_cannot_be_read(office: TrialOffice, data: bytes) -> None:
    close(office)
    office.roll("tsa", days=1)
    office.renewal(window=timedelta(days=7000)).renew(DOSSIER)
    for key in [*office.bureau.store.keys("batches/"), *office.bureau.store.keys("renewals/")]:
        kept = office.bureau.store.records[key]
        office.bureau.store.records[key] = data
        assert (f"records/{key}", "record-broken") in {(each.object, each.problem) for each in office.audit().troubles}
        office.bureau.store.records[key] = kept


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_closes_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(var=tmp_path / "var")
    house = open_house(settings, make=True)
    version = Version(DOSSIER, 1, "d" * 64, "a" * 64, "e" * 64, "complete", None)
    house.store.write(f"dossiers/{DOSSIER}/000001", version.to_json())
    assert batch_command(settings, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["manifests"], said["batches"], said["troubles"]) == (1, 1, [])
    assert batch_command(settings, as_json=False) == 0
    assert "Không có gì để làm" in capsys.readouterr().out


def test_without_an_authority_for_stamps_the_command_says_which_settings_lack(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var", seal_level="B-B")
    open_house(settings, make=True)
    with pytest.raises(Misconfigured) as caught:
        batch_command(settings, as_json=True)
    assert caught.value.code == "authorities-needed"
