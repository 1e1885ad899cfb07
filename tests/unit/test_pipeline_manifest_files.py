"""What a manifest says of each file, worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from manifest_helpers import (
    A,
    B,
    C,
    component,
    described,
    encoded,
    read_document,
    reading,
    received,
    record,
    scanned,
    told,
)

from pipeline.filed import ReadPage, blank_left_out
from pipeline.model import PageRef
from pipeline.plan import Output
from pipeline.schemas import mismatch


def test_a_file_says_what_it_is_made_of_and_what_was_done() -> None:
    (file,) = component(told((scanned(),)), "TP01")["files"]
    assert (file["name"], file["sha256"], file["size"], file["page_count"]) == ("TP01-01.pdf", "1" * 64, 12_345, 3)
    assert [each["name"] for each in file["originals"]] == ["001.jpg", "002.tif"]
    stages = [step["stage"] for step in file["steps"]]
    assert stages == ["intake", "intake", "read", "read", "read", "describe", "assemble", "seal"]
    assert file["steps"][0]["tools"] == ["intake 1.0"]
    assert file["signature"] == {
        "level": "B-T",
        "signer": "UBND phường Tuy Phước",
        "fingerprint": "f" * 64,
        "time": "2026-11-20T10:00:00+07:00",
        "trial": True,
        "evidence_sha256": "e" * 64,
    }


def test_the_resolution_of_a_file_is_that_of_its_poorest_page() -> None:
    # The floor of 200 dpi holds for every page, so the least is what an auditor asks for.
    (file,) = component(told((scanned(),)), "TP01")["files"]
    assert [each["dpi"] for each in file["pages"]] == [300.0, 300.0, 200.0]
    assert file["dpi"] == 200.0


def test_confidence_is_weighted_by_words() -> None:
    # 200 words at 0.9 and 50 at 0.5: (180 + 25) / 250 = 0.82. A plain mean of pages would say 0.7.
    (file,) = component(told((scanned(),)), "TP01")["files"]
    assert file["mean_confidence"] == pytest.approx(0.82)
    # 20 and 30 of 250 words are uncertain
    assert file["uncertain_share"] == pytest.approx(0.2)


def test_a_file_without_a_single_word_has_no_confidence_rather_than_none_of_it() -> None:
    filed = scanned()
    silent = replace(filed, read=read_document(filed.document, *(reading(0, None, None),) * 3))
    (file,) = component(told((silent,)), "TP01")["files"]
    assert (file["mean_confidence"], file["uncertain_share"]) == (None, None)


def test_a_page_that_could_not_be_read_says_so() -> None:
    # House rule 8: a failure never becomes an empty success.
    manifest = told((scanned(),))
    (file,) = component(manifest, "TP01")["files"]
    assert [each["unread"] for each in file["pages"]] == [None, "timed-out", None]
    (remark,) = [each for each in manifest["verdict"]["remarks"] if each["code"] == "page-unread"]
    assert "TP01-01.pdf" in remark["text"]
    assert "trang 2" in remark["text"]


def test_a_pdf_that_arrived_signed_says_by_whom_and_is_not_said_to_be_sealed_by_us() -> None:
    (file,) = component(told((received(),)), "TP02")["files"]
    assert file["received_signed"]
    assert (file["sha256"], file["size"]) == (C, 99)  # byte for byte
    assert (file["page_count"], file["pages"]) == (4, [])
    assert file["received_signatures"][0]["signer"] == "Sở Mẫu"
    assert file["signature"]["signer"] is None
    assert file["compared"] == {"by": {"id": "cc-1", "name": "Lê Văn Mẫu"}, "at": "2026-11-20T01:15:00+00:00"}


@pytest.mark.parametrize(("status", "remarks"), [("TOTAL-PASSED", 0), ("INDETERMINATE", 1)])
def test_a_received_signature_that_is_not_known_to_be_good_is_remarked_upon(status: str, remarks: int) -> None:
    # rules.md: no network means UNKNOWN, never VALID.
    told_ = told((received(status),))["verdict"]["remarks"]
    assert [each["code"] for each in told_] == ["signature-unverified"] * remarks


# --- what was found on the pages -----------------------------------------------------------------------------------

DATE = {"name": "date", "text": "ngày 20 tháng 11 năm 2026", "value": "2026-11-20", "page": 2, "check": None}
DATE |= {"box": [100.0, 700.0, 250.0, 712.0], "confidence": 0.9}


def second_page_blank(**more):
    """`scanned`, with its second page blank and something found on the third."""
    filed = scanned()
    readings = (reading(200, 0.9, 0.1), reading(0, None, None), reading(50, 0.5, 0.6))
    reasons = ({"code": "field-wrong", "page": 2, "field": "date", "share": None},)
    told_ = {"described": described(False, True, False), "fields": (DATE,), "reasons": reasons}
    return replace(filed, read=read_document(filed.document, *readings, **(told_ | more)))


def without_blanks():
    filed = second_page_blank()
    return replace(filed, read=replace(filed.read, left_out=blank_left_out(filed.read)))


def file_of(filed):
    manifest = told((filed,))
    (file,) = component(manifest, "TP01")["files"]
    return file


def test_every_page_says_how_bare_it_is_and_who_said_how_it_lies() -> None:
    file = file_of(scanned())
    assert [each["blank_score"] for each in file["pages"]] == [0.1] * 3
    assert [(each["rotation_ground"], each["rotation_from"]) for each in file["pages"]] == [("osd", None)] * 3


def test_a_turn_that_a_neighbour_gave_says_which() -> None:
    filed = scanned()
    second = replace(filed.read.pages[1], turned_by=PageRef(A, 0), before=reading(3, 0.2, 1.0))
    file = file_of(replace(filed, read=replace(filed.read, pages=(filed.read.pages[0], second, filed.read.pages[2]))))
    assert file["pages"][1]["rotation_ground"] == "given"
    assert file["pages"][1]["rotation_from"] == {"original": A, "index": 0}


def test_fields_and_reasons_are_numbered_as_the_pdf_numbers_its_pages() -> None:
    # The place of the third page is 2; without the blank one before it, it is page 2.
    assert [each["page"] for each in file_of(second_page_blank())["fields"]] == [3]
    file = file_of(without_blanks())
    assert [each["page"] for each in file["fields"]] == [2]
    assert [(each["code"], each["page"]) for each in file["review"]] == [("field-wrong", 2)]
    assert [each["number"] for each in file["pages"]] == [1, 2]
    assert file["page_count"] == 2
    assert file["blank_pages"] == [{"original": B, "index": 0, "score": 0.1, "left_out": True}]


def test_a_blank_page_on_which_something_was_found_is_not_left_out() -> None:
    filed = second_page_blank(fields=(DATE | {"page": 1},))
    assert blank_left_out(filed.read) == frozenset()


def test_a_reason_about_a_page_that_was_left_out_is_left_out_with_it() -> None:
    filed = second_page_blank(reasons=({"code": "words-uncertain", "page": 1, "field": None, "share": 0.5},))
    assert file_of(replace(filed, read=replace(filed.read, left_out=frozenset({1}))))["review"] == []


def test_a_blank_page_is_not_said_to_want_words_as_well() -> None:
    remarks = told((second_page_blank(),))["verdict"]["remarks"]
    assert "page-without-words" not in [each["code"] for each in remarks]


def test_reasons_for_a_review_are_sentences_for_people() -> None:
    (reason,) = file_of(second_page_blank())["review"]
    assert (reason["code"], reason["field"]) == ("field-wrong", "date")
    assert "trang 3" in reason["text"]
    assert "ngày ban hành" in reason["text"]


def test_a_page_that_failed_is_told_as_unread_and_not_as_unsure() -> None:
    filed = scanned()
    failed = replace(
        reading(0, None, None, "died"), facts=reading(0, None, None, "died").facts | {"rotation_ground": "assumed"}
    )
    pages = tuple(ReadPage(page.ref, failed) for page in filed.read.pages)
    assert file_of(replace(filed, read=replace(filed.read, pages=pages)))["review"] == []


def test_sidecars_are_named_after_their_pdf_and_hashed() -> None:
    outputs = (Output("sealed", "7" * 64, "text/plain", 0),)
    beside = record("sidecar", outputs=outputs)
    beside = replace(beside, step=replace(beside.step, params={"kind": "txt"}))
    file = file_of(replace(scanned(), sidecars=(beside,)))
    assert file["sidecars"] == [{"file": "TP01-01.txt", "kind": "txt", "sha256": "7" * 64, "size": 0}]
    assert [each["stage"] for each in file["steps"]][-2:] == ["sidecar", "seal"]


@pytest.mark.parametrize("make", [second_page_blank, without_blanks])
def test_all_of_it_is_what_the_published_schema_promises(make) -> None:
    assert mismatch("manifest-1", json.loads(encoded(told((make(),))))) is None
