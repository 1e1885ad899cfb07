"""What a manifest says of each file, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from manifest_helpers import C, component, reading, received, scanned, told


def test_a_file_says_what_it_is_made_of_and_what_was_done() -> None:
    (file,) = component(told((scanned(),)), "TP01")["files"]
    assert (file["name"], file["sha256"], file["size"], file["page_count"]) == ("TP01-01.pdf", "1" * 64, 12_345, 3)
    assert [each["name"] for each in file["originals"]] == ["001.jpg", "002.tif"]
    stages = [step["stage"] for step in file["steps"]]
    assert stages == ["intake", "intake", "read", "read", "read", "assemble", "seal"]
    assert file["steps"][0]["tools"] == ["intake 1.0"]
    assert file["signature"] == {
        "level": "B-T",
        "signer": "UBND phường Tuy Phước",
        "fingerprint": "f" * 64,
        "time": "2026-11-20T10:00:00+07:00",
        "trial": True,
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
    silent = replace(filed, readings=(reading(0, None, None),) * 3)
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
