"""The OCR engines by name. Each brings a library of its own, so each is imported only when it is asked for."""

from __future__ import annotations

from functools import cache

from ocr import EngineMissing, OcrEngine
from pipeline.errors import Misconfigured


@cache
def engine_named(name: str) -> OcrEngine:
    """Return the engine called *name*, one of `pipeline.settings.ENGINES`; loaded once in a process.

    Raises:
        Misconfigured: ``program-missing``.
    """
    try:
        if name == "pytesseract":
            from ocr.portable import PytesseractEngine  # noqa: PLC0415 -- only when asked for

            return PytesseractEngine()
        from ocr.tesseract import TesserocrEngine  # noqa: PLC0415 -- as above

        return TesserocrEngine()
    except (EngineMissing, ImportError) as error:
        raise Misconfigured("program-missing", what=str(error)) from error
