"""A dossier's way through the driver, with everything real but the OCR engine, the store and the children."""

from __future__ import annotations

import io
import json
import unicodedata

import pytest
from conftest import COMPLETE, DOSSIER, a_page, a_ticket, complete_files
from PIL import Image

from ocr import EngineFailed, Orientation
from pipeline.checking import check
from pipeline.handout import hand_out
from pipeline.plan import StepRecord
from signing import Trust
from storage import MemoryStore


def components(outcome):
    return {each["code"]: each for each in outcome.verdict.manifest["components"]}


def trust_of(bureau):
    identity = bureau.driver.identity_of("")
    return Trust(identity.chain, identity.crls)


def test_a_complete_dossier_is_sealed_and_complete(bureau):
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))

    assert outcome.error is None
    assert outcome.exit_code == 0
    assert [each["state"] for each in components(outcome).values()][:4] == ["digitised"] * 4


def test_what_is_handed_out_verifies(bureau, tmp_path):
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
    folder = hand_out(bureau.store, outcome.verdict, tmp_path / "out")

    checks = check(folder, trust_of(bureau), bureau.clock(), lambda: None)
    assert {each.result for each in checks} == {"passed"}
    # the manifest's seal, and a hash and a seal for each of four files
    assert len(checks) == 1 + 4 * 2
    assert all(each.trial for each in checks if each.what == "signature")


def test_a_second_run_does_no_step(bureau):
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    first = bureau.driver.run(folder)
    again = bureau.driver.run(folder)

    # Gate, read, assemble, seal for each paper; one description, since all say the same words; the manifest.
    assert first.fresh == 4 * 4 + 1 + 1
    assert again.fresh == 0
    assert again.verdict == first.verdict


def test_a_sealed_record_is_not_opened_again_because_a_tool_got_newer(bureau, make_bureau):
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    first = bureau.driver.run(folder)
    newer = make_bureau(store=bureau.store, ledger=bureau.ledger, version="2")

    assert newer.driver.run(folder).verdict == first.verdict


def test_a_rejected_file_gets_another_chance_with_a_newer_tool(bureau, make_bureau):
    folder = bureau.deposit(ticket=a_ticket(("TP01", ["1.jpg"])), **{"1_jpg": b"not a picture"})
    bureau.driver.run(folder)
    newer = make_bureau(store=bureau.store, ledger=bureau.ledger, version="2")

    assert newer.driver.run(folder).fresh >= 1


def test_a_paper_handed_in_later_makes_a_new_version_that_names_the_old(bureau):
    ticket = a_ticket(*COMPLETE[:3])
    files = complete_files()
    late = files.pop("4_jpg")
    first = bureau.driver.run(bureau.deposit(ticket=ticket, **files))
    second = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **{"4_jpg": late}))

    assert (first.exit_code, second.exit_code) == (3, 0)
    assert first.verdict.manifest["verdict"]["missing"] == ["TP04"]
    assert second.verdict.manifest["version"] == 2
    assert second.verdict.manifest["supersedes"] == first.verdict.version.manifest
    # what was sealed before is not sealed again: each file is sealed once
    for code in ("TP01", "TP02", "TP03"):
        (after,), (before,) = components(second)[code]["files"], components(first)[code]["files"]
        assert after == before | {"filed_in": 1}


def test_both_versions_stay_readable(bureau):
    files = complete_files()
    bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE[:1]), **{"1_jpg": files["1_jpg"]}))
    bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **files))

    keys = list(bureau.store.keys(f"dossiers/{DOSSIER}/"))
    versions = [json.loads(bureau.store.read(key)) for key in keys]
    manifests = [json.loads(bureau.store.get("sealed", each["manifest"])) for each in versions]
    assert [each["version"] for each in manifests] == [1, 2]


def test_an_exemption_with_its_reason_counts_as_complete(bureau):
    files = complete_files()
    del files["4_jpg"]
    ticket = a_ticket(*COMPLETE[:3], exempt=[{"component": "TP04", "reason": "Khai thác từ CSDL quốc gia về dân cư"}])
    outcome = bureau.driver.run(bureau.deposit(ticket=ticket, **files))

    assert outcome.exit_code == 0
    assert components(outcome)["TP04"]["state"] == "exempt"
    assert components(outcome)["TP04"]["reason"] == "Khai thác từ CSDL quốc gia về dân cư"


def test_a_file_that_the_ticket_does_not_name_is_kept_and_reported(bureau):
    stray = a_page(99)
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files(), extra_jpg=stray))

    (finding,) = outcome.verdict.manifest["rejections"]
    assert (finding["file"], finding["code"]) == ("extra.jpg", "file-not-named")
    assert bureau.store.get("originals", finding["sha256"]) == stray
    assert outcome.exit_code == 4


def test_a_name_without_a_file_is_reported_and_the_others_are_sealed(bureau):
    files = complete_files()
    del files["2_jpg"]
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **files))

    assert components(outcome)["TP02"]["state"] == "rejected"
    assert components(outcome)["TP02"]["codes"] == ["file-missing"]
    assert [components(outcome)[code]["state"] for code in ("TP01", "TP03", "TP04")] == ["digitised"] * 3


def test_half_a_paper_does_not_pass_for_the_whole(bureau):
    ticket = a_ticket(("TP01", ["1.jpg", "2.jpg"]))
    outcome = bureau.driver.run(bureau.deposit(ticket=ticket, **{"1_jpg": a_page(), "2_jpg": b"\xff\xd8\xff broken"}))

    assert components(outcome)["TP01"]["files"] == []
    assert components(outcome)["TP01"]["codes"] == ["picture-broken"]


@pytest.mark.parametrize(
    ("ticket", "code"),
    [
        ("{", "ticket-unreadable"),
        ("{}", "ticket-invalid"),
        (json.dumps(a_ticket(*COMPLETE, procedure="9.999999")), "procedure-unknown"),
        (json.dumps(a_ticket(*COMPLETE, case="TH99")), "case-unknown"),
        (json.dumps(a_ticket(*COMPLETE, dossier="H15.50.05.13-261120-0002")), "dossier-mismatch"),
        (json.dumps(a_ticket(*COMPLETE, dossier="H15.50.05.13-261320-0001")), "dossier-code-invalid"),
        (None, "ticket-missing"),
    ],
)
def test_a_deposit_with_a_bad_ticket_is_rejected_and_every_file_is_kept(bureau, ticket, code):
    folder = bureau.deposit(**complete_files())
    if ticket is not None:
        (folder / "dossier.json").write_text(ticket, encoding="utf-8")
    outcome = bureau.driver.run(folder)

    assert (outcome.error.code, outcome.exit_code) == (code, 4)
    for path in folder.iterdir():
        assert path.read_bytes() in [data for (area, _), data in bureau.store.blobs.items() if area == "originals"]
    (row,) = bureau.ledger.deposits()
    assert (row.state, row.code) == ("rejected", code)


@pytest.mark.parametrize("name", ["Nguyễn 😀 Mẫu", "阮氏"])
def test_a_name_that_the_mark_cannot_say_is_refused_before_a_page_is_read(bureau, name):
    """The conversion statement must carry the converter's full name (Luật 20/2023, Art 12): no letter is left out."""
    ticket = a_ticket(*COMPLETE, operator={"id": "bcci-0173", "name": name})
    outcome = bureau.driver.run(bureau.deposit(ticket=ticket, **complete_files()))

    assert (outcome.error.code, outcome.exit_code, outcome.kept) == ("name-unwritable", 4, 5)
    assert bureau.engine.read == []


@pytest.mark.parametrize(
    "more",
    [
        {"operator": {"id": "bcci-0173", "name": " "}},
        {"agency": {"code": "H15.50.05.13", "name": "UBND \u202e phường"}},  # would be shown from right to left
        {"exempt": [{"component": "TP04", "reason": "   "}]},  # a reason that says nothing exempts nothing
        {"exempt": [{"component": "TP04", "reason": reason} for reason in ("một", "hai")]},
    ],
)
def test_words_that_say_nothing_or_hide_something_are_refused(bureau, more):
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE, **more), **complete_files()))

    assert (outcome.error.code, outcome.kept) == ("ticket-invalid", 5)


def test_a_comparison_in_the_future_is_refused(bureau):
    ticket = a_ticket(*COMPLETE)
    ticket["documents"][0]["compared"] = {"by": {"id": "a", "name": "A"}, "at": "2099-01-01T08:00:00+07:00"}
    outcome = bureau.driver.run(bureau.deposit(ticket=ticket, **complete_files()))

    assert (outcome.error.code, outcome.error.facts["problem"]) == ("ticket-invalid", "future")


def test_exemptions_that_exempt_nothing_are_told(bureau):
    exempt = [{"component": name, "reason": "lý do"} for name in ("ZZ99", "TP01")]
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE, exempt=exempt), **complete_files()))

    assert outcome.exit_code == 0
    codes = [each["code"] for each in outcome.verdict.manifest["verdict"]["remarks"]]
    assert sorted(codes) == ["exempt-given", "exempt-unknown"]


def test_a_page_without_a_word_is_told(make_bureau):
    from ocr import ScriptedEngine

    bureau = make_bureau(engine=ScriptedEngine())
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(COMPLETE[0]), **{"1_jpg": a_page()}))

    assert [each["code"] for each in outcome.verdict.manifest["verdict"]["remarks"]] == ["page-without-words"]


def test_a_file_that_cannot_be_opened_is_told_and_the_others_are_sealed(bureau, monkeypatch):
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    keep = MemoryStore.put_file

    def put_file(store, area, path):
        if path.name == "2.jpg":
            raise PermissionError(13, "Permission denied")
        return keep(store, area, path)

    monkeypatch.setattr(MemoryStore, "put_file", put_file)  # root may open everything
    outcome = bureau.driver.run(folder)

    assert components(outcome)["TP02"]["codes"] == ["file-unreadable"]
    assert [components(outcome)[code]["state"] for code in ("TP01", "TP03", "TP04")] == ["digitised"] * 3


def test_a_spoilt_record_is_named_and_nothing_is_sealed_over_it(bureau):
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    bureau.driver.run(folder)
    key = next(iter(bureau.store.keys("dossiers/")))
    bureau.store.write(key, b"{")
    outcome = bureau.driver.run(folder)

    assert (outcome.error.code, outcome.error.facts["record"]) == ("record-broken", key)


def test_two_names_that_look_the_same_name_neither_file(bureau):
    composed, apart = unicodedata.normalize("NFC", "tệp.jpg"), unicodedata.normalize("NFD", "tệp.jpg")
    folder = bureau.deposit(ticket=a_ticket(("TP01", [composed])))
    (folder / composed).write_bytes(a_page(1))
    (folder / apart).write_bytes(a_page(2))
    outcome = bureau.driver.run(folder)

    codes = sorted(each["code"] for each in outcome.verdict.manifest["rejections"])
    assert "file-name-unsafe" in codes
    kept = [data for (area, _), data in bureau.store.blobs.items() if area == "originals"]
    assert a_page(1) in kept
    assert a_page(2) in kept


def test_an_identity_card_narrower_than_its_mark_is_sealed(bureau, tmp_path):
    buffer = io.BytesIO()
    Image.new("L", (674, 425), 250).save(buffer, "JPEG", dpi=(200, 200))  # ID-1: 85.6 × 54 mm
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(("TP01", ["1.jpg"])), **{"1_jpg": buffer.getvalue()}))

    assert components(outcome)["TP01"]["state"] == "digitised"
    folder = hand_out(bureau.store, outcome.verdict, tmp_path / "out")
    assert {each.result for each in check(folder, trust_of(bureau), bureau.clock(), lambda: None)} == {"passed"}


def test_files_named_by_component_need_no_ticket(bureau):
    folder = bureau.deposit(**{"TP01-02_jpg": a_page(2), "TP01-01_jpg": a_page(1), "TP02-01_jpg": a_page(3)})
    outcome = bureau.driver.run(folder, "1.001193")

    (file,) = components(outcome)["TP01"]["files"]
    assert [each["name"] for each in file["originals"]] == ["TP01-01.jpg", "TP01-02.jpg"]
    assert components(outcome)["TP02"]["state"] == "digitised"


def test_a_page_that_cannot_be_read_says_so_and_stays_a_picture(make_bureau):
    from ocr import ScriptedEngine

    bureau = make_bureau(engine=ScriptedEngine(failure=EngineFailed("no")))
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))

    assert outcome.exit_code == 0
    (file,) = components(outcome)["TP01"]["files"]
    assert file["pages"][0]["unread"] == "engine-failed"
    assert file["mean_confidence"] is None
    assert [each["code"] for each in outcome.verdict.manifest["verdict"]["remarks"]].count("page-unread") == 4


def test_links_and_folders_in_a_deposit_are_not_followed(bureau, tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(a_page())
    folder = bureau.deposit(ticket=a_ticket(("TP01", ["1.jpg"])))
    (folder / "1.jpg").symlink_to(secret)
    (folder / "inner").mkdir()
    outcome = bureau.driver.run(folder)

    said = {(each["file"], each["code"]) for each in outcome.verdict.manifest["rejections"]}
    assert said == {("1.jpg", "not-a-file"), ("inner", "not-a-file")}


def test_the_same_file_twice_in_a_ticket_is_refused_not_guessed(bureau):
    outcome = bureau.driver.run(
        bureau.deposit(ticket=a_ticket(("TP01", ["1.jpg"]), ("TP02", ["1.jpg"])), **{"1_jpg": a_page()})
    )

    assert components(outcome)["TP01"]["codes"] == ["file-named-twice"]
    assert components(outcome)["TP02"]["codes"] == ["file-named-twice"]


def test_the_same_bytes_under_two_names_are_read_once_and_listed_twice(bureau):
    page = a_page(7)
    bureau.engine.lies = Orientation(0, 12.0)  # or the engine would look at it in every turn
    ticket = a_ticket(("TP01", ["1.jpg"]), ("TP02", ["2.jpg"]))
    outcome = bureau.driver.run(bureau.deposit(ticket=ticket, **{"1_jpg": page, "2_jpg": page}))

    assert len(bureau.engine.read) == 1
    one, two = (components(outcome)[code]["files"][0] for code in ("TP01", "TP02"))
    assert one["pages"][0]["original"] == two["pages"][0]["original"]
    assert one["sha256"] != two["sha256"]  # each seal is for its own component


def test_personal_data_stays_out_of_the_ledger(bureau):
    bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))

    rows = repr(
        [bureau.ledger.dossiers(), bureau.ledger.deposits(), bureau.ledger.files(DOSSIER, 1), bureau.ledger.attempts()]
    )
    assert "Trần Văn Mẫu" not in rows
    assert "000000000000" not in rows


def test_every_step_that_made_a_file_is_in_the_manifest_with_its_tools(bureau):
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))

    (file,) = components(outcome)["TP01"]["files"]
    assert [each["stage"] for each in file["steps"]] == ["intake", "read", "describe", "assemble", "seal"]
    for step in file["steps"]:
        record = StepRecord.from_json(bureau.store.read(f"steps/{step['key'][:2]}/{step['key']}"))
        assert (record.step.key, list(record.step.tools)) == (step["key"], step["tools"])


def test_an_unusable_certificate_seals_nothing_and_says_so(bureau):
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    bureau.clock.move(days=365 * 3)  # past the end of the agency's certificate
    outcome = bureau.driver.run(folder)

    assert (outcome.error.code, outcome.exit_code) == ("identity-unusable", 1)
    assert not [area for area, _ in bureau.store.blobs if area == "sealed"]
