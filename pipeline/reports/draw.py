"""The drawing of a chain put on a page of PDF; its geometry is `trail`'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fpdf import FPDF

from pipeline.checking import Result
from pipeline.reports.trail import Drawing, Label, Rect, Stroke, Tone

Colour = tuple[int, int, int]

INK: Colour = (27, 31, 36)
TONES: Mapping[Result, Colour] = {"passed": (20, 113, 58), "failed": (170, 30, 24), "indeterminate": (138, 90, 0)}
_COLOURS: Mapping[Tone, Colour] = {
    "ink": INK,
    "faint": (120, 128, 138),
    "box": (242, 244, 246),
    "bar": (59, 116, 185),
    "bar-over": (200, 205, 211),
    "event": (20, 113, 58),
    "claimed": (110, 118, 128),
}
_POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class _Place:
    left: float  # millimetres
    top: float  # millimetres
    scale: float  # millimetres a unit

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x * self.scale, self.top + y * self.scale


def draw(pdf: FPDF, drawing: Drawing, *, left: float, top: float, scale: float, shown: Callable[[str], str]) -> None:
    """Draw on the present page.

    Args:
        pdf: The page, with a font called "Sans".
        drawing: In units.
        left: Where the drawing's corner comes, millimetres.
        top: The same.
        scale: Millimetres a unit.
        shown: Makes text fit for the font.
    """
    place = _Place(left, top, scale)
    for shape in drawing.shapes:
        colour = _COLOURS[shape.tone]
        if isinstance(shape, Rect):
            pdf.set_fill_color(*colour)
            pdf.set_draw_color(*_COLOURS["faint"])
            pdf.set_line_width(0.15)
            style = "DF" if shape.tone == "box" else "F"
            pdf.rect(*place.at(shape.x, shape.y), shape.width * scale, shape.height * scale, style=style)
        elif isinstance(shape, Stroke):
            _stroke(pdf, shape, place)
        else:
            _label(pdf, shape, place, shown(shape.text))
    pdf.set_line_width(0.2)


def _stroke(pdf: FPDF, stroke: Stroke, place: _Place) -> None:
    pdf.set_draw_color(*_COLOURS[stroke.tone])
    pdf.set_line_width(0.35 if stroke.tone == "event" else 0.25)
    if stroke.dashed:
        pdf.set_dash_pattern(dash=1, gap=0.8)
    pdf.line(*place.at(stroke.x1, stroke.y1), *place.at(stroke.x2, stroke.y2))
    if stroke.dashed:
        pdf.set_dash_pattern()


def _label(pdf: FPDF, label: Label, place: _Place, text: str) -> None:
    pdf.set_font("Sans", "B" if label.bold else "", label.size * place.scale * _POINTS_PER_MM)
    pdf.set_text_color(*_COLOURS[label.tone])
    width = pdf.get_string_width(text)
    back = {"start": 0.0, "middle": width / 2, "end": width}[label.anchor]
    x, y = place.at(label.x, label.y)
    pdf.text(x - back, y, text)
