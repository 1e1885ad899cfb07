"""Forms without their leaders: the rows of dots on which people write (`Họ, chữ đệm, tên: .......`).

Tesseract's layout analysis takes such rows for noise, and the print on them along with it: of a form read at 200 dpi
it lost every second line. Only isolated dots go that stand in a row, evenly apart; a full stop, an ellipsis of three,
the dot of an i or below a letter has no five like it at one distance in any word.

A dot that touches a letter stays, and so does a leader of dashes: nothing here knows what a letter looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.clean import Cleaned
from ocr.engine import Picture

_MM_PER_INCH = 25.4

#: Grey level; what is darker is ink. The darkest pixel of hair dots (0.25 mm) in two scans at 200 dpi and two at 300:
#: 36 to 128.
_INK = 160

#: Millimetres; the full stop of Times at 14 points measures 0.5, and blur adds a pixel on either side.
_LARGEST = 0.9

#: Millimetres from dot to dot: full stops of 8 points are 0.7 apart, those of a typewriter 2.54.
_CLOSEST, _WIDEST = 0.6, 2.7

#: Millimetres by which neighbours in a row may differ in height; half a degree of skew gives 0.02.
_OFF_LINE = 0.2

#: Share of the pitch by which a step may differ from it; at 200 dpi a pixel is a tenth of the usual pitch.
_UNEVEN = 0.17

#: Dots at one distance that make a row; people print ellipses of three and, carelessly, of four or five.
_FEWEST = 6

#: Pitches that a row may leap, where letters hang down into it.
_LONGEST_LEAP = 3

#: Pixels, or share if that is more, by which the longer sides of two dots of one row may differ. Under print typed
#: over a leader of hair dots this tells the dot below a letter, twice their size.
_UNLIKE, _UNLIKE_SHARE = 1, 0.34

#: Millimetres; the upper dot of a colon of 14 points stands 1.9 above the lower one.
_COLON = 2.4

#: Pixels around a dot that carry its blur.
_HALO = 2

_WHITE = 255

_Boxes = NDArray[np.int32]


def erase_leaders(picture: Picture, dpi: float) -> Cleaned:
    """Return a page without its leaders; the very same picture when there are none.

    Args:
        picture: Grey, height x width, print dark on white paper, level to half a degree.
        dpi: Dots per inch of *picture*.
    """
    millimetre = dpi / _MM_PER_INCH
    ink = (picture < _INK).astype(np.uint8)
    boxes = _dots(ink, largest=_LARGEST * millimetre)
    doomed = [dot for row in _rows(ink, boxes, millimetre) for dot in row]
    if not doomed:
        return Cleaned(picture, ())
    cleaned = picture.copy()
    for left, top, width, height in boxes[doomed].tolist():
        right, bottom = left + width, top + height
        ink[top:bottom, left:right] = 0
        cleaned[max(0, top - _HALO) : bottom + _HALO, max(0, left - _HALO) : right + _HALO] = _WHITE
    # The letters beside a dot keep their ink and the blur around it.
    cv2.copyTo(picture, cv2.dilate(ink, np.ones((3, 3), np.uint8)), cleaned)
    return Cleaned(cleaned, ("leaders",))


def _dots(ink: Picture, *, largest: float) -> _Boxes:
    """Return left, top, width and height in pixels of what is small enough to be a dot, from left to right."""
    # Outlines take 6 ms on A4 at 200 dpi, components with their statistics 12 to 45.
    outlines, nested = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return np.empty((0, 4), np.int32)
    outer = nested[0, :, 3] < 0
    boxes: _Boxes = np.array([cv2.boundingRect(outline) for outline in outlines], np.int32)[outer]
    boxes = boxes[boxes[:, 2:].max(axis=1) <= largest]
    order = np.lexsort((boxes[:, 1], boxes[:, 0]))
    return boxes[order]


@dataclass(frozen=True, slots=True)
class _Field:
    """The dots of a page, each by its number from left to right.

    Attributes:
        ink: The page, 1 where there is ink.
        x: Pixels to the middle of the dot.
        y: The same downwards.
        side: Pixels of its longer side.
        after: Number of the nearest dot to the right at the same height, -1 when there is none.
        before: The same to the left.
    """

    ink: Picture
    x: Sequence[float]
    y: Sequence[float]
    side: Sequence[int]
    after: Sequence[int]
    before: Sequence[int]

    def walk(self, start: int, pitch: float, neighbours: Sequence[int], leap: int) -> list[int]:
        """Return the dots that go on from *start* at whole pitches, *leap* of them at most at a time."""
        row, here = [], start
        unlike = max(_UNLIKE, _UNLIKE_SHARE * self.side[start])
        while (there := neighbours[here]) >= 0:
            pitches = abs(self.x[there] - self.x[here]) / pitch
            whole = round(pitches)
            if not 1 <= whole <= leap or abs(pitches - whole) > _UNEVEN:
                break
            if abs(self.side[there] - self.side[start]) > unlike or not self._covered(here, there, whole):
                break
            row.append(there)
            here = there
        return row

    def _covered(self, here: int, there: int, pitches: int) -> bool:
        """Whether ink stands wherever the row has no dot between two; a leap over blank paper would take a full stop.

        `26/11/1991. ......` has its full stop two pitches before the leader, since a space is as wide as a dot.
        """
        for step in range(1, pitches):
            x = round(self.x[here] + (self.x[there] - self.x[here]) * step / pitches)
            y = round((self.y[here] + self.y[there]) / 2)
            if not self.ink[max(0, y - _HALO) : y + _HALO, max(0, x - _HALO) : x + _HALO].any():
                return False
        return True


def _rows(ink: Picture, boxes: _Boxes, millimetre: float) -> list[list[int]]:
    """Return the rows of dots evenly apart, each by the numbers of its dots, from left to right."""
    if len(boxes) < _FEWEST:
        return []
    x = boxes[:, 0] + boxes[:, 2] / 2
    y = boxes[:, 1] + boxes[:, 3] / 2
    after, before = _neighbours(x, y, millimetre)
    field = _Field(ink, x.tolist(), y.tolist(), boxes[:, 2:].max(axis=1).tolist(), after.tolist(), before.tolist())
    rows, taken = [], set[int]()
    for start, follower in enumerate(field.after):
        if start in taken or follower < 0:
            continue
        pitch = field.x[follower] - field.x[start]
        if not _CLOSEST * millimetre <= pitch <= _WIDEST * millimetre:
            continue
        core = [start, *field.walk(start, pitch, field.after, 1)]
        if len(core) < _FEWEST:
            continue
        pitch = (field.x[core[-1]] - field.x[start]) / (len(core) - 1)
        ahead = field.walk(core[-1], pitch, field.after, _LONGEST_LEAP)
        behind = field.walk(start, pitch, field.before, _LONGEST_LEAP)
        row = [*reversed(behind), *core, *ahead]
        taken.update(row)
        rows.append(row[1:] if _is_colon(row[0], x, y, millimetre) else row)
    return rows


def _neighbours(
    x: NDArray[np.float64], y: NDArray[np.float64], millimetre: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each dot the nearest one to its right and to its left at the same height, or -1.

    Looks along bands, laid twice so that the edge of one is the middle of another: two dots at one height share a
    band at least once.
    """
    reach, apart = _LONGEST_LEAP * _WIDEST * millimetre, _OFF_LINE * millimetre
    after, before = np.full(len(x), -1), np.full(len(x), -1)
    gap_after, gap_before = np.full(len(x), reach), np.full(len(x), reach)
    for shift in (0.0, 0.5):
        band = np.floor(y / (2 * apart) + shift)
        order = np.lexsort((x, band))
        left, right = order[:-1], order[1:]
        gap = x[right] - x[left]
        beside = (band[left] == band[right]) & (np.abs(y[left] - y[right]) <= apart) & (gap > 0)
        for here, there, found, nearest in ((left, right, after, gap_after), (right, left, before, gap_before)):
            nearer = beside & (gap < nearest[here])
            found[here[nearer]] = there[nearer]
            nearest[here[nearer]] = gap[nearer]
    return after, before


def _is_colon(dot: int, x: NDArray[np.float64], y: NDArray[np.float64], millimetre: float) -> bool:
    """Whether a dot stands above the one numbered *dot*, as the upper one of a colon does."""
    above = (y[dot] - y > _CLOSEST * millimetre) & (y[dot] - y <= _COLON * millimetre)
    return bool((above & (np.abs(x - x[dot]) <= _OFF_LINE * millimetre)).any())
