"""What ``sohoa run`` shows of a dossier: what a person should look at is seen, and nothing else of the papers is."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

from manifest_helpers import DOSSIER, described, encoded, read_document, reading, scanned, told
from rich.console import Console

from pipeline.cli.outcomes import outcome_json, show_outcomes
from pipeline.driver import Outcome
from pipeline.filed import Filed
from pipeline.stages.file import Version
from pipeline.versions import Verdict

OWNER = {"name": "owner-name", "text": "Trần Văn Mẫu", "value": "Trần Văn Mẫu", "page": 0, "check": None}
OWNER |= {"box": [100.0, 700.0, 250.0, 712.0], "confidence": 0.9}


def reason(code: str, page: int, field: str | None = None) -> dict[str, Any]:
    return {"code": code, "page": page, "field": field, "share": None}


def looked_at(*reasons: dict[str, Any]) -> Filed:
    """A file with a name on it, three pages of which the second could not be read, and *reasons* for a review."""
    filed = scanned()
    readings = (reading(200, 0.9, 0.1), reading(0, None, None, "died"), reading(50, 0.5, 0.6))
    return replace(filed, read=read_document(filed.document, *readings, fields=(OWNER,), reasons=reasons))


def outcome(filed: Filed) -> Outcome:
    manifest = json.loads(encoded(told((filed,))))
    version = Version(str(DOSSIER.code), 1, "0" * 64, "1" * 64, "2" * 64, "incomplete", None)
    return Outcome(str(DOSSIER.code), Verdict(version, manifest), None, 9, 3, 1.0)


def shown(filed: Filed) -> str:
    console = Console(file=io.StringIO(), width=160, highlight=False)
    show_outcomes(console, [(outcome(filed), None)])
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_first_reasons_for_a_review_are_said_and_the_others_counted() -> None:
    reasons = [reason("field-wrong", 0, "date"), reason("field-unread", 0, "number"), reason("words-uncertain", 2)]
    text = shown(looked_at(*reasons))
    assert "Cần xem lại" in text
    assert "TP01-01.pdf cần xem lại: trang 1: ngày ban hành có thể sai; trang 1: chưa đọc được số văn bản" in text
    assert "và 1 lý do khác" in text
    assert "trang 3" not in text


def test_a_file_without_a_reason_is_not_said_to_need_a_review() -> None:
    assert "Cần xem lại" not in shown(looked_at())


def test_pages_without_text_are_named() -> None:
    text = shown(looked_at())
    assert "Trang không chữ" in text
    assert "TP01-01.pdf, trang 2: không đọc được chữ" in text


def test_blank_pages_that_were_left_out_are_counted() -> None:
    filed = looked_at()
    readings = [page.reading for page in filed.read.pages]
    read = read_document(filed.document, *readings, described=described(False, True, False), left_out=frozenset({1}))
    assert "Trang trắng không đưa vào tệp ký: 1" in shown(replace(filed, read=read))


def test_nothing_that_was_read_about_people_is_shown() -> None:
    filed = looked_at(reason("field-wrong", 0, "owner-name"))
    assert "Trần Văn Mẫu" not in shown(filed)
    assert "Trần Văn Mẫu" not in json.dumps(outcome_json(outcome(filed), None), ensure_ascii=False)


def test_machines_are_told_what_to_look_at() -> None:
    said = outcome_json(outcome(looked_at(reason("field-wrong", 0, "date"))), None)
    (file,) = [file for component in said["components"] for file in component["files"]]
    assert file["review"] == [{"code": "field-wrong", "page": 1}]
    assert file["pages_without_text"] == [2]
