"""Words as places on a level page: what the rest of the package reckons with.

The engine's boxes are upright while the page may lean by half a degree, so everything is measured in level
coordinates: x' = x + slope y, y' = y - slope x. Lengths are given in pixels or in heights: the usual height of a word
on the page or in a row, which makes the layout the same at any resolution.
"""

from __future__ import annotations

import statistics
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ocr.model import Box, Line, Word

#: Heights by which the letters that hang below the baseline lower the box of their word; 0.20 to 0.26 in Times.
_HANG = 0.22

#: Characters besides letters with a dot below whose ink hangs below the baseline.
_HANGING = frozenset("gjpqyQ,;()[]{}|/")

_DOT_BELOW = "\u0323"

#: Heights by which two words of one line may differ in their baselines: lines are set 1.3 apart and more.
_ONE_LINE = 0.45

#: Share of the page's usual height below which a word (a dash, a full stop) says nothing of its line's height.
_FLAT = 0.6

#: Share of its height by which a word must stand in the band of its line.
_COMMON = 0.5

#: Heights by which a mark may stand off the band of its line.
_MARK = 0.5

#: Words a line must have before its slope counts, and heights it must be wide.
_LONG, _WIDE = 4, 12.0

#: The largest slope that the engine gets to see is half a degree (0.009); above twice that, it is no line's.
_STEEPEST = 0.02


@dataclass(frozen=True, slots=True)
class Spot:
    """One word.

    Attributes:
        word: As the engine gave it.
        line: Number of the engine's line that it comes from.
        box: In level pixels.
        base: Level y of the line on which its letters stand, as far as a box tells.
    """

    word: Word
    line: int
    box: Box
    base: float


@dataclass(frozen=True)
class Run:
    """Words on one line of print, from left to right; never empty. All in level pixels."""

    spots: tuple[Spot, ...]

    @cached_property
    def box(self) -> Box:
        """Around the words."""
        return Box.around(tuple(spot.box for spot in self.spots))

    @cached_property
    def height(self) -> float:
        """The usual height of its words, dashes and dots aside unless there is nothing else."""
        heights = sorted(spot.box.bottom - spot.box.top for spot in self.spots)
        tall = [height for height in heights if height >= _FLAT * heights[-1]]
        return max(1.0, statistics.median(tall))

    @cached_property
    def base(self) -> float:
        """The level y of its baseline."""
        tall = [s.base for s in self.spots if s.box.bottom - s.box.top >= _FLAT * self.height]
        return statistics.median(tall or [spot.base for spot in self.spots])

    @cached_property
    def text(self) -> str:
        """Its words, joined by single spaces."""
        return " ".join(spot.word.text for spot in self.spots)

    @property
    def gaps(self) -> list[float]:
        """Pixels of white between neighbouring words; below 0 where they overlap."""
        return [right.box.left - left.box.right for left, right in zip(self.spots, self.spots[1:], strict=False)]


def slope_of(lines: Iterable[Line]) -> float:
    """Return the pixels by which lines of print sink per pixel to the right; 0 when no line is long enough to tell."""
    slopes = []
    for line in lines:
        heights = statistics.median(word.box.bottom - word.box.top for word in line.words)
        if len(line.words) < _LONG or line.box.right - line.box.left < _WIDE * heights:
            continue
        slope = _baseline_slope(line)
        if abs(slope) <= _STEEPEST:
            slopes.append(slope)
    return statistics.median(slopes) if slopes else 0.0


def _baseline_slope(line: Line) -> float:
    if line.baseline is not None and line.baseline[2] > line.baseline[0]:
        x1, y1, x2, y2 = line.baseline
        return (y2 - y1) / (x2 - x1)
    points = [(word.box.centre[0], _base(word, word.box)) for word in line.words]
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def spots_of(lines: Iterable[Line], slope: float) -> Iterator[Spot]:
    """Yield the words of *lines*, levelled."""
    for number, line in enumerate(lines):
        for word in line.words:
            box = levelled(word.box, slope)
            yield Spot(word, number, box, _base(word, box))


def levelled(box: Box, slope: float) -> Box:
    """Return *box* with its middle moved to level coordinates; its size stays."""
    x, y = box.centre
    right, down = slope * y, -slope * x
    return Box(box.left + right, box.top + down, box.right + right, box.bottom + down)


def _base(word: Word, box: Box) -> float:
    hangs = any(c in _HANGING or c == _DOT_BELOW for c in unicodedata.normalize("NFD", word.text))
    return box.bottom - (_HANG * (box.bottom - box.top) if hangs else 0.0)


def usual_height(spots: Sequence[Spot]) -> float:
    """Return the median height of the words that are more than a sign, of all words when none is."""
    heights = [spot.box.bottom - spot.box.top for spot in spots if len(spot.word.text) > 1]
    return max(1.0, statistics.median(heights or [spot.box.bottom - spot.box.top for spot in spots]))


def rows_of(spots: Sequence[Spot]) -> list[Run]:
    """Return the lines of print that *spots* make, from top to bottom.

    The engine's lines are a hint that is checked: words off the baseline of their line leave it, and lines that go on
    from one another at the same height become one.
    """
    by_line: dict[int, list[Spot]] = {}
    for spot in spots:
        by_line.setdefault(spot.line, []).append(spot)
    runs = [run for line in by_line.values() for run in _one_baseline(line)]
    return _joined(runs)


def _one_baseline(spots: list[Spot]) -> Iterator[Run]:
    """Yield the runs that one line of the engine holds; more than one when it took words from two lines of print."""
    rest = sorted(spots, key=lambda spot: spot.box.left)
    while rest:
        whole = Run(tuple(rest))
        base, height = whole.base, whole.height
        on = [spot for spot in rest if _stands_on(spot.box, base, height)]
        if not on:  # the median of two words lies between them
            on = [min(rest, key=lambda spot: abs(spot.base - base))]
        yield Run(tuple(on))
        taken = set(map(id, on))
        rest = [spot for spot in rest if id(spot) not in taken]


def _stands_on(box: Box, base: float, height: float) -> bool:
    """Whether a word belongs to the line of print at *base*: most of it stands in the band of the line.

    Marks (a dash, a quote, half a bracket) need only be near it.
    """
    tall = box.bottom - box.top
    near = _MARK * height if tall < _FLAT * height else 0.0
    top, bottom = base - height - near, base + _HANG * height + near
    common = min(bottom, box.bottom) - max(top, box.top)
    return common >= _COMMON * min(tall, bottom - top)


def _joined(runs: list[Run]) -> list[Run]:
    """Return *runs* with those that continue each other on one line of print joined, from top to bottom."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.base, run.box.left)):
        fitting = [row for row in rows[-4:] if _continues(row, run)]
        if fitting:
            min(fitting, key=lambda row: abs(row[0].base - run.base)).append(run)
        else:
            rows.append([run])
    joined = [
        Run(tuple(sorted((s for run in row for s in run.spots), key=lambda spot: (spot.box.left, spot.box.right))))
        for row in rows
    ]
    return sorted(joined, key=lambda run: run.base)


def _continues(row: list[Run], run: Run) -> bool:
    for other in row:
        height = min(run.height, other.height)
        if abs(run.base - other.base) > _ONE_LINE * height or max(run.height, other.height) > 2.5 * height:
            return False
        if min(run.box.right, other.box.right) - max(run.box.left, other.box.left) > 0.5 * height:
            return False
    return True
