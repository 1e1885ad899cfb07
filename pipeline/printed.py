"""The fonts of what is printed or read as a PDF of ours; not of sealed papers, which keep their own pictures."""

from __future__ import annotations

from collections.abc import Mapping

from fpdf import FPDF

from pipeline.errors import Misconfigured
from pipeline.stages.seal import mark_font


def put_fonts(pdf: FPDF, files: Mapping[tuple[str, str], str]) -> None:
    """Put fonts into *pdf*, by family and style, from files beside the mark's font.

    Raises:
        Misconfigured: ``program-missing``; a font is missing.
    """
    folder = mark_font().parent
    for (family, style), name in files.items():
        if not (folder / name).is_file():
            raise Misconfigured("program-missing", what="fonts-liberation2")
        pdf.add_font(family, style, folder / name)
