"""The words of a page by where they stand: rows, and runs of words that stand together.

Lines of a reading are not relied upon: an engine makes one line of the two halves of a letterhead, and two lines of
a number and its notation. Only the places of words count here. Lengths are in pixels of the straight frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from ocr.model import UNCERTAIN_BELOW, Box, Reading, Word

#: Of the height of a word: two words lower or higher than this to each other are on different rows.
_SAME_ROW: Final = 0.55
#: Of the height of a word; specks and accents that lost their letter are lower.
_LEAST_HEIGHT: Final = 0.4
#: Of the height of a word: a wider gap parts two texts. Justified prose stays below 1.2.
WIDE_GAP: Final = 2.5


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stand side by side, from left to right; never empty."""

    words: tuple[Word, ...]

    @property
    def box(self) -> Box:
        """Around all the words."""
        return Box.around(tuple(word.box for word in self.words))

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def middle(self) -> float:
        """Half way between the left and the right end."""
        return (self.words[0].box.left + self.words[-1].box.right) / 2


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with words on it.

    Attributes:
        page: From 0.
        width: Of the straight frame.
        height: Of the straight frame.
        em: The usual height of a word on the page.
        rows: From top to bottom, each over the whole width.
    """

    page: int
    width: float
    height: float
    em: float
    rows: tuple[Run, ...]

    def between(self, top: float, bottom: float) -> tuple[Run, ...]:
        """Return the rows whose middles are between *top* and *bottom*."""
        return tuple(row for row in self.rows if top <= row.box.centre[1] < bottom)


def sheet_of(reading: Reading, page: int) -> Sheet | None:
    """Return the words of *reading* in rows; None when there are none."""
    words = [word for word in reading.words if any(letter.isalnum() for letter in word.text)]
    if not words:
        return None
    em = median(word.box.bottom - word.box.top for word in words)
    tall = [word for word in reading.words if _counts(word, em)]
    return Sheet(page, reading.frame_width, reading.frame_height, em, rows_of(tall, em))


def rows_of(words: Iterable[Word], em: float) -> tuple[Run, ...]:
    """Return *words* in rows from top to bottom; *em* is the usual height of a word."""
    rows: list[list[Word]] = []
    heights: list[float] = []
    for word in sorted(words, key=lambda word: word.box.centre[1]):
        middle = word.box.centre[1]
        if rows and middle - heights[-1] <= _SAME_ROW * em:
            rows[-1].append(word)
            heights[-1] += (middle - heights[-1]) / len(rows[-1])
        else:
            rows.append([word])
            heights.append(middle)
    return tuple(Run(tuple(sorted(_unobscured(row), key=lambda word: word.box.left))) for row in rows)


def _unobscured(row: Sequence[Word]) -> list[Word]:
    """Return *row* without what was read out of strokes across its words: uncertain, where a surer word stands."""
    return [word for word in row if word.confidence >= UNCERTAIN_BELOW or not any(_hides(other, word) for other in row)]


def _hides(one: Word, other: Word) -> bool:
    shared = min(one.box.right, other.box.right) - max(one.box.left, other.box.left)
    return one.confidence > other.confidence and shared > (other.box.right - other.box.left) / 2


def split(run: Run, gap: float) -> tuple[Run, ...]:
    """Return *run* cut wherever two words are more than *gap* pixels apart."""
    parts: list[list[Word]] = [[run.words[0]]]
    for before, word in pairwise(run.words):
        if word.box.left - before.box.right > gap:
            parts.append([])
        parts[-1].append(word)
    return tuple(Run(tuple(part)) for part in parts)


def words_of(runs: Sequence[Run]) -> tuple[Word, ...]:
    """Return the words of *runs* in reading order."""
    return tuple(word for run in runs for word in run.words)


def _counts(word: Word, em: float) -> bool:
    """Whether *word* is print; a hyphen and a stroke are, whatever their height."""
    if word.text in {"-", "–", "/", ":"}:
        return True
    return word.box.bottom - word.box.top >= _LEAST_HEIGHT * em and any(letter.isalnum() for letter in word.text)
