"""Dossiers through the years: what soon runs out is renewed, what does not verify is left, nothing is half-done."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from authority import DAY, START, Authority
from conftest import DOSSIER, Bureau, FixedClock, a_ticket, complete_files
from crash_helpers import Killed, mortal
from renewal_helpers import YEAR, AgencyOffice, TrialOffice, results

from pipeline.batches import close_batches
from pipeline.books import LEASE_SECONDS
from pipeline.cli import renew as renew_module
from pipeline.cli.checkup import audit_command
from pipeline.cli.renew import renew_command
from pipeline.errors import Misconfigured
from pipeline.house import open_house
from pipeline.plan import StepRecord
from pipeline.renewal import Ended
from pipeline.settings import Settings
from pipeline.stages.file import dossiers_of, versions_of
from signing import verify_pdf
from storage import Digest, Ledger, MemoryStore

OTHER = "H15.50.05.13-261120-0002"
#: Wider than any certificate of the trial identity is long.
ALL = timedelta(days=20 * 365)
#: Reaches, a day later, the end of the first stamps of ten years, and not that of stamps made with a new certificate.
OLD_ONLY = timedelta(days=10 * 365 - 0.5)


@pytest.fixture
def trial(bureau: Bureau, tmp_path: Path) -> TrialOffice:
    return TrialOffice(bureau, tmp_path / "identity")


@pytest.fixture
def agency(bureau: Bureau) -> Iterator[AgencyOffice]:
    authority = Authority()
    yield AgencyOffice(bureau, authority)
    authority.close()


def everything(office: TrialOffice | AgencyOffice) -> tuple[object, ...]:
    """What is kept: objects, records, attempts, dossiers and their files."""
    store, ledger = office.bureau.store, office.bureau.ledger
    rows = [(row, ledger.files(row.code, row.version)) for row in ledger.dossiers()]
    return dict(store.blobs), dict(store.records), ledger.attempts(), rows, list(ledger.objects())


def codes(ended: Ended) -> list[tuple[str | None, str]]:
    return [(each.file, each.error.code) for each in ended.troubles]


# --- what a renewal is -----------------------------------------------------------------------------------------------


def test_a_dossier_renewed_for_twenty_years_verifies_and_the_audit_stays_green(
    agency: AgencyOffice, tmp_path: Path
) -> None:
    agency.run("TP01")
    first = agency.newest().version
    for quarter in range(1, 81):
        agency.move_clock(START + quarter * YEAR / 4)
        due = agency.renewal().look(DOSSIER)
        if not due.idle:
            agency.move_to(agency.bureau.clock())
            assert agency.renewal().renew(DOSSIER).exit_codes == {0}
            assert agency.renewal().look(DOSSIER).idle

    checks = agency.verify(tmp_path / "out")
    assert results(checks) == {"passed"}
    (seal,) = [each for each in checks if each.level == "PAdES-B-LTA"]
    assert seal.time == START, "it is still proved to have been sealed in the first year"
    assert len(agency.files()["TP01-01.pdf"]["renewals"]) == 5
    versions = versions_of(agency.bureau.store, DOSSIER)
    assert versions[0] == first
    assert all(later.supersedes == one.manifest for one, later in pairwise(versions))
    assert agency.audit().troubles == ()


def test_a_new_version_says_what_a_file_was_renewed_from_and_else_the_same(trial: TrialOffice) -> None:
    trial.run("TP01", "TP02")
    before = trial.newest()
    trial.roll("tsa", days=1)
    ended = trial.renewal(window=ALL).renew(DOSSIER)

    assert (ended.version, ended.files, ended.sealed) == (2, ("TP01-01.pdf", "TP02-01.pdf"), True)
    after = trial.newest()
    assert after.manifest["supersedes"] == before.version.manifest
    assert after.manifest["supersedes_seal"] == before.version.seal
    for part, part_before in zip(after.manifest["components"], before.manifest["components"], strict=True):
        for file, file_before in zip(part["files"], part_before["files"], strict=True):
            assert [each["sha256"] for each in file["renewals"]] == [file_before["sha256"]]
            assert file["steps"][:-1] == file_before["steps"]
            changed = {"sha256", "size", "renewals", "steps"}
            assert {name: file[name] for name in file_before if name not in changed} == {
                name: file_before[name] for name in file_before if name not in changed
            }
    same = set(before.manifest) - {"version", "created", "components", "supersedes"}
    assert {name: after.manifest[name] for name in same} == {name: before.manifest[name] for name in same}


def test_a_renewed_file_begins_with_the_bytes_of_the_old_one_which_stays(trial: TrialOffice) -> None:
    trial.run("TP01")
    old = trial.bureau.store.get("sealed", trial.files()["TP01-01.pdf"]["sha256"])
    trial.roll("tsa", days=1)
    trial.renewal(window=ALL).renew(DOSSIER)

    file = trial.files()["TP01-01.pdf"]
    new = trial.bureau.store.get("sealed", file["sha256"])
    assert new.startswith(old)
    (before,) = file["renewals"]
    assert (len(new), len(old)) == (file["size"], before["size"])
    assert trial.bureau.store.get("sealed", before["sha256"]) == old
    assert verify_pdf(new, trust=trial.trust, now=trial.bureau.clock()).status == "TOTAL-PASSED"


def test_the_ledger_tells_of_the_renewed_files(trial: TrialOffice) -> None:
    trial.run("TP01")
    trial.roll("tsa", days=1)
    trial.renewal(window=ALL).renew(DOSSIER)

    row = trial.bureau.ledger.dossier(DOSSIER)
    assert row is not None
    assert (row.version, row.manifest) == (2, trial.newest().version.manifest)
    assert [file.digest for file in trial.bureau.ledger.files(DOSSIER, 2)] == [trial.files()["TP01-01.pdf"]["sha256"]]
    assert trial.audit().troubles == ()


def test_a_manifest_is_sealed_anew_before_its_signer_s_certificate_ends(trial: TrialOffice) -> None:
    """A list made later need not speak of an expired certificate: the old seal could be proved no more."""
    trial.run("TP01")
    trial.roll("agency", days=2 * 365 - 20)
    ended = trial.renewal().renew(DOSSIER)
    assert (ended.version, ended.files, ended.sealed) == (2, (), True)

    trial.bureau.clock.move(days=40)
    trial.roll()
    assert trial.audit().troubles == (), "the old seal has run out, and is carried by the new one"


def test_a_superseded_seal_that_nobody_carried_on_is_a_trouble(trial: TrialOffice) -> None:
    trial.run("TP01")
    trial.bureau.clock.move(days=2 * 365 + 20)
    trial.roll()
    assert [each.problem for each in trial.audit().troubles] == ["manifest-broken"]


def test_a_paper_that_arrived_signed_is_left_as_it_came(trial: TrialOffice) -> None:
    trial.run("TP01")
    signed = trial.bureau.store.get("sealed", trial.files()["TP01-01.pdf"]["sha256"])
    ticket = {**a_ticket(("TP01", ["q.pdf"]), ("TP02", ["2.jpg"])), "dossier": OTHER}
    scan = complete_files()["2_jpg"]
    trial.bureau.driver.run(trial.bureau.deposit(dossier=OTHER, ticket=ticket, q_pdf=signed, **{"2_jpg": scan}))
    received = trial.files(OTHER)["TP01-01.pdf"]
    assert received["received_signed"]
    trial.roll("tsa", days=1)

    assert trial.renewal(window=ALL).renew(OTHER).files == ("TP02-01.pdf",)
    assert trial.files(OTHER)["TP01-01.pdf"] == received


def test_a_manifest_is_due_when_the_stamp_of_its_batch_ends(agency: AgencyOffice, tmp_path: Path) -> None:
    """Else a dossier whose seal holds would come to be uncertain for the sake of a proof that it need not have."""
    agency.run("TP01")
    brief = agency.authority.stamper("brief", start=START - DAY, life=YEAR / 2)
    agency.authority.stampers["tsa/2"] = brief
    stamper = agency.authority.timestamper(agency.authority.fetcher(timeout_s=5), "tsa/2")
    store, ledger, clock = agency.bureau.store, agency.bureau.ledger, agency.bureau.clock
    close_batches(store, ledger, timestamper=stamper, clock=clock, step=lambda: None)
    agency.move_clock(START + YEAR / 3)
    assert agency.renewal().look(DOSSIER) == Ended(DOSSIER, sealed=True)
    assert agency.renewal().renew(DOSSIER).version == 2
    assert agency.renewal().look(DOSSIER).idle
    agency.move_clock(START + YEAR)
    assert results(agency.verify(tmp_path / "out")) == {"passed"}
    assert agency.audit().troubles == (), "evidence of an older version may run out"


# --- nothing to do, nothing written ----------------------------------------------------------------------------------


def test_a_second_run_writes_nothing(trial: TrialOffice) -> None:
    trial.run("TP01")
    trial.roll("tsa", "agency", days=2 * 365 - 20)
    assert trial.renewal().renew(DOSSIER).version == 2
    before = everything(trial)
    assert trial.renewal().renew(DOSSIER).idle
    assert everything(trial) == before


def test_a_look_tells_what_is_due_and_writes_nothing(trial: TrialOffice) -> None:
    trial.run("TP01")
    trial.roll("tsa", days=1)
    before = everything(trial)
    due = trial.renewal(window=ALL).look(DOSSIER)
    assert (due.files, due.sealed, due.version) == (("TP01-01.pdf",), True, None)
    assert everything(trial) == before


def test_what_would_gain_nothing_waits_and_no_file_grows(trial: TrialOffice) -> None:
    """While the authority stamps with the certificate that is about to end, a new stamp proves nothing more."""
    trial.run("TP01")
    objects = dict(trial.bureau.store.blobs)
    ended = trial.renewal(window=ALL).renew(DOSSIER)
    assert (ended.waiting, ended.version, ended.exit_codes) == (("TP01-01.pdf", "manifest.json"), None, {3})
    assert trial.bureau.store.blobs == objects


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_one_broken_file_among_three_is_told_and_left_and_the_others_are_renewed(trial: TrialOffice) -> None:
    trial.run("TP01", "TP02", "TP03")
    broken = Digest(trial.files()["TP02-01.pdf"]["sha256"])
    trial.bureau.store.blobs["sealed", broken] = b"%PDF-1.7 something else"
    trial.roll("tsa", days=1)
    ended = trial.renewal(window=ALL).renew(DOSSIER)

    assert ended.files == ("TP01-01.pdf", "TP03-01.pdf")
    assert codes(ended) == [("TP02-01.pdf", "object-changed")]
    assert (ended.version, ended.exit_codes) == (2, {0, 4})
    assert trial.files()["TP02-01.pdf"]["sha256"] == broken, "nobody signs for other bytes than were sealed"
    again = trial.renewal(window=timedelta()).renew(DOSSIER)
    assert (again.version, codes(again)) == (None, [("TP02-01.pdf", "object-changed")]), "told each time, done once"


def test_a_dossier_whose_stamps_are_revoked_is_left_and_the_next_is_renewed(agency: AgencyOffice) -> None:
    agency.run("TP01")
    lost = agency.authority.stampers["tsa/1"].certificate.serial_number
    agency.move_to(agency.bureau.clock())
    agency.run("TP01", dossier=OTHER)
    before = agency.newest()
    agency.authority.revoke("crl/root", lost)
    agency.move_to(START + 1.6 * YEAR)
    ended = {code: agency.renewal().renew(code) for code in dossiers_of(agency.bureau.store)}

    assert codes(ended[DOSSIER]) == [(None, "renewal-unproved")]
    assert agency.newest() == before
    assert (ended[OTHER].version, ended[OTHER].exit_codes) == (2, {0})


def test_a_stamp_that_cannot_be_read_is_told_and_does_not_pass_for_not_due(trial: TrialOffice) -> None:
    outcome = trial.run("TP01")
    assert outcome.verdict is not None
    (key,) = [key for key in trial.bureau.store.records if b'"stage":"seal"' in trial.bureau.store.records[key]]
    sealed = StepRecord.from_json(trial.bureau.store.records[key])
    unsealed = trial.bureau.store.get("work", Digest(sealed.step.inputs[0][1]))
    digest = trial.bureau.store.put("sealed", unsealed)
    data = json.loads(trial.bureau.store.records[key])
    data["outputs"][0]["sha256"] = digest
    trial.bureau.store.records[key] = json.dumps(data).encode()
    trial.run("TP01", "TP02", scope="whole")  # another version, which lists a file without any stamp as one that lasts

    ended = trial.renewal().renew(DOSSIER)
    assert codes(ended) == [("TP01-01.pdf", "renewal-unproved")]


def test_when_no_authority_answers_the_dossier_waits_and_goes_on_when_they_are_back(agency: AgencyOffice) -> None:
    agency.run("TP01")
    agency.move_to(START + 1.7 * YEAR)
    before = agency.newest()
    agency.authority.moods |= {"tsa/1": "down", "tsa/2": "nonce"}
    failed = agency.renewal(window=3 * YEAR).renew(DOSSIER)
    assert failed.exit_codes == {0, 1}
    assert all(each.error.retry for each in failed.troubles)
    assert agency.newest() == before
    agency.authority.moods.clear()
    agency.move_to(agency.bureau.clock())  # another process, which knows of no silent address
    assert agency.renewal(window=3 * YEAR).renew(DOSSIER).files == ("TP01-01.pdf",)


def test_a_crash_at_any_write_leaves_nothing_half_done(make_bureau: Callable[..., Bureau], tmp_path: Path) -> None:
    """Kills the job before each of its writes in turn, and behind the last; the next one does what is left, once."""
    clock = FixedClock()
    with Ledger(f"sqlite:///{tmp_path / 'ledger'}", clock=clock) as ledger:
        trial = TrialOffice(make_bureau(ledger=ledger), tmp_path / "identity")
        trial.run("TP01")
    trial.roll("tsa", "agency", days=1)
    was = trial.bureau.store
    place = 0
    while True:
        shutil.copyfile(tmp_path / "ledger", tmp_path / "copy")
        clock.now = trial.bureau.clock.now
        store = MemoryStore()
        store.blobs, store.records = dict(was.blobs), dict(was.records)
        with Ledger(f"sqlite:///{tmp_path / 'copy'}", clock=clock) as ledger:
            mortal_store, mortal_ledger, _ = mortal(store, ledger, place)
            try:
                trial.renewal(window=ALL, store=mortal_store, ledger=mortal_ledger).renew(DOSSIER)
                break
            except Killed:
                clock.move(seconds=LEASE_SECONDS + 1)
            again = trial.renewal(window=OLD_ONLY, store=store, ledger=ledger)
            assert again.renew(DOSSIER).troubles == (), place
            trial.bureau.store, trial.bureau.ledger = store, ledger
            assert trial.newest().version.number == 2, place
            row = ledger.dossier(DOSSIER)
            assert row is not None
            assert row.manifest == trial.newest().version.manifest, place
            assert trial.audit().troubles == (), place
            assert again.renew(DOSSIER) == Ended(DOSSIER, waiting=("manifest.json",)), place
        place += 2  # after one write is before the next
    assert place > 30


# --- and then it is run again ----------------------------------------------------------------------------------------


def test_a_later_run_of_the_same_deposit_finds_the_renewed_version(trial: TrialOffice) -> None:
    trial.run("TP01")
    trial.roll("tsa", days=1)
    trial.renewal(window=ALL).renew(DOSSIER)
    renewed = trial.newest()
    outcome = trial.run("TP01")
    assert (outcome.fresh, outcome.verdict) == (0, renewed)


def test_a_dossier_with_rejections_keeps_its_renewed_version_when_it_is_gone_through_again(trial: TrialOffice) -> None:
    trial.run("TP01", stray_jpg=b"no picture")
    trial.roll("tsa", days=1)
    assert trial.renewal(window=ALL).renew(DOSSIER).version == 2
    renewed = trial.newest()
    outcome = trial.run("TP01")
    assert (outcome.fresh, outcome.verdict) == (0, renewed)


def test_a_paper_handed_in_later_stands_beside_the_renewed_file(trial: TrialOffice) -> None:
    trial.run("TP01")
    trial.roll("tsa", days=1)
    trial.renewal(window=ALL).renew(DOSSIER)
    renewed = trial.files()["TP01-01.pdf"]
    trial.run("TP01", "TP02")

    assert trial.newest().version.number == 3
    assert trial.files()["TP01-01.pdf"] == renewed | {"filed_in": 2}
    assert "renewals" not in trial.files()["TP02-01.pdf"]
    assert trial.audit().troubles == ()


def test_what_was_handed_out_before_is_replaced_by_the_renewed_files(trial: TrialOffice, tmp_path: Path) -> None:
    trial.run("TP01")
    trial.verify(tmp_path / "out")
    trial.roll("tsa", days=1)
    trial.renewal(window=ALL).renew(DOSSIER)
    assert results(trial.verify(tmp_path / "out")) == {"passed"}


# --- the command -----------------------------------------------------------------------------------------------------


def test_without_an_authority_for_stamps_the_command_says_which_settings_lack(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var", seal_level="B-B")
    open_house(settings, make=True)
    with pytest.raises(Misconfigured) as caught:
        renew_command(settings, dry_run=False, within=180, as_json=True)
    assert caught.value.code == "authorities-needed"


def test_the_command_says_that_nothing_is_due(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(var=tmp_path / "var")
    open_house(settings, make=True)
    assert renew_command(settings, dry_run=False, within=180, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["dossiers"], said["due"], said["renewed"], said["told"]) == (0, 0, 0, [])


def test_of_very_many_dossiers_all_are_counted_and_the_first_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store of a million must not need the memory of a million."""
    monkeypatch.setattr(renew_module, "MOST_TOLD", 1)
    settings = Settings(var=tmp_path / "var")
    house = open_house(settings, make=True)
    for code in (DOSSIER, OTHER):
        house.store.write(f"dossiers/{code}/000001", b"{")
    assert renew_command(settings, dry_run=True, within=180, as_json=True) == 4
    said = json.loads(capsys.readouterr().out)
    assert (said["dossiers"], said["troubles"], said["left_out"], len(said["told"])) == (2, 2, 1, 1)
    assert said["told"][0]["troubles"][0]["code"] == "record-broken"


def test_people_and_machines_are_told_what_is_due_what_waits_and_what_was_renewed(
    make_bureau: Callable[..., Bureau], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stamps' authority gets a new certificate between two of the calls."""
    settings, within = Settings(var=tmp_path / "var", seal_level="B-LTA"), 10 * 365
    house = open_house(settings, make=True)
    bureau = make_bureau(store=house.store, ledger=house.ledger)
    bureau.clock.now = datetime.now(UTC)
    TrialOffice(bureau, settings.var / "identity").run("TP01")

    assert renew_command(settings, dry_run=True, within=within, as_json=False) == 0
    assert "đến hạn" in capsys.readouterr().out
    assert renew_command(settings, dry_run=False, within=within, as_json=False) == 3
    assert "chưa gia hạn được" in capsys.readouterr().out

    (settings.var / "identity" / "tsa.pem").unlink()
    time.sleep(1)  # certificates tell their end in whole seconds
    assert renew_command(settings, dry_run=False, within=within, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["dossiers"], said["due"], said["renewed"], said["waiting"]) == (1, 1, 1, 0)
    assert said["told"][0]["version"] == 2
    assert audit_command(settings, trust=[], as_json=True) == 0
