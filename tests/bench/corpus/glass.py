"""From a printed leaf to what reaches the computer: a flatbed, a worn counter scanner, a one-bit copier, a telephone.

The same leaf and the same description give the same pixels on the same libraries. Stronger, and freer in its
arithmetic, than the ageing of the samples, whose bytes are committed; these pictures never are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

#: Height x width x 3 (red, green, blue) or height x width, eight bits.
Pixels = NDArray[np.uint8]
Edge = Literal["left", "right", "top", "bottom"]

#: Yellowish office paper and the white lid of the scanner, sRGB.
PAPER, LID = (251, 249, 242), (240, 241, 240)
DESK = (74, 58, 46)


@dataclass(frozen=True, slots=True)
class Glass:
    """How one page lay on the glass, and how worn the scanner is."""

    #: Seed of the noise.
    seed: int
    #: Degrees clockwise by which the paper lay askew.
    askew: float = 0.0
    #: Share of the light that is lost at the darkest edge.
    shade: float = 0.06
    #: Where it is darkest.
    dark: Edge = "left"
    #: Share of the light that the print on the back takes away.
    through: float = 0.03
    #: Standard deviation of a pixel, grey levels of 255.
    noise: float = 2.0
    #: Standard deviation of the lens, pixels.
    blur: float = 0.45
    #: Pixels of bare glass around the paper, so that a page far askew keeps its words.
    around: int = 0


def scanned(sheet: Pixels, glass: Glass, *, back: Pixels | None = None) -> Pixels:
    """Return the colour picture of *sheet* (RGB), larger by the bare glass around it."""
    numbers = np.random.Generator(np.random.PCG64(glass.seed))
    page = cv2.multiply(sheet, np.array([*PAPER, 0], np.float64), scale=1 / 255)
    if back is not None and glass.through:
        page = cv2.multiply(page, _shine(back, glass.through), scale=1 / 255)
    if glass.around:
        page = cv2.copyMakeBorder(page, *[glass.around] * 4, cv2.BORDER_CONSTANT, value=LID)
    page = turned(page, glass.askew)
    light = _lamp((page.shape[0], page.shape[1]), glass)
    grain = numbers.standard_normal(page.shape[:2], np.float32) * glass.noise
    page = cv2.GaussianBlur(page, (0, 0), glass.blur) if glass.blur else page
    return np.clip(page * light[:, :, None] + grain[:, :, None] + 0.5, 0, 255).astype(np.uint8)


def turned(picture: Pixels, degrees: float, *, lid: tuple[int, int, int] = LID) -> Pixels:
    """Turn *picture* clockwise about its middle on a canvas of the same size."""
    if not degrees:
        return picture
    height, width = picture.shape[:2]
    way = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return cv2.warpAffine(picture, way, (width, height), flags=cv2.INTER_CUBIC, borderValue=lid).astype(np.uint8)


def copied(sheet: Pixels, glass: Glass, *, specks: int, framed: bool) -> Pixels:
    """Return the one-bit picture, 0 and 255, that an office copier makes of *sheet*.

    Args:
        sheet: RGB.
        glass: how it lay.
        specks: how many specks of dust and toner lie on the page.
        framed: whether the edge of the glass shows as a black frame.
    """
    grey = cv2.cvtColor(scanned(sheet, glass), cv2.COLOR_RGB2GRAY)
    numbers = np.random.Generator(np.random.PCG64(glass.seed + 1))
    height, width = grey.shape
    bits = np.where(grey < 158 - 70 * glass.shade, 0, 255).astype(np.uint8)
    for _ in range(specks):
        y, x, size = int(numbers.integers(0, height)), int(numbers.integers(0, width)), int(numbers.integers(1, 4))
        bits[y : y + size, x : x + 1 + size % 3] = 0 if numbers.integers(0, 3) else 255
    if framed:
        corners = np.array([[0, 0], [width // 60, 0], [width // 180, height], [0, height]], np.int32)
        cv2.fillPoly(bits, [corners], (0.0,))
        bits[: height // 300] = 0
    return bits


def photographed(sheet: Pixels, *, seed: int, askew: float) -> Pixels:
    """Return a picture by telephone: *sheet* on a dark desk, in perspective, unevenly lit, slightly out of focus."""
    numbers = np.random.Generator(np.random.PCG64(seed))
    height, width = sheet.shape[:2]
    size = (round(width * 1.16), round(height * 1.12))
    desk = np.empty((size[1], size[0], 3), np.float32)
    desk[:] = DESK
    planks = np.sin(np.arange(size[0], dtype=np.float32) / 37) * 5
    desk += planks[None, :, None] + cv2.resize(
        numbers.standard_normal((size[1] // 9, size[0] // 90), np.float32) * 5, size
    )[:, :, None]  # fmt: skip
    middle = np.array([size[0] / 2, size[1] / 2])
    angle = np.radians(askew)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    flat = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    seen = flat @ turn + middle + numbers.uniform(-0.018, 0.018, (4, 2)) * width
    way = cv2.getPerspectiveTransform(
        (flat + np.array([width / 2, height / 2])).astype(np.float32), seen.astype(np.float32)
    )
    paper = cv2.multiply(sheet, np.array([*PAPER, 0], np.float64), scale=1 / 255)
    page = cv2.warpPerspective(paper, way, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), way, size, flags=cv2.INTER_LINEAR)
    share = (mask.astype(np.float32) / 255)[:, :, None]
    picture = page.astype(np.float32) * share + desk * (1 - share)
    coarse = numbers.uniform(0.62, 1.0, (4, 3)).astype(np.float32)
    picture *= cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)[:, :, None]
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8)
    picture += numbers.standard_normal(picture.shape[:2], np.float32)[:, :, None] * 4
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def punched(sheet: Pixels, dpi: int) -> Pixels:
    """Return *sheet* with the two holes of a file punched at its left edge, the dark lid showing through."""
    holed = sheet.copy()
    for y in (0.5 - 40 / 297, 0.5 + 40 / 297):
        centre = (round(12 * dpi / 25.4), round(y * sheet.shape[0]))
        cv2.circle(holed, centre, round(3 * dpi / 25.4), (70, 68, 66), -1, cv2.LINE_AA)
    return holed


def edged(picture: Pixels, dpi: int, *, depth: float) -> Pixels:
    """Return *picture* with the shadow that a lid left open casts along its right and lower edge."""
    height, width = picture.shape[:2]
    reach = dpi / 25.4 * 4
    away = np.minimum(width - np.arange(width)[None, :], height - np.arange(height)[:, None]).astype(np.float32)
    light = 1 - depth * np.exp(-away / reach)
    return (picture * light[:, :, None]).astype(np.uint8)


def _shine(back: Pixels, share: float) -> Pixels:
    """Return the mirrored, blurred, faint picture of the page behind, to be multiplied with."""
    grey = cv2.flip(cv2.cvtColor(back, cv2.COLOR_RGB2GRAY), 1)
    faint = cv2.GaussianBlur(grey, (0, 0), 1.6)
    level = np.clip(255 - (255 - faint.astype(np.float32)) * share, 0, 255).astype(np.uint8)
    return cv2.cvtColor(level, cv2.COLOR_GRAY2RGB).astype(np.uint8)


def _lamp(shape: tuple[int, int], glass: Glass) -> NDArray[np.float32]:
    """Return the light on the glass: full at one edge, falling ever faster to the other."""
    height, width = shape
    length = width if glass.dark in ("left", "right") else height
    away = np.linspace(0, 1, length, dtype=np.float32)
    if glass.dark in ("left", "top"):
        away = away[::-1]
    light = (1 - glass.shade * away**2).astype(np.float32)
    band = light[None, :] if glass.dark in ("left", "right") else light[:, None]
    return np.broadcast_to(band, shape)
