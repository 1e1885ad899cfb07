"""The order of verdicts: what is broken comes before what is unknown, and doubt never passes."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.model import SEVERITY, SignatureReport, Status, pdf_report
from signing.verifying.independent import Opinion
from signing.verifying.judge import Findings, Part, Verdict
from signing.verifying.judge import judge as judge_by
from signing.verifying.policy import current_policy

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
GOOD = Part(intact=True, valid=True, problem=None, revoked_at=None)
PASSED, FAILED, UNSURE = (Opinion(answer, "a reason") for answer in ("passed", "failed", "unknown"))  # type: ignore[arg-type]
CLEAN = Findings(GOOD, GOOD, NOW - timedelta(days=1), None, None, PASSED, NOW - timedelta(days=1))
BROKEN = Part(intact=False, valid=True, problem=None, revoked_at=None)
AHEAD = current_policy().stamp_ahead

PARTS = st.builds(
    Part,
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, "TRY_LATER", "REVOKED_NO_POE", "SOMETHING_NEW"]),
    st.sampled_from([None, NOW - timedelta(days=2), NOW]),
)
FINDINGS = st.builds(
    Findings,
    PARTS,
    st.none() | PARTS,
    st.sampled_from([None, NOW - timedelta(days=1), NOW + 2 * AHEAD]),
    st.none() | st.just("changed"),
    st.none() | st.just("loose"),
    st.sampled_from([PASSED, FAILED, UNSURE]),
    st.sampled_from([None, NOW - timedelta(days=3), NOW + timedelta(days=3)]),
    st.sampled_from([(), ("sha1",)]),
)


def judge(findings: Findings, now: datetime) -> Verdict:
    return judge_by(findings, now, current_policy())


def test_a_clean_signature_passes() -> None:
    assert judge(CLEAN, NOW).status == "TOTAL-PASSED"


@settings(max_examples=300, deadline=None)
@given(FINDINGS)
def test_it_passes_only_when_nothing_is_left_to_say(findings: Findings) -> None:
    spotless = (
        findings.signer.intact
        and findings.signer.valid
        and findings.signer.problem is None
        and (findings.stamp is None or dataclasses.replace(findings.stamp, revoked_at=None) == GOOD)
        and (findings.stamped is None or findings.stamped <= NOW + AHEAD)
        and findings.revision_fault is None
        and findings.form_fault is None
        and findings.own == PASSED
        and not findings.weak
        and (findings.claimed is None or findings.claimed < NOW)
    )
    assert (judge(findings, NOW).status == "TOTAL-PASSED") == spotless


@settings(max_examples=200, deadline=None)
@given(FINDINGS)
def test_what_is_broken_always_fails(findings: Findings) -> None:
    broken = not (findings.signer.intact and findings.signer.valid)
    if broken and findings.own != PASSED:
        assert judge(findings, NOW).status == "TOTAL-FAILED"


@settings(max_examples=200, deadline=None)
@given(FINDINGS)
def test_what_was_changed_afterwards_always_fails_while_both_checks_agree(findings: Findings) -> None:
    changed = dataclasses.replace(findings, revision_fault="changed")
    if not changed.broken:
        assert judge(changed, NOW).code == "DOCUMENT_CHANGED"


@pytest.mark.parametrize(
    ("signer", "own", "expected"),
    [
        (BROKEN, FAILED, ("TOTAL-FAILED", "HASH_FAILURE")),
        (BROKEN, UNSURE, ("TOTAL-FAILED", "HASH_FAILURE")),
        (BROKEN, PASSED, ("INDETERMINATE", "CHECKS_DISAGREE")),
        (GOOD, FAILED, ("INDETERMINATE", "CHECKS_DISAGREE")),
        (GOOD, UNSURE, ("INDETERMINATE", "CHECKS_DISAGREE")),
        (GOOD, PASSED, ("TOTAL-PASSED", "OK")),
    ],
)
def test_two_checks_must_agree(signer: Part, own: Opinion, expected: tuple[str, str]) -> None:
    verdict = judge(dataclasses.replace(CLEAN, signer=signer, own=own), NOW)
    assert (verdict.status, verdict.code) == expected


def test_where_they_differ_both_answers_are_told() -> None:
    detail = judge(dataclasses.replace(CLEAN, own=FAILED), NOW).detail
    assert "pyHanko finds it intact" in detail
    assert "our own says failed (a reason)" in detail


def test_what_is_weak_is_called_so_though_it_is_intact() -> None:
    verdict = judge(dataclasses.replace(CLEAN, weak=("sha1", "rsa-1024")), NOW)
    assert (verdict.status, verdict.code) == ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE")
    assert "intact, but weak: sha1, rsa-1024" in verdict.detail


@pytest.mark.parametrize(("days", "passes"), [(-400, True), (0.9, True), (1.1, False)])
def test_a_claim_may_precede_its_proof_but_not_follow_it(days: float, passes: bool) -> None:
    """A stamp may be added years later; a claim two days behind its own stamp is wrong."""
    assert CLEAN.stamped is not None
    claimed = CLEAN.stamped + timedelta(days=days)
    assert (judge(dataclasses.replace(CLEAN, claimed=claimed), NOW).status == "TOTAL-PASSED") == passes


@pytest.mark.parametrize(
    ("stamped", "code"),
    [(NOW, "REVOKED"), (None, "REVOKED_NO_POE"), (NOW - timedelta(days=9), "REVOKED_NO_POE")],
)
def test_a_revocation_fails_only_what_is_proved_to_be_later(stamped: datetime | None, code: str) -> None:
    signer = Part(True, True, "REVOKED_NO_POE", NOW - timedelta(days=1))
    assert judge(dataclasses.replace(CLEAN, signer=signer, stamped=stamped, claimed=None), NOW).code == code


def test_every_status_has_its_place_in_the_order() -> None:
    assert set(SEVERITY) == set(get_args(Status))


@given(st.lists(st.sampled_from(SEVERITY), min_size=1, max_size=5))
def test_a_file_is_as_good_as_its_worst_signature(statuses: list[Status]) -> None:
    report = pdf_report([SignatureReport(status, "C", "D") for status in statuses])
    assert SEVERITY.index(report.status) == max(SEVERITY.index(status) for status in statuses)


def test_no_signature_is_a_failure() -> None:
    assert pdf_report([]).code == "NO_SIGNATURE"
