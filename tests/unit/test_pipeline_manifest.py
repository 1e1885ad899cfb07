"""What a manifest says of a small dossier, worked out by hand; and that it is what the published schema promises."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipeline.completeness import Finding, judge
from pipeline.manifest import Filed, Sealer, content, encode
from pipeline.messages import say
from pipeline.model import (
    Agency,
    Case,
    Channel,
    Claim,
    Comparison,
    Component,
    Document,
    Dossier,
    DossierCode,
    Exemption,
    Kind,
    Operator,
    Original,
    Owner,
    PageRef,
    PostalForm,
    Procedure,
    Sha256,
    Station,
)
from pipeline.plan import Output, Step, StepRecord
from pipeline.schemas import mismatch

A, B, C, D, E = (Sha256(letter * 64) for letter in "abcde")
COMPONENTS = (
    Component("TP01", "Tờ khai", True, 1, 0, False),
    Component("TP02", "Giấy chứng sinh", True, 0, 1, True),
    Component("TP03", "Giấy tờ cư trú", True, 1, 0, False),
    Component("TP04", "Quyết định", True, 1, 0, False),
    Component("TP05", "Văn bản ủy quyền", False, 1, 0, False),
)
CASE = Case("TH01", "Đúng hạn", default=True, components=COMPONENTS)
PROCEDURE = Procedure(
    *("1.001193", 1, "Thủ tục đăng ký khai sinh", "HT", "Hộ tịch", date(2025, 7, 1), None, "nguồn", "01"), (CASE,)
)
OPERATOR = Operator("bcci-0173", "Nguyễn Thị Mẫu")
SEEN = Comparison(Operator("cc-1", "Lê Văn Mẫu"), datetime(2026, 11, 20, 1, 15, tzinfo=UTC))
DOSSIER = Dossier(
    code=DossierCode.parse("H15.50.05.13-261120-0001"),
    procedure="1.001193",
    case=None,
    channel=Channel.POST,
    postal_form=PostalForm.BOTH,
    agency=Agency("H15.50.05.13", "UBND phường Tuy Phước"),
    station=Station("TP-01"),
    operator=OPERATOR,
    owner=Owner("Trần Văn Mẫu", "000000000000"),
    claims=(Claim("TP01", Kind.ORIGINAL, ("001.jpg", "002.tif")),),
    exemptions=(Exemption("TP03", "Lấy từ cơ sở dữ liệu quốc gia"),),
)
SEALER = Sealer("B-T", "UBND phường Tuy Phước", "f" * 64, trial=True)
TICKET = Original("dossier.json", E, 700)
AT = "2026-11-20T03:00:00+00:00"


def record(stage: str, *, facts: dict[str, Any] | None = None, outputs: tuple[Output, ...] = ()) -> StepRecord:
    return StepRecord(Step(stage, 1, (), {"of": str(facts)}, (f"{stage} 1.0",)), outputs, facts or {}, None, AT)


def page(width: int, height: int, dpi_x: float, dpi_y: float) -> dict[str, Any]:
    size = {"width": width, "height": height, "dpi_x": dpi_x, "dpi_y": dpi_y}
    return {**size, "dpi_source": "declared", "exif": 1, "form": "picture"}


def reading(words: int, confidence: float | None, uncertain: float | None, failure: str | None = None) -> StepRecord:
    facts = {"rotation": 90, "skew": 0.4, "words": words, "mean_confidence": confidence, "uncertain_share": uncertain}
    return record("read", facts={**facts, "failure": failure})


def scanned() -> Filed:
    """Two originals and three pages: 200 words at 0.9, none, 50 at 0.5."""
    pages = [page(2480, 3508, 300.0, 300.0), page(1654, 2339, 200.0, 201.0)]
    gated = {
        A: record("intake", facts={"media": "image/jpeg", "signed": False, "pages": pages[:1]}),
        B: record("intake", facts={"media": "image/tiff", "signed": False, "pages": [pages[0], pages[1]]}),
    }
    document = Document(
        component="TP01",
        number=1,
        kind=Kind.ORIGINAL,
        originals=(Original("001.jpg", A, 10), Original("002.tif", B, 20)),
        pages=(PageRef(A, 0), PageRef(B, 0), PageRef(B, 1)),
        received_signed=False,
        compared=None,
    )
    readings = (reading(200, 0.9, 0.1), reading(0, None, None, "timed-out"), reading(50, 0.5, 0.6))
    seal = {"level": "B-T", "signer": "UBND phường Tuy Phước", "fingerprint": "f" * 64, "trial": True}
    return Filed(
        document=document,
        sha256="1" * 64,
        size=12_345,
        gated=gated,
        readings=readings,
        assembled=record("assemble"),
        sealed=record("seal", facts={**seal, "time": "2026-11-20T10:00:00+07:00"}),
    )


def received(status: str = "INDETERMINATE") -> Filed:
    """A PDF of four pages that arrived signed."""
    signature = {"status": status, "code": "NO_CERTIFICATE_CHAIN_FOUND", "level": "B-B", "signer": "Sở Mẫu"}
    signature |= {"fingerprint": "9" * 64, "time": "2026-11-19T09:00:00+07:00"}
    facts = {"media": "application/pdf", "signed": True, "pages": [], "signatures": [signature], "page_count": 4}
    document = Document("TP02", 1, Kind.COPY, (Original("q.pdf", C, 99),), (), received_signed=True, compared=SEEN)
    return Filed(document, C, 99, {C: record("intake", facts=facts)}, (), None, None)


FINDINGS = (
    Finding("picture-broken", {"page": 1}, "004.jpg", D, "TP04"),
    Finding("file-not-named", {}, "thừa.jpg", None, None),
)


def told(
    filed: tuple[Filed, ...] = (),
    findings: tuple[Finding, ...] = (),
    sealer: Sealer = SEALER,
    dossier: Dossier = DOSSIER,
) -> dict[str, Any]:
    judged = judge(CASE, [each.document for each in filed], dossier.exemptions, findings)
    return content(
        dossier,
        PROCEDURE,
        CASE,
        judged,
        filed,
        ticket=TICKET,
        deposit="0" * 64,
        sealer=sealer,
        software=("Sohoa", "0.1.0"),
        say=lambda key, facts: say(key, **facts),
    ) | {"supersedes": None}


def encoded(body: dict[str, Any]) -> bytes:
    return encode(body, dossier=str(DOSSIER.code), version=1, created="2026-11-20T10:00:00+07:00")


def component(manifest: dict[str, Any], code: str) -> dict[str, Any]:
    return next(each for each in manifest["components"] if each["code"] == code)


@pytest.mark.parametrize(
    ("filed", "findings"),
    [((), ()), ((scanned(),), ()), ((scanned(), received()), FINDINGS)],
    ids=["empty", "a scan", "all at once"],
)
def test_a_manifest_is_what_the_published_schema_promises(filed: Any, findings: Any) -> None:
    assert mismatch("manifest-1", json.loads(encoded(told(filed, findings)))) is None


def test_a_dossier_without_ticket_owner_or_postal_form_has_a_manifest_too() -> None:
    bare = replace(DOSSIER, owner=None, postal_form=None)
    assert mismatch("manifest-1", json.loads(encoded(told((scanned(),), dossier=bare) | {"ticket": None}))) is None


def test_what_is_not_promised_is_found() -> None:
    # The schema is closed: a manifest of another shape must not pass as this format.
    assert mismatch("manifest-1", json.loads(encoded(told() | {"more": 1}))) is not None


def test_the_manifest_says_who_where_and_how() -> None:
    manifest = told((scanned(),))
    assert manifest["agency"] == {"code": "H15.50.05.13", "name": "UBND phường Tuy Phước"}
    assert manifest["station"] == "TP-01"
    assert manifest["operator"] == {"id": "bcci-0173", "name": "Nguyễn Thị Mẫu"}
    assert (manifest["channel"], manifest["postal_form"]) == ("post", "both")
    assert manifest["ticket"] == {"name": "dossier.json", "sha256": E, "size": 700}


def test_every_component_of_the_case_has_a_state() -> None:
    manifest = told((scanned(), received()), FINDINGS)
    states = {each["code"]: each["state"] for each in manifest["components"]}
    assert states == {
        "TP01": "digitised",
        "TP02": "digitised",
        "TP03": "exempt",
        "TP04": "rejected",
        "TP05": "missing",
    }
    assert component(manifest, "TP03")["reason"] == "Lấy từ cơ sở dữ liệu quốc gia"
    assert component(manifest, "TP04")["codes"] == ["picture-broken"]


def test_the_manifest_says_which_component_is_missing() -> None:
    # Must show 6.
    verdict = told((scanned(),))["verdict"]
    assert (verdict["complete"], verdict["state"], verdict["missing"]) == (False, "incomplete", ["TP02", "TP04"])


def test_every_rejection_stands_in_the_manifest_with_a_reason_for_people() -> None:
    manifest = told((scanned(),), FINDINGS)
    assert manifest["verdict"]["state"] == "rejected"
    told_ = [(each["file"], each["code"], each["sha256"]) for each in manifest["rejections"]]
    assert told_ == [("004.jpg", "picture-broken", D), ("thừa.jpg", "file-not-named", None)]
    assert "trang 1" in manifest["rejections"][0]["reason"]


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


def test_a_trial_seal_says_in_words_that_it_has_no_legal_value() -> None:
    manifest = told((scanned(),))
    assert manifest["trial"]
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in manifest["notice"]


def test_a_real_seal_says_nothing_of_the_kind() -> None:
    manifest = told((scanned(),), sealer=replace(SEALER, trial=False))
    assert (manifest["trial"], manifest["notice"]) == (False, None)


def test_the_same_dossier_gives_the_same_bytes() -> None:
    assert encoded(told((scanned(), received()), FINDINGS)) == encoded(told((scanned(), received()), FINDINGS))


def test_a_manifest_is_written_for_people_too() -> None:
    # Vietnamese letters as letters, one thing a line, what names it first.
    data = encoded(told((scanned(),))).decode()
    assert "UBND phường Tuy Phước" in data
    assert data.endswith("}\n")
    assert list(json.loads(data))[:4] == ["format", "dossier", "version", "created"]
    assert max(map(len, data.splitlines())) < 1_000


def test_version_and_time_are_not_part_of_the_content() -> None:
    # That is how the same content is known again.
    body = told((scanned(),))
    assert not {"version", "created"} & set(body)
