"""Pages as a person sees them, drawn by poppler: one picture after another, never a whole document in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from signing.seeing.confined import Confined

#: A page: height × width × 3 (red, green, blue), 0–255.
Picture = npt.NDArray[np.uint8]
#: Width and height of a page, points.
Size = tuple[float, float]

#: Octets of one number in the head of a picture (PPM); ten million pixels a side have eight.
_MOST_DIGITS = 9
#: Pixels by which a page may be drawn larger or smaller than its box says: rounding.
_SLACK = 2
#: Octets of complaints looked at.
_MOST_COMPLAINTS = 1 << 20


class Undrawn(Exception):
    """A page cannot be drawn; the message is a reason of `signing.seeing.seen_model`."""


class Pages:
    """Pages of one file in order, drawn as they are asked for: the pipe holds poppler back."""

    def __init__(
        self, path: Path, sizes: Iterable[Size], *, confined: Confined, dpi: int, most_pixels: int, first: int = 1
    ) -> None:
        """Begin to draw the PDF at *path*, from the page *first* on, of which the pages have *sizes*.

        Raises:
            Undrawn: a page is too large.
            OSError: there is no poppler.
        """
        self._sizes = [(width * dpi / 72, height * dpi / 72) for width, height in sizes]
        if any(width * height > most_pixels for width, height in self._sizes):
            raise Undrawn("page-too-large")
        self._confined = confined
        self._drawn = 0
        # one more than there should be: poppler may count other pages than qpdf does
        last = first + len(self._sizes)
        # the crop box is what viewers show; the media box may hold what nobody sees
        words = ["pdftoppm", "-r", str(dpi), "-cropbox", "-f", str(first), "-l", str(last), str(path)]
        self._program = confined.start(words)

    def next(self) -> Picture:
        """Return the next page.

        Raises:
            Undrawn: poppler gave up, took too long, or drew something else than the page.
        """
        wanted = self._sizes[self._drawn]
        self._drawn += 1

        def expected(width: int, height: int) -> bool:
            # without memory poppler draws a page of one pixel, and is content
            return abs(width - wanted[0]) <= _SLACK and abs(height - wanted[1]) <= _SLACK

        try:
            picture = _picture_from(self._program.output, expected)
        except Undrawn as error:
            if self._confined.expired:
                raise Undrawn("too-slow") from error
            raise
        # or leaves out a picture of the page for which there was none
        if b"memory" in self._complaints().lower():
            raise Undrawn("out-of-memory")
        return picture

    def at_end(self) -> bool:
        """Say whether no page is left; waits until poppler knows."""
        return self._program.output.read(1) == b""

    @property
    def errors(self) -> int:
        """What poppler stumbled over so far: things it may have left out, where another viewer shows them."""
        return sum(b"Error" in line for line in self._complaints().splitlines())

    def _complaints(self) -> bytes:
        with self._program.complaints.open("rb") as file:
            return file.read(_MOST_COMPLAINTS)


def first_page(path: Path, *, confined: Confined, long_side: int) -> Picture:
    """Draw page 1 of the PDF at *path* so small that it has *long_side* pixels.

    Raises:
        Undrawn: poppler gave up, or took too long.
        OSError: there is no poppler.
    """
    words = ["pdftoppm", "-scale-to", str(long_side), "-cropbox", "-f", "1", "-l", "1", str(path)]
    pipe = confined.start(words).output
    return _picture_from(pipe, lambda width, height: 0 < max(width, height) <= long_side)


def _picture_from(pipe: IO[bytes], expected: Callable[[int, int], bool]) -> Picture:
    """Read one picture (PPM), if it has an *expected* width and height."""
    if pipe.read(3) != b"P6\n":
        raise Undrawn("undrawable")
    width, height, _ = (_number(pipe) for _ in range(3))
    if not expected(width, height):
        raise Undrawn("undrawable")
    octets = pipe.read(width * height * 3)
    if len(octets) != width * height * 3:
        raise Undrawn("undrawable")
    return np.frombuffer(octets, np.uint8).reshape(height, width, 3)


def _number(pipe: IO[bytes]) -> int:
    digits = b""
    while (octet := pipe.read(1)).isdigit() and len(digits) < _MOST_DIGITS:
        digits += octet
    if not digits:
        raise Undrawn("undrawable")
    return int(digits)
