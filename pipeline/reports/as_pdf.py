"""A verification report as PDF on A4, with the fonts inside; what it says is `sheet`'s.

It is no record: neither PDF/A nor signed. The same report gives the same bytes.
"""

from __future__ import annotations

import logging
from io import BytesIO

from fpdf import FPDF, FontFace
from fpdf.enums import WrapMode, XPos, YPos
from PIL import Image

from pipeline.checking import Result
from pipeline.messages import say
from pipeline.printed import put_fonts
from pipeline.reports.blocks import Block, Facts, Figure, Grid, Section, Sheet, Words
from pipeline.reports.draw import INK, TONES, draw
from pipeline.reports.gather import VerificationReport
from pipeline.reports.sheet import sheet_of
from pipeline.reports.trail import WIDTH, Drawing

#: Millimetres.
_MARGIN = 16.0
_TEXT_WIDTH = 210 - 2 * _MARGIN
_LABEL_WIDTH = 56.0
_PAGE_PICTURE_WIDTH = 80.0
#: Least room that must be left below a heading.
_KEPT = 26.0
#: Points, and the distance of base lines in millimetres.
_SIZE, _LEAD = 9.5, 4.7
_FAINT, _LINE, _SOFT = (90, 98, 108), (205, 210, 216), (242, 244, 246)
_FILES = {
    ("Sans", ""): "LiberationSans-Regular.ttf",
    ("Sans", "B"): "LiberationSans-Bold.ttf",
    ("Mono", ""): "LiberationMono-Regular.ttf",
}

# fpdf2 and fonttools log each letter that a font lacks; we have replaced those before they come there.
for _name in ("fpdf", "fontTools"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def as_pdf(report: VerificationReport) -> bytes:
    """Return *report* as a PDF file.

    Raises:
        Misconfigured: ``program-missing``; a font is missing.
    """
    sheet = sheet_of(report)
    pdf = _Paper(report)
    _head(pdf, sheet)
    for section in sheet.sections:
        _section(pdf, section)
    pdf.ln(6)
    pdf.write_text(sheet.closing, size=8.5, colour=_FAINT)
    return bytes(pdf.output())


class _Paper(FPDF):
    """A4 pages with their numbers at the foot, and text that the fonts can show."""

    def __init__(self, report: VerificationReport) -> None:
        super().__init__("portrait", "mm", "A4")
        put_fonts(self, _FILES)
        self._known = {
            family: frozenset(self.fonts[family.lower()].cmap)  # type: ignore[union-attr]  # all of ours have one
            for family in ("Sans", "Mono")
        }
        self.set_title(say("report.title"))
        self.set_lang("vi")
        self.set_producer(f"Sohoa {report.tool_version}")
        self.set_creation_date(report.made_at)
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN + 4)
        self.alias_nb_pages("{nb}")
        self.add_page()

    def footer(self) -> None:
        """Write the page's number."""
        self.set_y(-_MARGIN)
        self.set_font("Sans", "", 8)
        self.set_text_color(*_FAINT)
        self.cell(0, 5, say("report.page-number", number=self.page_no(), count="{nb}"), align="R")

    def shown(self, text: str, family: str = "Sans") -> str:
        """Return *text* with each letter that the font lacks as its code, for a box would say nothing."""
        known = self._known[family]
        return "".join(letter if ord(letter) in known else ascii(letter)[1:-1] for letter in text)

    def write_text(
        self,
        text: str,
        *,
        size: float = _SIZE,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        width: float = 0,
        family: str = "Sans",
    ) -> None:
        """Write a paragraph from the present place, and go to the left margin below it."""
        self.set_font(family, "B" if bold else "", size)
        self.set_text_color(*colour)
        lead = _LEAD * size / _SIZE
        mode = WrapMode.CHAR if family == "Mono" else WrapMode.WORD
        self.multi_cell(
            width, lead, self.shown(text, family), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=mode
        )


def _head(pdf: _Paper, sheet: Sheet) -> None:
    pdf.write_text(sheet.title, size=18, bold=True)
    pdf.ln(3)
    top = pdf.get_y()
    pdf.set_left_margin(_MARGIN + 5)
    pdf.set_x(_MARGIN + 5)
    pdf.write_text(say("report.conclusion"), size=8.5, colour=_FAINT)
    pdf.write_text(sheet.verdict, size=16, bold=True, colour=TONES[sheet.tone])
    for meaning in sheet.meaning:
        pdf.ln(1)
        _block(pdf, meaning)
    pdf.set_left_margin(_MARGIN)
    pdf.set_fill_color(*TONES[sheet.tone])
    pdf.rect(_MARGIN, top, 1.6, pdf.get_y() - top, style="F")
    pdf.ln(4)
    _block(pdf, sheet.facts)


def _section(pdf: _Paper, section: Section) -> None:
    first = section.level == 1
    pdf.ln(6 if first else 4)
    if pdf.will_page_break(_KEPT):
        pdf.add_page()
    if first:
        pdf.set_draw_color(*_LINE)
        pdf.line(_MARGIN, pdf.get_y(), _MARGIN + _TEXT_WIDTH, pdf.get_y())
        pdf.ln(2.5)
    pdf.write_text(section.heading, size=12.5 if first else 11, bold=True, colour=_colour(section.tone))
    pdf.ln(1)
    for block in section.blocks:
        _block(pdf, block)


def _block(pdf: _Paper, block: Block) -> None:
    if isinstance(block, Facts):
        _facts(pdf, block)
    elif isinstance(block, Words):
        pdf.write_text(block.text, bold=block.tone is not None, colour=_colour(block.tone))
    elif isinstance(block, Grid):
        _grid(pdf, block)
    else:
        _figure(pdf, block)
    pdf.ln(2)


def _facts(pdf: _Paper, facts: Facts) -> None:
    for row in facts.rows:
        if pdf.will_page_break(2 * _LEAD):
            pdf.add_page()
        top = pdf.get_y() + 0.8
        page = pdf.page
        pdf.set_xy(_MARGIN + _LABEL_WIDTH, top)
        family, size = ("Mono", 8.5) if row.code else ("Sans", _SIZE)
        pdf.write_text(row.value, size=size, family=family)
        foot, last = pdf.get_y(), pdf.page
        pdf.page = page
        pdf.set_xy(_MARGIN, top)
        pdf.write_text(row.label, colour=_FAINT, width=_LABEL_WIDTH - 3)
        if page == last:
            foot = max(foot, pdf.get_y())
        pdf.page = last
        pdf.set_xy(_MARGIN, foot + 0.8)
        pdf.set_draw_color(*_LINE)
        pdf.line(_MARGIN, foot + 0.8, _MARGIN + _TEXT_WIDTH, foot + 0.8)


def _grid(pdf: _Paper, grid: Grid) -> None:
    pdf.set_font("Sans", "", 8.5)
    pdf.set_text_color(*INK)
    pdf.set_draw_color(*_LINE)
    pdf.set_fill_color(255, 255, 255)  # a cell without a colour of its own takes the last one used
    widths = tuple(share * _TEXT_WIDTH for share in grid.shares)
    head = FontFace(emphasis="BOLD", color=INK, fill_color=_SOFT)
    with pdf.table(col_widths=widths, width=_TEXT_WIDTH, line_height=4.2, padding=1.1, headings_style=head) as table:
        heads = table.row()
        for text in grid.heads:
            heads.cell(pdf.shown(text), align="L")
        for number, cells in enumerate(grid.rows):
            row = table.row()
            for column, text in enumerate(cells):
                toned = grid.tones and column == _toned(grid)
                colour = TONES[grid.tones[number]] if toned else INK
                family, size = ("Mono", 7.5) if column in grid.codes else ("Sans", 8.5)
                style = FontFace(family=family, emphasis="BOLD" if toned else None, size_pt=size, color=colour)
                row.cell(pdf.shown(text, family), style=style, align="L")


def _toned(grid: Grid) -> int:
    """Return the column that tells the result: the one headed so, else the last."""
    said = say("report.column-result")
    return grid.heads.index(said) if said in grid.heads else len(grid.heads) - 1


def _figure(pdf: _Paper, figure: Figure) -> None:
    picture = figure.picture
    wide = _TEXT_WIDTH if isinstance(picture, Drawing) or figure.wide else _PAGE_PICTURE_WIDTH
    high = wide / WIDTH * picture.height if isinstance(picture, Drawing) else wide / picture.width * picture.height
    if high > pdf.eph - 2 * _KEPT:
        wide, high = wide * (pdf.eph - 2 * _KEPT) / high, pdf.eph - 2 * _KEPT
    if pdf.will_page_break(high + 12):
        pdf.add_page()
    top = pdf.get_y() + 1
    if isinstance(picture, Drawing):
        draw(pdf, picture, left=_MARGIN, top=top, scale=wide / WIDTH, shown=pdf.shown)
    else:
        with Image.open(BytesIO(picture.png), formats=["PNG"]) as image:
            pdf.image(image, _MARGIN, top, w=wide, h=high, alt_text=figure.caption)
        pdf.set_draw_color(*_LINE)
        pdf.rect(_MARGIN, top, wide, high)
    pdf.set_xy(_MARGIN, top + high + 1.5)
    pdf.write_text(figure.caption, size=8, colour=_FAINT)


def _colour(tone: Result | None) -> tuple[int, int, int]:
    return INK if tone is None else TONES[tone]
