"""Which words stand in which cell, and in what order cells are read: row by row, each from the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocr.layout.spots import Spot
from ocr.model import Box

#: Instead of the number of a room: what stands in none.
_PAGE = -1


@dataclass(frozen=True, slots=True)
class Cell:
    """A room of a table or a frame with what is in it.

    Attributes:
        spots: The words that stand in it directly.
        tables: The tables inside it.
    """

    spots: tuple[Spot, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of ruled lines, or a frame.

    Attributes:
        box: Around it, in level pixels.
        cells: In the order in which they are read.
    """

    box: Box
    cells: tuple[Cell, ...]


def shared_out(spots: Sequence[Spot], tables: Sequence[Sequence[Box]], height: float) -> Cell:
    """Return the page as a cell: what stands on it directly, and its tables with all that is in them.

    Args:
        spots: All words of the page.
        tables: Of each table its cells, in level pixels.
        height: Pixels; tops of cells that differ by less are in one row.
    """
    rooms = [(number, room) for number, cells in enumerate(tables) for room in _in_order(cells, height)]
    boxes = [Box.around(tuple(cells)) for cells in tables]
    by_size = sorted(range(len(rooms)), key=lambda room: _area(rooms[room][1]))
    words: dict[int, list[Spot]] = {}
    for spot in spots:
        words.setdefault(_smallest(rooms, by_size, spot.box, above=0.0), []).append(spot)
    inside: dict[int, list[int]] = {}
    for number, box in enumerate(boxes):
        inside.setdefault(_smallest(rooms, by_size, box, above=_area(box)), []).append(number)

    def fill(room: int) -> Cell:
        nested = sorted(inside.get(room, ()), key=lambda number: (boxes[number].top, boxes[number].left))
        return Cell(
            tuple(words.get(room, ())),
            tuple(Table(boxes[n], tuple(fill(r) for r, (table, _) in enumerate(rooms) if table == n)) for n in nested),
        )

    return fill(_PAGE)


def _smallest(rooms: Sequence[tuple[int, Box]], by_size: Sequence[int], thing: Box, *, above: float) -> int:
    """Return the smallest room larger than *above* that holds the middle of *thing*; the page when none does."""
    x, y = thing.centre
    return next((n for n in by_size if _area(rooms[n][1]) > above and _holds(rooms[n][1], x, y)), _PAGE)


def _in_order(rooms: Sequence[Box], height: float) -> list[Box]:
    """Return cells row by row; one that spans rows is read with the first of them."""
    rows: list[list[Box]] = []
    for room in sorted(rooms, key=lambda room: room.top):
        if rows and room.top - rows[-1][0].top < height:
            rows[-1].append(room)
        else:
            rows.append([room])
    return [room for row in rows for room in sorted(row, key=lambda room: room.left)]


def _holds(room: Box, x: float, y: float) -> bool:
    return room.left <= x < room.right and room.top <= y < room.bottom


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)
