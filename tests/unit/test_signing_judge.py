"""The order of verdicts: what is broken comes before what is unknown, and doubt never passes."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.judge import CLOCK_TOLERANCE, Findings, Part, judge
from signing.model import SEVERITY, SignatureReport, Status, pdf_report

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
GOOD = Part(intact=True, valid=True, problem=None, revoked_at=None)
CLEAN = Findings(GOOD, GOOD, NOW - timedelta(days=1), None, None)

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
    st.sampled_from([None, NOW - timedelta(days=1), NOW + 2 * CLOCK_TOLERANCE]),
    st.none() | st.just("changed"),
    st.none() | st.just("loose"),
)


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
        and (findings.stamped is None or findings.stamped <= NOW + CLOCK_TOLERANCE)
        and findings.revision_fault is None
        and findings.form_fault is None
    )
    assert (judge(findings, NOW).status == "TOTAL-PASSED") == spotless


@settings(max_examples=200, deadline=None)
@given(FINDINGS)
def test_what_is_broken_always_fails(findings: Findings) -> None:
    broken = not (findings.signer.intact and findings.signer.valid)
    if broken or findings.revision_fault is not None:
        assert judge(findings, NOW).status == "TOTAL-FAILED"


@pytest.mark.parametrize(
    ("stamped", "code"),
    [(NOW, "REVOKED"), (None, "REVOKED_NO_POE"), (NOW - timedelta(days=9), "REVOKED_NO_POE")],
)
def test_a_revocation_fails_only_what_is_proved_to_be_later(stamped: datetime | None, code: str) -> None:
    signer = Part(True, True, "REVOKED_NO_POE", NOW - timedelta(days=1))
    assert judge(dataclasses.replace(CLEAN, signer=signer, stamped=stamped), NOW).code == code


def test_every_status_has_its_place_in_the_order() -> None:
    assert set(SEVERITY) == set(get_args(Status))


@given(st.lists(st.sampled_from(SEVERITY), min_size=1, max_size=5))
def test_a_file_is_as_good_as_its_worst_signature(statuses: list[Status]) -> None:
    report = pdf_report([SignatureReport(status, "C", "D") for status in statuses])
    assert SEVERITY.index(report.status) == max(SEVERITY.index(status) for status in statuses)


def test_no_signature_is_a_failure() -> None:
    assert pdf_report([]).code == "NO_SIGNATURE"
