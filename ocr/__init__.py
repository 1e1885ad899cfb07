"""From a picture of a page to the words on it and where they stand.

Read in this order: `model` (what a reading is), `geometry` (where a pixel goes), `engine` (what we
ask of an OCR engine), `clean`, `orient`, `skew`, `leaders` (what is done to a picture first), `read`
(the whole pass). `tesseract` and `portable` are the engines, to be imported from there: each needs a
library that the other does without.
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
from ocr.read import read_page, reading_dpi, unread_page
from ocr.scripted import ScriptedEngine

__all__ = [
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
