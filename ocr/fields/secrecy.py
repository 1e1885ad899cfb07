"""Marks of secrecy: a paper that bears one does not belong into an open system at all.

A mark is a stamp: its words in capitals alone, in the upper part of a page. In running text (`bí mật kinh doanh`,
`mật độ xây dựng`) the same letters mean nothing. Most such stamps are red, and red is taken out of the picture before
it is read: what this finds was printed or stamped in black, or stands in a reading of the red.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ocr.fields.anchors import folded, is_capital
from ocr.fields.model import confidence_of
from ocr.fields.sheet import Run, sheet_of, split
from ocr.model import Box, Reading

Level = Literal["MẬT", "TỐI MẬT", "TUYỆT MẬT"]

# Folded, since the hat and the dot of Ậ are what is lost first. A stamp's frame reads as an I or an l now and then.
_LEVELS: Final[dict[str, Level]] = {"mat": "MẬT", "toimat": "TỐI MẬT", "tuyetmat": "TUYỆT MẬT"}
#: Of the height of the page, from the top.
_ZONE: Final = 1 / 3
#: Heights of a word: what is further away does not belong to the stamp.
_APART: Final = 1.5


@dataclass(frozen=True, slots=True)
class SecrecyMark:
    """A mark of secrecy (dấu độ mật).

    Attributes:
        level: How secret, as the law names it.
        text: As read.
        box: In pixels of the straight frame.
        confidence: From 0 to 1; a doubtful mark is still a mark, somebody has to look.
    """

    level: Level
    text: str
    box: Box
    confidence: float


def find_secrecy(page: Reading) -> SecrecyMark | None:
    """Return the mark of secrecy on *page*, the highest when there are several; None when there is none."""
    sheet = sheet_of(page, 0)
    if sheet is None:
        return None
    found = [
        mark
        for row in sheet.between(0, _ZONE * sheet.height)
        for run in split(row, _APART * sheet.em)
        if (mark := _mark(run)) is not None
    ]
    order = list(_LEVELS.values())
    return max(found, key=lambda mark: order.index(mark.level), default=None)


def _mark(run: Run) -> SecrecyMark | None:
    words = [word for word in run.words if len(folded(word.text)) > 1]
    text = " ".join(word.text for word in words)
    level = _LEVELS.get(folded(text))
    if level is None or not is_capital(text, share=1.0):
        return None
    return SecrecyMark(level, text, Box.around(tuple(word.box for word in words)), confidence_of(words))
