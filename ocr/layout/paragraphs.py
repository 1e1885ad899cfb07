"""Where paragraphs begin in a block of lines, and which lines at the edge of a page are none of its text.

A paragraph begins where the break before it was meant: the next word would have fitted in the line above; the line is
set in; it carries a dash, a number or `Điều`; or there is more white above it than between lines.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence

from ocr.layout.spots import Run

#: Heights of white after a line in which a word still has its space before it.
_SPACE = 0.4

#: Heights by which a line is set in; ND 30 asks for 1 to 1.27 cm, some 3 heights.
_INDENT = 1.0

#: Times the usual pitch of a block from which a step down is more than the next line.
_WHITE = 1.4

#: One line in so many may end in a speck beyond the margin.
_ASTRAY = 10

#: Share by which two lines of one paragraph may differ in height: a heading of 14 points over a text of 11.
_SIZE = 0.75

#: What an item of a list, an article or a clause of a preamble begins with.
_ITEM = re.compile(
    r"[-–•*+]($|\s)|\d{1,3}[.)/]|[a-zđA-Z][.)]($|\s)|[IVX]+\.|(Điều|Chương|Mục|Phần) [\dIVX]|Căn cứ ", re.UNICODE
)

#: What ends a sentence or an item.
_END = (".", ";", ":", "!", "?", "./.", ",")

_PAGE_NUMBER = re.compile(r"[-–—]?\s*(Trang |trang )?\d{1,4}(\s*/\s*\d{1,4})?\s*[-–—]?")

#: Heights of white above a footer.
_APART = 2.0


def begins(block: Sequence[Run]) -> list[bool]:
    """Return for each line of *block* whether a paragraph begins with it; with the first one does."""
    if not block:
        return []
    left = min(run.box.left for run in block)
    right = sorted(run.box.right for run in block)[-1 - len(block) // _ASTRAY]
    pairs = list(itertools.pairwise(block))
    pitches = [below.base - above.base for above, below in pairs]
    pitch = statistics.median_low(pitches) if pitches else 0.0
    return [True] + [_begins(above, below, left, right, pitch) for above, below in pairs]


def _begins(above: Run, below: Run, left: float, right: float, pitch: float) -> bool:
    height = below.height
    if min(above.height, below.height) < _SIZE * max(above.height, below.height):
        return True
    if below.base - above.base > _WHITE * max(pitch, height):
        return True
    first = below.spots[0].box
    room = right - above.box.right
    if below.box.left - left > _INDENT * height and above.box.left - left > _INDENT * height:
        room += min(above.box.left, below.box.left) - left  # both in the middle: the white of both sides
    if first.right - first.left + _SPACE * height < room:
        return True
    if below.box.left - max(left, min(above.box.left, below.box.left)) > _INDENT * height:
        return True
    return bool(_ITEM.match(below.text)) and above.text.endswith(_END)


def edges_apart(block: Sequence[Run], height: float) -> list[list[Run]]:
    """Return the lines of a page outside its tables in up to three blocks: page number above, text, foot.

    Args:
        block: Lines from top to bottom.
        height: Pixels; the usual height of a word.
    """
    start, end = 0, len(block)
    if end > 1 and _PAGE_NUMBER.fullmatch(block[0].text):
        start = 1
    if end - start > 1 and _PAGE_NUMBER.fullmatch(block[-1].text):
        end -= 1
    else:
        end = _foot(block, start, height)
    parts = (block[:start], block[start:end], block[end:])
    return [list(part) for part in parts if part]


def _foot(block: Sequence[Run], start: int, height: float) -> int:
    """Return the number of the first line of the foot: smaller print with white above it; the end without one."""
    for place in range(len(block) - 1, start, -1):
        if block[place].height > _SIZE * height:
            return len(block)
        if block[place].box.top - block[place - 1].box.bottom > _APART * height:
            return place
    return len(block)
