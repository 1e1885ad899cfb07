"""The report for programs keeps its published schema, whatever was found."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from report_helpers import BARE, FULL, LISTED, NOW, checked, report_on, signatures

from pipeline.checking import Check
from pipeline.reports import gather
from pipeline.reports.as_json import as_json, report_json, report_schema

VALID = Draft202012Validator(report_schema())


def test_the_schema_is_one():
    Draft202012Validator.check_schema(report_schema())


@settings(max_examples=60, deadline=None)
@given(st.lists(signatures(), max_size=3))
def test_every_report_keeps_the_schema(found):
    VALID.validate(json.loads(as_json(report_on(*found, listed=LISTED))))


def test_what_has_no_signature_keeps_the_schema_too():
    checks = [
        Check(Path("/in"), "folder", "failed", "manifest-missing"),
        Check(Path("/in/a.pdf"), "folder", "failed", "file-misplaced", other="TP02-01.pdf", sha256="2" * 64),
        Check(Path("/in/b.txt"), "signature", "failed", "not-verifiable"),
    ]
    told = report_json(gather(checks, NOW, pictures=False))
    VALID.validate(told)
    assert [each["listed_as"] for each in told["checks"]] == [None, "TP02-01.pdf", None]


def test_nothing_checked_is_no_pass():
    told = report_json(gather([], NOW, pictures=False))
    VALID.validate(told)
    assert (told["result"], told["exit"]) == ("failed", 4)


def test_a_file_is_as_good_as_its_worst_finding():
    told = report_json(report_on(FULL, BARE))
    assert (told["result"], told["exit"]) == ("indeterminate", 3)
    assert told["files"][0]["result"] == "indeterminate"


def test_names_stand_as_they_are():
    """Programs compare them with the certificate; JSON itself escapes what must be."""
    odd = "O\u202eU\n<b>"
    (file,) = json.loads(as_json(gather([checked(FULL)], NOW, pictures=False)))["files"]
    assert file["signatures"][0]["signer"] == FULL.signer
    checks = [Check(Path("/in/a.pdf"), "signature", "passed", "OK", signer=odd)]
    assert json.loads(as_json(gather(checks, NOW, pictures=False)))["checks"][0]["signer"] == odd


def test_a_path_that_is_no_utf8_comes_back_as_it_was():
    checks = [Check(Path("/in/\udcff.pdf"), "signature", "failed", "not-verifiable")]
    assert json.loads(as_json(gather(checks, NOW, pictures=False)))["checks"][0]["path"] == "/in/\udcff.pdf"
