"""The invisible text layer: words over the picture, to be found and copied but not seen.

Every letter is an empty glyph half an em wide; each word is stretched to the width it has on the paper. The font is
made for the document, so each code has one letter (ToUnicode, which level U of ISO 19005-2 asks for). Visible text
is not drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from statistics import median

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph

from ocr import Line, Reading, Word

#: Advance of every letter, in thousandths of an em.
ADVANCE = 500
#: Adobe technical note 5411: at most 100 entries in a block; readers drop what comes after.
BLOCK = 100
#: Of a line box's height, what lies below the base line (g, y, ụ); holds for Times and Arial.
DESCENT = 0.22
#: Share of the letters' height that is left free after a word, where boxes touch; at 0.15 poppler still joins words.
GAP = 0.2
#: Heights of a line's usual word that the line may have; capitals with two marks and a tail beside small letters have.
TALLEST = 1.5
_FONT = "SohoaInvisible"
#: 1970-01-01 in the seconds since 1904 that fonts count.
_EPOCH = 2_082_844_800


class InvisibleFont:
    """A font of empty glyphs for the letters that one document uses."""

    def __init__(self, letters: Iterable[str]) -> None:
        self.codes = {letter: code for code, letter in enumerate(sorted({*letters, " "}), 1)}

    def encode(self, text: str) -> str:
        """Return *text* as the hexadecimal string that shows it in this font."""
        return "".join(f"{self.codes[letter]:04x}" for letter in text)

    def add_to(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """Write the font into *pdf* and return its dictionary."""
        descriptor = pikepdf.Dictionary(
            Type=pikepdf.Name.FontDescriptor,
            FontName=pikepdf.Name("/" + _FONT),
            Flags=4,  # symbolic: its codes are its own
            FontBBox=[0, 0, ADVANCE, 1000],
            ItalicAngle=0,
            Ascent=1000,
            Descent=0,
            CapHeight=1000,
            StemV=80,
            FontFile2=pdf.make_indirect(pikepdf.Stream(pdf, self._program())),
        )
        descendant = pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.CIDFontType2,
            BaseFont=pikepdf.Name("/" + _FONT),
            CIDSystemInfo=pikepdf.Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=ADVANCE,
            CIDToGIDMap=pikepdf.Name.Identity,
        )
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type0,
            BaseFont=pikepdf.Name("/" + _FONT),
            Encoding=pikepdf.Name("/Identity-H"),
            DescendantFonts=[pdf.make_indirect(descendant)],
            ToUnicode=pdf.make_indirect(pikepdf.Stream(pdf, self._to_unicode())),
        )
        return pdf.make_indirect(font)

    def _program(self) -> bytes:
        names = [".notdef", *(f"g{code}" for code in self.codes.values())]
        builder = FontBuilder(1000, isTTF=True)
        # The time of the run would make two equal documents differ.
        builder.updateHead(created=_EPOCH, modified=_EPOCH)
        builder.setupGlyphOrder(names)
        builder.setupCharacterMap({})
        builder.setupGlyf({name: Glyph() for name in names})
        builder.setupHorizontalMetrics(dict.fromkeys(names, (ADVANCE, 0)))
        builder.setupHorizontalHeader(ascent=1000, descent=0)
        builder.setupPost(keepGlyphNames=False)
        builder.font.recalcTimestamp = False
        buffer = BytesIO()
        builder.save(buffer)
        return buffer.getvalue()

    def _to_unicode(self) -> bytes:
        pairs = [f"<{code:04x}> <{letter.encode('utf-16-be').hex()}>" for letter, code in self.codes.items()]
        blocks = [pairs[at : at + BLOCK] for at in range(0, len(pairs), BLOCK)]
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


def letters_of(readings: Iterable[Reading]) -> set[str]:
    """Return every letter that the readings use."""
    return {letter for reading in readings for word in reading.words for letter in word.text}


def text_operators(reading: Reading, font: InvisibleFont, resource: str) -> bytes:
    """Return the content stream part that lays a page's words over its picture.

    Args:
        reading: Words with boxes in frame pixels from the top left.
        font: Holds every letter of *reading*.
        resource: The font's name in the page's resources.
    """
    scale = 72 / reading.frame_dpi
    parts = ["BT", "3 Tr"]
    for line in reading.lines:
        size = max(_height(line) * scale, 1.0)
        parts.append(f"{resource} {size:.2f} Tf")
        for word, after in zip(line.words, (*line.words[1:], None), strict=True):
            wide = max(_width(word, after, size / scale) * scale, 0.1)
            stretch = 100 * wide / (len(word.text) * size * ADVANCE / 1000)
            x = word.box.left * scale
            y = (reading.frame_height - _baseline(line, word.box.left)) * scale
            parts.append(f"{stretch:.2f} Tz 1 0 0 1 {x:.2f} {y:.2f} Tm <{font.encode(word.text + ' ')}> Tj")
    parts.append("ET")
    return "\n".join(parts).encode("ascii")


def _width(word: Word, after: Word | None, height: float) -> float:
    """Return how wide to set a word, in frame pixels: as wide as its box, but leaving a gap that readers see."""
    wide = word.box.right - word.box.left
    if after is None or after.box.left <= word.box.left:
        return wide
    return min(wide, max(after.box.left - word.box.left - GAP * height, wide / 2))


def _height(line: Line) -> float:
    """Return how high the letters of a line stand, in frame pixels; a stroke of a signature must not raise them all.

    Readers tell words apart by gaps in proportion to the letters: too high a letter joins the words of its line.
    """
    usual = median(word.box.bottom - word.box.top for word in line.words)
    return min(line.box.bottom - line.box.top, TALLEST * usual)


def _baseline(line: Line, x: float) -> float:
    """Return the height of the line's base line at *x*, in frame pixels from the top."""
    if line.baseline is None or line.baseline[2] == line.baseline[0]:
        return line.box.bottom - DESCENT * (line.box.bottom - line.box.top)
    x1, y1, x2, y2 = line.baseline
    return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
