"""Papers that are scanned again, or later, for a dossier that is filed: what is new, and what stays as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import COMPLETE, DOSSIER, Bureau, a_page, a_ticket, complete_files
from lane_helpers import lanes_of, receive

from pipeline.audit import audit
from pipeline.carrying import Before, carry
from pipeline.driver import Outcome
from pipeline.stages.file import versions_of
from pipeline.ticket import parse_ticket
from pipeline.works import Works
from signing import Trust
from storage import Digest

ALL = dict(COMPLETE)


@pytest.fixture
def filed(bureau: Bureau) -> Outcome:
    """A complete dossier of four papers."""
    return run(bureau, "first", a_ticket(*COMPLETE), **complete_files())


def folder_of(bureau: Bureau, batch: str, ticket: dict[str, Any], **files: bytes) -> Path:
    """Deposit in a folder of its own; each carries the dossier's name."""
    folder = bureau.deposit(ticket=ticket, **files)
    apart = folder.parent / batch / folder.name
    apart.parent.mkdir()
    folder.rename(apart)
    return apart


def run(bureau: Bureau, batch: str, ticket: dict[str, Any], **files: bytes) -> Outcome:
    outcome = bureau.driver.run(folder_of(bureau, batch, ticket, **files))
    assert outcome.error is None, outcome.error
    return outcome


def parts(outcome: Outcome) -> dict[str, Any]:
    assert outcome.verdict is not None
    return {part["code"]: part for part in outcome.verdict.manifest["components"]}


def number(outcome: Outcome) -> int:
    assert outcome.verdict is not None
    return outcome.verdict.version.number


def digests(outcome: Outcome) -> dict[str, list[str]]:
    return {code: [file["sha256"] for file in part["files"]] for code, part in parts(outcome).items() if part["files"]}


def test_a_paper_scanned_again_replaces_itself_and_nothing_else(bureau: Bureau, filed: Outcome) -> None:
    again = run(bureau, "again", a_ticket(("TP02", ["b.jpg"])), b_jpg=a_page(77))

    assert (number(again), again.exit_code) == (2, 0)
    assert digests(again)["TP02"] != digests(filed)["TP02"]
    for code in ("TP01", "TP03", "TP04"):
        (kept,), (was,) = parts(again)[code]["files"], parts(filed)[code]["files"]
        assert kept == was | {"filed_in": 1}
    assert "filed_in" not in parts(again)["TP02"]["files"][0]
    assert sum(each.stage == "seal" for each in bureau.ledger.attempts()) == 5


def test_the_version_before_stays_readable_whole(bureau: Bureau, filed: Outcome) -> None:
    run(bureau, "again", a_ticket(("TP02", ["b.jpg"])), b_jpg=a_page(77))
    first, second = versions_of(bureau.store, DOSSIER)
    manifest = json.loads(bureau.store.get("sealed", Digest(first.manifest)))
    assert second.supersedes == first.manifest
    for part in manifest["components"]:
        for file in part["files"]:
            assert bureau.store.get("sealed", Digest(file["sha256"])).startswith(b"%PDF")


def test_a_paper_that_was_missing_completes_the_dossier(bureau: Bureau) -> None:
    files = complete_files()
    late = files.pop("4_jpg")
    first = run(bureau, "first", a_ticket(*COMPLETE[:3]), **files)
    second = run(bureau, "late", a_ticket(COMPLETE[3]), **{"4_jpg": late})
    assert (first.exit_code, second.exit_code) == (3, 0)
    assert digests(second).keys() == ALL.keys()


def test_the_same_scan_of_the_same_component_changes_nothing_and_is_known_to_be_filed(
    bureau: Bureau, filed: Outcome
) -> None:
    seals = len(bureau.ledger.attempts())
    again = run(
        bureau, "again", a_ticket(("TP02", ["other-name.jpg"])), **{"other-name_jpg": complete_files()["2_jpg"]}
    )

    assert again.verdict is not None and filed.verdict is not None
    assert again.verdict.version == filed.verdict.version
    assert len(versions_of(bureau.store, DOSSIER)) == 1
    assert sum(each.stage in ("read", "assemble", "seal") for each in bureau.ledger.attempts()[seals:]) == 0
    assert {row.dossier for row in bureau.ledger.deposits()} == {DOSSIER}  # both deposits lead to the dossier
    assert len(bureau.ledger.deposits(DOSSIER)) == 2


def test_what_is_said_anew_of_the_same_scan_makes_a_version(bureau: Bureau, filed: Outcome) -> None:
    ticket = a_ticket(("TP02", ["2.jpg"]))
    ticket["documents"][0]["kind"] = "copy"
    again = run(bureau, "again", ticket, **{"2_jpg": complete_files()["2_jpg"]})
    assert number(again) == 2
    assert parts(again)["TP02"]["files"][0]["kind"] == "copy"


def test_papers_that_came_later_are_not_taken_back_by_the_first_ones(bureau: Bureau, filed: Outcome) -> None:
    """An inbox that was not cleared, or a command that is run again."""
    again = run(bureau, "again", a_ticket(("TP02", ["b.jpg"])), b_jpg=a_page(77))
    once_more = run(bureau, "once-more", a_ticket(*COMPLETE), **complete_files())
    assert once_more.verdict is not None and again.verdict is not None
    assert once_more.verdict.version == again.verdict.version


def test_a_scan_that_is_rejected_takes_nothing_away(bureau: Bureau, filed: Outcome) -> None:
    again = run(bureau, "again", a_ticket(("TP02", ["b.jpg"])), b_jpg=b"no picture")
    assert again.exit_code == 4
    assert parts(again)["TP02"]["state"] == "rejected"
    assert digests(again) == digests(filed)
    mended = run(bureau, "mended", a_ticket(("TP02", ["b.jpg"])), b_jpg=a_page(77))
    assert (mended.exit_code, parts(mended)["TP02"]["state"]) == (0, "digitised")


def test_a_rejection_stays_until_its_component_comes_again(bureau: Bureau) -> None:
    files = complete_files() | {"2_jpg": b"no picture", "3_jpg": b"none either"}
    run(bureau, "first", a_ticket(*COMPLETE), **files)
    one = run(bureau, "one", a_ticket(("TP02", ["b.jpg"])), b_jpg=a_page(77))
    assert (one.exit_code, parts(one)["TP02"]["state"], parts(one)["TP03"]["state"]) == (4, "digitised", "rejected")
    both = run(bureau, "both", a_ticket(("TP03", ["c.jpg"])), c_jpg=a_page(78))
    assert both.exit_code == 0
    assert [file["filed_in"] for code in ("TP01", "TP02") for file in parts(both)[code]["files"]] == [1, 2]


def test_an_exemption_stays_until_its_component_is_handed_in(bureau: Bureau) -> None:
    files = complete_files()
    late = files.pop("4_jpg")
    exempt = [{"component": "TP04", "reason": "Khai thác từ CSDL quốc gia về dân cư"}]
    run(bureau, "first", a_ticket(*COMPLETE[:3], exempt=exempt), **files)
    again = run(bureau, "again", a_ticket(("TP02", ["b.jpg"])), b_jpg=a_page(77))
    assert (again.exit_code, parts(again)["TP04"]["state"]) == (0, "exempt")
    assert parts(again)["TP04"]["reason"] == exempt[0]["reason"]
    handed_in = run(bureau, "late", a_ticket(COMPLETE[3]), **{"4_jpg": late})
    assert parts(handed_in)["TP04"]["state"] == "digitised"


def test_a_whole_deposit_leaves_nothing_of_the_one_before(bureau: Bureau, filed: Outcome) -> None:
    """The way to take a paper out that belongs to somebody else."""
    whole = run(bureau, "whole", a_ticket(*COMPLETE[:3], scope="whole"), **_without(complete_files(), "4_jpg"))
    assert (number(whole), whole.exit_code) == (2, 3)
    assert digests(whole).keys() == {"TP01", "TP02", "TP03"}


def test_the_owner_is_not_forgotten_by_a_ticket_that_does_not_say_it(bureau: Bureau, filed: Outcome) -> None:
    assert filed.verdict is not None
    again = run(bureau, "again", a_ticket(("TP02", ["b.jpg"]), owner=None), b_jpg=a_page(77))
    assert again.verdict is not None
    assert again.verdict.manifest["owner"] == filed.verdict.manifest["owner"] is not None


def test_seals_for_trial_are_not_taken_into_a_record_of_worth(bureau: Bureau, filed: Outcome) -> None:
    """They hold for nothing: the paper is missing until it is scanned for good."""
    folder = folder_of(bureau, "again", a_ticket(("TP02", ["b.jpg"]), ("TP03", ["3.jpg"])), b_jpg=a_page(77))
    (folder / "3.jpg").write_bytes(complete_files()["3_jpg"])
    taken = bureau.driver.reception.take(folder, None)
    opening = bureau.driver.opening(Works(bureau.driver.yard, DOSSIER, bureau.driver.watch))
    trial, worth = (opening.open(opening.dossier(taken), taken, trial=trial) for trial in (True, False))
    assert trial.carried.files.keys() == {"TP01", "TP03", "TP04"}
    assert worth.carried.files == {}
    assert [each.component for each in worth.documents] == ["TP02", "TP03"]


def test_of_a_component_that_is_for_trial_in_part_nothing_is_taken_over(bureau: Bureau, filed: Outcome) -> None:
    """Half a paper must not pass for the whole."""
    assert filed.verdict is not None
    manifest = json.loads(json.dumps(filed.verdict.manifest))
    (part,) = [each for each in manifest["components"] if each["code"] == "TP01"]
    (file,) = part["files"]
    arrived = {
        **file,
        "name": "TP01-02.pdf",
        "received_signed": True,
        "signature": {**file["signature"], "trial": False},
    }
    part["files"].append(arrived)
    version = filed.verdict.version
    before = Before(version.number, version.deposit, version.manifest, manifest)
    ticket = json.dumps(a_ticket(("TP02", ["2.jpg"]))).encode()
    kept = {
        trial: carry(
            before, parse_ticket(ticket, DOSSIER), [], [],
            components=list(ALL), deposit="0" * 64, trial=trial, sidecars=frozenset(),
        )[0].files.get("TP01", ())
        for trial in (True, False)
    }  # fmt: skip
    assert (len(kept[True]), len(kept[False])) == (2, 0)


def test_the_lanes_of_the_queue_carry_over_as_one_run_does(bureau: Bureau, filed: Outcome) -> None:
    taken = receive(bureau, folder_of(bureau, "again", a_ticket(("TP02", ["b.jpg"])), b_jpg=a_page(77)))
    lanes = lanes_of(bureau)
    assert lanes.open(taken.id).unread == (1,)  # what stays is not read again
    assert {row.name: row.state for row in bureau.ledger.documents(DOSSIER)} == {
        f"{code}-01.pdf": "opened" if code == "TP02" else "sealed" for code in ALL
    }
    lanes.page(taken.id, 1)
    lanes.close(taken.id)
    lanes.seal(taken.id)
    (_, second) = versions_of(bureau.store, DOSSIER)
    manifest = json.loads(bureau.store.get("sealed", Digest(second.manifest)))
    assert [file.get("filed_in") for part in manifest["components"] for file in part["files"]] == [1, None, 1, 1]
    identity = bureau.driver.identity_of("")
    trust = Trust(identity.chain, identity.crls)
    assert audit(bureau.store, bureau.ledger, trust, bureau.clock(), lambda: None).troubles == ()


def test_the_same_run_again_makes_no_version(bureau: Bureau, filed: Outcome) -> None:
    """Also one with a rejection, which is gone through again each time."""
    for scan in (a_page(77), b"no picture"):
        folder = folder_of(bureau, f"again-{len(scan)}", a_ticket(("TP02", ["b.jpg"])), b_jpg=scan)
        once, twice = bureau.driver.run(folder), bureau.driver.run(folder)
        assert once.verdict is not None and twice.verdict is not None
        assert once.verdict.version == twice.verdict.version
    assert len(versions_of(bureau.store, DOSSIER)) == 3


def _without(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {each: data for each, data in files.items() if each != name}


OTHER = "H15.50.05.13-261120-0002"


def test_a_scan_that_is_filed_in_another_dossier_is_taken_and_told(bureau: Bureau, filed: Outcome) -> None:
    """A clerk may have put somebody else's paper under the scanner, or one paper may serve two dossiers."""
    same, own = complete_files()["2_jpg"], a_page(99)
    folder = bureau.deposit(
        dossier=OTHER,
        ticket=a_ticket(("TP01", ["1.jpg"]), ("TP03", ["3.jpg"]), dossier=OTHER),
        **{"1_jpg": own, "3_jpg": same},
    )
    other = bureau.driver.run(folder)

    assert other.error is None
    (twin,) = other.twins
    assert (twin.component, twin.other, twin.other_component) == ("TP03", DOSSIER, "TP02")
    (event,) = [each for each in bureau.ledger.events(OTHER) if each.action == "scan-elsewhere"]
    assert event.facts == {"sha256": twin.digest, "dossier": DOSSIER}
    assert filed.twins == ()
    assert [each.other for each in bureau.ledger.scans_elsewhere(DOSSIER)] == [OTHER]  # and the other way round


def test_what_was_told_of_a_scan_is_not_told_again_with_each_version(bureau: Bureau, filed: Outcome) -> None:
    same = complete_files()["2_jpg"]
    first = bureau.deposit(dossier=OTHER, ticket=a_ticket(("TP01", ["1.jpg"]), dossier=OTHER), **{"1_jpg": same})
    bureau.driver.run(first)
    (first / "1.jpg").unlink()
    bureau.driver.run(
        bureau.deposit(dossier=OTHER, ticket=a_ticket(("TP02", ["2.jpg"]), dossier=OTHER), **{"2_jpg": a_page(99)})
    )
    assert len(versions_of(bureau.store, OTHER)) == 2
    assert [each.action for each in bureau.ledger.events(OTHER)].count("scan-elsewhere") == 1
