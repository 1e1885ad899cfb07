"""Whose turn an unsure page takes: the nearest sure page of its document, of two the earlier."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.turns import turn_givers, unsure

quick = settings(deadline=None, max_examples=100)


def page(ground: str, failure: str | None = None, words: int = 9) -> dict[str, Any]:
    return {"rotation_ground": ground, "failure": failure, "rotation": 0, "words": words}


def pages(letters: str) -> list[dict[str, Any]]:
    """s sure, a assumed, x failed, w sure without a word."""
    kinds = {"s": page("osd"), "a": page("assumed"), "x": page("assumed", "died", 0), "w": page("osd", words=0)}
    return [kinds[letter] for letter in letters]


@pytest.mark.parametrize(
    ("letters", "wanted"),
    [
        ("s", {}),
        ("a", {}),
        ("sa", {1: 0}),
        ("as", {0: 1}),
        ("sas", {1: 0}),  # as near on either side: the earlier
        ("saas", {1: 0, 2: 3}),
        ("saaas", {1: 0, 2: 0, 3: 4}),
        ("aaa", {}),
        ("xas", {1: 2}),  # a page that could not be read gives no turn and takes none
        ("xa", {}),
        ("saw", {1: 0}),
        ("swa", {2: 0}),  # a blank page that the model took for an upright one is no guide
        ("wa", {}),
    ],
)
def test_the_nearest_sure_page_gives_its_turn(letters: str, wanted: dict[int, int]) -> None:
    assert turn_givers(pages(letters)) == wanted


@quick
@given(st.text("saxw", max_size=12))
def test_no_sure_page_is_nearer_than_the_giver(letters: str) -> None:
    told = pages(letters)
    for at, giver in turn_givers(told).items():
        assert unsure(told[at])
        assert letters[giver] == "s"
        assert all(abs(other - at) >= abs(giver - at) for other, letter in enumerate(letters) if letter == "s")


@quick
@given(st.text("saxw", max_size=12))
def test_every_unsure_page_gets_a_turn_when_its_document_has_a_sure_one(letters: str) -> None:
    takers = {at for at, letter in enumerate(letters) if letter == "a"}
    assert set(turn_givers(pages(letters))) == (takers if "s" in letters else set())
