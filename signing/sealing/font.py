"""A TrueType font cut down to the letters of one mark; no layout engine (shaping, kerning).

PDF/A-2 (ISO 19005-2, 6.2.11) wants the font embedded, its widths equal to the program's, and, at
level u, every code mapped to Unicode. One glyph a letter, no ligature, keeps all three plain.
Vietnamese letters are looked up precomposed (NFC): the stacked accents then stand as drawn.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError

from signing.errors import DocumentUnsealable

#: Always embedded, so that marks that differ in their time alone share one cut font.
ALWAYS = "0123456789:-+TZ "
#: PDF measures glyphs in thousandths of the font size (ISO 32000-1, 9.7.3).
UNITS = 1000
#: Entries of one bfchar block; more than 100 is malformed (ISO 32000-1, 9.10.3, Adobe TN 5411).
BFCHAR_BLOCK = 100


@dataclass(frozen=True, slots=True)
class CutFont:
    """A font program that holds only some letters, with what a PDF says about it."""

    #: PostScript name with the tag of six capitals that a subset bears.
    name: str
    #: The TrueType file.
    program: bytes
    #: Letter to glyph number in `program`, which is also the code in the content stream.
    glyphs: Mapping[str, int]
    #: Letter to advance width, thousandths of the font size.
    widths: Mapping[str, float]
    #: Greatest extent of any glyph, thousandths of the font size: left, bottom, right, top.
    box: tuple[float, float, float, float]
    #: Height above and (negative) depth below the base line, thousandths of the font size.
    ascent: float
    descent: float

    def encode(self, text: str) -> bytes:
        """Return *text* as a hexadecimal string operand."""
        codes = b"".join(self.glyphs[letter].to_bytes(2, "big") for letter in text)
        return b"<" + codes.hex().upper().encode() + b">"

    def width(self, text: str) -> float:
        """Return the advance of *text* at size 1."""
        return sum(self.widths[letter] for letter in text) / UNITS

    def to_unicode(self) -> bytes:
        """Return the ToUnicode CMap."""
        pairs = [
            f"<{glyph:04X}> <{letter.encode('utf-16-be').hex().upper()}>"
            for letter, glyph in sorted(self.glyphs.items(), key=lambda item: item[1])
        ]
        blocks = [pairs[i : i + BFCHAR_BLOCK] for i in range(0, len(pairs), BFCHAR_BLOCK)]
        body = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode()


def cut(path: Path, text: str) -> CutFont:
    """Return the font in *path* with the letters of *text* (NFC) and of `ALWAYS`.

    Raises:
        DocumentUnsealable: the file is no TrueType font, or lacks one of the letters.
    """
    return _cut(path, "".join(sorted(set(text + ALWAYS))))


@lru_cache(maxsize=64)
def _cut(path: Path, letters: str) -> CutFont:
    try:
        font = TTFont(path, lazy=True)
    except (OSError, TTLibError) as error:
        raise DocumentUnsealable(
            f"cannot read the font {path} of the mark: {error}; install fonts-liberation2"
        ) from error
    with font:
        missing = set(map(ord, letters)) - font.getBestCmap().keys()
        if missing:
            shown = " ".join(chr(letter) for letter in sorted(missing))
            raise DocumentUnsealable(f"the font {path.name} has no {shown}; choose another font")
        options = subset.Options(
            layout_features=[], hinting=False, notdef_outline=True, name_IDs=[6], drop_tables=[
                "GSUB", "GPOS", "GDEF", "kern", "FFTM", "DSIG", "gasp",
            ],
        )  # fmt: skip
        cutter = subset.Subsetter(options)
        cutter.populate(text=letters)
        cutter.subset(font)
        return _described(font, letters)


def _described(font: TTFont, letters: str) -> CutFont:
    file = io.BytesIO()
    font.save(file, reorderTables=None)
    program = file.getvalue()
    scale = UNITS / font["head"].unitsPerEm
    names = font.getBestCmap()
    glyphs = {letter: font.getGlyphID(names[ord(letter)]) for letter in letters}
    widths = {letter: font["hmtx"][names[ord(letter)]][0] * scale for letter in letters}
    head, lines = font["head"], font["hhea"]
    digest = hashlib.sha256(program).digest()
    tag = "".join(chr(ord("A") + octet % 26) for octet in digest[:6])
    return CutFont(
        name=f"{tag}+{font['name'].getDebugName(6)}",
        program=program,
        glyphs=glyphs,
        widths=widths,
        box=(head.xMin * scale, head.yMin * scale, head.xMax * scale, head.yMax * scale),
        ascent=lines.ascent * scale,
        descent=lines.descent * scale,
    )
