"""How bare a page is: the back of a sheet, a divider, an empty last page.

Looks at the picture as decoded, in colour: the grey that the engine sees has no red seals any more, and a page with a
seal on it is not blank. When in doubt a page is not blank: a page too many costs a moment, a pencil note lost is lost.

Not on a mark's side: punch holes, dust, staples, a scanner's frame, shadows at the edge and what shines through.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from ocr.engine import Picture
from ocr.frame import outside_of
from ocr.model import Reading

#: From this score on a page counts as bare: less than `_HALF` square millimetres of ink in all. Bare pages with noise,
#: holes, dust, shadows, a folded corner, show-through: 1.0. A page number alone: 0.3, "Đã kiểm tra" in grey: 0.39, a
#: pencil tick, a signature, a seal: 0.2 and less.
BLANK_FROM = 0.5

#: Square millimetres of ink at which the score is one half: the digit 1 of 10 points has 2.5 as we see it, blurred.
_HALF = 1.0

#: A word this sure is print, whatever the score; so many of them, and the page is not blank.
_SURE_WORD, _FEW_WORDS = 0.80, 2

#: Dots per inch of the copy that is looked at: a stroke of 10 point print is 1.4 px wide.
_LOOK_DPI = 100.0

_MM_PER_INCH = 25.4

#: Millimetres: what is darker than all around it within this is a stroke. Wider ones are told by their darkness.
_STROKE = 5.0

#: Share of the paper's light that a mark takes away: where it is darkest, and where it ends. A full page of print
#: behind paper that lets a quarter of it through: 0.157 at most; a hard pencil, one fifth darker than the paper: 0.21.
_SEED, _REST = 0.16, 0.10

#: Share of the paper's light; what is darker over an area wider than a stroke is a black field, a picture.
_DARK = 0.5

#: Square millimetres, with the blur; a speck of dust, a full stop or a knot of the paper is smaller.
_SPECK = 1.2

#: Square millimetres: more ink than all holes, staples and shadows of a sheet together. It need not be sorted.
_PLENTY = 3000.0

#: Millimetres from the edge of the picture or of the sheet: what touches this margin is of the scanner's making.
_MARGIN = 2.0

#: Millimetres: diameters of punch holes, and how far from the edge of the picture the middle of one may be: 12 on the
#: paper, and 52 more where an A4 sheet lies ten degrees askew on a light ground.
_HOLES, _HOLE_DEPTH = (3.5, 9.0), 65.0

#: A disc fills 0.785 of its square, and the longer side of that is at most so many times the other.
_DISC, _ROUND = 0.68, 1.3

#: Millimetres: how long a staple is, how wide with its shadow, and how far from a corner along both sides. A digit in
#: the corner is shorter than any staple.
_STAPLES, _THIN, _STAPLE_DEPTH = (6.0, 14.0), 1.6, 18.0

_WHITE = 255


def blank_score(picture: Picture, dpi: float) -> float:
    """Return how bare a page is, from 0 (print) to 1 (bare paper); see `BLANK_FROM`.

    Args:
        picture: As decoded: height x width x 3 (red, green, blue) or height x width (grey), in any turn.
        dpi: Dots per inch of *picture*, the finer side.
    """
    small, look_dpi = _look(picture, dpi)
    mm = look_dpi / _MM_PER_INCH
    if min(small.shape) < 2 * _STROKE * mm:
        return 1.0
    off = _off_the_sheet(small, mm)
    ink = sum(_area(mark, mm) for mark in _marks(small, off, mm) if not _is_of_the_scanner(mark, off, mm))
    return _HALF / (_HALF + ink)


def is_blank(reading: Reading) -> bool:
    """Whether a page that was read is bare: by its score, unless a few words were read with confidence.

    A page that could not be read is never bare.
    """
    if reading.failure is not None:
        return False
    sure = sum(word.confidence >= _SURE_WORD and any(map(str.isalnum, word.text)) for word in reading.words)
    return reading.blank_score >= BLANK_FROM and sure < _FEW_WORDS


@dataclass(frozen=True, slots=True)
class _Mark:
    """Ink in one piece, in pixels of the copy; `right` and `bottom` are outside it, as is usual."""

    left: int
    top: int
    right: int
    bottom: int
    pixels: int


def _look(picture: Picture, dpi: float) -> tuple[Picture, float]:
    """Return the darkest channel of *picture*, brought down by a whole factor, and the dpi it has then."""
    factor = max(1, round(dpi / _LOOK_DPI))
    height, width = (side // factor for side in picture.shape[:2])
    if min(height, width) == 0:
        return np.full((1, 1), _WHITE, np.uint8), _LOOK_DPI
    cut = picture[: height * factor, : width * factor]
    small = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA)
    if small.ndim > 2:  # noqa: PLR2004
        red, green, blue = cv2.split(small)
        small = cv2.min(cv2.min(red, green), blue)
    # Noise of the sensor and of JPEG goes; a stroke loses a third of its darkness.
    return cast(Picture, cv2.GaussianBlur(small, (3, 3), 0)), dpi / factor


def _off_the_sheet(small: Picture, mm: float) -> Picture:
    """Return 1 where the copy shows no paper, or paper within the margin of its edge."""
    outside = outside_of(small).astype(np.uint8)
    step = -(-small.shape[0] // outside.shape[0])
    off = np.repeat(np.repeat(outside, step, axis=0), step, axis=1)[: small.shape[0], : small.shape[1]]
    reach = round(_MARGIN * mm)
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    # Beyond its edges the picture shows no paper either.
    walled = cv2.copyMakeBorder(off, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))
    return cast(Picture, cv2.dilate(walled, kernel)[1:-1, 1:-1])


def _marks(small: Picture, off: Picture, mm: float) -> list[_Mark]:
    """Return all pieces of ink that do not touch the edge of the sheet."""
    wide = 2 * round(_STROKE * mm / 2) + 1
    around = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((wide, wide), np.uint8))
    paper = float(np.percentile(around[::4, ::4], 90))
    field = small < _DARK * paper
    # In eight bits and whole pictures: 255 stands for as bright as all around.
    left_over = cv2.divide(small, around, scale=_WHITE)
    ink = ((left_over < (1 - _REST) * _WHITE) | field).astype(np.uint8)
    seeds = ((left_over < (1 - _SEED) * _WHITE) | field) & (off == 0)
    plenty = int(np.count_nonzero(seeds))
    if plenty == 0:
        return []
    if plenty > _PLENTY * mm**2:
        return [_Mark(0, 0, small.shape[1], small.shape[0], plenty)]
    _, labels, facts, _ = cv2.connectedComponentsWithStats(cv2.bitwise_or(ink, off), connectivity=8)
    kept = np.zeros(len(facts), np.bool_)
    kept[labels[seeds]] = True
    kept[labels[off > 0]] = False
    kept[facts[:, cv2.CC_STAT_AREA] < _SPECK * mm**2] = False
    kept[0] = False  # the paper
    return [_Mark(x, y, x + wide, y + high, area) for x, y, wide, high, area in facts[kept].tolist()]


def _area(mark: _Mark, mm: float) -> float:
    return mark.pixels / mm**2


def _is_of_the_scanner(mark: _Mark, off: Picture, mm: float) -> bool:
    """Whether a mark is a punch hole or a staple."""
    width, height = mark.right - mark.left, mark.bottom - mark.top
    shorter, longer = sorted((width, height))
    smallest, largest = (side * mm for side in _HOLES)
    disc = mark.pixels >= _DISC * width * height and longer <= _ROUND * shorter
    if disc and shorter >= smallest and longer <= largest:
        return any(_sides_near(mark, off, _HOLE_DEPTH * mm))
    length = math.hypot(width, height)
    shortest, longest = (side * mm for side in _STAPLES)
    if shortest <= length <= longest and mark.pixels <= _THIN * mm * length:
        near = _sides_near(mark, off, _STAPLE_DEPTH * mm)
        return (near[0] or near[1]) and (near[2] or near[3])
    return False


def _sides_near(mark: _Mark, off: Picture, reach: float) -> tuple[bool, bool, bool, bool]:
    """Whether the sheet ends within *reach* pixels of the middle of *mark*: left, right, above, below."""
    x, y, far = (mark.left + mark.right) // 2, (mark.top + mark.bottom) // 2, round(reach)
    row, column = off[y], off[:, x]
    return (
        bool(row[max(0, x - far) : x].any()),
        bool(row[x : x + far].any()),
        bool(column[max(0, y - far) : y].any()),
        bool(column[y : y + far].any()),
    )
