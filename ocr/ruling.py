"""The ruled lines of a page: the grids of tables and the frames around things, with the cells they make.

Looked for by shape alone on a copy at 100 dpi: long thin runs of ink, level or upright to half a degree. What merely
stands below print (the line under a heading, the lines of a form) rules nothing off and makes no cell.

It neither reads nor removes anything; `ocr.layout` asks it which words stand in which cell.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine import Picture
from ocr.model import Box

_MM_PER_INCH = 25.4

#: Dots per inch of the copy, about; a hair line of 0.1 mm stays a pixel wide, since of its pixels the darkest is taken.
_DPI = 100.0

#: Grey level; what is darker is ink. Hair lines in poor scans at 200 dpi are no darker than 150.
_INK = 170

#: Millimetres of unbroken ink along a line and down it. The widest stroke of print along is the bar of a T at 20
#: points, 5 mm; down, the tail of a p that meets the d below it made 6 in the head of a real table.
_ALONG, _DOWN = 8.0, 7.0

#: Millimetres by which the ends of a broken line are drawn out to meet; less down, where print stands close to them.
_BREAK_ALONG, _BREAK_DOWN = 1.2, 0.6

#: Millimetres; a smaller room between lines holds no print.
_LEAST_WIDTH, _LEAST_HEIGHT = 3.0, 2.5

#: Share of its box that a cell fills; what is left between a frame and the table inside it fills less.
_FILLED = 0.75

#: Millimetres from which a line is long enough to tell its slope.
_LONG = 25.0

#: Slope above which two lines are no pair of one leaning table: half a degree twice over.
_STEEPEST = 0.02


@dataclass(frozen=True, slots=True)
class Rulings:
    """What is ruled off on a page.

    Attributes:
        slope: Pixels by which the lines sink per pixel to the right.
        tables: Of each grid or frame its cells, in level pixels: x' = x + slope y, y' = y - slope x.
    """

    slope: float = 0.0
    tables: tuple[tuple[Box, ...], ...] = ()


#: A page without any.
NO_RULINGS = Rulings()


def find_rulings(picture: Picture, dpi: float) -> Rulings:
    """Return the grids and frames on a page.

    Args:
        picture: Grey, height x width, print dark on white paper, level to half a degree.
        dpi: Dots per inch of *picture*.

    Returns:
        Them in pixels of *picture*; `NO_RULINGS` when there are none.
    """
    ink, step = _reduced(picture, dpi)
    millimetre = dpi / step / _MM_PER_INCH
    along = _runs(ink, (round(_ALONG * millimetre), 1), millimetre)
    down = _runs(ink, (1, round(_DOWN * millimetre)), millimetre) if along.any() else along
    if not (along.any() and down.any()):
        return NO_RULINGS
    if dpi / step >= _DPI:
        # Half the size again: the lines are all that is left, and finding what they enclose costs by the pixel.
        along, down, millimetre, step = _shrunk(along, 2), _shrunk(down, 2), millimetre / 2, step * 2
    slope = _slope(along, millimetre)
    along, down = _level(along, slope), _level(down, slope)
    tables = (_cells(*grid, millimetre) for grid in _grids(along, down, millimetre))
    return Rulings(slope, tuple(tuple(_scaled(cell, step) for cell in cells) for cells in tables if cells))


def _reduced(picture: Picture, dpi: float) -> tuple[Picture, int]:
    """Return the ink of a copy, 1 where there is some, and how many pixels of the page are one of it."""
    step = max(1, round(dpi / _DPI))
    height, width = picture.shape[0] // step * step, picture.shape[1] // step * step
    darkest = picture[0:height:step]
    for offset in range(1, step):
        darkest = _picture(cv2.min(darkest, picture[offset:height:step]))
    rows, darkest = darkest, darkest[:, 0:width:step]
    for offset in range(1, step):
        darkest = _picture(cv2.min(darkest, rows[:, offset:width:step]))
    return _picture(cv2.threshold(darkest, _INK, 1, cv2.THRESH_BINARY_INV)[1]), step


def _runs(ink: Picture, size: tuple[int, int], millimetre: float) -> Picture:
    """Return what is left of *ink* where it fills *size* (width, height), with breaks that way healed."""
    long = cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, size))
    bridge = (
        (2 * round(_BREAK_ALONG * millimetre) + 1, 1) if size[0] > 1 else (1, 2 * round(_BREAK_DOWN * millimetre) + 1)
    )
    return _picture(cv2.dilate(long, cv2.getStructuringElement(cv2.MORPH_RECT, bridge)))


def _shrunk(lines: Picture, times: int) -> Picture:
    """Return *lines* so many times smaller, none of them lost."""
    thick = cv2.dilate(lines, np.ones((times, times), np.uint8))
    return _picture(thick[::times, ::times])


def _slope(along: Picture, millimetre: float) -> float:
    """Return the median slope of the longer lines, weighed by nothing: a page has one."""
    outlines, _ = cv2.findContours(along, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    slopes = []
    for outline in outlines:
        xs, ys = outline[:, 0, 0], outline[:, 0, 1]
        if xs.max() - xs.min() < _LONG * millimetre:
            continue
        slope = float(np.polyfit(xs, ys, 1)[0])
        if abs(slope) <= _STEEPEST:
            slopes.append(slope)
    return statistics.median(slopes) if slopes else 0.0


def _level(lines: Picture, slope: float) -> Picture:
    """Return *lines* levelled, three pixels thick, so that they meet where they were meant to."""
    thick = cv2.dilate(lines, np.ones((3, 3), np.uint8))
    if slope == 0:
        return _picture(thick)
    matrix = np.array([[1.0, slope, 0.0], [-slope, 1.0, 0.0]])
    return _picture(cv2.warpAffine(thick, matrix, thick.shape[::-1], flags=cv2.INTER_NEAREST))


def _grids(along: Picture, down: Picture, millimetre: float) -> Iterator[tuple[int, int, Picture]]:
    """Yield each grid or frame: its left and top and itself, 1 where a line is, closed all around.

    Closing it makes cells of the open sides that many tables have, and heals an edge lost in copying.
    """
    both = cv2.bitwise_or(along, down)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(both, connectivity=8)
    for number in range(1, count):
        left, top, width, height, _ = facts[number].tolist()
        part = np.s_[top : top + height, left : left + width]
        own = labels[part] == number
        if not own[down[part] > 0].any() or not _is_ruled(own & (along[part] > 0), millimetre):
            continue
        grid = own.astype(np.uint8)
        grid[[0, -1]] = grid[:, [0, -1]] = 1
        yield left, top, grid


def _is_ruled(along: NDArray[np.bool_], millimetre: float) -> bool:
    """Whether there are two lines one below the other; one alone stands below print."""
    rows = np.flatnonzero(along.sum(axis=1) >= _ALONG * millimetre)
    return rows.size > 0 and bool(rows[-1] - rows[0] >= _LEAST_HEIGHT * millimetre)


def _cells(left: int, top: int, grid: Picture, millimetre: float) -> tuple[Box, ...]:
    """Return the rooms of *grid* that may hold print, in pixels of the copy that it was cut from."""
    _, _, facts, _ = cv2.connectedComponentsWithStats(1 - grid, connectivity=4)
    boxes = []
    for x, y, width, height, area in facts[1:].tolist():
        large = width >= _LEAST_WIDTH * millimetre and height >= _LEAST_HEIGHT * millimetre
        if large and area >= _FILLED * width * height:
            boxes.append(Box(left + x, top + y, left + x + width, top + y + height))
    return tuple(boxes)


def _scaled(box: Box, times: int) -> Box:
    return Box(box.left * times, box.top * times, box.right * times, box.bottom * times)


def _picture(array: object) -> Picture:
    """Tell mypy what OpenCV keeps to itself: eight bits in, eight bits out."""
    return cast(Picture, array)
