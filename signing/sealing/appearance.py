"""The visible mark on page 1: plain lines of text at its top right; no picture, no frame.

NĐ 30/2020 asks of a sealed copy: top right of page 1, no signature image, a Times-metric font,
size 10, black, upright. A warning line, when there is one, stands in red below the others.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import AppearanceContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from signing.sealing.font import CutFont, cut

#: Distance between base lines, in font sizes. Below 1.15 the accents of Ầ meet the line above.
LEADING = 1.2
#: Red that is still readable on paper; DeviceRGB, which the file's sRGB output intent covers.
WARNING_COLOUR = b"0.75 0 0 rg"
BLACK = b"0 g"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written at the top right of page 1."""

    #: One line of text each, above one another.
    lines: tuple[str, ...]
    #: A last line in red, for seals without legal value.
    warning: str | None
    #: A TrueType font file that has all the letters.
    font: Path
    #: Font size, points.
    size_pt: float = 10.0

    @property
    def all_lines(self) -> tuple[str, ...]:
        """Every line with precomposed letters, the warning last."""
        lines = self.lines if self.warning is None else (*self.lines, self.warning)
        return tuple(unicodedata.normalize("NFC", line) for line in lines)

    @property
    def cut_font(self) -> CutFont:
        """The font with the letters of this mark."""
        return cut(self.font, "".join(self.all_lines))


def mark_size(mark: Mark) -> tuple[float, float]:
    """Return width and height of *mark* in whole points, for whoever keeps the place free.

    Whole, because pyHanko writes the box of an appearance so; another size of field would stretch it.

    Raises:
        DocumentUnsealable: the font cannot be read or lacks a letter.
    """
    font, lines = mark.cut_font, mark.all_lines
    width = max((font.width(line) for line in lines), default=0.0) * mark.size_pt
    return float(math.ceil(width)), float(math.ceil(len(lines) * LEADING * mark.size_pt))


def draw_mark(mark: Mark, writer: BasePdfFileWriter, field: generic.DictionaryObject) -> None:
    """Give *field*, a signature field with a box of `mark_size`, the appearance of *mark*."""
    width, height = mark_size(mark)
    _MarkContent(mark, writer, BoxConstraints(width, height)).apply_appearance(field)


class _MarkContent(AppearanceContent):
    """The normal appearance (/AP /N), the only one PDF/A allows (ISO 19005-2, 6.3.3)."""

    def __init__(self, mark: Mark, writer: BasePdfFileWriter, box: BoxConstraints) -> None:
        super().__init__(writer=writer, box=box)
        self._mark = mark

    def render(self) -> bytes:
        """Return the drawing operators, after registering the font they use."""
        mark, font = self._mark, self._mark.cut_font
        self.set_resource(ResourceType.FONT, pdf_name("/F1"), _embed(font, self._ensure_writer))
        lead = LEADING * mark.size_pt
        # each line's ascent and descent are centred in its share of the height
        base = self.box.height - (lead + (font.ascent + font.descent) / 1000 * mark.size_pt) / 2
        parts = [b"q BT", b"/F1 %g Tf %g TL 0 %.3f Td" % (mark.size_pt, lead, base)]
        for number, line in enumerate(mark.all_lines):
            warns = number == len(mark.lines)
            parts.append((WARNING_COLOUR if warns else BLACK) + b" " + font.encode(line) + b" Tj T*")
        return b"\n".join([*parts, b"ET Q"])


def _embed(font: CutFont, writer: BasePdfFileWriter) -> generic.IndirectObject:
    """Add *font* to *writer* as a composite font whose codes are its glyph numbers."""
    system: dict[str, generic.PdfObject] = {
        "/Registry": generic.TextStringObject("Adobe"),
        "/Ordering": generic.TextStringObject("Identity"),
        "/Supplement": generic.NumberObject(0),
    }
    descendant: dict[str, generic.PdfObject] = {
        "/Type": pdf_name("/Font"),
        "/Subtype": pdf_name("/CIDFontType2"),
        "/BaseFont": pdf_name(f"/{font.name}"),
        "/CIDSystemInfo": _dictionary(system),
        "/FontDescriptor": _describe(font, writer),
        # ISO 19005-2, 6.2.11.3.2: to be said for an embedded CIDFontType2
        "/CIDToGIDMap": pdf_name("/Identity"),
        "/W": _widths(font),
    }
    composite: dict[str, generic.PdfObject] = {
        "/Type": pdf_name("/Font"),
        "/Subtype": pdf_name("/Type0"),
        "/BaseFont": pdf_name(f"/{font.name}"),
        "/Encoding": pdf_name("/Identity-H"),
        "/DescendantFonts": generic.ArrayObject([writer.add_object(_dictionary(descendant))]),
        "/ToUnicode": writer.add_object(_compressed(font.to_unicode())),
    }
    return writer.add_object(_dictionary(composite))


def _describe(font: CutFont, writer: BasePdfFileWriter) -> generic.IndirectObject:
    program = _compressed(font.program)
    program["/Length1"] = generic.NumberObject(len(font.program))
    descriptor: dict[str, generic.PdfObject] = {
        "/Type": pdf_name("/FontDescriptor"),
        "/FontName": pdf_name(f"/{font.name}"),
        "/Flags": generic.NumberObject(4),  # symbolic: codes are glyph numbers
        "/FontBBox": generic.ArrayObject(_number(side) for side in font.box),
        "/ItalicAngle": generic.NumberObject(0),
        "/Ascent": _number(font.ascent),
        "/Descent": _number(font.descent),
        "/CapHeight": _number(font.ascent),
        "/StemV": generic.NumberObject(80),
        "/FontFile2": writer.add_object(program),
    }
    return writer.add_object(_dictionary(descriptor))


def _dictionary(entries: Mapping[str, generic.PdfObject]) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(key): value for key, value in entries.items()})


def _compressed(data: bytes) -> generic.StreamObject:
    stream = generic.StreamObject(stream_data=data)
    stream.compress()
    return stream


def _widths(font: CutFont) -> generic.ArrayObject:
    array = generic.ArrayObject()
    for letter, glyph in sorted(font.glyphs.items(), key=lambda item: item[1]):
        array.append(generic.NumberObject(glyph))
        array.append(generic.ArrayObject([_number(font.widths[letter])]))
    return array


def _number(value: float) -> generic.FloatObject:
    return generic.FloatObject(f"{value:.3f}")
