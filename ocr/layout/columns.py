"""Where a page is set in columns that are read one after the other: letterheads, signatures, text in columns.

A gutter is a white band that runs down through neighbouring rows with print on both sides. Most bands are none: the
rivers of justified text, the second field of a form (`Họ tên: …    Giới tính: …`), the columns of a list of prices. All
of these are read straight across.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocr.layout.spots import Run

#: Heights of white between two words that may be a gutter at all; the space of Times is 0.3 to 0.4, and the shortest
#: gap in a real letterhead was 1.4.
_LEAST = 0.8

#: ... and the least that makes one look for a gutter around it.
_SEED = 2.0

#: Times by which it must exceed the usual gap of its row: justified lines stretch all their gaps alike.
_UNLIKE = 2.0

#: Heights from which a gap is a gutter whatever the other gaps are: a row of single words in columns.
_CERTAIN = 4.0

#: Heights by which pieces of a column may differ in their middles or left edges and still be aligned.
_ALIGNED = 0.8

#: Heights from baseline to baseline over which an aligned piece still belongs to its column: a signature and a seal,
#: 45 mm, stand between the signer's title and name.
_FARTHEST = 14.0

#: ... and above the first row with both sides: nothing but the next line.
_NEXT = 2.2

#: Share of digits in a piece that is a figure, a date, or a code, not a name.
_FIGURES = 0.5

#: What may stand among the digits of a figure; anything else in a short piece makes it a stroke that looks like one.
_POINTS = frozenset(".,:/%()-")

#: Rows that make columns aligned on their left edges a list.
_LIST = 3

#: Heights by which left edges may usually differ and still be flush.
_FLUSH = 0.4

#: Share of a column's width that a line of running text fills, and the words that it has.
_FULL, _WORDY = 0.85, 4


@dataclass(frozen=True, slots=True)
class Columns:
    """Two columns side by side.

    Attributes:
        first: Number of the first row in them.
        end: Number of the row after the last.
        left: Pieces of rows in the left column, from top to bottom.
        right: The same in the right column.
    """

    first: int
    end: int
    left: tuple[Run, ...]
    right: tuple[Run, ...]


def pieces_of(row: Run) -> list[Run]:
    """Return the pieces of *row* between gaps that may belong to a gutter, from left to right."""
    narrow = _narrow(row)
    pieces, start = [], 0
    for place, gap in enumerate(row.gaps, 1):
        if gap >= narrow:
            pieces.append(Run(row.spots[start:place]))
            start = place
    pieces.append(Run(row.spots[start:]))
    return pieces


def _narrow(row: Run) -> float:
    """Return the pixels from which a gap of *row* is more than a space."""
    gaps = sorted(row.gaps)
    if not gaps:
        return 0.0
    usual = statistics.median_low(gaps)
    return row.height * min(_CERTAIN, max(_LEAST, _UNLIKE * usual / row.height))


def _is_read_across(pieces: Sequence[Run]) -> bool:
    """Whether the pieces of a row are the fields of a form or the cells of a list with figures."""
    later = pieces[1:]
    if later and all(":" in piece.text for piece in pieces):
        return True
    return any(_is_figure(piece.text) for piece in later)


def _is_figure(text: str) -> bool:
    signs = [c for c in text if not c.isspace() and c not in _POINTS]
    return bool(signs) and sum(c.isdigit() for c in signs) > _FIGURES * len(signs)


def find_columns(rows: Sequence[Sequence[Run]], height: float) -> Columns | None:
    """Return the uppermost two columns on a page that are read one after the other; None when there are none.

    Args:
        rows: The pieces of each row, from top to bottom; see `pieces_of`.
        height: Pixels; the usual height of a word.
    """
    across = [_is_read_across(row) for row in rows]
    for first in range(len(rows)):
        found = [
            columns
            for seed in _seeds(rows, across, first, height)
            if (columns := _Gutter(rows, across, height, seed).columns()) is not None
        ]
        if found:
            return max(found, key=lambda columns: (columns.end - columns.first, columns.left[0].box.right))
    return None


def _seeds(rows: Sequence[Sequence[Run]], across: Sequence[bool], first: int, height: float) -> Iterator[Columns]:
    """Yield what may be the first lines of two columns.

    They stand in one row, or in two that are less than a line apart: columns need not have a common pitch.
    """
    if across[first]:
        return
    row = rows[first]
    for place in range(1, len(row)):
        if row[place].box.left - row[place - 1].box.right >= _SEED * height:
            yield Columns(first, first + 1, (_together(row[:place]),), (_together(row[place:]),))
    below = rows[first + 1] if first + 1 < len(rows) and not across[first + 1] else ()
    if len(row) == len(below) == 1 and below[0].base - row[0].base < height:
        left, right = sorted((row[0], below[0]), key=lambda run: run.box.left)
        if right.box.left - left.box.right >= _SEED * height:
            yield Columns(first, first + 2, (left,), (right,))


class _Gutter:
    """A white band that grows from one gap through the rows above and below."""

    def __init__(self, rows: Sequence[Sequence[Run]], across: Sequence[bool], height: float, seed: Columns) -> None:
        self._rows, self._across, self._height = rows, across, height
        self._first, self._end = seed.first, seed.end
        self._left, self._right = list(seed.left), list(seed.right)
        self._band = seed.left[0].box.right, seed.right[0].box.left
        self._paired = seed.end - seed.first == 1

    def columns(self) -> Columns | None:
        """Return the columns that the band parts; None when it parts none."""
        while self._end < len(self._rows) and self._take(self._end):
            self._end += 1
        while self._first > 0 and self._take(self._first - 1):
            self._first -= 1
        if max(len(self._left), len(self._right)) < 2 or self._is_list():  # noqa: PLR2004
            return None
        return Columns(self._first, self._end, tuple(self._left), tuple(self._right))

    def _take(self, number: int) -> bool:
        """Take the row *number* in, with all its pieces, if the band can pass through it."""
        if self._across[number] and not (_is_prose(self._left) and _is_prose(self._right)):
            return False
        sides = self._sides(self._rows[number])
        if sides is None:
            return False
        left, right, band = sides
        upwards = number < self._first
        if left is None or right is None:
            alone, side = (left, self._left) if left else (right, self._right)
            if alone is None or not self._goes_on(alone, side, upwards=upwards):
                return False
            self._paired = False
        self._band = band
        for side, piece in ((self._left, left), (self._right, right)):
            if piece:
                side.insert(0 if upwards else len(side), piece)
        return True

    def _goes_on(self, piece: Run, side: Sequence[Run], *, upwards: bool) -> bool:
        """Whether *piece*, with nothing beside it, is the next line of the column *side*."""
        near, farthest = (side[0], _NEXT) if upwards else (side[-1], _FARTHEST)
        if abs(piece.base - near.base) > farthest * self._height:
            return False
        if upwards and any(c.isdigit() for c in piece.text):
            return False
        return _is_aligned(piece, side, self._height)

    def _sides(self, row: Sequence[Run]) -> tuple[Run | None, Run | None, tuple[float, float]] | None:
        """Return what of *row* is left and right of the band, and what the row leaves of the band."""
        start, end = self._band
        left: list[Run] = []
        right: list[Run] = []
        for piece in row:
            box = piece.box
            if box.left < start and box.right > end:
                return None
            if start <= box.left and box.right <= end:
                fits_left = _is_aligned(piece, self._left, self._height)
                if fits_left == _is_aligned(piece, self._right, self._height):
                    return None
                (left if fits_left else right).append(piece)
            else:
                (left if box.left < start else right).append(piece)
        start = max([start, *(piece.box.right for piece in left)])
        end = min([end, *(piece.box.left for piece in right)])
        if end - start < _LEAST * self._height:
            return None
        return _together(left) if left else None, _together(right) if right else None, (start, end)

    def _is_list(self) -> bool:
        """Whether the sides are a list: every row has both, and each side is flush left; but not running text."""
        if not self._paired or len(self._left) < _LIST:
            return False
        flush = all(
            _spread([run.box.left for run in side]) <= _FLUSH * self._height for side in (self._left, self._right)
        )
        return flush and not (_is_prose(self._left) or _is_prose(self._right))


def _is_aligned(run: Run, column: Sequence[Run], height: float) -> bool:
    """Whether *run* stands in line with the pieces of *column*: by their middles if those agree, else by the left."""
    middles = [piece.box.centre[0] for piece in column]
    lefts = [piece.box.left for piece in column]
    if _is_prose(column):  # a first line set in, a last line cut short
        return min(lefts) - height <= run.box.left and run.box.right <= max(p.box.right for p in column) + height
    by_middle = abs(run.box.centre[0] - statistics.median(middles)) <= _ALIGNED * height
    by_left = abs(run.box.left - statistics.median(lefts)) <= _ALIGNED * height
    centred, flush = _spread(middles), _spread(lefts)
    if max(centred, flush) <= _FLUSH * height:  # lines of one width tell nothing
        return by_middle or by_left
    return by_middle if centred < flush else by_left


def _is_prose(column: Sequence[Run]) -> bool:
    """Whether most lines of *column* fill it, as running text does."""
    if len(column) < _LIST:
        return False
    left, right = min(run.box.left for run in column), max(run.box.right for run in column)
    full = sum(run.box.right - run.box.left >= _FULL * (right - left) for run in column)
    return 2 * full > len(column) and sum(len(run.spots) for run in column) >= _WORDY * len(column)


def _spread(numbers: Sequence[float]) -> float:
    """Return by how much *numbers* usually differ from the middle one."""
    middle = statistics.median(numbers)
    return statistics.median([abs(number - middle) for number in numbers])


def _together(pieces: Sequence[Run]) -> Run:
    return Run(tuple(spot for piece in pieces for spot in piece.spots))
