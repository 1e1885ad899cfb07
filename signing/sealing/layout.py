"""How the words of a mark are set: in one line each, or broken into a narrower box. Nothing is drawn here.

A mark that finds no place on the page may find one when its box is narrower. Lines are broken at spaces, letters are
never made smaller than the rule's size.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
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
    return _measured(mark).set(mark.width_pt)


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
    measured = _measured(mark)
    whole = measured.set(None)
    found: list[tuple[float, float]] = []
    for width in range(math.ceil(measured.narrowest), int(whole.width) + 1):
        layout = measured.set(float(width))
        lower = not found or layout.height < found[-1][1]
        if lower and len(layout.lines) <= len(whole.lines) + MOST_BREAKS:
            found.append((layout.width, layout.height))
    kept: list[tuple[float, float]] = []
    for shape in reversed(found):
        if not kept or shape[0] <= WORTH * kept[-1][0]:
            kept.append(shape)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class _Measured:
    """The words of a mark and how wide each is: hundreds of widths are tried with them."""

    sentences: tuple[tuple[tuple[str, float], ...], ...]  # words, with their advances in points
    space: float  # between two, points
    squares: Squares | None
    size_pt: float
    said: int  # sentences before the warning

    @property
    def side(self) -> float:
        """Of the QR code, points."""
        return 0.0 if self.squares is None else self.squares.side_pt

    @property
    def narrowest(self) -> float:
        """Width in which the longest word has room, points."""
        return self.side + max((width for words in self.sentences for _, width in words), default=0.0)

    def set(self, width_pt: float | None) -> Layout:
        """Set them in a box of that width, points, as `Mark.width_pt`."""
        room = math.inf if width_pt is None else width_pt - self.side
        broken = [(part, number == self.said) for number, words in enumerate(self.sentences)
                  for part in self._broken(words, room)]  # fmt: skip
        widest = max((width for (_, width), _ in broken), default=0.0)
        height = max(len(broken) * LEADING * self.size_pt, self.side)
        lines = tuple((text, warns) for (text, _), warns in broken)
        return Layout(lines, self.squares, float(math.ceil(self.side + widest)), float(math.ceil(height)))

    def _broken(self, words: Sequence[tuple[str, float]], room: float) -> list[tuple[str, float]]:
        """Return a sentence in parts at most *room* wide, with their widths; longer words alone."""
        parts: list[tuple[str, float]] = []
        for word, width in words:
            if parts and parts[-1][1] + self.space + width <= room:
                text, before = parts[-1]
                parts[-1] = (f"{text} {word}", before + self.space + width)
            else:
                parts.append((word, width))
        return parts


def _measured(mark: Mark) -> _Measured:
    font = mark.cut_font
    return _Measured(
        tuple(tuple((word, font.width(word) * mark.size_pt) for word in line.split(" ")) for line in mark.all_lines),
        font.width(" ") * mark.size_pt,
        None if mark.link is None else squares_of(mark.link),
        mark.size_pt,
        len(mark.lines),
    )
