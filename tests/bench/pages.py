"""The pages of a written corpus, with what is true of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLASSES = ("clean", "poor", "onebit", "turned", "forms", "small", "official", "photo", "blank")


@dataclass(frozen=True, slots=True)
class Example:
    """One picture of the corpus."""

    #: Class it belongs to.
    kind: str
    #: The file.
    picture: Path
    #: The content of its ``.truth.json``, see `corpus.library.Page.truth`.
    truth: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What is printed, line by line."""
        return str(self.truth["text"])


def examples(corpus: Path, kind: str, *, most: int | None = None) -> list[Example]:
    """Return the pages of a class in order, at most so many.

    Raises:
        FileNotFoundError: the corpus has no such class.
    """
    found = sorted(path for path in (corpus / kind).iterdir() if path.suffix in {".jpg", ".tif", ".png"})
    return [Example(kind, path, _truth(path)) for path in found[:most]]


def turn_errors(pages: Sequence[Example], rotations: Sequence[int]) -> int:
    """Count the pages that were not turned upright; blank ones have no up."""
    pairs = zip(pages, rotations, strict=True)
    return sum(not page.truth["blank"] and page.truth["rotation"] != rotation for page, rotation in pairs)


def skew_errors(pages: Sequence[Example], rotations: Sequence[int], skews: Sequence[float]) -> list[float]:
    """Return the errors in degrees, smallest first, of upright pages whose skew is known."""
    found = zip(pages, rotations, skews, strict=True)
    return sorted(
        abs(page.truth["skew"] - skew)
        for page, rotation, skew in found
        if page.truth["skew"] is not None and page.truth["rotation"] == rotation
    )


def share_95(errors: Sequence[float]) -> float | None:
    """Return the error that 95 of 100 pages do not exceed; None for no pages."""
    return errors[max(0, -(-len(errors) * 95 // 100) - 1)] if errors else None


def _truth(picture: Path) -> Mapping[str, Any]:
    raw: Mapping[str, Any] = json.loads(picture.with_suffix(".truth.json").read_text(encoding="utf-8"))
    return raw
