"""Where a point of the original picture stands in the straight frame, and back.

A picture of W x H pixels at (dpi_x, dpi_y) is scaled to `frame_dpi` along both sides, in whole
pixels, then turned clockwise about its centre on a canvas just large enough for all of it; the
centres of picture and canvas meet. Coordinates are continuous: the first pixel covers 0 to 1.

Pure arithmetic, no pixels: `ocr.clean` moves those.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Pixels; keeps arithmetic noise from adding a row to a canvas that fits exactly.
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Affine:
    """A map of the plane: x' = a x + b y + c and y' = d x + e y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where the point (x, y) goes."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def then(self, after: Affine) -> Affine:
        """Return the map that does this one first and *after* next."""
        c, f = after.at(self.c, self.f)
        return Affine(
            after.a * self.a + after.b * self.d,
            after.a * self.b + after.b * self.e,
            c,
            after.d * self.a + after.e * self.d,
            after.d * self.b + after.e * self.e,
            f,
        )

    def inverse(self) -> Affine:
        """Return the way back.

        Raises:
            ZeroDivisionError: the map flattens the plane, which no map of this module does.
        """
        area = self.a * self.e - self.b * self.d
        a, b, d, e = self.e / area, -self.b / area, -self.d / area, self.a / area
        return Affine(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))


def scaled_size(width: int, height: int, *, dpi: tuple[float, float], frame_dpi: float) -> tuple[int, int]:
    """Return the size in pixels of a picture brought to *frame_dpi* along both sides.

    Args:
        width: Pixels of the original.
        height: Pixels of the original.
        dpi: Dots per inch of the original, along and down.
        frame_dpi: Dots per inch wanted.

    Raises:
        ValueError: a size or a resolution is not positive.
    """
    if min(width, height) < 1 or not min(*dpi, frame_dpi) > 0:
        raise ValueError(f"no picture has {width} x {height} px at {dpi} dpi, read at {frame_dpi}")
    return (
        max(1, round(width * frame_dpi / dpi[0])),
        max(1, round(height * frame_dpi / dpi[1])),
    )


def turned_size(width: int, height: int, turn: float) -> tuple[int, int]:
    """Return the canvas in pixels that holds a picture turned by *turn* degrees, either way."""
    cos, sin = (abs(part) for part in _direction(turn))
    return (
        math.ceil(width * cos + height * sin - _SLACK),
        math.ceil(width * sin + height * cos - _SLACK),
    )


def frame_size(width: int, height: int, *, dpi: tuple[float, float], frame_dpi: float, turn: float) -> tuple[int, int]:
    """Return width and height of the straight frame in pixels; see `scaled_size` for the rest."""
    return turned_size(*scaled_size(width, height, dpi=dpi, frame_dpi=frame_dpi), turn)


def turning(width: int, height: int, turn: float) -> Affine:
    """Map a picture of *width* x *height* px to its canvas after *turn* degrees clockwise."""
    cos, sin = _direction(turn)
    canvas_width, canvas_height = turned_size(width, height, turn)
    x, y = width / 2, height / 2
    return Affine(
        cos,
        -sin,
        canvas_width / 2 - cos * x + sin * y,
        sin,
        cos,
        canvas_height / 2 - sin * x - cos * y,
    )


def to_frame(width: int, height: int, *, dpi: tuple[float, float], frame_dpi: float, turn: float) -> Affine:
    """Map pixels of the original to pixels of the straight frame.

    Args:
        width: Pixels of the original.
        height: Pixels of the original.
        dpi: Dots per inch of the original, along and down.
        frame_dpi: Dots per inch of the frame.
        turn: Degrees clockwise from the original to the frame.
    """
    scaled = scaled_size(width, height, dpi=dpi, frame_dpi=frame_dpi)
    scaling = Affine(scaled[0] / width, 0.0, 0.0, 0.0, scaled[1] / height, 0.0)
    return scaling.then(turning(*scaled, turn))


def to_picture(width: int, height: int, *, dpi: tuple[float, float], frame_dpi: float, turn: float) -> Affine:
    """Map pixels of the straight frame to pixels of the original; the way back of `to_frame`."""
    return to_frame(width, height, dpi=dpi, frame_dpi=frame_dpi, turn=turn).inverse()


def _direction(turn: float) -> tuple[float, float]:
    """Return cosine and sine; exact at right angles, where `math.sin` leaves 1e-16."""
    quarters, rest = divmod(turn, 90.0)
    cos, sin = math.cos(math.radians(rest)), math.sin(math.radians(rest))
    for _ in range(int(quarters) % 4):
        cos, sin = -sin, cos
    return cos, sin
