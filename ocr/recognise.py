"""One page in one turn: straightened, read, read again where that is unsure, and put in order.

Which turn that is, `ocr.read` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocr import clean
from ocr.engine import OcrEngine
from ocr.geometry import Affine, turning
from ocr.layout import arrange
from ocr.leaders import erase_leaders
from ocr.letters import reading_scale, shown_at
from ocr.model import Box, Line, Word
from ocr.page import Page
from ocr.ruling import find_rulings
from ocr.second import look_again
from ocr.skew import find_skew
from ocr.stamps import read_stamps

#: Degrees. Turning a 200 dpi page by 0.4 degrees cost more (2.6 -> 3.3 % errors) than the skew:
#: below this the engine sees the page as it lies and only the words' boxes are turned.
LEFT_TO_THE_ENGINE = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page says in one turn.

    Attributes:
        skew: Degrees still to be turned clockwise for level lines.
        lines: In reading order, in pixels of the straight frame.
        steps: What was done to see them, in order.
    """

    skew: float
    lines: tuple[Line, ...]
    steps: tuple[str, ...]


def recognise(page: Page, degrees: int, dpi: float, engine: OcrEngine) -> Seen:
    """Read *page* turned clockwise by *degrees*: 0, 90, 180 or 270.

    Args:
        page: As `ocr.page.prepare` made it.
        degrees: Clockwise.
        dpi: Dots per inch of *page*.
        engine: Who reads.

    Raises:
        EngineFailed: the page cannot be read.
    """
    upright = clean.turn(page.picture, degrees)
    skew = find_skew(upright)
    turns = abs(skew) >= LEFT_TO_THE_ENGINE
    shown = erase_leaders(clean.turn(upright, skew) if turns else upright, dpi)
    scale = reading_scale(shown.picture, page)
    first = engine.recognise(shown_at(shown.picture, scale), dpi * scale)
    second = look_again(shown.picture, [_enlarged(line, 1 / scale) for line in first], dpi, engine, seen_at=scale)
    height, width = upright.shape
    leaning = turning(width, height, skew)
    way = None if turns else leaning
    lines = tuple(_straight(line, way) for line in arrange(second.lines, find_rulings(shown.picture, dpi)))
    if page.coloured is not None:
        boxes = [word.box for line in lines for word in line.words]
        stamps = read_stamps(
            clean.turn(page.coloured, degrees), dpi, engine, is_read=lambda x, y: _within(leaning.at(x, y), boxes)
        )
        lines += _after(lines, tuple(_straight(line, leaning) for line in stamps))
    done = (("turn", turns), ("smaller", scale < 1), ("second-look", bool(second.again + second.new)))
    return Seen(skew, lines, (*shown.steps, *(step for step, was in done if was)))


def _within(point: tuple[float, float], boxes: Sequence[Box]) -> bool:
    x, y = point
    return any(box.left <= x <= box.right and box.top <= y <= box.bottom for box in boxes)


def _after(lines: tuple[Line, ...], stamps: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return what stamps say as blocks of their own, after all others."""
    block = max((line.block for line in lines), default=-1)
    paragraph = max((line.paragraph for line in lines), default=-1)
    return tuple(
        replace(line, block=block + number, paragraph=paragraph + number) for number, line in enumerate(stamps, 1)
    )


def _enlarged(line: Line, times: float) -> Line:
    """Return a line read from a smaller picture where it stands in the page itself."""
    if times == 1:
        return line
    way = Affine(times, 0.0, 0.0, 0.0, times, 0.0)
    words = tuple(
        replace(word, box=Box(*way.at(word.box.left, word.box.top), *way.at(word.box.right, word.box.bottom)))
        for word in line.words
    )
    return replace(line, words=words, box=Box.around(tuple(word.box for word in words)), baseline=_through(line, way))


def _through(line: Line, way: Affine) -> tuple[float, float, float, float] | None:
    return None if line.baseline is None else (*way.at(*line.baseline[:2]), *way.at(*line.baseline[2:]))


def _straight(line: Line, way: Affine | None) -> Line:
    """Return *line* moved by *way* and rounded as records keep it.

    Words keep their size and only their middles move: turning the corners would make every box
    grow by the slant that the engine's upright box has already.
    """
    way = way or Affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    words = tuple(Word(word.text, _moved(word.box, way), round(word.confidence, 4)) for word in line.words)
    baseline = _through(line, way)
    if baseline is not None:
        x1, y1, x2, y2 = baseline
        baseline = (round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1))
    return replace(line, words=words, box=Box.around(tuple(word.box for word in words)), baseline=baseline)


def _moved(box: Box, way: Affine) -> Box:
    x, y = way.at(*box.centre)
    half_width, half_height = (box.right - box.left) / 2, (box.bottom - box.top) / 2
    return Box(
        round(x - half_width, 1),
        round(y - half_height, 1),
        round(x + half_width, 1),
        round(y + half_height, 1),
    )
