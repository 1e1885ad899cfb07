"""Which way up a page is.

Asked when the shape of the lines does not tell (`ocr.upright`). Looks at one page alone. Where that is not enough (a
few words, a stamp) the neighbours know better, and whoever holds the neighbours can hand `ocr.read` the rotation.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocr import clean
from ocr.engine import OcrEngine, Orientation, Picture
from ocr.geometry import scaled_size
from ocr.model import Line
from ocr.syllables import is_syllable

#: Dots per inch. At 150 the model guessed wrong on four of six pages in 8 and 9 points (twice at more than 0.5), at 200
#: it was right on all of them; finer costs more and tells no more.
_LOOK_DPI = 200.0

#: Tesseract's own scale. Right answers begin at 0.6, wrong ones were seen up to 0.55; what is below this is left to
#: reading the page both ways.
TRUSTED_FROM = 1.0

#: Letters in words that make sense, below which a reading says nothing of the turn; and how many times as many a turn
#: must have as the next best. Both chosen, on the side of not turning.
LEAST_SENSE, CLEARLY_MORE = 8, 2.0

#: Confidence from which a word can make sense.
_SURE = 0.8

#: Share of the letters that must be in words that make sense for a bare page to count as read.
_LEAST_SHARE = 0.3


def sense(lines: Sequence[Line]) -> int:
    """Return the number of letters in the words that were read with confidence and are Vietnamese syllables."""
    words = (word for line in lines for word in line.words if word.confidence >= _SURE)
    return sum(len(word.text) for word in words if len(word.text) > 1 and is_syllable(word.text.strip(".,;:()")))


def makes_sense(lines: Sequence[Line]) -> bool:
    """Whether *lines* are more than what an engine makes of bare paper and of print that shines through from the back.

    A back page's print, mirrored and faint, gave 513 words with 1 % of their letters in syllables.
    """
    letters = sum(len(word.text) for line in lines for word in line.words)
    return letters > 0 and sense(lines) >= _LEAST_SHARE * letters


def find_orientation(picture: Picture, dpi: float, engine: OcrEngine) -> Orientation | None:
    """Return how a flattened grey page lies, or None when the engine cannot be trusted on it.

    Args:
        picture: Grey, height x width, flattened; the skew does not matter up to 10 degrees.
        dpi: Dots per inch of *picture*.
        engine: Who looks.

    Raises:
        EngineMissing: the orientation model is not installed.
    """
    height, width = picture.shape
    look_dpi = min(dpi, _LOOK_DPI)
    size = scaled_size(width, height, dpi=(dpi, dpi), frame_dpi=look_dpi)
    seen = engine.orientation(clean.resize(picture, size), look_dpi)
    return seen if seen.confidence >= TRUSTED_FROM else None
