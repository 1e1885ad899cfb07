"""The verdict on a dossier: what its procedure asks for against what came of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.completeness import Completeness, Finding, judge
from pipeline.errors import REJECTIONS
from pipeline.messages import say
from pipeline.model import Case, Comparison, Component, Document, Exemption, Kind, Operator, Original, PageRef, Sha256

FORM = Component("TP01", "Tờ khai", required=True, originals=1, copies=0, comparison=False)
CERTIFICATE = Component("TP02", "Giấy chứng sinh", required=True, originals=0, copies=1, comparison=True)
POWER = Component("TP03", "Văn bản ủy quyền", required=False, originals=1, copies=0, comparison=False)
CASE = Case("TH01", "Đúng hạn", default=True, components=(FORM, CERTIFICATE, POWER))
SEEN = Comparison(Operator("bcci-0173", "Nguyễn Thị Mẫu"), datetime(2026, 11, 20, tzinfo=UTC))
HANDED_IN = Exemption("TP02", "Lấy từ cơ sở dữ liệu quốc gia")


def document(component: str, kind: Kind = Kind.ORIGINAL, compared: Comparison | None = None) -> Document:
    original = Original("001.jpg", Sha256("a" * 64), 1)
    pages = (PageRef(original.sha256, 0),)
    return Document(component, 1, kind, (original,), pages, received_signed=False, compared=compared)


def finding(component: str | None, code: str = "picture-broken") -> Finding:
    return Finding(code, {"page": 1}, "001.jpg", "a" * 64, component)


def states(judged: Completeness) -> dict[str, str]:
    return {each.component.code: each.state for each in judged.components}


def test_every_component_of_the_case_gets_a_state_in_the_order_of_the_catalogue() -> None:
    judged = judge(CASE, [document("TP02"), document("TP01")], [], [])
    assert [each.component.code for each in judged.components] == ["TP01", "TP02", "TP03"]


def test_a_dossier_with_all_required_components_is_complete() -> None:
    judged = judge(CASE, [document("TP01"), document("TP02")], [], [])
    assert states(judged) == {"TP01": "digitised", "TP02": "digitised", "TP03": "missing"}
    assert judged.missing == ()  # TP03 is not required
    assert judged.verdict == "complete"


def test_a_required_component_that_nobody_handed_in_makes_the_dossier_incomplete() -> None:
    judged = judge(CASE, [document("TP01")], [], [])
    assert judged.missing == ("TP02",)
    assert judged.verdict == "incomplete"


def test_an_exemption_stands_for_a_component_with_its_reason() -> None:
    judged = judge(CASE, [document("TP01")], [HANDED_IN], [])
    assert states(judged)["TP02"] == "exempt"
    assert judged.components[1].reason == "Lấy từ cơ sở dữ liệu quốc gia"
    assert judged.verdict == "complete"


def test_a_paper_that_was_handed_in_counts_although_it_need_not_have_been() -> None:
    judged = judge(CASE, [document("TP01"), document("TP02")], [HANDED_IN], [])
    assert states(judged)["TP02"] == "digitised"


def test_a_component_whose_file_was_refused_is_rejected_with_the_codes() -> None:
    findings = [finding("TP02"), finding("TP02", "dpi-too-low"), finding("TP02")]
    judged = judge(CASE, [document("TP01")], [], findings)
    assert states(judged)["TP02"] == "rejected"
    assert judged.components[1].codes == ("picture-broken", "dpi-too-low")  # each once
    assert judged.rejected == ("TP02",)


def test_a_rejected_component_is_not_missing_too() -> None:
    # The clerk has the paper and must scan it again; nobody has to bring it.
    assert judge(CASE, [document("TP01")], [], [finding("TP02")]).missing == ()


def test_half_of_a_component_does_not_count_as_digitised() -> None:
    # One claim of TP02 was good and one was not: the component must show that something is wrong with it.
    judged = judge(CASE, [document("TP01"), document("TP02")], [], [finding("TP02")])
    assert states(judged)["TP02"] == "rejected"


def test_a_refused_file_is_not_hidden_by_an_exemption() -> None:
    assert states(judge(CASE, [document("TP01")], [HANDED_IN], [finding("TP02")]))["TP02"] == "rejected"


def test_rejected_outweighs_incomplete() -> None:
    # Exit 4 before exit 3: a broken file may be the missing component.
    assert judge(CASE, [], [], [finding(None)]).verdict == "rejected"


@pytest.mark.parametrize("code", ["file-not-named", "component-unknown"])
def test_a_file_outside_the_case_is_reported_and_never_ignored(code: str) -> None:
    judged = judge(CASE, [document("TP01"), document("TP02")], [], [finding("TP99", code)])
    assert code in REJECTIONS
    assert judged.verdict == "rejected"
    assert judged.rejected == ()  # no component of the procedure
    assert [each.code for each in judged.findings] == [code]


def test_a_copy_that_nobody_compared_is_remarked_upon() -> None:
    # rules.md: a part whose original must be seen carries who compared it with the original, and when.
    judged = judge(CASE, [document("TP01"), document("TP02", Kind.COPY)], [], [])
    assert [(each.code, dict(each.facts)) for each in judged.remarks] == [("comparison-missing", {"component": "TP02"})]
    assert judged.verdict == "complete"
    assert "TP02" in say(f"remark.{judged.remarks[0].code}", **judged.remarks[0].facts)


def test_a_copy_that_was_compared_is_not_remarked_upon() -> None:
    assert judge(CASE, [document("TP02", Kind.COPY, SEEN)], [], []).remarks == ()


def test_an_original_needs_no_comparison_with_itself() -> None:
    assert judge(CASE, [document("TP02", Kind.ORIGINAL)], [], []).remarks == ()


def test_a_copy_of_a_paper_that_asks_for_no_comparison_is_not_remarked_upon() -> None:
    assert judge(CASE, [document("TP01", Kind.COPY)], [], []).remarks == ()


def test_one_copy_without_comparison_among_others_is_enough_for_the_remark() -> None:
    judged = judge(CASE, [document("TP02", Kind.COPY, SEEN), document("TP02", Kind.COPY)], [], [])
    assert [each.code for each in judged.remarks] == ["comparison-missing"]
