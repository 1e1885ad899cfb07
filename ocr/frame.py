"""What is not paper: the black that a scanner leaves round a sheet, the desk under a photographed one.

It has to go before `ocr.clean` divides by the background: a frame is background too, so print near it would be divided
by something dark and come out white. The outside is painted with the light of the paper next to it, not with white:
a white edge round grey paper would make that paper look grey.

Only what is dark, touches the edge of the picture and ends as sharply as paper does is outside. A shadow along the
back has no sharp end and stays (`ocr.clean` evens it out); rules, print and seals at the very edge are too narrow.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.clean import Cleaned, is_one_bit
from ocr.engine import Picture

#: The outside is looked for in a copy this many times smaller: a pixel of it is 1 mm at 200 dpi.
_STEP = 8

#: Pixels of the copy: 13 mm. A dark thing is outside when a square of this size, that may stand out of the picture,
#: fits into it: a strip along the edge of any width does, a rule or a line of print that runs off it does not.
_SQUARE = 13

#: Share of the paper's light below which a place is dark. Paper in the shadow of its fold: 0.55 and above.
_DARK = 0.5

#: Share of the picture's pixels taken for paper when its light is measured, from the light end: a receipt alone on the
#: glass of an A4 scanner covers an eighth.
_PAPER = 0.08

#: Share of the paper's light by which the light must rise where the outside ends, within two pixels of the copy.
_STEP_UP = 0.35

#: Share of the outline of something dark that must end so sharply for it to be outside.
_SHARP = 0.6

#: Pixels of the copy: 2 cm by 2 cm. A light island within the dark that is smaller is no paper: the dark around it is
#: then a picture with light print on it, and stays.
_LEAST_SHEET = 400

#: Pixels of the copy that the outside is widened by, where its last row is half paper. Print stands further inside.
_WIDENED = 1

#: Pixels of the copy; a picture of less than two squares has no room for paper and frame.
_LEAST_SIDE = 2 * _SQUARE

_WHITE = 255

_Mask = NDArray[np.bool_]


def erase_outside(picture: Picture) -> Cleaned:
    """Paint over what lies outside the sheet.

    Args:
        picture: Grey, height x width, as scanned (not flattened), at 150 to 300 dpi.

    Returns:
        A copy with the outside painted, named "frame"; *picture* itself when there is no outside. Print is untouched
        that stands 3 mm or more inside the sheet.
    """
    small = _small(picture)
    if not _has_dark_rim(small):
        return Cleaned(picture, ())
    light = _light(small)
    outside = _outside(small, light)
    if not outside.any():
        return Cleaned(picture, ())
    # A one-bit page is to stay one.
    paint = np.full_like(light, _WHITE) if is_one_bit(picture) else _spread(light, outside)
    cover = _large(outside.astype(np.uint8), picture, cv2.INTER_NEAREST)
    painted = cv2.copyTo(_large(paint, picture, cv2.INTER_LINEAR), cover, picture.copy())
    return Cleaned(cast(Picture, painted), ("frame",))


def outside_of(picture: Picture) -> _Mask:
    """Return the places outside the sheet, at an eighth of the size of *picture* along both sides (rounded up).

    Args:
        picture: Grey, height x width, as scanned.
    """
    small = _small(picture)
    return _outside(small, _light(small)) if _has_dark_rim(small) else np.zeros(small.shape, np.bool_)


def _small(picture: Picture) -> Picture:
    """Return *picture* in means of blocks; a block that is not full is filled by what it has, mirrored."""
    height, width = (-(-side // _STEP) for side in picture.shape)
    below, beside = height * _STEP - picture.shape[0], width * _STEP - picture.shape[1]
    small = cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_REFLECT) if below or beside else picture
    # Halving has a fast path in OpenCV: three times takes 1 ms, one step by eight 9 ms.
    for step in (4, 2, 1):
        small = cv2.resize(small, (width * step, height * step), interpolation=cv2.INTER_AREA)
    return cast(Picture, small)


def _large(small: Picture, like: Picture, interpolation: int) -> Picture:
    """Return *small* blown up to the size of *like*."""
    size = (small.shape[1] * _STEP, small.shape[0] * _STEP)
    large = cv2.resize(small, size, interpolation=interpolation)
    return cast(Picture, large[: like.shape[0], : like.shape[1]])


def _has_dark_rim(small: Picture) -> bool:
    """Whether there may be an outside at all: most pages have none, and this tells at a tenth of the price."""
    if min(small.shape) < _LEAST_SIDE:
        return False
    rim = np.concatenate((small[0], small[-1], small[:, 0], small[:, -1]))
    return int(np.count_nonzero(rim < _DARK * _paper(small))) >= _SQUARE // 2


def _paper(small: Picture) -> float:
    return float(np.percentile(small, 100 * (1 - _PAPER)))


def _light(small: Picture) -> Picture:
    """Return *small* without what is narrower than a square; beyond its edges all is taken for dark."""
    room = _SQUARE
    walled = cv2.copyMakeBorder(small, room, room, room, room, cv2.BORDER_CONSTANT, value=(0,))
    kernel = np.ones((_SQUARE, _SQUARE), np.uint8)
    closed = cv2.morphologyEx(walled, cv2.MORPH_CLOSE, kernel)
    return cast(Picture, np.ascontiguousarray(closed[room:-room, room:-room]))


def _outside(small: Picture, light: Picture) -> _Mask:
    nothing = np.zeros(small.shape, np.bool_)
    paper = _paper(light)
    dark = light < _DARK * paper
    if not dark.any():
        return nothing
    if _has_small_islands(dark):
        return nothing
    count, labels = cv2.connectedComponents(dark.astype(np.uint8), connectivity=8)
    rim = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    outside = nothing
    for label in range(1, count):
        part = labels == label
        if (rim == label).any() and _ends_sharply(part, small, light, paper):
            outside = outside | part
    return _widened(outside, _WIDENED)


def _has_small_islands(dark: _Mask) -> bool:
    _, _, facts, _ = cv2.connectedComponentsWithStats((~dark).astype(np.uint8), connectivity=4)
    return bool((facts[1:, cv2.CC_STAT_AREA] < _LEAST_SHEET).any())


def _ends_sharply(part: _Mask, small: Picture, light: Picture, paper: float) -> bool:
    """Whether the light rises steeply all around *part*, where the edge of the picture does not end it."""
    kernel = np.ones((5, 5), np.uint8)
    near = cv2.erode(small, kernel)
    far = cv2.dilate(light, kernel)
    outline = _widened(part, 1) & ~part
    if not outline.any():
        return False
    rise = far[outline].astype(np.float32) - near[outline]
    return float((rise >= _STEP_UP * paper).mean()) >= _SHARP


def _widened(mask: _Mask, by: int) -> _Mask:
    kernel = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0


def _spread(light: Picture, outside: _Mask) -> Picture:
    """Return *light* with each place outside given the light of the nearest place inside."""
    # One pixel further in, where no frame is mixed into the light.
    hidden = _widened(outside, 1).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(hidden, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    by_label = np.full(int(nearest.max()) + 1, _WHITE, np.uint8)
    inside = hidden == 0
    by_label[nearest[inside]] = light[inside]
    return cast(Picture, by_label[nearest])
