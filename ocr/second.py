"""A second look: at lines that the engine is not sure of, and at print that it passed over.

Each is cut out and read alone, from pictures that differ in scale and margin and with a second model, and the
readings vote word by word (`ocr.voting`). What comes out is what the engine read from one picture or another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocr import clean
from ocr.engine import OcrEngine, Picture
from ocr.leftovers import find_leftovers
from ocr.model import Box, Line, Word
from ocr.syllables import doubtful
from ocr.voting import shifted, vote

_MM_PER_INCH = 25.4

#: Words below this confidence are read again. On 24 poor pages 0.34 % of the characters were wrong at 0.85, 0.30 % at
#: 0.94; on 23 official ones 0.35 and 0.18 %, for 3 to 5 % more time: their capitals are misread at up to 0.93.
LOOK_AGAIN_BELOW = 0.94

#: Share of capitals among the letters from which a line counts as set in capitals, and the fewest letters for it.
_CAPITALS, _FEWEST_CAPITALS = 0.6, 4


@dataclass(frozen=True, slots=True)
class _Look:
    """One way of reading a cut-out again.

    Attributes:
        margin: Millimetres around it, twice as much to the sides.
        scale: Times by which it is enlarged.
        second: With the second model.
    """

    margin: float
    scale: float
    second: bool = False


#: How a line is read again, one look after the other as long as the readings disagree. The second model costs twice as
#: much, and knows capitals better.
_SMALLER, _LARGER, _OTHER = _Look(0.6, 0.75), _Look(0.6, 1.0), _Look(0.8, 1.0, second=True)

#: Scale of the first reading above which the smaller picture is another one.
_SMALLER_FROM = 0.9

#: How print that was passed over is read. A lone page number is read right in three of four pictures.
_SPOT_LOOKS = (_Look(0.5, 0.75), _Look(2.0, 1.0), _Look(0.5, 1.0, second=True))

#: Confidence that print which was passed over must be read with.
_SPOT_FROM = 0.80

#: What the side of a table's cell is read as, which the layout analysis of whole pages leaves out.
_RULED = frozenset("|¦")

#: Most places on a page that are looked at again as print passed over: more are a picture, a pattern or a stain.
_MOST_SPOTS = 24


@dataclass(frozen=True, slots=True)
class Second:
    """What a second look left: all the lines, how many were read again, and how many are new."""

    lines: tuple[Line, ...]
    again: int
    new: int


def look_again(
    picture: Picture,
    lines: Sequence[Line],
    dpi: float,
    engine: OcrEngine,
    *,
    seen_at: float = 1.0,
) -> Second:
    """Read uncertain lines again, and what was passed over.

    Args:
        picture: Grey, height x width: what *lines* were read from.
        lines: With boxes in pixels of *picture*.
        dpi: Dots per inch of *picture*.
        engine: Who reads.
        seen_at: Scale of *picture* at which *lines* were read; they are read again at another.

    Raises:
        EngineFailed: a line cannot be read.
    """
    cutter = _Cutter(picture, dpi, engine, _SMALLER if seen_at > _SMALLER_FROM else _LARGER)
    unsure = [_uncertain(line) for line in lines]
    told = tuple(cutter.again(line) if again else line for line, again in zip(lines, unsure, strict=True))
    spots = find_leftovers(picture, lines, dpi)
    new = tuple(line for spot in spots for line in cutter.passed_over(spot)) if len(spots) <= _MOST_SPOTS else ()
    return Second(told + new, sum(unsure), len(new))


def _uncertain(line: Line) -> bool:
    return bool(_unsure_parts(line))


def _unsure_parts(line: Line) -> list[tuple[int, int]]:
    """Return start and end of the runs of words to be read again: unsure ones with a neighbour on either side."""
    parts: list[tuple[int, int]] = []
    for at, word in enumerate(line.words):
        if word.confidence >= LOOK_AGAIN_BELOW and not _misspelt((word,)):
            continue
        start, end = max(0, at - 1), min(len(line.words), at + 2)
        if parts and start <= parts[-1][1]:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return parts


def _limits(line: Line, start: int, end: int) -> tuple[float, float]:
    """Return from where to where words *start* to *end* of *line* may be cut out: to the middle of the gaps."""
    words = line.words
    left = (words[start - 1].box.right + words[start].box.left) / 2 if start else 0.0
    right = (words[end - 1].box.right + words[end].box.left) / 2 if end < len(words) else float("inf")
    return left, right


def _misspelt(words: Sequence[Word]) -> bool:
    return any(doubtful(word.text) for word in words)


def _in_capitals(line: Line) -> bool:
    letters = [letter for letter in line.text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) >= max(_FEWEST_CAPITALS, _CAPITALS * len(letters))


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts lines out of a page and has them read."""

    picture: Picture
    dpi: float
    engine: OcrEngine
    rescaled: _Look

    def again(self, line: Line) -> Line:
        """Return *line* with what is unsure in it as most of its readings have it."""
        looks = (_OTHER, self.rescaled) if _in_capitals(line) or _misspelt(line.words) else (self.rescaled, _OTHER)
        words: list[Word] = []
        done = 0
        for start, end in _unsure_parts(line):
            words += line.words[done:start]
            words += self._voted(line, start, end, looks)
            done = end
        words += line.words[done:]
        return replace(line, words=tuple(words), box=Box.around(tuple(word.box for word in words))) if words else line

    def _voted(self, line: Line, start: int, end: int, looks: Sequence[_Look]) -> tuple[Word, ...]:
        words = line.words[start:end]
        box = Box.around(tuple(word.box for word in words))
        readings = [words]
        for look in looks:
            if reading := self._read(
                replace(box, top=line.box.top, bottom=line.box.bottom), look, _limits(line, start, end)
            ):
                readings.append(reading)
            if len({" ".join(word.text for word in reading) for reading in readings}) == 1 < len(readings):
                break
        return vote(readings)

    def passed_over(self, spot: Box) -> list[Line]:
        """Return the line that stands at *spot*; none when it is no print."""
        words = vote([reading for look in _SPOT_LOOKS if (reading := self._read(spot, look))])
        sure = bool(words) and min(word.confidence for word in words) >= _SPOT_FROM
        if not sure or not any(letter.isalnum() for word in words for letter in word.text):
            return []
        return [Line(words, Box.around(tuple(word.box for word in words)))]

    def _read(self, box: Box, look: _Look, limits: tuple[float, float] = (0.0, float("inf"))) -> tuple[Word, ...]:
        height, width = self.picture.shape
        room = look.margin * self.dpi / _MM_PER_INCH
        left, right = max(box.left - 2 * room, limits[0]), min(box.right + 2 * room, limits[1], width)
        left, right = max(0, round(left)), max(round(left) + 1, round(right))
        top, bottom = max(0, round(box.top - room)), min(height, round(box.bottom + room))
        cut = self.picture[top:bottom, left:right]
        size = (max(1, round(cut.shape[1] * look.scale)), max(1, round(cut.shape[0] * look.scale)))
        words = self.engine.recognise_line(clean.resize(cut, size), self.dpi * look.scale, second=look.second)
        read = tuple(word for word in words if word.text not in _RULED)
        return shifted(read, scale=look.scale, left=left, top=top)
