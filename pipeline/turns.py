"""Whose turn a page takes that could not say how it lies itself. Pure: decides, reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def unsure(facts: Mapping[str, Any]) -> bool:
    """Say whether a page was read as it came for want of grounds; one that failed would only fail again."""
    return facts["rotation_ground"] == "assumed" and not facts["failure"]


def turn_givers(pages: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Return for each unsure page the page whose turn it should take: the nearest sure one, of two the earlier.

    Sheets go through a feeder the same way round, so the turn of a page with little on it is that of those around it.

    Args:
        pages: What reading left of each page of one document, in order.

    Returns:
        Places from 0; an unsure page without a sure one in its document is not in it.
    """
    sure = [at for at, facts in enumerate(pages) if _sure(facts)]
    if not sure:
        return {}
    return {
        at: min(sure, key=lambda other: (abs(other - at), other)) for at, facts in enumerate(pages) if unsure(facts)
    }


def _sure(facts: Mapping[str, Any]) -> bool:
    """Say whether a page knows how it lies; the model has been sure of the specks on a page without a word."""
    return facts["rotation_ground"] != "assumed" and not facts["failure"] and facts["words"] > 0
