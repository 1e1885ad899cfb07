"""Where on page 1 the seal's mark finds free paper: asked of the scan's ink, for stamps and handwriting are no words.

NĐ 30/2020 wants the mark at the top right, so only there is looked; where nothing is free the page grows by a strip of
margin. Not here: how the mark is set in narrower boxes (`signing`), nor the growing itself (`pipeline.assembly.build`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from ocr import Reading
from pipeline.pictures import plain

#: Dots per inch of the copy that is looked at. A line of 0.25 mm darkens two dots by half where it lies between them;
#: at 50 dpi it was lost there.
LOOK_DPI = 100
#: Points left free around the mark.
CLEAR = 8.0
#: Points from the mark to the paper's right and upper edge, at the least: printers do not reach the edge.
RIGHT = 14.0
TOP = 8.0
#: Share of the page's width and height that the mark may be away from its right and upper edge: it is still in the
#: corner. Ours; the rule says "top right".
CORNER = 1 / 8
#: Of the paper's brightness, below which a dot is ink. Shading of a scanner's edge stays above.
_INK = 0.75
#: Dots darker than this (0 to 255) cannot be told from a black page or a cover; black print does not show on them.
_DARK = 128
#: Difference between a dot's colour channels from which it is coloured ink (0 to 255); yellowed paper stays below.
_COLOURED = 70
#: Dots to each side, 0.75 mm, up to which ink that touches nothing is a speck of the scanner's glass.
_SPECK = 3
#: Share of the place that may be specks; a dotted line has more.
_SPECKS = 0.001

#: Width and height, points.
Size = tuple[float, float]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the mark goes on page 1."""

    width: float  # points that the mark is set in
    right: float  # points from the mark to the right edge of the page as it is filed
    top: float  # points from the mark to its upper edge
    room: Size = (0.0, 0.0)  # points that the page grows to the right and at the top


def find_spot(picture: Image.Image, exif: int, reading: Reading, size_pt: Size, shapes: Sequence[Size]) -> Spot:
    """Find the mark's place: free paper at the top right, for a narrower mark if need be; else a strip of margin.

    Args:
        picture: As stored.
        exif: Its EXIF orientation, 1 to 8.
        reading: Of the page; a page number has less ink than the specks of a scan, so words count as well.
        size_pt: Width and height in points of the upright picture.
        shapes: Widths and heights in points that the mark can be set in, the widest first.
    """
    scale = 72 / reading.frame_dpi
    page = (reading.frame_width * scale, reading.frame_height * scale)
    lowest = CORNER * page[1] + max(height for _, height in shapes) + 2 * CLEAR
    upper = _turned(picture, exif, reading.turn, size_pt)[: math.ceil(lowest * LOOK_DPI / 72) + 2]
    writing, specks = _ink(upper)
    for word in reading.words:
        left, top, right, bottom = (
            side * scale * LOOK_DPI / 72 for side in (word.box.left, word.box.top, word.box.right, word.box.bottom)
        )
        writing[max(0, math.floor(top)) : math.ceil(bottom), max(0, math.floor(left)) : math.ceil(right)] = True
    sums = _sums(writing), _sums(specks)
    spots = (_nearest(sums, shape, page) for shape in shapes)
    return next((spot for spot in spots if spot is not None), None) or _in_margin(shapes, page[0])


def _in_margin(shapes: Sequence[Size], page_width: float) -> Spot:
    """Place the widest mark that the page has the width for above it; a page narrower than any grows to the right."""
    beside = RIGHT + CLEAR
    width, height = next((shape for shape in shapes if shape[0] + beside <= page_width), shapes[-1])
    return Spot(width, RIGHT, TOP, (max(0.0, width + beside - page_width), height + TOP + CLEAR))


def _nearest(sums: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], shape: Size, page: Size) -> Spot | None:
    """Return the free place for *shape* that is nearest to the corner of the *page*, if there is one."""
    dots = LOOK_DPI / 72
    # a dot more, for the place may begin anywhere in one
    wide, high = (math.ceil((side + 2 * CLEAR) * dots) + 1 for side in shape)
    writing, specks = (_windows(each, wide, high) for each in sums)
    free = (writing == 0) & (specks <= _SPECKS * wide * high)
    down, along = np.nonzero(free)
    top = down / dots + CLEAR
    right = page[0] - along / dots - CLEAR - shape[0]
    near = (right >= RIGHT) & (top >= TOP) & (right <= max(RIGHT + 1, CORNER * page[0])) & (top <= CORNER * page[1])
    if not near.any():
        return None
    away = np.where(near, np.hypot(right - RIGHT, top - TOP), np.inf)
    best = int(away.argmin())
    # what is nearer to the edge than the next dot stands at it: marks of all pages in one line
    aside = RIGHT if right[best] < RIGHT + 1 / dots else math.floor(10 * right[best]) / 10
    return Spot(shape[0], aside, math.ceil(10 * top[best]) / 10)


def _ink(paper: npt.NDArray[np.int16]) -> tuple[_Mask, _Mask]:
    """Return which dots of paper, in colour, are writing or stamps, and which are specks."""
    bright = paper.max(axis=2)
    ink = (bright < max(_INK * float(np.median(bright)), _DARK)) | (np.ptp(paper, axis=2) > _COLOURED)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    large = np.maximum(facts[:, cv2.CC_STAT_WIDTH], facts[:, cv2.CC_STAT_HEIGHT]) > _SPECK
    writing: _Mask = large[labels] & ink
    return writing, ink & ~writing


def _sums(mask: _Mask) -> npt.NDArray[np.int64]:
    """Return how many dots of *mask* lie above and to the left of each corner between dots."""
    return np.pad(mask.astype(np.int64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))


def _windows(sums: npt.NDArray[np.int64], wide: int, high: int) -> npt.NDArray[np.int64]:
    """Return how many dots lie in each window of *wide* × *high*; nothing where none fits."""
    if sums.shape[0] <= high or sums.shape[1] <= wide:
        return np.empty((0, 0), np.int64)
    return sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]


def _turned(picture: Image.Image, exif: int, turn_deg: float, size_pt: Size) -> npt.NDArray[np.int16]:
    """Return a small copy of the page as it is filed, in colour."""
    small = _upright_copy(picture, exif, size_pt)
    turned = small.rotate(-turn_deg, Image.Resampling.BILINEAR, expand=True, fillcolor="white")
    return np.asarray(turned, np.int16)


def _upright_copy(picture: Image.Image, exif: int, size_pt: Size) -> Image.Image:
    width, height = (max(1, round(side * LOOK_DPI / 72)) for side in size_pt)
    stored = (width, height) if exif < 5 else (height, width)  # noqa: PLR2004 -- 5 to 8 lie on their side
    # Made small first: an A3 page at 600 dpi takes 280 MB, and its copy in another mode as much again.
    small = plain(picture).resize(stored, Image.Resampling.BOX, reducing_gap=2.0).convert("RGB")
    small.getexif()[0x0112] = exif
    return ImageOps.exif_transpose(small)
