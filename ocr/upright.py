"""Which way up a page of Vietnamese print lies, from where its ink is: 25 ms instead of the engine's 150.

Two questions, each answered only when sure. Lines of print are sharp in one direction alone; and a line has more ink
above its letters than below them: tone marks, hats and ascenders against a few tails and dots. Rules are erased before
either question, since those of a table run both ways.

Not for handwriting, nor for print without marks above it, where it mostly says None and `ocr.orient` asks the engine.
Mostly: a page of nothing but bare capitals with a comma after every other word was once turned over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine import Picture
from ocr.model import LARGEST_SKEW
from ocr.skew import COARSE, Strips, darkness, sharpnesses, shrunk, slid, strips, without_rim

#: Pixels of the half-size copy all the following are in; at 200 dpi one is a quarter of a millimetre.
_STRIP = 8

#: Pixels: 1 cm. No stroke of a letter is as long, and rules up to two degrees askew keep runs of this length.
_RULE = 40

#: Pixels around a rule that carry its blur.
_RULE_HALO = 5

#: How much sharper than the middling angle the best one must be, the right way; 7 is the least seen on six words.
_LINES = 5.0

#: How much clearer the lines must be one way than the other. The least ever seen: 2.3, on a table
#: 8 degrees askew, whose rules stay.
_CLEARER = 1.8

#: Strips to a cell: 1 cm, some four letters; less and a single letter votes, more and columns run together.
_CELL = 5

#: Pixels along the shorter side; there is no line of print on less.
_LEAST_SIDE = 2 * _CELL * _STRIP

#: Share of the usual blackness of a row at which a line of print begins.
_FAINT = 0.03

#: Share of the blackest row of a line at which its body begins: what lies between the tops and the feet of an x.
_BODY = 0.5

#: Pixels from the top mark to the lowest tail: 6 points to 30 points at 200 dpi.
_LOWEST, _HIGHEST = 6, 45

#: Pixels: the body of 6 point letters.
_LEAST_BODY = 3

#: Share of the body's ink by which above and below must differ for the line to be counted.
_DIFFERS = 0.05

#: Lines in cells; fewer say nothing.
_FEWEST = 12

#: Standard errors by which the mean of all lines must be off zero, and by which those for must outnumber those against.
_SURE_MEAN, _SURE_COUNT = 4.0, 3.0

#: Share of the body's ink by which, in the mean, above and below must differ. Vietnamese print: 0.03 to 0.07; capitals
#: without marks and with many commas: -0.026.
_LEAST_LEANING = 0.03


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a picture as its rows show them.

    Attributes:
        angle: Degrees clockwise at which the rows are sharpest.
        sharpness: How much sharper there than at the middling angle; 0 without ink.
    """

    angle: float
    sharpness: float


def find_turn(picture: Picture) -> int | None:
    """Return 0, 90, 180 or 270: degrees clockwise by which the page must be turned; None when not sure.

    Args:
        picture: Grey, height x width, flattened, at 150 to 200 dpi; up to 10 degrees askew.
    """
    small = _look(picture)
    quarter = _quarter(small)
    level, upright = _lines(small), _lines(quarter)
    across = _clearer(level, upright)
    if across is None:
        return None
    over = _stands_on_its_head(quarter, upright.angle) if across else _stands_on_its_head(small, level.angle)
    if over is None:
        return None
    return (90 if across else 0) + (180 if over else 0)


def lies_on_its_side(picture: Picture) -> bool | None:
    """Whether the lines of a page run up and down; None when not sure. See `find_turn` for *picture*."""
    small = _look(picture)
    return _clearer(_lines(small), _lines(_quarter(small)))


def upside_down(picture: Picture) -> bool | None:
    """Whether a page with level lines stands on its head; None when not sure. See `find_turn` for *picture*."""
    small = _look(picture)
    return _stands_on_its_head(small, _lines(small).angle)


def _look(picture: Picture) -> Picture:
    """Return the darkness of *picture* at half its size, without rules."""
    inner = without_rim(picture)
    size = (max(1, inner.shape[1] // 2), max(1, inner.shape[0] // 2))
    dark = darkness(cast(Picture, cv2.resize(inner, size, interpolation=cv2.INTER_AREA)))
    ink = cv2.threshold(dark, 0, 255, cv2.THRESH_BINARY)[1]
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, _RULE), np.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((_RULE, 1), np.uint8))
    rules = cv2.dilate(cv2.max(level, upright), np.ones((_RULE_HALO, _RULE_HALO), np.uint8))
    dark[rules > 0] = 0
    return dark


def _quarter(small: Picture) -> Picture:
    return cast(Picture, cv2.rotate(small, cv2.ROTATE_90_CLOCKWISE))


def _clearer(level: _Lines, upright: _Lines) -> bool | None:
    """Whether the lines that run up and down are the clearer ones; None when neither are."""
    if max(level.sharpness, upright.sharpness) < _LINES:
        return None
    if level.sharpness >= _CLEARER * upright.sharpness:
        return False
    return True if upright.sharpness >= _CLEARER * level.sharpness else None


def _lines(small: Picture) -> _Lines:
    if min(small.shape) < _LEAST_SIDE:
        return _Lines(0.0, 0.0)
    sheet = shrunk(strips(small, _STRIP), rows=2, columns=2)
    steps = round(LARGEST_SKEW / COARSE)
    found = sharpnesses(sheet, _STRIP, [step * COARSE for step in range(-steps, steps + 1)])
    middling = float(np.median(found))
    if middling == 0:
        return _Lines(0.0, 0.0)
    return _Lines((int(found.argmax()) - steps) * COARSE, float(found.max()) / middling)


def _stands_on_its_head(small: Picture, angle: float) -> bool | None:
    if min(small.shape) < _LEAST_SIDE:
        return None
    cells = shrunk(slid(strips(small, _STRIP), _STRIP, angle), rows=1, columns=_CELL)
    leanings = _leanings(cells)
    if leanings.size < _FEWEST:
        return None
    mean = float(leanings.mean())
    error = float(leanings.std(ddof=1)) / math.sqrt(leanings.size)
    counted = leanings[np.abs(leanings) > _DIFFERS]
    outnumber = float(np.sign(counted).sum()) / math.sqrt(counted.size + 1)
    down = mean < 0
    sure = abs(mean) >= max(_LEAST_LEANING, _SURE_MEAN * error) and abs(outnumber) >= _SURE_COUNT
    return down if sure and (outnumber < 0) is down else None


def _leanings(cells: Strips) -> NDArray[np.float64]:
    """Return for each line in each cell the ink above its body less that below, as a share of the body's ink."""
    # One cell after the other, with paper between: one pass over all lines of the page.
    rows = np.pad(cells, ((1, 1), (0, 0))).T.ravel()
    inked = rows[rows > 0]
    if inked.size == 0:
        return np.zeros(0)
    edges = np.flatnonzero(np.diff(rows > _FAINT * np.percentile(inked, 95))) + 1
    tops, ends = edges[::2], edges[1::2]
    likely = (ends - tops >= _LOWEST) & (ends - tops <= _HIGHEST)
    tops, ends = tops[likely], ends[likely]
    if tops.size == 0:
        return np.zeros(0)
    heights = ends - tops
    line = np.repeat(np.arange(tops.size), heights)
    places = np.arange(heights.sum()) - np.repeat(np.cumsum(heights) - heights, heights) + np.repeat(tops, heights)
    peaks = np.maximum.reduceat(rows[places], np.cumsum(heights) - heights)
    strong = rows[places] >= _BODY * peaks[line]
    _, first = np.unique(line[strong], return_index=True)
    body_top = places[strong][first]
    body_end = places[strong][np.append(first[1:], strong.sum()) - 1] + 1
    ink = np.concatenate(([0.0], np.cumsum(rows, dtype=np.float64)))
    above, below, body = ink[body_top] - ink[tops], ink[ends] - ink[body_end], ink[body_end] - ink[body_top]
    leanings = np.clip((above - below) / body, -1.0, 1.0)
    return cast("NDArray[np.float64]", leanings[body_end - body_top >= _LEAST_BODY])
