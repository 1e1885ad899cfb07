"""The corpus of the bench: the same pages each time, and truths that agree with what was printed."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The corpus's makers; their folders are on the path only as long as the test runs."""
    monkeypatch.syspath_prepend(str(ROOT / "samples"))
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "bench"))
    importlib.import_module("maker.layout").fonts_sha256()  # says which package of fonts is missing
    yield importlib.import_module("corpus.library")
    for name in [name for name in sys.modules if name.partition(".")[0] == "corpus"]:
        del sys.modules[name]


def _truth(page: Any) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads(page.truth())
    return truth


@pytest.mark.parametrize("kind", ["poor", "onebit", "photo"])
def test_a_page_is_made_again_with_the_same_bytes(library: ModuleType, kind: str) -> None:
    (_, first), (_, again) = (next(library.pages(kind, 1)) for _ in range(2))
    assert first.encoded() == again.encoded()
    assert first.truth() == again.truth()


@pytest.mark.parametrize("kind", ["onebit", "forms", "official"])
def test_the_words_that_were_inked_are_the_text_in_its_order(library: ModuleType, kind: str) -> None:
    for _, page in library.pages(kind, 2):
        truth = _truth(page)
        assert [word["text"] for word in truth["words"]] == truth["text"].split()


def test_two_pages_of_a_class_say_different_things(library: ModuleType) -> None:
    (_, one), (_, other) = (next(library.pages("onebit", number)) for number in (4, 5))
    assert _truth(one)["text"] != _truth(other)["text"]


def test_every_field_stands_on_its_page(library: ModuleType) -> None:
    for number in (1, 3):
        for _, page in library.pages("official", number):
            truth = _truth(page)
            printed = " ".join(truth["text"].split()).lower()
            # A date is kept as ISO 8601; nobody prints that a letter is one ("công văn").
            read_off = {name: text for name, text in truth["fields"].items() if name not in {"date", "type"}}
            assert all(text.lower() in printed for text in read_off.values())


def test_only_official_papers_with_a_signature_have_a_signer(library: ModuleType) -> None:
    pages = [_truth(page) for _, page in library.pages("official", 9)]
    assert ["signer" in page["fields"] for page in pages] == [False] * (len(pages) - 1) + [True]


def test_words_below_the_seal_are_told_apart(library: ModuleType) -> None:
    ((_, page),) = library.pages("official", 3)
    kinds = {word["text"]: word["kinds"] for word in _truth(page)["words"]}
    assert "under-seal" in kinds[_truth(page)["fields"]["signer"].split()[0]]
    assert "under-seal" not in kinds["CỘNG"]


def test_a_page_askew_and_its_truth_turn_opposite_ways(library: ModuleType) -> None:
    glass = importlib.import_module("corpus.glass")
    ((_, straight),) = library.pages("blank", 0)
    line = straight.pixels[:400, :400].copy()
    line[:], line[198:202] = 255, 0
    leaning = glass.turned(line, 5.0)
    # Clockwise, the right end of a level line comes to lie lower: the picture must be turned back.
    assert leaning[:200, 300:].min() > leaning[200:, 300:].min()


def test_a_turned_page_is_upright_after_the_turn_of_its_truth(library: ModuleType) -> None:
    turns = {}
    for number in (1, 3, 21):
        ((_, page),) = library.pages("turned", number)
        turns[page.rotation] = page.pixels.shape[1::-1]
    assert set(turns) == {0, 90, 180}
    assert turns[90][0] > turns[90][1]
    assert turns[0] == turns[180] == turns[90][::-1]


def test_a_blank_page_says_so_and_has_no_words(library: ModuleType) -> None:
    ((_, page),) = library.pages("blank", 5)
    assert (_truth(page)["blank"], _truth(page)["words"], _truth(page)["text"]) == (True, [], "")


def test_there_are_more_than_a_hundred_pages(library: ModuleType) -> None:
    assert sum(count for count, _ in library.CLASSES.values()) > 100
