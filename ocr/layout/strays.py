"""Ink that the engine took for words: strokes of a signature, rims of a seal, specks.

Such words must not decide where columns run, but none is dropped: they are put back beside the print next to them.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocr.layout.spots import Run, Spot, rows_of
from ocr.model import Box

#: Letters and digits up to which a word may be a stroke; real signatures gave `2x`, `22`, `⁄⁄`, `Z`.
_SHORT = 2

#: Usual heights from which a short word is a stroke; a heading of 20 points on a page of 12 has 1.7.
_TALL = 2.2

#: ... and below which it is a speck; the letter x has 0.6.
_TINY = 0.5

#: Confidence below which a short word is believed to be none; the handwritten digits of real numbers have 0.2 to 0.3.
_DOUBTED = 0.3

#: Heights of white up to which a mark belongs to the word beside it.
_BESIDE = 1.0


def parted(spots: Sequence[Spot], height: float) -> tuple[list[Spot], list[Spot]]:
    """Return the words to go by and the strays; every word is in one of the two.

    Args:
        spots: All words.
        height: Pixels; the usual height of a word.
    """
    doubtful = [spot for spot in spots if _may_be_none(spot, height)]
    doubted = set(map(id, doubtful))
    sure = [spot for spot in spots if id(spot) not in doubted]
    strays = [spot for spot in doubtful if not any(_beside(spot.box, other.box, height) for other in sure)]
    astray = set(map(id, strays))
    return [spot for spot in spots if id(spot) not in astray], strays


def _may_be_none(spot: Spot, height: float) -> bool:
    letters = sum(c.isalnum() for c in spot.word.text)
    tall = spot.box.bottom - spot.box.top
    if letters > _SHORT:
        return False
    return letters == 0 or tall >= _TALL * height or tall < _TINY * height or spot.word.confidence < _DOUBTED


def _beside(mark: Box, word: Box, height: float) -> bool:
    """Whether *mark* stands in the line of *word*, next to it; engines draw some boxes too tall, of sure words too."""
    if not word.top <= mark.centre[1] <= word.bottom:
        return False
    return max(mark.left - word.right, word.left - mark.right) <= _BESIDE * height


def put_back(strays: Sequence[Spot], blocks: list[list[Run]], height: float) -> list[list[Run]]:
    """Return *blocks* with each stray in the line it stands in, or as a line of its own after the nearest.

    Args:
        strays: Words that are in no block.
        blocks: Lines of print, in reading order, of which there must be one at least.
        height: Pixels; the usual height of a word.
    """
    places = [(b, r) for b, rows in enumerate(blocks) for r in range(len(rows))]
    beside: dict[tuple[int, int], list[Spot]] = {}
    for stray in strays:
        nearest = min(places, key=lambda at: _distance(stray.box, blocks[at[0]][at[1]].box))
        beside.setdefault(nearest, []).append(stray)
    return [
        [run for r, row in enumerate(rows) for run in _with(row, beside.get((b, r), []), height)]
        for b, rows in enumerate(blocks)
    ]


def _with(row: Run, strays: Sequence[Spot], height: float) -> list[Run]:
    """Return *row* with those of *strays* that stand in it, the others above and below it."""
    above = [s for s in strays if s.box.centre[1] < row.box.centre[1] - height / 2]
    below = [s for s in strays if s.box.centre[1] > row.box.centre[1] + height / 2]
    out = {id(stray) for stray in (*above, *below)}
    spots = (*row.spots, *(stray for stray in strays if id(stray) not in out))
    whole = Run(tuple(sorted(spots, key=lambda spot: (spot.box.left, spot.box.right))))
    return [*rows_of(above), whole, *rows_of(below)]


def _distance(one: Box, other: Box) -> float:
    """Return the pixels along and down between two boxes, added up; 0 when they meet."""
    along = max(0.0, one.left - other.right, other.left - one.right)
    down = max(0.0, one.top - other.bottom, other.top - one.bottom)
    return along + down
