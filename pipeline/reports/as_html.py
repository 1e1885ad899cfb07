"""A verification report as one HTML file: nothing outside it is asked for, no script, readable dark, light and printed.

Every text is escaped here, and kept from turning the direction of its neighbours.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from itertools import zip_longest

from pipeline.checking import Result
from pipeline.messages import say
from pipeline.reports.blocks import Block, Facts, Figure, Grid, Row, Section, Sheet, Words
from pipeline.reports.gather import VerificationReport
from pipeline.reports.sheet import sheet_of
from pipeline.reports.trail import WIDTH, Drawing, Label, Rect, Shape, Stroke

#: No page of ours needs more, and a hole in our escaping would gain nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_CODE = ' class="code"'


def as_html(report: VerificationReport) -> bytes:
    """Return *report* as an HTML file, UTF-8."""
    sheet = sheet_of(report)
    return "\n".join(_document(sheet)).encode("utf-8", "backslashreplace") + b"\n"


def _document(sheet: Sheet) -> Iterator[str]:
    style = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    yield '<!doctype html>\n<html lang="vi">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{escape(sheet.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>"
    yield f"<h1>{escape(sheet.title)}</h1>"
    yield f'<section class="verdict {sheet.tone}">'
    yield f'<p class="word"><span class="what">{escape(say("report.conclusion"))}</span> {escape(sheet.verdict)}</p>'
    for meaning in sheet.meaning:
        yield from _block(meaning)
    yield "</section>"
    yield from _block(sheet.facts)
    for section in sheet.sections:
        yield from _section(section)
    yield f"<footer><p>{escape(sheet.closing)}</p></footer>\n</main>\n</body>\n</html>"


def _section(section: Section) -> Iterator[str]:
    rank = section.level + 1
    yield f'<section class="part level{section.level}">'
    yield f"<h{rank}{_class(section.tone)}>{escape(section.heading)}</h{rank}>"
    for block in section.blocks:
        yield from _block(block)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Facts):
        yield "<dl>"
        yield from (_row(row) for row in block.rows)
        yield "</dl>"
    elif isinstance(block, Words):
        yield f"<p{_class(block.tone)}>{escape(block.text)}</p>"
    elif isinstance(block, Grid):
        yield from _grid(block)
    else:
        yield from _figure(block)


def _row(row: Row) -> str:
    return f"<div><dt>{escape(row.label)}</dt><dd{_CODE if row.code else ''}>{escape(row.value)}</dd></div>"


def _grid(grid: Grid) -> Iterator[str]:
    yield '<div class="wide"><table>\n<colgroup>'
    yield "".join(f'<col style="width:{share:.0%}">' for share in grid.shares)
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in grid.heads)
    yield f"</colgroup>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    for cells, tone in zip_longest(grid.rows, grid.tones):
        shown = "".join(
            f"<td{_CODE if number in grid.codes else ''}>{escape(cell)}</td>" for number, cell in enumerate(cells)
        )
        yield f"<tr{_class(tone)}>{shown}</tr>"
    yield "</tbody>\n</table></div>"


def _figure(figure: Figure) -> Iterator[str]:
    picture = figure.picture
    if isinstance(picture, Drawing):
        yield '<figure class="trail">'
        yield from _svg(picture)
    else:
        data = b64encode(picture.png).decode()
        size = f'width="{picture.width}" height="{picture.height}"'
        yield f'<figure class="{"pages" if figure.wide else "page"}">'
        yield f'<img src="data:image/png;base64,{data}" alt="{escape(figure.caption)}" {size}>'
    yield f"<figcaption>{escape(figure.caption)}</figcaption></figure>"


def _svg(drawing: Drawing) -> Iterator[str]:
    yield f'<svg viewBox="0 0 {WIDTH:g} {drawing.height:g}" role="img" aria-label="{escape(drawing.told)}">'
    yield from (_shape(shape) for shape in drawing.shapes)
    yield "</svg>"


def _shape(shape: Shape) -> str:
    if isinstance(shape, Rect):
        place = f'x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}"'
        return f'<rect class="{shape.tone}" {place} rx="3"/>'
    if isinstance(shape, Stroke):
        ends = f'x1="{shape.x1:.1f}" y1="{shape.y1:.1f}" x2="{shape.x2:.1f}" y2="{shape.y2:.1f}"'
        dashes = ' stroke-dasharray="4 3"' if shape.dashed else ""
        return f'<line class="{shape.tone}" {ends}{dashes}/>'
    return _label(shape)


def _label(label: Label) -> str:
    weight = ' font-weight="600"' if label.bold else ""
    place = f'x="{label.x:.1f}" y="{label.y:.1f}" font-size="{label.size:g}" text-anchor="{label.anchor}"'
    return f'<text class="{label.tone}" {place}{weight}>{escape(label.text)}</text>'


def _class(tone: Result | None) -> str:
    return f' class="{tone}"' if tone else ""
