"""What reading a page leaves: words, where they stand, and on what grounds.

A `Reading` is small, has no pixels in it, and survives the store as canonical JSON. It is not a
judgement: whether a page is good enough is decided by those who use it.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any, Literal, cast

#: Raised by one whenever a reader of older readings would be misled.
FORMAT = 2

#: A word below this confidence counts as uncertain. The mean over a page says little, since a few
#: lost names hide behind hundreds of good words; the share of uncertain words is what to review by.
UNCERTAIN_BELOW = 0.60

#: Degrees; a page that lies further askew was not scanned but photographed.
LARGEST_SKEW = 15.0

#: On what grounds a page was turned: the shape of its lines was sure of it; the orientation model was; reading it both
#: ways was; the caller said so (whoever holds the neighbours may); or nothing was, and it was left as it came.
RotationGround = Literal["print", "osd", "confidence", "given", "assumed"]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels from the top left corner; right and bottom are outside it."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if self.right < self.left or self.bottom < self.top:
            raise ValueError(f"box is inside out: {self}")

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, in the same pixels."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @classmethod
    def around(cls, boxes: tuple[Box, ...]) -> Box:
        """Return the smallest box that holds all *boxes*, of which there must be one at least."""
        return cls(
            min(box.left for box in boxes),
            min(box.top for box in boxes),
            max(box.right for box in boxes),
            max(box.bottom for box in boxes),
        )


@dataclass(frozen=True, slots=True)
class Word:
    """One word as printed.

    Attributes:
        text: Unicode NFC, never empty, without white space.
        box: In the pixels of the picture or frame that the word is told about.
        confidence: From 0 to 1, as the engine sees it; see `UNCERTAIN_BELOW` before trusting it.
    """

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of print.

    Attributes:
        words: In reading order, never empty.
        box: Around all the words, in the same pixels.
        baseline: x1, y1, x2, y2 of the line on which the letters stand, in the same pixels; None
            when the engine does not tell.
        block: Number of the block it belongs to (a column, a cell, a signature), from 0 in reading order.
        paragraph: Number of the paragraph, from 0 over the whole page; no paragraph is part of two blocks.
    """

    words: tuple[Word, ...]
    box: Box
    baseline: tuple[float, float, float, float] | None = None
    block: int = 0
    paragraph: int = 0

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """From 0 to 1: the mean over the words, each by its letters, so that a stray dot weighs little."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / letters


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the reading of one page leaves.

    Boxes are given in the straight frame: the picture scaled to `frame_dpi`, turned clockwise by
    `turn` about its centre, on a canvas that holds all of it (see `ocr.geometry`).

    Attributes:
        rotation: 0, 90, 180 or 270: degrees clockwise by which the original must be turned.
        rotation_confidence: The engine's figure for it, in the engine's own scale; 0 when assumed.
        rotation_ground: See `RotationGround`.
        skew: Degrees still to be turned clockwise after `rotation` for level lines; steps of 0.1.
        frame_width: Pixels at `frame_dpi`.
        frame_height: Pixels at `frame_dpi`.
        frame_dpi: Dots per inch of the frame, the same along both sides.
        lines: In reading order.
        engine: Names and versions of the program and its models.
        blank_score: How bare the page is, from 0 to 1; see `ocr.blank`.
        treatment: What was done to the picture before it was read, in this order.
        failure: Stable code when the page could not be read; there are no lines then. We say
            "engine-failed", "timed-out" and "too-large"; who runs us in a child adds "died".
    """

    rotation: int
    rotation_confidence: float
    rotation_ground: RotationGround
    skew: float
    frame_width: int
    frame_height: int
    frame_dpi: float
    lines: tuple[Line, ...]
    engine: str
    blank_score: float = 0.0
    treatment: tuple[str, ...] = ()
    failure: str | None = field(default=None)

    def __post_init__(self) -> None:
        if self.rotation not in (0, 90, 180, 270):
            raise ValueError(f"rotation is 0, 90, 180 or 270 degrees, not {self.rotation}")
        if abs(self.skew) > LARGEST_SKEW:
            raise ValueError(f"skew is at most {LARGEST_SKEW} degrees, not {self.skew}")
        if self.failure is not None and self.lines:
            raise ValueError("a page that could not be read has no lines")

    @property
    def turn(self) -> float:
        """Degrees clockwise from the original to the straight frame."""
        return self.rotation + self.skew

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of all lines, in reading order."""
        return tuple(word for line in self.lines for word in line.words)

    @property
    def paragraphs(self) -> tuple[tuple[Line, ...], ...]:
        """The lines by paragraph, in reading order."""
        return tuple(tuple(lines) for _, lines in itertools.groupby(self.lines, lambda line: line.paragraph))

    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(line.text for line in self.lines)

    @property
    def mean_confidence(self) -> float | None:
        """From 0 to 1; None when there are no words, which is not the same as no confidence."""
        words = self.words
        return sum(word.confidence for word in words) / len(words) if words else None

    @property
    def uncertain_share(self) -> float | None:
        """Share of the words below `UNCERTAIN_BELOW`, from 0 to 1; None when there are no words."""
        words = self.words
        if not words:
            return None
        return sum(word.confidence < UNCERTAIN_BELOW for word in words) / len(words)

    def to_json(self) -> bytes:
        """Encode so that equal readings give equal bytes; boxes to 0.1 px, confidences to 1e-4."""
        raw = {
            "blank_score": round(float(self.blank_score), 4),
            "engine": self.engine,
            "failure": self.failure,
            "format": FORMAT,
            "frame": [self.frame_width, self.frame_height, round(float(self.frame_dpi), 4)],
            "lines": [_line_out(line) for line in self.lines],
            "rotation": self.rotation,
            "rotation_confidence": round(float(self.rotation_confidence), 4),
            "rotation_ground": self.rotation_ground,
            "skew": round(float(self.skew), 1),
            "treatment": self.treatment,
        }
        return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Reading:
        """Decode what `to_json` made.

        Raises:
            ValueError: *data* is not a reading, or one of another format.
        """
        try:
            return _reading_in(json.loads(data))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"these bytes are not a reading of a page: {error!r}") from error


def _line_out(line: Line) -> dict[str, Any]:
    return {
        "baseline": None if line.baseline is None else _tenths(line.baseline),
        "block": line.block,
        "box": _corners(line.box),
        "paragraph": line.paragraph,
        "words": [
            {
                "box": _corners(word.box),
                "confidence": round(float(word.confidence), 4),
                "text": word.text,
            }
            for word in line.words
        ],
    }


def _corners(box: Box) -> list[float]:
    return _tenths((box.left, box.top, box.right, box.bottom))


def _tenths(numbers: tuple[float, ...]) -> list[float]:
    # Adding 0.0 makes -0.0 and 0.0, which are equal, the same bytes.
    return [round(float(number), 1) + 0.0 for number in numbers]


def _reading_in(raw: dict[str, Any]) -> Reading:
    if raw["format"] != FORMAT:
        raise ValueError(f"this reading has format {raw['format']}, we know format {FORMAT}")
    width, height, dpi = raw["frame"]
    return Reading(
        rotation=raw["rotation"],
        rotation_confidence=raw["rotation_confidence"],
        rotation_ground=raw["rotation_ground"],
        skew=raw["skew"],
        frame_width=width,
        frame_height=height,
        frame_dpi=dpi,
        lines=tuple(_line_in(line) for line in raw["lines"]),
        engine=raw["engine"],
        blank_score=raw["blank_score"],
        treatment=tuple(raw["treatment"]),
        failure=raw["failure"],
    )


def _line_in(raw: dict[str, Any]) -> Line:
    words = tuple(Word(w["text"], Box(*w["box"]), w["confidence"]) for w in raw["words"])
    baseline = raw["baseline"]
    return Line(
        words,
        Box(*raw["box"]),
        None if baseline is None else cast(tuple[float, float, float, float], tuple(baseline)),
        raw["block"],
        raw["paragraph"],
    )
