"""Fonts and one sheet of paper: where ink goes, and which words a reader finds there.

Knows millimetres, points and glyphs; nothing of paragraphs (see `printer`) nor of what is printed.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

#: Debian's fonts-liberation2, then Ubuntu's place for the same files. Liberation 1.07 lacks most
#: Vietnamese letters, so a font is taken only when every glyph asked of it is there.
FOLDERS = (
    Path("/usr/share/fonts/truetype/liberation2"),
    Path("/usr/share/fonts/truetype/liberation"),
)
#: SHA-256 over the faces in the order of `Face`, for the files of fonts-liberation2 2.1.5: other
#: outlines give other pictures, and that is better said than found out picture by picture.
FONTS_SHA256 = "ca9cf2080517572cec84aecaf604c29e35b9b72d54967b7a994ffa8bbbe19b0d"

#: A4 (ISO 216), in millimetres.
A4 = (210, 297)

Ink = tuple[int, int, int]
BLACK: Ink = (24, 24, 28)
BLUE: Ink = (28, 44, 120)
RED: Ink = (206, 36, 42)


class FontsMissing(Exception):
    """The Liberation 2 fonts are not installed; the message says which package brings them."""


class Face(StrEnum):
    """A font file; the Liberation faces have the widths of Times New Roman and Arial."""

    REGULAR = "LiberationSerif-Regular.ttf"
    BOLD = "LiberationSerif-Bold.ttf"
    ITALIC = "LiberationSerif-Italic.ttf"
    BOLD_ITALIC = "LiberationSerif-BoldItalic.ttf"
    SANS = "LiberationSans-Regular.ttf"
    SANS_BOLD = "LiberationSans-Bold.ttf"


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of text is set."""

    #: Font file.
    face: Face = Face.REGULAR
    #: Size in points; ND 30/2020 Annex I asks for 13 to 14 in body text.
    size: int = 13
    #: sRGB, 0 to 255.
    ink: Ink = BLACK


def font_path(face: Face) -> Path:
    """Find the file of *face*.

    Raises:
        FontsMissing: neither folder has it.
    """
    for folder in FOLDERS:
        if (folder / face).is_file():
            return folder / face
    raise FontsMissing(f"{face} not found: install the Debian package fonts-liberation2")


@functools.cache
def fonts_sha256() -> str:
    """Hash the faces in the order of `Face`, to compare with `FONTS_SHA256`."""
    return hashlib.sha256(b"".join(font_path(face).read_bytes() for face in Face)).hexdigest()


@functools.cache
def glyphs(face: Face) -> frozenset[int]:
    """Return the code points that *face* can draw."""
    with TTFont(font_path(face), lazy=True) as font:
        return frozenset(font.getBestCmap())


@functools.cache
def font(face: Face, pixels: int) -> ImageFont.FreeTypeFont:
    """Load *face* at *pixels* an em; basic layout, since Raqm's result hangs on its version."""
    return ImageFont.truetype(str(font_path(face)), pixels, layout_engine=ImageFont.Layout.BASIC)


class Sheet:
    """One A4 page of white paper, the ink on it, and its words in reading order."""

    def __init__(self, dpi: int) -> None:
        """Cut a sheet of `dpi` pixels an inch."""
        self.dpi = dpi
        self.picture = Image.new("RGB", (self.mm(A4[0]), self.mm(A4[1])), "white")
        self.pen = ImageDraw.Draw(self.picture)
        #: One entry a printed line, as a person reads the page.
        self.lines: list[str] = []

    @property
    def truth(self) -> str:
        """The page's text, one line a printed line."""
        return "\n".join(self.lines)

    def mm(self, length: float) -> int:
        """Turn millimetres into pixels."""
        return round(length * self.dpi * 5 / 127)

    def font(self, style: Style) -> ImageFont.FreeTypeFont:
        """Return the font of *style* at this sheet's resolution."""
        return font(style.face, round(style.size * self.dpi / 72))

    def width(self, text: str, style: Style) -> int:
        """Measure *text* in pixels."""
        return round(self.font(style).getlength(text))

    def ink(self, at: tuple[int, int], text: str, style: Style, anchor: str = "ls") -> None:
        """Print *text* with its anchor at pixel *at*; the words are recorded by the caller.

        Raises:
            ValueError: the font lacks a letter of *text*.
        """
        missing = {letter for letter in text if ord(letter) not in glyphs(style.face)}
        if missing:
            raise ValueError(f"{style.face} has no {sorted(missing)!r}")
        self.pen.text(at, text, fill=style.ink, font=self.font(style), anchor=anchor)

    def rule(self, left: int, right: int, y: int, *, ink: Ink = BLACK) -> None:
        """Draw a level line of a quarter millimetre, ends in pixels."""
        self.pen.rectangle((left, y, right, y + max(1, self.mm(0.2))), fill=ink)

    def leader(self, left: int, right: int, y: int) -> None:
        """Draw the dots of a form between two pixels; they are not part of the truth."""
        dot = max(1, self.mm(0.15))
        for x in range(left, right - dot, max(3, self.mm(1.1))):
            self.pen.rectangle((x, y, x + dot, y + dot), fill=(90, 90, 96))
