"""By how much the lines of an upright page are off the level.

Level lines of print give rows that are either ink or paper: the sharper the row profile, the more
level the page. The search goes over the ink points of a small copy instead of turning pictures.

Not for pages that lie on their side: see `ocr.orient`, which comes first.
"""

from __future__ import annotations

import statistics

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine import Picture
from ocr.model import LARGEST_SKEW

#: Pixels; a line of print is still some 10 px high, and 0.1 degrees are 1.4 px along it.
_WIDTH = 800

#: Grey levels below the paper at which a point counts as ink.
_INK = 64

#: Degrees. Coarse steps are half the width of the peak that an A4 page of print gives.
_COARSE, _FINE = 0.5, 0.1

#: How much sharper than the middling angle the best one must be before we believe in lines. Real
#: pages: 22 and more; pages of specks: 1.3 at most.
_CLEARLY = 5.0

#: Points; fewer are a stray mark, not a line of print.
_FEWEST_POINTS = 200


def find_skew(picture: Picture) -> float:
    """Return the degrees by which to turn an upright page clockwise for level lines.

    Args:
        picture: Grey, height x width, flattened: paper near 255.

    Returns:
        Between -15 and 15 in steps of 0.1; 0 when there are no lines to go by.
    """
    xs, ys = _ink_points(picture)
    if xs.size < _FEWEST_POINTS:
        return 0.0
    coarse = _sharpnesses(xs, ys, around=0.0, reach=LARGEST_SKEW, step=_COARSE)
    nearly = max(coarse, key=coarse.__getitem__)
    if coarse[nearly] < _CLEARLY * statistics.median(coarse.values()):
        return 0.0
    fine = _sharpnesses(xs, ys, around=nearly, reach=_COARSE, step=_FINE)
    return max(fine, key=fine.__getitem__)


def _sharpnesses(
    xs: NDArray[np.float32],
    ys: NDArray[np.float32],
    *,
    around: float,
    reach: float,
    step: float,
) -> dict[float, float]:
    """Return the sharpness at each angle in degrees, none beyond `LARGEST_SKEW`."""
    count = round(reach / step)
    angles = (round(around + place * step, 1) for place in range(-count, count + 1))
    return {a: _sharpness(xs, ys, a) for a in angles if abs(a) <= LARGEST_SKEW}


def _ink_points(picture: Picture) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    height, width = picture.shape
    scale = min(1.0, _WIDTH / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    ys, xs = np.nonzero(small < 255 - _INK)
    return xs.astype(np.float32), ys.astype(np.float32)


def _sharpness(xs: NDArray[np.float32], ys: NDArray[np.float32], angle: float) -> float:
    """Return the summed squares of the steps from row to row after turning by *angle*."""
    radians = np.float32(np.radians(angle))
    heights = xs * np.sin(radians) + ys * np.cos(radians)
    # Cut off, not rounded: rounding halves to even gives the level page a comb of its own, which
    # once beat the print at four angles of eleven.
    profile = np.bincount((heights - heights.min()).astype(np.int32)).astype(np.float64)
    return float(np.square(np.diff(profile)).sum())
