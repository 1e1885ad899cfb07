"""Whatever a verifier can find has its Vietnamese words."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from report_helpers import FULL, NOW, checked

from pipeline.checking import Check
from pipeline.messages import catalogue, say
from pipeline.reports import gather
from pipeline.reports.sheet import MOST_TOLD, sheet_of
from pipeline.reports.words import of_code, why
from signing.model import Change
from signing.verifying.judge import SENTENCES


@pytest.mark.parametrize("change", get_args(Change))
def test_every_class_of_change_has_its_words(change):
    assert say(f"report.change-{change}")


def test_every_code_that_the_verifier_tells_has_its_words():
    assert {code for code in SENTENCES if f"signature.{code}" not in catalogue()} == set()


def test_a_code_without_words_stands_for_itself():
    assert of_code("SOMETHING_NEW") == "SOMETHING_NEW"


def test_a_file_under_a_wrong_name_is_told_with_the_right_one():
    each = Check(Path("/in/TP01-01.pdf"), "folder", "failed", "file-misplaced", other="TP02-01.pdf")
    assert "TP02-01.pdf" in why(each)


def test_of_very_many_files_the_worst_are_told_and_the_others_counted():
    good = [checked(FULL, Path(f"/in/{number}.pdf")) for number in range(MOST_TOLD + 5)]
    bad = Check(Path("/in/z.pdf"), "hash", "failed", "hash-differs", sha256="3" * 64)
    summary, first, *others = sheet_of(gather([*good, bad], NOW, pictures=False)).sections
    grid, rest = summary.blocks
    assert grid.rows[0][0] == "in/z.pdf"
    assert first.heading.startswith("in/z.pdf")
    assert "Còn 6 đối tượng khác" in rest.text
    assert len([each for each in others if each.level == 1]) == MOST_TOLD - 1


def test_a_single_file_needs_no_summary():
    sheet = sheet_of(gather([checked(FULL)], NOW, pictures=False))
    assert sheet.sections[0].heading.startswith("in/TP01-01.pdf")
