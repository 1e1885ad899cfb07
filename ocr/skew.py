"""By how much the lines of an upright page are off the level.

Level lines of print give rows that are either ink or paper: the sharper the row profile, the more level the page. The
page is summed up in narrow upright strips, and the strips are slid against each other (a shear), which for straight
lines is what turning is, at the price of 1/16 of the pixels.

Not for pages that lie on their side: see `ocr.orient` and `ocr.upright`, which come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine import Picture
from ocr.model import LARGEST_SKEW

#: Darkness of a row, as a sum over strips: rows x strips.
Strips = NDArray[np.float32]

#: Pixels; 2 mm at 200 dpi. A strip is not slid within itself: at 15 degrees it smears a line by 4 px, a quarter of
#: the height of a small letter.
STRIP = 16

#: Grey levels below the paper at which a point begins to count as ink; show-through stays below.
INK = 64

#: Degrees. Coarse steps are half the width of the peak that an A4 page of print gives at a quarter of its height.
COARSE = 0.5
_FINE = 0.1

#: How much sharper than the middling angle the best one must be before we believe in lines. Print of six words or
#: more: 5.5 at least, 20 at least on 17 real pages; specks: 3.3 at most.
CLEARLY = 5.0

#: Share of the page; 200 points of an A4 page at 96 dpi. Less is a stray mark, not a line of print.
_LEAST_INK = 0.0002

#: Pixels along the shorter side; there is no line of print on less.
_LEAST_SIDE = 4 * STRIP

#: Share of each side that is not looked at: 8 mm of A4. The rest of a shadow along the edge is straighter than print
#: and led two pages of 30 words half a degree astray; one of them still by a quarter.
_RIM = 0.04


def find_skew(picture: Picture) -> float:
    """Return the degrees by which to turn an upright page clockwise for level lines.

    On the 135 pages of the bench that were scanned, not photographed, the error was above 0.15 on two: eight words with
    a signature, and 28 words beside a level shadow. 16 ms for an A4 page at 200 dpi.

    Two things are taken for print and lead it astray: one long stroke that is level in the picture while the print is
    not, and two columns so set that each line of one meets another line of the other at a wrong angle.

    Args:
        picture: Grey, height x width, flattened: paper near 255.

    Returns:
        Between -15 and 15 in steps of 0.1; 0 when there are no lines to go by.
    """
    if min(picture.shape) < _LEAST_SIDE:
        return 0.0
    whole = strips(darkness(without_rim(picture)), STRIP)
    if float(whole.mean()) < _LEAST_INK * np.iinfo(np.uint8).max:
        return 0.0
    half, quarter = shrunk(whole, rows=2, columns=1), shrunk(whole, rows=4, columns=2)
    steps = round(LARGEST_SKEW / COARSE)
    angles = [step * COARSE for step in range(-steps, steps + 1)]
    coarse = sharpnesses(quarter, STRIP / 2, angles)
    nearly = angles[int(coarse.argmax())]
    # The peak is no wider than a step, and may stand between two.
    between = sharpnesses(quarter, STRIP / 2, [nearly - COARSE / 2, nearly + COARSE / 2])
    if max(coarse.max(), between.max()) < CLEARLY * np.median(coarse):
        return 0.0
    nearer, _ = _climb(half, STRIP / 2, nearly, round(COARSE / _FINE))
    best, beside = _climb(whole, float(STRIP), nearer, 2)
    exact = round(best + beside * _FINE, 1)
    return min(max(exact, -LARGEST_SKEW), LARGEST_SKEW) + 0.0  # -0.0 and 0.0 must not be told apart in records


def without_rim(picture: Picture) -> Picture:
    """Return the view of *picture* that leaves out what lies along its edges."""
    high, wide = (round(side * _RIM) for side in picture.shape)
    return picture[high : picture.shape[0] - high, wide : picture.shape[1] - wide]


def darkness(picture: Picture) -> Picture:
    """Return how far each pixel is below white, with what is lighter than ink at 0."""
    inverted = cv2.bitwise_not(picture)
    return cast(Picture, cv2.threshold(inverted, INK - 1, 0, cv2.THRESH_TOZERO)[1])


def strips(dark: Picture, width: int) -> Strips:
    """Return the mean darkness per row of upright strips of *width* pixels; what is left over at the right is cut."""
    count = dark.shape[1] // width
    cut = dark[:, : count * width]
    return cast(Strips, cv2.resize(cut, (count, dark.shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32))


def shrunk(sheet: Strips, *, rows: int, columns: int) -> Strips:
    """Return *sheet* with so many rows and columns made one; those left over are cut."""
    height, width = sheet.shape[0] // rows, sheet.shape[1] // columns
    cut = sheet[: height * rows, : width * columns]
    return cast(Strips, cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA))


def sharpnesses(sheet: Strips, pitch: float, angles: Sequence[float]) -> NDArray[np.float64]:
    """Return the summed squares of the steps from row to row, after turning clockwise by each of *angles* (degrees).

    Args:
        sheet: Rows x strips.
        pitch: From strip to strip, in rows.
        angles: In degrees.
    """
    found = []
    for angle in angles:
        profile = cv2.reduce(slid(sheet, pitch, angle), 1, cv2.REDUCE_AVG)
        found.append(cv2.norm(profile[1:], profile[:-1], cv2.NORM_L2SQR))
    return np.array(found)


def slid(sheet: Strips, pitch: float, angle: float) -> Strips:
    """Return *sheet* with its strips slid up or down as turning clockwise by *angle* degrees would; paper is added."""
    height, count = sheet.shape
    slope = float(np.tan(np.radians(angle))) * pitch
    room = int(abs(slope) * count / 2) + 1
    matrix = np.array([[1.0, 0.0, 0.0], [slope, 1.0, room - slope * (count - 1) / 2]])
    return cast(Strips, cv2.warpAffine(sheet, matrix, (count, height + 2 * room), flags=cv2.INTER_LINEAR))


def _climb(sheet: Strips, pitch: float, around: float, reach: int) -> tuple[float, float]:
    """Return the best angle within *reach* fine steps of *around*, and where between its neighbours the peak is.

    The second figure, in fine steps from -0.5 to 0.5, is the top of the parabola through the best three.
    """
    angles = [around + step * _FINE for step in range(-reach, reach + 1)]
    # A shear by nothing blurs nothing, and stands out among its neighbours for that alone.
    found = np.convolve(np.pad(sharpnesses(sheet, pitch, angles), 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    best = int(found.argmax())
    if best in (0, len(angles) - 1):
        return angles[best], 0.0
    before, top, after = found[best - 1 : best + 2]
    bend = before - 2 * top + after
    return angles[best], 0.0 if bend == 0 else 0.5 * float(before - after) / float(bend)
