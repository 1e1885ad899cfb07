"""The visible mark on page 1: plain lines of text at its top right, and beside them a QR code; no picture, no frame.

NĐ 30/2020 asks of a sealed copy: top right of page 1, no signature image, a Times-metric font,
size 10, black, upright; NĐ 137/2024 Art 4 lets a QR code be added. A warning, when there is one, stands in red below
the other lines. Not here: which lines there are (`signing.sealing.layout`), where on the page they stand.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import AppearanceContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from signing.sealing.font import CutFont
from signing.sealing.layout import LEADING, Layout, Mark, layout_of

#: Red that is still readable on paper; DeviceRGB, which the file's sRGB output intent covers.
WARNING_COLOUR = b"0.75 0 0 rg"
BLACK = b"0 g"


def draw_mark(mark: Mark, writer: BasePdfFileWriter, field: generic.DictionaryObject) -> None:
    """Give *field*, a signature field with a box of `mark_size`, the appearance of *mark*."""
    _MarkContent(mark, layout_of(mark), writer).apply_appearance(field)


class _MarkContent(AppearanceContent):
    """The normal appearance (/AP /N), the only one PDF/A allows (ISO 19005-2, 6.3.3)."""

    def __init__(self, mark: Mark, layout: Layout, writer: BasePdfFileWriter) -> None:
        super().__init__(writer=writer, box=BoxConstraints(layout.width, layout.height))
        self._mark, self._layout = mark, layout

    def render(self) -> bytes:
        """Return the drawing operators, after registering the font they use."""
        size, font, layout = self._mark.size_pt, self._mark.cut_font, self._layout
        self.set_resource(ResourceType.FONT, pdf_name("/F1"), _embed(font, self._ensure_writer))
        lead = LEADING * size
        # each line's ascent and descent are centred in its share of the height
        base = layout.height - (lead + (font.ascent + font.descent) / 1000 * size) / 2
        squares, left = layout.squares, 0.0
        parts = [b"q"]
        if squares is not None:
            left = squares.side_pt
            parts += [BLACK, squares.operators(0.0, layout.height)]
        parts += [b"BT", b"/F1 %g Tf %g TL %g %.3f Td" % (size, lead, left, base)]
        parts += [
            (WARNING_COLOUR if warns else BLACK) + b" " + font.encode(line) + b" Tj T*" for line, warns in layout.lines
        ]
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
