"""Join pictures, text and metadata into one file whose bytes depend on nothing but its input."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pikepdf.pdfa
from PIL import Image

from ocr import Reading
from pipeline.assembly.margin import Size, Spot, find_spot
from pipeline.assembly.metadata import xmp_packet
from pipeline.assembly.pictures import placement
from pipeline.assembly.shelves import Shelves
from pipeline.assembly.text import InvisibleFont, letters_of, text_operators

_FONT = "/T0"


@dataclass(frozen=True, slots=True)
class AssembledPage:
    """One page to put in: its picture as stored, and what was read on it."""

    picture: Image.Image  # as stored: EXIF orientation not applied
    jpeg: bytes | None  # the picture's own file, when that is a JPEG
    dpi: tuple[float, float]  # of the upright picture
    exif: int  # EXIF orientation, 1 to 8
    reading: Reading


def assemble(
    pages: Iterable[AssembledPage],
    readings: list[Reading],
    target: Path,
    *,
    title: str,
    agency: str,
    mark_shapes: Sequence[Size],
) -> Spot:
    """Write a PDF/A-2u file of *pages* to *target*; return where the seal's mark goes on page 1.

    Pages are taken one at a time, and their pictures wait on disk: of a long document no more is in memory.

    Args:
        pages: In order.
        readings: Of all pages, in order; needed before the first page for the letters of the font.
        target: A file that may be overwritten, in a folder of its own.
        title: For the metadata.
        agency: For the metadata.
        mark_shapes: Widths and heights in points that the mark can be set in, the widest first. Page 1 grows by a
            strip at the top when there is no free paper for any of them, so that the mark never covers what was
            scanned; and to the right when it is narrower than the mark, as a card may be.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, Shelves(Path(folder)) as shelves:
        sheets: list[_Sheet] = []
        spot: Spot | None = None
        for page in pages:
            size = _size_pt(page)
            if spot is None:
                spot = find_spot(page.picture, page.exif, page.reading, size, mark_shapes)
            sheets.append(_Sheet(page.reading, size, page.exif, (0.0, 0.0) if sheets else spot.room))
            shelves.put(page.picture, page.jpeg)
        with pikepdf.new() as pdf:
            font = InvisibleFont(letters_of(readings))
            font_object = font.add_to(pdf)
            for sheet, picture in zip(sheets, shelves.pictures_for(pdf), strict=True):
                _add_page(pdf, sheet, picture, font, font_object)
            _declare(pdf, title, agency)
            pdf.save(target, **pikepdf.pdfa.resolve_save_kwargs("2b", deterministic_id=True))
    if spot is None:
        raise ValueError("a file needs a page")
    return spot


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page but for its picture."""

    reading: Reading
    size_pt: Size  # of the upright picture
    exif: int
    room: Size  # points that it grows to the right and at the top


def _add_page(
    pdf: pikepdf.Pdf, sheet: _Sheet, picture: pikepdf.Object, font: InvisibleFont, font_object: pikepdf.Object
) -> None:
    reading = sheet.reading
    scale = 72 / reading.frame_dpi
    width, height = reading.frame_width * scale, reading.frame_height * scale
    matrix = placement(sheet.size_pt, reading.turn, (width, height), sheet.exif)
    numbers = " ".join(f"{number:.5f}" for number in matrix)
    content = f"q {numbers} cm /P0 Do Q\n".encode() + text_operators(reading, font, _FONT)
    resources = pikepdf.Dictionary(
        XObject=pikepdf.Dictionary({"/P0": picture}),
        Font=pikepdf.Dictionary({_FONT: font_object}),
    )
    leaf = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=[0, 0, round(width + sheet.room[0], 2), round(height + sheet.room[1], 2)],
        Resources=resources,
        Contents=pikepdf.Stream(pdf, content),
    )
    pdf.pages.append(pikepdf.Page(leaf))


def _declare(pdf: pikepdf.Pdf, title: str, agency: str) -> None:
    """Make *pdf* say that it is PDF/A-2u, what it is called, who made it and in which language."""
    pikepdf.pdfa.prepare(pdf, "2b", output_intent="sRGB")
    metadata = xmp_packet(title=title, creator=agency, producer=f"Sohoa with pikepdf {pikepdf.__version__}")
    pdf.Root.Metadata = pdf.make_indirect(
        pikepdf.Stream(pdf, metadata, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
    )
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    pdf.Root.Lang = pikepdf.String("vi-VN")
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)


def _size_pt(page: AssembledPage) -> tuple[float, float]:
    """Return width and height in points of the upright picture at 100 % scale."""
    width, height = page.picture.size if page.exif < 5 else page.picture.size[::-1]  # noqa: PLR2004 -- on its side
    return width * 72 / page.dpi[0], height * 72 / page.dpi[1]
