"""Separator sheets as PDF on A4, to be printed and laid into a stack; what their codes say is `separators`' affair.

The code stands on each sheet twice, far from the edges and from each other: a torn corner, a stain or a sheet drawn
in askew takes one of them at most. The same sheets give the same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import cast

import segno
from fpdf import FPDF
from fpdf.enums import Duplex, MethodReturnValue, XPos, YPos
from fpdf.prefs import ViewerPreferences

from pipeline.messages import say
from pipeline.model import Case, DossierCode, Procedure
from pipeline.printed import put_fonts
from pipeline.separators import ComponentSheet, DossierSheet, Part, Sheet, payload

#: Millimetres of A4. At nine degrees askew the corner of a code still lies 2 mm inside the picture.
_MARGIN, _FAR = 25.0, 185.0
_WIDTH = _FAR - _MARGIN
#: Millimetres: a module is 1.2 to 1.4 wide, that is seven pixels at 150 dots an inch.
_CODE_SIDE = 58.0
_CODES = ((_FAR - _CODE_SIDE, _MARGIN), (_MARGIN, 214.0))
_GUTTER = 7.0
#: Millimetres from one base line to the next for each point of size.
_LEAD = 0.43
_BLACK, _FAINT = (0, 0, 0), (95, 95, 95)
_FILES = {
    ("Sans", ""): "LiberationSans-Regular.ttf",
    ("Sans", "B"): "LiberationSans-Bold.ttf",
    ("Mono", ""): "LiberationMono-Regular.ttf",
}
#: Points: what does not fit even so runs on.
_LEAST_SIZE = 6.0
#: Lines of the order of papers on the first sheet.
_MOST_ENTRIES = 12

# fpdf2 and fonttools log each letter that a font lacks; ours are replaced before they come there.
for _name in ("fpdf", "fontTools"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def sheets_pdf(sheets: Sequence[Sheet], procedure: Procedure, case: Case) -> bytes:
    """Return the PDF of a set of sheets, a page each.

    Args:
        sheets: The dossier's own first, as `pipeline.separators.sheets_of` gives them.
        procedure: For its name.
        case: For the names of its components.

    Raises:
        Misconfigured: ``program-missing``; a font is missing.
    """
    names = {component.code: component.name for component in case.components}
    parts = [sheet.part for sheet in sheets if isinstance(sheet, ComponentSheet)]
    day = DossierCode.parse(sheets[0].dossier).day
    pdf = _Paper(datetime.combine(day, time(), UTC))
    for sheet in sheets:
        pdf.add_page()
        for left, top in _CODES:
            pdf.write_code(payload(sheet), left, top)
        if isinstance(sheet, DossierSheet):
            _dossier(pdf, sheet, procedure, case, [_entry(at, part, names) for at, part in enumerate(parts, 1)])
        else:
            _component(pdf, sheet, names.get(sheet.part.component, ""))
        pdf.put_text(_Spot(_MARGIN, 278, _WIDTH, 8), payload(sheet), size=8, family="Mono", colour=_FAINT)
    return bytes(pdf.output())


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a text goes, in millimetres."""

    left: float
    top: float
    width: float
    height: float


class _Paper(FPDF):
    """A4 pages with the fonts inside."""

    def __init__(self, made: datetime) -> None:
        super().__init__("portrait", "mm", "A4")
        put_fonts(self, _FILES)
        self._known = frozenset(self.fonts["sans"].cmap)  # type: ignore[union-attr]  # all of ours have one
        self.set_title(say("separator.title"))
        self.set_lang("vi")
        self.set_creation_date(made)
        # Office printers print on both sides by themselves; a sheet with another on its back parts nothing.
        self.viewer_preferences = ViewerPreferences(duplex=Duplex.SIMPLEX, print_scaling="None")
        self.set_auto_page_break(auto=False)
        self.c_margin = 0

    def write_code(self, text: str, left: float, top: float) -> None:
        """Draw a QR code as rectangles: nothing that a printer's driver could blur."""
        rows = [bytes(row) for row in segno.make(text, error="h", micro=False).matrix]
        module = _CODE_SIDE / len(rows)
        self.set_fill_color(*_BLACK)
        for y, row in enumerate(rows):
            x = 0
            while (x := row.find(1, x)) >= 0:
                end = row.find(0, x)
                end = len(row) if end < 0 else end
                self.rect(left + x * module, top + y * module, (end - x) * module, module, style="F")
                x = end

    def put_text(
        self,
        spot: _Spot,
        text: str,
        *,
        size: float,
        bold: bool = False,
        colour: tuple[int, int, int] = _BLACK,
        family: str = "Sans",
    ) -> float:
        """Write *text* into *spot*, as large as it fits but at most *size* points; return where it ends."""
        shown = "".join(letter if ord(letter) in self._known else ascii(letter)[1:-1] for letter in text)
        self.set_font(family, "B" if bold else "", size)
        while size > _LEAST_SIZE and not self._fits(spot, shown, size):
            size -= 1
            self.set_font_size(size)
        self.set_text_color(*colour)
        self.set_xy(spot.left, spot.top)
        self.multi_cell(spot.width, size * _LEAD, shown, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
        return float(self.get_y())

    def _fits(self, spot: _Spot, text: str, size: float) -> bool:
        if any(self.get_string_width(word) > spot.width for word in text.split()):
            return False
        high = self.multi_cell(spot.width, size * _LEAD, text, align="L", dry_run=True, output=MethodReturnValue.HEIGHT)
        return cast("float", high) <= spot.height


def _component(pdf: _Paper, sheet: ComponentSheet, name: str) -> None:
    part = sheet.part
    number = say("separator.number", number=sheet.number, of=sheet.of)
    _head(pdf, say("separator.title"), part.component, number)
    foot = pdf.put_text(_Spot(_MARGIN, 92, _WIDTH, 58), name, size=30, bold=True)
    foot = pdf.put_text(_Spot(_MARGIN, foot + 6, _WIDTH, 14), _kind(part), size=26)
    foot = pdf.put_text(_Spot(_MARGIN, foot + 2, _WIDTH, 14), _pages(part), size=26, bold=True)
    pdf.put_text(_Spot(_MARGIN, foot + 6, _WIDTH, 9), f"{say('separator.dossier')} {sheet.dossier}", size=18)
    _foot(pdf, say("separator.do-open" if part.pages is None else "separator.do-component"))


def _dossier(pdf: _Paper, sheet: DossierSheet, procedure: Procedure, case: Case, entries: Sequence[str]) -> None:
    _head(pdf, say("separator.first"), sheet.dossier, f"{say('separator.sheets')}: {sheet.of}")
    rows = [(say("separator.procedure"), f"{procedure.code} {procedure.name}")]
    rows += [(say("separator.case"), f"{case.code} {case.name}")]
    rows += [(say("separator.station"), sheet.station)] if sheet.station else []
    foot = 92.0
    for label, text in rows:
        pdf.put_text(_Spot(_MARGIN, foot, 30, 6), label, size=11, colour=_FAINT)
        foot = pdf.put_text(_Spot(_MARGIN + 32, foot, _WIDTH - 32, 16), text, size=15, bold=True) + 2
    foot = pdf.put_text(_Spot(_MARGIN, foot + 4, _WIDTH, 6), say("separator.order"), size=11, colour=_FAINT) + 1
    shown = list(entries if len(entries) <= _MOST_ENTRIES else entries[: _MOST_ENTRIES - 1])
    if more := len(entries) - len(shown):
        shown.append(say("separator.entry-more", count=more))
    high = (208 - foot) / len(shown)
    for text in shown:
        foot = max(pdf.put_text(_Spot(_MARGIN, foot, _WIDTH, min(high, 11)), text, size=13), foot) + 0.6
    _foot(pdf, say("separator.do-first"))


def _head(pdf: _Paper, title: str, named: str, below: str) -> None:
    width = _WIDTH - _CODE_SIDE - _GUTTER
    pdf.put_text(_Spot(_MARGIN, _MARGIN, width, 8), title, size=16, colour=_FAINT)
    foot = pdf.put_text(_Spot(_MARGIN, _MARGIN + 10, width, 30), named, size=66, bold=True)
    pdf.put_text(_Spot(_MARGIN, foot + 2, width, 14), below, size=28)


def _foot(pdf: _Paper, told: str) -> None:
    left = _MARGIN + _CODE_SIDE + _GUTTER
    foot = pdf.put_text(_Spot(left, 214, _FAR - left, 44), told, size=14)
    pdf.put_text(_Spot(left, foot + 3, _FAR - left, 12), say("separator.keep"), size=11, colour=_FAINT)


def _entry(number: int, part: Part, names: Mapping[str, str]) -> str:
    name = names.get(part.component, "")
    return say("separator.entry", number=number, component=part.component, name=name, pages=_pages(part))


def _kind(part: Part) -> str:
    return say(f"separator.kind-{part.kind.value}")


def _pages(part: Part) -> str:
    if part.pages is None:
        return f"{say('separator.pages-label')}: {say('separator.pages-open')}"
    return say("separator.pages", count=part.pages)
