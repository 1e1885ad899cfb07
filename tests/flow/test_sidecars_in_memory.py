"""Files beside the PDF: made when asked for, kept once they were, hashed and checked as the PDF is."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from conftest import COMPLETE, DOSSIER, a_ticket, complete_files

from pipeline.audit import audit
from pipeline.checking import check
from pipeline.handout import hand_out
from pipeline.stages.file import objects_of, versions_of
from signing import Trust
from storage import digest_of

BOTH = ("txt", "alto")


def files_of(outcome):
    components = outcome.verdict.manifest["components"]
    return {file["name"]: file for component in components for file in component["files"]}


def trust_of(bureau):
    identity = bureau.driver.identity_of("")
    return Trust(identity.chain, identity.crls)


def run(bureau):
    return bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))


def test_nobody_who_does_not_ask_gets_one(bureau):
    assert [file["sidecars"] for file in files_of(run(bureau)).values()] == [[]] * 4


def test_each_pdf_gets_the_kinds_that_were_asked_for(make_bureau, tmp_path):
    bureau = make_bureau(sidecars=BOTH)
    outcome = run(bureau)
    folder = hand_out(bureau.store, outcome.verdict, tmp_path / "out")

    assert len(list(folder.iterdir())) == 4 * 3 + 2
    for name, file in files_of(outcome).items():
        stem = name.removesuffix(".pdf")
        told = [(each["file"], each["kind"]) for each in file["sidecars"]]
        assert told == [(f"{stem}.txt", "txt"), (f"{stem}.alto.xml", "alto")]
        for each in file["sidecars"]:
            data = (folder / each["file"]).read_bytes()
            assert (each["sha256"], each["size"]) == (digest_of(data), len(data))
        assert (folder / f"{stem}.txt").read_text(encoding="utf-8") == "CỘNG HÒA\n"
        root = ElementTree.parse(folder / f"{stem}.alto.xml").getroot()
        assert root.findtext(".//{*}fileName") == name


def test_a_spoilt_or_lost_sidecar_is_found_and_named(make_bureau, tmp_path):
    bureau = make_bureau(sidecars=BOTH)
    folder = hand_out(bureau.store, run(bureau).verdict, tmp_path / "out")
    (folder / "TP01-01.txt").write_text("CỘNG HOÀ\n", encoding="utf-8")
    (folder / "TP02-01.alto.xml").unlink()

    checks = check(folder, trust_of(bureau), bureau.clock(), lambda: None)
    wrong = {(each.path.name, each.code) for each in checks if each.result != "passed"}
    assert wrong == {("TP01-01.txt", "hash-differs"), ("TP02-01.alto.xml", "file-missing")}


def test_an_audit_reads_sidecars_again_and_says_whose_they_are(make_bureau):
    bureau = make_bureau(sidecars=("txt",))
    (beside,) = files_of(run(bureau))["TP01-01.pdf"]["sidecars"]
    assert audit(bureau.store, bureau.ledger, trust_of(bureau), bureau.clock(), lambda: None).troubles == ()
    bureau.store.blobs["sealed", beside["sha256"]] = b"something else"

    (trouble, *_) = audit(bureau.store, bureau.ledger, trust_of(bureau), bureau.clock(), lambda: None).troubles
    assert (trouble.problem, trouble.object) == ("changed", f"sealed/{beside['sha256']}")
    assert trouble.belongs.startswith(DOSSIER)


def test_asked_for_later_they_are_added_and_no_pdf_is_sealed_again(bureau, make_bureau):
    first = run(bureau)
    asking = make_bureau(store=bureau.store, ledger=bureau.ledger, sidecars=("txt",))
    second = run(asking)

    assert second.verdict.manifest["version"] == 2
    assert second.verdict.manifest["supersedes"] == first.verdict.version.manifest
    assert [each["sha256"] for each in files_of(second).values()] == [
        each["sha256"] for each in files_of(first).values()
    ]
    assert second.fresh == 4 + 1  # a text for each paper, and the manifest
    assert run(asking).fresh == 0


def test_once_asked_for_a_dossier_keeps_them(make_bureau):
    """A run that does not ask must not take away what another handed out, nor make versions back and forth."""
    asking = make_bureau(sidecars=("txt",))
    papers = complete_files()
    late = papers.pop("4_jpg")
    asking.driver.run(asking.deposit(ticket=a_ticket(*COMPLETE[:3]), **papers))
    quiet = make_bureau(store=asking.store, ledger=asking.ledger)
    outcome = quiet.driver.run(quiet.deposit(ticket=a_ticket(*COMPLETE), **{"4_jpg": late}))

    assert outcome.verdict.manifest["version"] == 2
    assert [len(file["sidecars"]) for file in files_of(outcome).values()] == [1] * 4


@pytest.mark.parametrize("asked", [(), BOTH])
def test_a_dossier_with_rejections_is_not_filed_again_and_again(make_bureau, asked):
    asking = make_bureau(sidecars=("txt",))
    ticket = a_ticket(("TP01", ["1.jpg"]), ("TP02", ["2.jpg"]))
    files = {"1_jpg": complete_files()["1_jpg"], "2_jpg": b"not a picture"}
    asking.driver.run(asking.deposit(ticket=ticket, **files))
    again = make_bureau(store=asking.store, ledger=asking.ledger, sidecars=asked)
    folder = again.deposit(ticket=ticket, **files)
    again.driver.run(folder)
    assert again.driver.run(folder).fresh == 0
    assert len(versions_of(again.store, DOSSIER)) == (1 if not asked else 2)


def test_everything_that_a_manifest_lists_has_a_name_of_its_own(make_bureau):
    outcome = run(make_bureau(sidecars=BOTH))
    assert len(objects_of(outcome.verdict.manifest)) == 4 * 3


def test_a_paper_that_arrived_signed_has_nothing_beside_it_and_nothing_is_told_of_it(make_bureau, tmp_path):
    """Its pages are not read: it is kept byte for byte, and what it says is its signer's affair."""
    first = make_bureau()
    sealed = first.store.get("sealed", files_of(run(first))["TP01-01.pdf"]["sha256"])
    bureau = make_bureau(sidecars=BOTH)
    folder = bureau.deposit(dossier="H15.50.05.13-261120-0002", q_pdf=sealed)
    ticket = a_ticket(("TP01", ["q.pdf"])) | {"dossier": folder.name}
    bureau.deposit(dossier=folder.name, ticket=ticket)
    outcome = bureau.driver.run(folder)

    (file,) = files_of(outcome).values()
    assert file["received_signed"]
    assert [file[name] for name in ("sidecars", "fields", "review", "blank_pages", "pages")] == [[]] * 5
    assert bureau.driver.run(folder).fresh == 0  # and it is not opened again because it has none


@pytest.mark.parametrize("name", ["TP01-01.pdf", "TP01-01.txt"])
def test_a_rejected_scan_that_is_called_as_one_of_our_files_does_not_hide_it(make_bureau, name):
    bureau = make_bureau(sidecars=("txt",))
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    (folder / name).write_bytes(b"not named by the ticket")
    outcome = bureau.driver.run(folder)

    assert [each["file"] for each in outcome.verdict.manifest["rejections"]] == [name]
    assert audit(bureau.store, bureau.ledger, trust_of(bureau), bureau.clock(), lambda: None).troubles == ()
