"""From a printed sheet to what a scanner makes of it: skew, show-through, shading, noise.

The same sheet and the same `Glass` give the same pixels. There is no floating point function here
that a C library or a vector unit may round its own way: the skew is a rational rotation, the
shading is a small table of whole numbers that Pillow enlarges, the noise is drawn as integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

Mode = Literal["colour", "grey", "bitonal"]
Turn = Literal[0, 90, 180, 270]

#: Half of a hundredth of a degree in radians: the tangent of the half angle, near enough.
HALF_STEP = 3.141592653589793 / 36000
#: Yellowish office paper and the white lid of the scanner, sRGB.
PAPER, LID = (251, 249, 242), (243, 244, 243)
#: The lamp's brightness is given on a grid of so many points across and down.
GRID = (9, 13)


@dataclass(frozen=True, slots=True)
class Glass:
    """How one page lay on the glass, and how worn the scanner is."""

    #: Seed of the noise; any whole number, another one for each page.
    seed: int
    #: Turn of the paper, hundredths of a degree, clockwise.
    skew: int = 0
    #: Largest deviation of a pixel by noise, grey levels of 255.
    noise: int = 6
    #: Light lost at the darkest edge, grey levels of 255.
    shade: int = 30
    #: How dark the print on the back shines through, grey levels of 255.
    through: int = 10
    #: What the scanner was set to.
    mode: Mode = "colour"
    #: How the sheet was laid in: degrees counter-clockwise, a multiple of 90.
    turn: Turn = 0


def scan(sheet: Image.Image, glass: Glass, *, back: Image.Image | None = None) -> Image.Image:
    """Age *sheet* (RGB) as *glass* says.

    Args:
        sheet: the clean page.
        glass: how it is scanned.
        back: the page printed on the other side, the same size.

    Returns:
        An ``RGB``, ``L`` or ``1`` picture as the mode asks, sideways when the turn asks for it.
    """
    picture = ImageChops.multiply(sheet, Image.new("RGB", sheet.size, PAPER))
    if back is not None and glass.through:
        picture = ImageChops.multiply(picture, _shine(back, glass.through))
    picture = _skewed(picture, glass.skew)
    picture = ImageChops.multiply(picture, _lamp(picture.size, glass))
    if glass.mode != "colour":
        picture = picture.convert("L")
    picture = _noisy(picture, glass)
    if glass.mode == "bitonal":
        picture = picture.point([0] * 150 + [255] * 106).convert("1", dither=Image.Dither.NONE)
    return picture.transpose(_TURNS[glass.turn]) if glass.turn else picture


_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def _shine(back: Image.Image, depth: int) -> Image.Image:
    """Return the mirrored, blurred, faint picture of the page behind."""
    small = back.convert("L").reduce(4).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    faint = small.filter(ImageFilter.BoxBlur(1)).point([255 - (255 - level) * depth // 255 for level in range(256)])
    return faint.resize(back.size, Image.Resampling.BILINEAR).convert("RGB")


def _skewed(picture: Image.Image, hundredths: int) -> Image.Image:
    """Turn *picture* around its middle; the corners show the scanner's lid."""
    if not hundredths:
        return picture
    tangent = hundredths * HALF_STEP
    cos = (1 - tangent * tangent) / (1 + tangent * tangent)
    sin = 2 * tangent / (1 + tangent * tangent)
    x, y = picture.width / 2, picture.height / 2
    matrix = (cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y)
    return picture.transform(
        picture.size, Image.Transform.AFFINE, matrix,
        resample=Image.Resampling.BILINEAR, fillcolor=LID,
    )  # fmt: skip


def _lamp(size: tuple[int, int], glass: Glass) -> Image.Image:
    """Return the light on the glass: full somewhere near the middle, weaker to the edges."""
    across, down = GRID
    cx, cy = across // 2 + glass.seed % 3 - 1, down // 2 + glass.seed % 5 - 2
    far = across**2 + down**2
    grid = Image.new("L", GRID)
    grid.putdata(
        [255 - 2 * glass.shade * ((x - cx) ** 2 * 2 + (y - cy) ** 2) // far for y in range(down) for x in range(across)]
    )
    return grid.resize(size, Image.Resampling.BICUBIC).convert("RGB")


def _noisy(picture: Image.Image, glass: Glass) -> Image.Image:
    """Add the sensor's noise (triangular, the same in all channels) and a few specks of dust."""
    numbers = np.random.Generator(np.random.PCG64(glass.seed))
    size = (picture.height, picture.width)
    half = max(1, glass.noise // 2)
    grain: NDArray[np.int16] = numbers.integers(-half, half, size, np.int8, endpoint=True).astype(np.int16)
    grain += numbers.integers(-half, half, size, np.int8, endpoint=True)
    for _ in range(24):
        y, x = (int(numbers.integers(0, length - 4)) for length in size)
        grain[y : y + 2 + x % 2, x : x + 2 + y % 2] -= 110
    levels = np.asarray(picture).astype(np.int16)
    levels += grain if levels.ndim == 2 else grain[:, :, None]
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
