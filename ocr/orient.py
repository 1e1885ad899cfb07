"""Which way up a page is.

Looks at one page alone. Where that is not enough (a few words, a stamp) the neighbours know better,
and whoever holds the neighbours can hand `ocr.read` the rotation.
"""

from __future__ import annotations

from ocr import clean
from ocr.engine import OcrEngine, Orientation, Picture
from ocr.geometry import scaled_size

#: Dots per inch. Of 13 real pages in all four turns, 150 dpi found 52 of 52, 200 dpi no more at the
#: same price, 100 dpi 37: there the tone marks that tell up from down are one pixel high.
_LOOK_DPI = 150.0

#: Tesseract's own scale. At 150 dpi no wrong answer was seen among 153 (real pages, pages up to 10
#: degrees askew, pages of a few words); right ones begin at 0.6. Below is guessing.
TRUSTED_FROM = 0.5


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
