"""A link as the squares of a QR code, for the visible mark; no picture, no shades. Reading codes is not done here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import segno

from signing.errors import DocumentUnsealable

#: Side of a module, points: 0.42 mm. Below 0.4 mm telephones have to be held too near, and 150 dpi shows two dots.
MODULE_PT = 1.2
#: Modules kept white on every side (ISO/IEC 18004, 6.3.8).
QUIET = 4
#: Letters of the longest link: what version 9 holds at level M (ISO/IEC 18004, table 7); its code is 26 mm wide.
MOST_LETTERS = 180


@dataclass(frozen=True, slots=True)
class Squares:
    """A QR code: which modules are dark."""

    #: From the top down; in each row, where dark runs begin and how many modules they have.
    rows: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def side_pt(self) -> float:
        """Width and height with the quiet zone, points."""
        return (len(self.rows) + 2 * QUIET) * MODULE_PT

    def operators(self, left: float, top: float) -> bytes:
        """Return what draws it with the corner of its quiet zone at *left*, *top* (points), in the present colour.

        All in one path, filled once: viewers that smooth edges would otherwise leave pale seams between the rows.
        """
        runs = (
            b"%.2f %.2f %.2f %.2f re"
            % (
                left + (QUIET + begin) * MODULE_PT,
                top - (QUIET + row + 1) * MODULE_PT,
                length * MODULE_PT,
                MODULE_PT,
            )
            for row, dark in enumerate(self.rows)
            for begin, length in dark
        )
        return b"\n".join([*runs, b"f"])


@lru_cache(maxsize=64)
def squares_of(link: str) -> Squares:
    """Return the QR code of *link*: error correction M, and as large for every link of the same length.

    Raises:
        DocumentUnsealable: the link is too long, or has letters that not every reader takes for the same.
    """
    if not link.isascii() or not link.isprintable() or not 0 < len(link) <= MOST_LETTERS:
        raise DocumentUnsealable(
            f"the link of the mark must have 1 to {MOST_LETTERS} plain letters, not {len(link)}; shorten it"
        )
    # bytes, and no higher level where there is room: the size must be known before the link's last letters are
    code = segno.make_qr(link, error="m", mode="byte", boost_error=False)
    return Squares(tuple(_runs(row) for row in code.matrix))


def _runs(row: bytes | bytearray) -> tuple[tuple[int, int], ...]:
    edges = [at for at in range(len(row) + 1) if (row[at] if at < len(row) else 0) != (row[at - 1] if at else 0)]
    return tuple((begin, end - begin) for begin, end in zip(edges[::2], edges[1::2], strict=True))
