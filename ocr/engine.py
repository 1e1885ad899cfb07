"""What we ask of an OCR engine.

* OcrError
  x EngineMissing       the installation is at fault: the program or a model is not there
  x EngineFailed        the page is at fault: the engine ran and could not read it
    x EngineTimedOut    it was stopped after its time was up; a quieter machine may manage
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ocr.model import Line, Word

#: A picture of a page: height x width for grey, height x width x 3 for red, green, blue.
Picture = NDArray[np.uint8]


class OcrError(Exception):
    """Base of the errors of this package; `str()` of one is a sentence an operator can act on."""


class EngineMissing(OcrError):
    """The program or one of its models is not installed; the message says what to install."""


class EngineFailed(OcrError):
    """The engine ran and could not read the page; the same page will fail again."""

    #: Goes into `Reading.failure`; stable, since records keep it.
    code: ClassVar[str] = "engine-failed"


class EngineTimedOut(EngineFailed):
    """The engine was stopped after its time was up."""

    code = "timed-out"


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a picture lies, as the engine sees it.

    Attributes:
        degrees: 0, 90, 180 or 270, clockwise, by which the picture must be turned to be upright.
        confidence: In the engine's own scale, from 0 (nothing to go by) upwards; Tesseract calls
            15 "reasonably confident", but see `ocr.orient` for what it is worth.
    """

    degrees: int
    confidence: float


#: What an engine says of a page with too little on it.
UNKNOWN = Orientation(degrees=0, confidence=0.0)


class OcrEngine(Protocol):
    """Anything that reads a page. One object serves one thread at a time."""

    @property
    def version(self) -> str:
        """Program, library and model with versions: everything the words depend on.

        Raises:
            EngineMissing: the program or a model is not installed.
        """
        ...

    def recognise(self, picture: Picture, dpi: float) -> tuple[Line, ...]:
        """Return the lines of print on an upright page, in reading order.

        Args:
            picture: Grey, height x width.
            dpi: Dots per inch of *picture*.

        Returns:
            Lines with boxes in pixels of *picture*; none for a page without print.

        Raises:
            EngineFailed: the page cannot be read.
            EngineTimedOut: it took too long.
            EngineMissing: the program or a model is not installed.
        """
        ...

    def recognise_line(self, picture: Picture, dpi: float, *, second: bool = False) -> tuple[Word, ...]:
        """Return the words of a picture that holds one line of print and nothing else, from left to right.

        Args:
            picture: Grey, height x width.
            dpi: Dots per inch of *picture*.
            second: With the other model, slower, which errs in other places.

        Raises:
            EngineFailed: as for `recognise`, and so on.
        """
        ...

    def orientation(self, picture: Picture, dpi: float) -> Orientation:
        """Return how the page lies; `UNKNOWN` when there is too little on it to tell.

        Args:
            picture: Grey, height x width.
            dpi: Dots per inch of *picture*.

        Raises:
            EngineMissing: the program or a model is not installed.
        """
        ...
