"""Words that are known beforehand, found again in what was read, though marks or a letter are lost.

Comparison is without diacritics, case, spaces and punctuation: those are what is misread most, and hardly two anchors
that may stand in one place differ by them alone. A text is never put right here, only known again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from ocr.metrics import distance, without_diacritics

#: Letters of an anchor for each wrong one that is borne with.
_LETTERS_PER_SLIP: Final = 6


@lru_cache(maxsize=1 << 14)
def folded(text: str) -> str:
    """Return the letters and digits of *text* in small plain letters: `QUYÉT ĐỊNH:` becomes `quyetdinh`."""
    return "".join(letter for letter in without_diacritics(text).lower() if letter.isalnum())


def resembles(text: str, anchor: str) -> bool:
    """Return whether *text* is *anchor* but for a slip in every six letters."""
    return nearest(text, (anchor,)) is not None


def starts_like(text: str, anchor: str) -> bool:
    """Return whether *text* begins as *anchor* does, but for a slip in every six letters."""
    wanted = folded(anchor)
    return resembles(folded(text)[: len(wanted)], anchor)


def nearest(text: str, anchors: Iterable[str]) -> str | None:
    """Return the one of *anchors* that *text* is, but for a slip in every six letters.

    Returns:
        None when there is none, or when two are as near: a guess would be a wrong answer half the time.
    """
    read = folded(text)
    best: list[str] = []
    least = len(read) + 1
    for anchor in anchors:
        wanted = folded(anchor)
        slips = len(wanted) // _LETTERS_PER_SLIP
        if abs(len(wanted) - len(read)) > slips:
            continue
        apart = distance(wanted, read)
        if apart <= slips and apart <= least:
            best = [*best, anchor] if apart == least else [anchor]
            least = apart
    return best[0] if len(best) == 1 else None


def is_capital(text: str, share: float = 0.8) -> bool:
    """Return whether at least *share* of the letters in *text* are capitals; False without letters."""
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and sum(letter.isupper() for letter in letters) >= share * len(letters)
