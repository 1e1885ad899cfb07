"""What hands and offices add to a printed page: the round red seal, the stamp, the signature.

No text put here is part of a page's truth: it lies over or beside print that is. The seals carry an
invented office and the word for "sample"; they copy no real one and show no state emblem.
"""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw

from maker.layout import BLUE, RED, Face, Sheet, Style, font

#: Pixels drawn for each pixel kept, so that curves come out smooth.
FINE = 2
#: Outer diameter of an agency's seal in millimetres.
DIAMETER = 36
#: A five-pointed star: its ten corners in thousandths of the outer radius, clockwise from the top.
STAR = (
    (0, -1000), (225, -309), (951, -309), (363, 118), (588, 809),
    (0, 382), (-588, 809), (-363, 118), (-951, -309), (-225, -309),
)  # fmt: skip
#: A signature: corners of a line in hundredths of its box, 100 wide and 100 high.
HAND = (
    (0, 70), (9, 35), (17, 8), (21, 22), (15, 66), (11, 92), (20, 60), (30, 42), (34, 58), (38, 44),
    (43, 62), (49, 38), (52, 60), (58, 48), (62, 64), (70, 30), (77, 4), (79, 24), (72, 74), (64, 98),
    (56, 84), (72, 62), (88, 54), (100, 46),
)  # fmt: skip


def seal(sheet: Sheet, centre: tuple[int, int], *, ring: str, office: str) -> None:
    """Press a round red seal onto *sheet*, over whatever is printed there.

    Args:
        sheet: the page.
        centre: middle of the seal, in pixels.
        ring: words around the star, in capitals; about 40 letters fill the ring.
        office: words under the star.
    """
    size = sheet.mm(DIAMETER) * FINE
    picture = Image.new("RGB", (size, size), "white")
    pen, radius = ImageDraw.Draw(picture), size // 2
    pen.ellipse((2, 2, size - 3, size - 3), outline=RED, width=max(4, size // 60))
    inset = size // 5
    pen.ellipse((inset, inset, size - inset, size - inset), outline=RED, width=max(2, size // 130))
    star = [(radius + x * size // 8000, radius - size // 24 + y * size // 8000) for x, y in STAR]
    pen.polygon(star, fill=RED)
    face = font(Face.SANS_BOLD, size // 19)
    pen.text((radius, radius + size // 5), office, fill=RED, font=face, anchor="ms")
    _around(picture, ring, radius * 7 // 10)
    corner = (centre[0] - radius // FINE, centre[1] - radius // FINE)
    _press(sheet, picture.reduce(FINE), corner)


def _around(picture: Image.Image, words: str, radius: int) -> None:
    """Write *words* around the middle of *picture*, from the lowest point on, clockwise."""
    size = picture.width
    face = font(Face.SANS_BOLD, size // 14)
    box = size // 8
    step = _turn(len(words) + 2)
    place = step * 1j
    for letter in words:
        place *= step
        tile = Image.new("L", (box, box), 0)
        ImageDraw.Draw(tile).text((box // 2, box // 2), letter, fill=255, font=face, anchor="mm")
        tile = _turned(tile, place / 1j * -1)
        x = size // 2 + round(place.real * radius) - box // 2
        y = size // 2 + round(place.imag * radius) - box // 2
        picture.paste(RED, (x, y), tile)


def _turn(parts: int) -> complex:
    """Return the rotation by a circle's *parts*-th part, clockwise as pixels count downwards.

    The series is summed here since the C library's sine may differ in its last bit elsewhere.
    """
    angle = 2 * 3.141592653589793 / parts
    result = term = 1 + 0j
    for n in range(1, 16):
        term *= complex(0, angle) / n
        result += term
    return result


def _turned(tile: Image.Image, by: complex) -> Image.Image:
    """Turn *tile* around its middle by the unit number *by*."""
    cos, sin, half = by.real, by.imag, tile.width / 2
    matrix = (cos, sin, half - cos * half - sin * half, -sin, cos, half + sin * half - cos * half)
    return tile.transform(tile.size, Image.Transform.AFFINE, matrix, resample=Image.Resampling.BICUBIC)


def hand(sheet: Sheet, centre: tuple[int, int], *, width: float = 42) -> None:
    """Sign in blue ink at *centre* (pixels), *width* millimetres wide."""
    across = sheet.mm(width) * FINE
    high = across * 2 // 5
    picture = Image.new("RGB", (across + 8, high + 8), "white")
    points = [(4 + x * across // 100, 4 + y * high // 100) for x, y in HAND]
    pen = ImageDraw.Draw(picture)
    pen.line(points, fill=BLUE, width=max(3, sheet.mm(0.45) * FINE), joint="curve")
    small = picture.reduce(FINE)
    _press(sheet, small, (centre[0] - small.width // 2, centre[1] - small.height // 2))


def stamp(sheet: Sheet, corner: tuple[int, int], lines: tuple[str, ...]) -> None:
    """Print a boxed red rubber stamp with its upper left corner at *corner* (pixels)."""
    style = Style(Face.SANS_BOLD, 11, RED)
    step = round(style.size * sheet.dpi / 72 * 1.4)
    width = max(sheet.width(words, style) for words in lines) + sheet.mm(6)
    x, y = corner
    box = (x, y, x + width, y + step * len(lines) + sheet.mm(3))
    sheet.pen.rectangle(box, outline=RED, width=max(2, sheet.mm(0.4)))
    for words in lines:
        y += step
        sheet.ink((x + width // 2, y), words, style, "ms")


def _press(sheet: Sheet, picture: Image.Image, corner: tuple[int, int]) -> None:
    """Lay ink over ink: what is darker in either stays."""
    box = (*corner, corner[0] + picture.width, corner[1] + picture.height)
    under = sheet.picture.crop(box)
    sheet.picture.paste(ImageChops.multiply(under, picture), corner)
