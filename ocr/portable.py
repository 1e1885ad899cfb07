"""Tesseract as a program, through pytesseract: for machines without a tesserocr wheel.

Twice as slow as `ocr.tesseract`, since every page loads the model again, and without baselines;
the words are the same but for what the library's versions change.
"""

from __future__ import annotations

import csv
import io
import itertools
import shlex
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytesseract
from PIL import Image

from ocr.engine import UNKNOWN, EngineFailed, EngineMissing, EngineTimedOut, Orientation, Picture
from ocr.model import Box, Line, Word
from ocr.models import LANGUAGE, SECOND, called, find_tessdata, fingerprint

#: Seconds for one page, starting the program included.
PATIENCE = 120.0

#: Page segmentation modes of the program: find the layout of a page, or take the picture for a single line.
_PAGE, _LINE = 3, 7

#: What the program calls a row that stands for a word; the rows above it are its containers.
_WORD_LEVEL = "5"

_ADVICE = "the program tesseract is not installed; install the Debian package tesseract-ocr"


class PytesseractEngine:
    """See `OcrEngine`. Holds nothing open, so it can be pickled and forked."""

    def __init__(self, tessdata: Path | None = None, *, patience: float = PATIENCE) -> None:
        """Find the models.

        Args:
            tessdata: Folder with the models; looked for in the usual places when None.
            patience: Seconds after which the program is killed.

        Raises:
            EngineMissing: the models are not installed.
        """
        self._tessdata = tessdata or find_tessdata()
        self._patience = patience

    @cached_property
    def version(self) -> str:
        """See `OcrEngine.version`."""
        try:
            program = pytesseract.get_tesseract_version()
        except (pytesseract.TesseractNotFoundError, SystemExit) as error:
            raise EngineMissing(_ADVICE) from error
        wrapper = f"pytesseract {pytesseract.__version__}"
        return f"{wrapper}, tesseract {program}, {fingerprint(self._tessdata)}"

    def recognise(self, picture: Picture, dpi: float) -> tuple[Line, ...]:
        """See `OcrEngine.recognise`."""
        return self._read(picture, dpi, LANGUAGE, _PAGE)

    def recognise_line(self, picture: Picture, dpi: float, *, second: bool = False) -> tuple[Word, ...]:
        """See `OcrEngine.recognise_line`."""
        model = SECOND if second else LANGUAGE
        return tuple(word for line in self._read(picture, dpi, model, _LINE) for word in line.words)

    def orientation(self, picture: Picture, dpi: float) -> Orientation:
        """See `OcrEngine.orientation`."""
        try:
            seen = pytesseract.image_to_osd(
                Image.fromarray(picture),
                config=self._arguments(dpi, "--psm 0"),
                timeout=self._patience,
                output_type=pytesseract.Output.DICT,
            )
        except pytesseract.TesseractNotFoundError as error:
            raise EngineMissing(_ADVICE) from error
        except RuntimeError:
            # "Too few characters" ends the program with an error; out of time, we know as little.
            return UNKNOWN
        return Orientation(int(seen["rotate"]) % 360, float(seen["orientation_conf"]))

    def _read(self, picture: Picture, dpi: float, model: str, mode: int) -> tuple[Line, ...]:
        try:
            table = pytesseract.image_to_data(
                Image.fromarray(picture),
                lang=called(self._tessdata, model),
                config=self._arguments(dpi, f"--psm {mode} --oem 1"),
                timeout=self._patience,
            )
        except pytesseract.TesseractNotFoundError as error:
            raise EngineMissing(_ADVICE) from error
        except pytesseract.TesseractError as error:
            raise EngineFailed(f"Tesseract could not read the page: {error}") from error
        except RuntimeError as error:
            # Its only bare RuntimeError says that the time was up; TesseractError is one as well.
            raise EngineTimedOut(f"the page was not read within {self._patience:g} s") from error
        return tuple(_lines(table))

    def _arguments(self, dpi: float, mode: str) -> str:
        return f"{mode} --dpi {round(dpi)} --tessdata-dir {shlex.quote(str(self._tessdata))}"


def _lines(table: str) -> Iterator[Line]:
    rows = csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
    printed = (row for row in rows if row["level"] == _WORD_LEVEL and row["text"].strip())
    for _, line in itertools.groupby(printed, _line_number):
        words = tuple(_word(row) for row in line)
        yield Line(words, Box.around(tuple(word.box for word in words)))


def _line_number(row: dict[str, str]) -> tuple[str, ...]:
    return row["page_num"], row["block_num"], row["par_num"], row["line_num"]


def _word(row: dict[str, str]) -> Word:
    left, top = float(row["left"]), float(row["top"])
    return Word(
        unicodedata.normalize("NFC", row["text"].strip()),
        Box(left, top, left + float(row["width"]), top + float(row["height"])),
        float(row["conf"]) / 100,
    )
