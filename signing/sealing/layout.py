"""How the words of a mark are set: in one line each, or broken into a narrower box. Nothing is drawn here.

A mark that finds no place on the page may find one when its box is narrower. Lines are broken at spaces, letters are
never made smaller than the rule's size.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from signing.sealing.font import CutFont, cut
from signing.sealing.squares import Squares, squares_of

#: Distance between base lines, in font sizes. Below 1.15 the accents of Ầ meet the line above.
LEADING = 1.2
#: Lines that breaking may add; a higher and narrower box looks like a text of the page.
MOST_BREAKS = 4
#: Share of the width of one shape that the next may have at most; less gained is not worth a line more.
WORTH = 0.93


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written at the top right of page 1, and how it stands there."""

    #: One sentence each, above one another.
    lines: tuple[str, ...]
    #: A last sentence in red, for seals without legal value.
    warning: str | None
    #: A TrueType font file that has all the letters.
    font: Path
    #: Font size, points.
    size_pt: float = 10.0
    #: An address to stand beside the words as a QR code.
    link: str | None = None
    #: How wide the box may be, points, with the QR code; nothing for as wide as the longest sentence.
    width_pt: float | None = None
    #: Space between the box and the right and the upper edge of the page, points.
    right_pt: float = 14.0
    top_pt: float = 8.0

    @property
    def all_lines(self) -> tuple[str, ...]:
        """Every sentence with precomposed letters, the warning last."""
        lines = self.lines if self.warning is None else (*self.lines, self.warning)
        return tuple(unicodedata.normalize("NFC", line) for line in lines)

    @property
    def cut_font(self) -> CutFont:
        """The font with the letters of this mark."""
        return cut(self.font, "".join(self.all_lines))


@dataclass(frozen=True, slots=True)
class Layout:
    """A mark as it is set."""

    #: What stands on each line, and whether it warns.
    lines: tuple[tuple[str, bool], ...]
    #: The QR code to the left of the words.
    squares: Squares | None
    #: Of the box, whole points: pyHanko writes the box of an appearance so, and another field would stretch it.
    width: float
    height: float


def layout_of(mark: Mark) -> Layout:
    """Return how *mark* is set.

    Raises:
        DocumentUnsealable: the font cannot be read or lacks a letter, or the link cannot be drawn.
    """
    font = mark.cut_font
    squares = None if mark.link is None else squares_of(mark.link)
    side = 0.0 if squares is None else squares.side_pt
    room = math.inf if mark.width_pt is None else mark.width_pt - side
    lines = tuple(
        (part, number == len(mark.lines))
        for number, line in enumerate(mark.all_lines)
        for part in _broken(line, font, room / mark.size_pt)
    )
    words = max((font.width(line) for line, _ in lines), default=0.0) * mark.size_pt
    height = max(len(lines) * LEADING * mark.size_pt, side)
    return Layout(lines, squares, float(math.ceil(side + words)), float(math.ceil(height)))


def mark_size(mark: Mark) -> tuple[float, float]:
    """Return width and height of *mark* in whole points, for whoever keeps the place free.

    Raises:
        DocumentUnsealable: as `layout_of`.
    """
    layout = layout_of(mark)
    return layout.width, layout.height


def mark_shapes(mark: Mark) -> tuple[tuple[float, float], ...]:
    """Return widths and heights, in points, that *mark* can be set in: the widest first, each narrower and higher.

    The width of each, as `Mark.width_pt`, sets the mark so.

    Raises:
        DocumentUnsealable: as `layout_of`.
    """
    font, side = mark.cut_font, 0.0 if mark.link is None else squares_of(mark.link).side_pt
    whole = layout_of(replace(mark, width_pt=None))
    longest = max((font.width(word) for line in mark.all_lines for word in line.split(" ")), default=0.0)
    found: list[tuple[float, float]] = []
    for width in range(math.ceil(side + longest * mark.size_pt), int(whole.width) + 1):
        layout = layout_of(replace(mark, width_pt=float(width)))
        lower = not found or layout.height < found[-1][1]
        if lower and len(layout.lines) <= len(whole.lines) + MOST_BREAKS:
            found.append((layout.width, layout.height))
    kept: list[tuple[float, float]] = []
    for shape in reversed(found):
        if not kept or shape[0] <= WORTH * kept[-1][0]:
            kept.append(shape)
    return tuple(kept)


def _broken(line: str, font: CutFont, room: float) -> list[str]:
    """Return *line* broken at spaces into parts at most *room* wide (at size 1), longer words alone."""
    parts: list[str] = []
    for word in line.split(" "):
        if parts and font.width(f"{parts[-1]} {word}") <= room:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return parts
