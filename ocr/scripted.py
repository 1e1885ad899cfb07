"""An engine in memory: lets everything around OCR run without Tesseract, and be counted.

Not a reader: it says what it was told to say, whatever the picture. With no lines it finds every
page blank.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ocr.engine import UNKNOWN, EngineFailed, Orientation, Picture
from ocr.model import Line, Word


@dataclass(slots=True)
class ScriptedEngine:
    """The memory twin of the real engines.

    Attributes:
        lines: What every page says, in pixels of the picture handed in.
        alone: What every picture of a single line says.
        lies: How every page is said to lie.
        failure: Raised instead of reading, when given.
        version: As it goes into the records.
        read: Height and width of each picture read so far.
        read_alone: Height and width of each picture of a single line.
        oriented: Height and width of each picture looked at for its orientation.
    """

    lines: tuple[Line, ...] = ()
    alone: tuple[Word, ...] = ()
    lies: Orientation = UNKNOWN
    failure: EngineFailed | None = None
    version: str = "scripted 1"
    read: list[tuple[int, int]] = field(default_factory=list)
    read_alone: list[tuple[int, int]] = field(default_factory=list)
    oriented: list[tuple[int, int]] = field(default_factory=list)

    def recognise(self, picture: Picture, dpi: float) -> tuple[Line, ...]:  # noqa: ARG002
        """See `OcrEngine.recognise`."""
        self.read.append((picture.shape[0], picture.shape[1]))
        if self.failure is not None:
            raise self.failure
        return self.lines

    def recognise_line(
        self,
        picture: Picture,
        dpi: float,  # noqa: ARG002
        *,
        second: bool = False,  # noqa: ARG002
    ) -> tuple[Word, ...]:
        """See `OcrEngine.recognise_line`."""
        self.read_alone.append((picture.shape[0], picture.shape[1]))
        return self.alone

    def orientation(self, picture: Picture, dpi: float) -> Orientation:  # noqa: ARG002
        """See `OcrEngine.orientation`."""
        self.oriented.append((picture.shape[0], picture.shape[1]))
        return self.lies
