"""A small dossier with everything recorded on its way, and the manifest that tells of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pipeline.completeness import Finding, judge
from pipeline.filed import Filed, ReadDocument, ReadPage
from pipeline.manifest import Sealer, content, encode
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
    facts = {"rotation": 90, "rotation_ground": "osd", "skew": 0.4, "words": words, "mean_confidence": confidence}
    return record("read", facts={**facts, "uncertain_share": uncertain, "blank_score": 0.1, "failure": failure})


def described(*blank: bool) -> StepRecord:
    return record("describe", facts={"blank": list(blank), "secrecy": []})


def read_document(document: Document, *readings: StepRecord, **more: Any) -> ReadDocument:
    pages = tuple(ReadPage(page, each) for page, each in zip(document.pages, readings, strict=True))
    return ReadDocument(document, pages, **{"described": described(*[False] * len(pages)), **more})


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
    sealed = (
        Output("sealed", "1" * 64, "application/pdf", 12_345),
        Output("sealed", "e" * 64, "application/json", 900),
    )
    seal = {"level": "B-T", "signer": "UBND phường Tuy Phước", "fingerprint": "f" * 64, "trial": True}
    return Filed(
        read=read_document(document, *readings),
        sha256="1" * 64,
        size=12_345,
        gated=gated,
        assembled=record("assemble"),
        sealed=record("seal", facts={**seal, "time": "2026-11-20T10:00:00+07:00"}, outputs=sealed),
    )


def received(status: str = "INDETERMINATE") -> Filed:
    """A PDF of four pages that arrived signed."""
    signature = {"status": status, "code": "NO_CERTIFICATE_CHAIN_FOUND", "level": "B-B", "signer": "Sở Mẫu"}
    signature |= {"fingerprint": "9" * 64, "time": "2026-11-19T09:00:00+07:00"}
    facts = {"media": "application/pdf", "signed": True, "pages": [], "signatures": [signature], "page_count": 4}
    document = Document("TP02", 1, Kind.COPY, (Original("q.pdf", C, 99),), (), received_signed=True, compared=SEEN)
    return Filed(ReadDocument(document), C, 99, {C: record("intake", facts=facts)})


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
        rule=("nd30-2020", "NĐ 30/2020/NĐ-CP"),
        say=lambda key, facts: say(key, **facts),
    ) | {"supersedes": None}


def encoded(body: dict[str, Any]) -> bytes:
    return encode(body, dossier=str(DOSSIER.code), version=1, created="2026-11-20T10:00:00+07:00")


def component(manifest: dict[str, Any], code: str) -> dict[str, Any]:
    return next(each for each in manifest["components"] if each["code"] == code)
