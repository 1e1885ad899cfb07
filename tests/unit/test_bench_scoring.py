"""How the bench counts: laws that hold for every text, and the family of a child that is counted whole."""

from __future__ import annotations

import importlib
import os
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.metrics import distance

BENCH = Path(__file__).resolve().parents[1] / "bench"
TEXTS = st.text("ầẩđĐ ABCabc.1", max_size=40)


@pytest.fixture(scope="module")
def bench() -> Iterator[dict[str, ModuleType]]:
    """The bench's pure modules; their folder is on the path only while they are loaded."""
    sys.path.insert(0, str(BENCH))
    try:
        yield {name: importlib.import_module(name) for name in ("scoring", "kinds", "pages", "children")}
    finally:
        sys.path.remove(str(BENCH))


@settings(deadline=None, max_examples=60)
@given(text=TEXTS)
def test_the_truth_itself_has_no_errors_however_it_is_spaced_or_composed(
    bench: dict[str, ModuleType], text: str
) -> None:
    apart = unicodedata.normalize("NFD", text).replace(" ", " \n ")
    found = bench["scoring"].score(text, apart)
    assert (found.errors, found.plain_errors, found.word_errors, found.lost_words) == (0, 0, 0, 0)


@settings(deadline=None, max_examples=60)
@given(truth=TEXTS, read=TEXTS)
def test_forgiving_costs_nothing_more(bench: dict[str, ModuleType], truth: str, read: str) -> None:
    found = bench["scoring"].score(truth, read)
    assert found.plain_errors <= found.errors
    assert found.lost_words <= found.word_errors


@settings(deadline=None, max_examples=60)
@given(truth=TEXTS, read=TEXTS)
def test_the_alignment_is_a_shortest_one_and_leads_from_the_truth_to_the_reading(
    bench: dict[str, ModuleType], truth: str, read: str
) -> None:
    edits = bench["kinds"].mistakes(truth, read)
    assert len(edits) == distance(truth, read)
    letters = [*truth, ""]
    for at, one, other in reversed(edits):
        if one:
            assert truth[at] == one
            letters[at : at + 1] = [other]
        else:
            letters[at:at] = [other]
    assert "".join(letters) == read


def test_words_read_in_another_order_are_wrong_but_not_lost(bench: dict[str, ModuleType]) -> None:
    found = bench["scoring"].score("một hai\nba bốn", "ba bốn\nmột hai")
    assert found.lost_words == 0
    assert found.word_errors > 0


def test_a_page_counts_by_its_length_and_a_bare_page_by_what_was_invented(bench: dict[str, ModuleType]) -> None:
    score = bench["scoring"].score
    found = bench["scoring"].total([score("abcdefghij" * 9, "abcdefghij" * 9), score("abcdefghij", "abcdefghiX")])
    assert found.cer == pytest.approx(0.01)
    assert score("", "xyz").errors == 3


def test_an_error_counts_under_the_kinds_of_its_word(bench: dict[str, ModuleType]) -> None:
    words = [{"text": "QUYẾT", "kinds": ["capitals-bold"]}, {"text": "2026", "kinds": ["digits", "italic"]}]
    page = bench["pages"].Example("official", Path("x.jpg"), {"words": words})
    found = bench["kinds"].errors_by_kind(page, "QUYÉT 2027")
    assert found == {"all": 2, "capitals-bold": 1, "diacritics": 1, "digits": 1, "italic": 1}


def test_a_word_that_lost_its_tone_is_lost_by_diacritics_wherever_it_is_read(bench: dict[str, ModuleType]) -> None:
    words = [{"text": "QUYẾT", "kinds": ["capitals-bold"]}, {"text": "định", "kinds": ["body"]}]
    page = bench["pages"].Example("official", Path("x.jpg"), {"words": words})
    assert bench["kinds"].lost_by_kind(page, "định QUYÉT") == {"all": 1, "capitals-bold": 1, "diacritics": 1}


def test_ninety_five_of_a_hundred_errors_are_not_larger(bench: dict[str, ModuleType]) -> None:
    assert bench["pages"].share_95([float(n) for n in range(1, 101)]) == 95.0
    assert bench["pages"].share_95([0.4]) == 0.4
    assert bench["pages"].share_95([]) is None


def test_the_cpu_of_a_grandchild_that_outlives_its_parent_is_counted(
    bench: dict[str, ModuleType], tmp_path: Path
) -> None:
    # A fork server ends a moment after its program: its seconds are the program's.
    busy = "import time\nwhile time.process_time() < 0.4: pass"
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}])"
    took = bench["children"].run([sys.executable, "-c", program], environment=os.environ, log=tmp_path / "log")
    assert took.exit_code == 0
    assert took.cpu >= 0.4
