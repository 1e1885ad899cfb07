"""From a picture of a page to the words on it, where they stand, and what they say.

Read in this order:

* `model` what a reading is, `geometry` where a pixel goes, `engine` what we ask of an OCR engine;
* `read` the whole pass: `page` (`clean`, `frame`, `pen`: what the engine gets to see) and `blank`, then
  which way up (`upright` by the shape of the lines, `orient` by a model), then `recognise`: `skew`, `leaders`, the
  engine, a `second` look (`leftovers`, `voting`, `syllables`), `stamps`, and the order of it all (`ruling`, `layout/`);
* `fields/` and `validators` what kind of paper it is, its number, date, agency, signer, owner; marks of secrecy;
* `plain_text` and `alto` a document's text for other programs;
* `codes` the QR codes on a page, apart from all this.

`tesseract` and `portable` are the engines, to be imported from there: each needs a library that the other does without.
"""

from __future__ import annotations

from ocr import threads  # isort: skip  # it must come before any library that starts threads
from ocr.engine import (
    EngineFailed,
    EngineMissing,
    EngineTimedOut,
    OcrEngine,
    OcrError,
    Orientation,
    Picture,
)
from ocr.model import UNCERTAIN_BELOW, Box, Line, Reading, Word
from ocr.read import READING_DPI, read_page, reading_dpi, unread_page
from ocr.scripted import ScriptedEngine

__all__ = [
    "READING_DPI",
    "UNCERTAIN_BELOW",
    "Box",
    "EngineFailed",
    "EngineMissing",
    "EngineTimedOut",
    "Line",
    "OcrEngine",
    "OcrError",
    "Orientation",
    "Picture",
    "Reading",
    "ScriptedEngine",
    "Word",
    "read_page",
    "reading_dpi",
    "threads",
    "unread_page",
]
