"""The order in which a person reads a page: blocks, lines and paragraphs out of the words that an engine found.

Engines read a letterhead, two signatures side by side or a row of cells straight across. Here only the places of the
words decide, and the ruled lines: cells are read one by one, columns one after the other, forms and lists across.
Nothing is read again, no word is changed, and every word that comes in goes out exactly once.

Read in this order: `spots` (words on a level page, lines of print), `cells`, `columns`, `strays`, `paragraphs`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocr.layout.cells import Cell, shared_out
from ocr.layout.columns import find_columns, pieces_of
from ocr.layout.paragraphs import begins, edges_apart
from ocr.layout.spots import Run, Spot, rows_of, slope_of, spots_of, usual_height
from ocr.layout.strays import parted, put_back
from ocr.model import Box, Line
from ocr.ruling import NO_RULINGS, Rulings

__all__ = ["arrange"]

#: Words that tell the height of the print around them better than the page does.
_TELLING = 8

_Blocks = list[list[Run]]


def arrange(lines: Sequence[Line], rulings: Rulings = NO_RULINGS) -> tuple[Line, ...]:
    """Return the words of *lines* as lines in reading order, with their blocks and paragraphs.

    Args:
        lines: As the engine gave them, in any order, in pixels of a page that is level to a degree.
        rulings: What is ruled off on that page.
    """
    if not lines:
        return ()
    slope = rulings.slope if rulings.tables else slope_of(lines)
    spots = list(spots_of(lines, slope))
    height = usual_height(spots)
    blocks = _read(shared_out(spots, rulings.tables, height), height)
    blocks = [*edges_apart(blocks[0], height), *blocks[1:]]
    blocks = [*blocks[:-1], *edges_apart(blocks[-1], height)]
    out: list[Line] = []
    paragraph = -1
    for number, block in enumerate(blocks):
        for run, new in zip(block, begins(block), strict=True):
            paragraph += new
            out.append(_line(run, lines, number, paragraph))
    return tuple(out)


def _read(cell: Cell, height: float) -> _Blocks:
    """Return what stands in a cell, or on a page, as blocks; what is beside a table comes after it."""
    blocks: _Blocks = []
    rest = list(cell.spots)
    for table in cell.tables:
        blocks += _region([spot for spot in rest if spot.box.centre[1] < table.box.top], height)
        rest = [spot for spot in rest if spot.box.centre[1] >= table.box.top]
        for inner in table.cells:
            blocks += _read(inner, height)
    return blocks + _region(rest, height)


def _region(spots: Sequence[Spot], height: float) -> _Blocks:
    """Return words that no ruled line parts as blocks."""
    if len(spots) >= _TELLING:
        height = usual_height(spots)
    sure, strays = parted(spots, height)
    if not sure:
        return [rows_of(strays)] if strays else []
    return put_back(strays, _flow(rows_of(sure), height), height)


def _flow(rows: list[Run], height: float) -> _Blocks:
    """Return rows as blocks: what is above the first columns, each column, what is below them."""
    if not rows:
        return []
    columns = find_columns([pieces_of(row) for row in rows], height)
    if columns is None:
        return [rows]
    blocks: _Blocks = [rows[: columns.first]] if columns.first else []
    for side in (columns.left, columns.right):
        blocks += _flow(rows_of([spot for run in side for spot in run.spots]), height)
    return blocks + _flow(rows[columns.end :], height)


def _line(run: Run, lines: Sequence[Line], block: int, paragraph: int) -> Line:
    words = tuple(spot.word for spot in run.spots)
    box = Box.around(tuple(word.box for word in words))
    return Line(words, box, _baseline(run, lines, box), block, paragraph)


def _baseline(run: Run, lines: Sequence[Line], box: Box) -> tuple[float, float, float, float] | None:
    """Return the baseline from side to side of *box*, of the engine's lines at both ends; None when they have none."""
    ends = []
    for spot, x in ((run.spots[0], box.left), (run.spots[-1], box.right)):
        baseline = lines[spot.line].baseline
        if baseline is None or baseline[2] <= baseline[0]:
            return None
        x1, y1, x2, y2 = baseline
        ends += [x, y1 + (x - x1) * (y2 - y1) / (x2 - x1)]
    return ends[0], ends[1], ends[2], ends[3]
