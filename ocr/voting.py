"""Several readings of one line of print, made into one: word by word, by the engine's confidence.

Nothing is spelt anew: each word comes from one of the readings as it stands there. That Vietnamese spelling knows no
such syllable (`QUYÉT`) speaks against a reading of a word, and no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.model import UNCERTAIN_BELOW, Box, Word
from ocr.syllables import doubtful

#: Share of the narrower of two words by which they must overlap along the line to stand in one place.
_SAME_PLACE = 0.3

#: Confidence that a word loses when no Vietnamese syllable is written so.
_MISSPELT = 0.5

#: What a reading that has nothing in a place counts for against one that has something there.
_NOTHING = 0.4

#: Just below the level from which a word is certain: what a word is told with that the readings disagree on.
_DISPUTED = UNCERTAIN_BELOW - 0.01

_Reading = tuple[Word, ...]


def vote(readings: Sequence[_Reading]) -> _Reading:
    """Return the words of a line as most of its readings have them.

    Args:
        readings: The same line, read from different pictures or with different models, the first one first among
            equals; boxes in pixels of one and the same page. None may be empty.

    Returns:
        Words from left to right. Where readings disagree and neither is misspelt, the word is uncertain.
    """
    chosen: list[Word] = []
    for place in _places(readings):
        chosen += _elected(place)
    return tuple(chosen)


def _places(readings: Sequence[_Reading]) -> list[list[_Reading]]:
    """Return the line cut into places from left to right: the words that each reading has there."""
    words = sorted(
        ((word, number) for number, reading in enumerate(readings) for word in reading),
        key=lambda each: (each[0].box.left, each[0].box.right),
    )
    groups: list[list[tuple[Word, int]]] = []
    end = float("-inf")
    for word, number in words:
        width = max(1.0, word.box.right - word.box.left)
        narrow = (
            min(width, max((each.box.right - each.box.left for each, _ in groups[-1]), default=width))
            if groups
            else width
        )
        if groups and end - word.box.left > _SAME_PLACE * narrow:
            groups[-1].append((word, number))
            end = max(end, word.box.right)
        else:
            groups.append([(word, number)])
            end = word.box.right
    return [[tuple(word for word, of in group if of == number) for number in range(len(readings))] for group in groups]


def _elected(place: Sequence[_Reading]) -> _Reading:
    votes: dict[tuple[str, ...], list[_Reading]] = {}
    for reading in place:
        votes.setdefault(tuple(word.text for word in reading), []).append(reading)
    weights = {text: sum(_weight(reading) for reading in held) for text, held in votes.items()}
    best = max(votes, key=weights.__getitem__)  # of equals the first, which is the first reading's
    if not best:
        return ()
    winner = max(votes[best], key=_weight)
    opposed = any(text and text != best and not _misspelt(held[0]) for text, held in votes.items())
    if len(votes[best]) * 2 > len(place) or not opposed:
        return winner
    return tuple(replace(word, confidence=min(word.confidence, _DISPUTED)) for word in winner)


def _weight(reading: _Reading) -> float:
    """Return what a reading of one place is worth: its weakest word, less for a misspelling."""
    if not reading:
        return _NOTHING
    weakest = min(word.confidence for word in reading)
    return weakest - _MISSPELT if _misspelt(reading) else weakest


def _misspelt(reading: _Reading) -> bool:
    return any(doubtful(word.text) for word in reading)


def shifted(words: _Reading, *, scale: float, left: float, top: float) -> _Reading:
    """Return words read from a cut-out moved to where they stand on the page.

    Args:
        words: With boxes in pixels of the cut-out.
        scale: Pixels of the cut-out for one of the page.
        left: Pixels of the page left of the cut-out.
        top: Pixels of the page above it.
    """
    return tuple(
        replace(
            word,
            box=Box(
                word.box.left / scale + left,
                word.box.top / scale + top,
                word.box.right / scale + left,
                word.box.bottom / scale + top,
            ),
        )
        for word in words
    )
