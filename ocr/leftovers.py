"""Print that the engine passed over: ink that no word of the reading covers.

Layout analysis drops what stands alone (a page number, most of all) and what stands too close to a seal. Here it is
only found, by the size and shape that a line of print has; whether it is print, a second look at it says.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ocr.clean import reduced
from ocr.engine import Picture
from ocr.model import Box, Line

_MM_PER_INCH = 25.4

#: The search goes over a copy this many times smaller: 4 ms instead of 40 on A4 at 200 dpi.
_STEP = 2

#: Grey level in that copy below which a point is ink; a hair line keeps half of its darkness there.
_INK = 190

#: Millimetres around a word that are its own: tails and marks that the engine's box cuts off.
_OWN = 0.6

#: Millimetres; ink that runs on for longer, along or down, is a ruled line or an underline, not a letter.
_RULED = 9.0

#: Millimetres of white that a line of print may have between two letters, along and down.
_GAP_ALONG, _GAP_DOWN = 2.2, 0.8

#: Millimetres: from a figure of 7 points to capitals of 20 with their marks.
_LOWEST, _HIGHEST = 1.6, 9.0

#: Millimetres; a 1 of 10 points is as narrow as that.
_NARROWEST = 0.8

#: Share of a box that print covers; below are scratches, above are blots.
_THINNEST, _FULLEST = 0.12, 0.75


def find_leftovers(picture: Picture, lines: Sequence[Line], dpi: float) -> tuple[Box, ...]:
    """Return where print may stand that *lines* do not have, from top to bottom.

    Args:
        picture: Grey, height x width, cleaned; the one that *lines* were read from.
        lines: With boxes in pixels of *picture*.
        dpi: Dots per inch of *picture*.
    """
    ink = (reduced(picture, _STEP) < _INK).astype(np.uint8)
    mm = dpi / _MM_PER_INCH / _STEP
    for word in (word for line in lines for word in line.words):
        left, top, right, bottom = (round(side / _STEP) for side in _corners(word.box))
        own = round(_OWN * mm)
        ink[max(0, top - own) : bottom + own, max(0, left - own) : right + own] = 0
    for shape in ((1, round(_RULED * mm)), (round(_RULED * mm), 1)):
        ruled = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        ink[cv2.dilate(ruled, np.ones((3, 3), np.uint8)) > 0] = 0
    joined = cv2.morphologyEx(
        ink, cv2.MORPH_CLOSE, np.ones((max(1, round(_GAP_DOWN * mm)), max(1, round(_GAP_ALONG * mm))), np.uint8)
    )
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = (cv2.boundingRect(outline) for outline in outlines)
    likely = sorted((y, x, w, h) for x, y, w, h in found if _like_print(ink[y : y + h, x : x + w], mm))
    return tuple(Box(*(float(side * _STEP) for side in (x, y, x + w, y + h))) for y, x, w, h in likely)


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def _like_print(ink: Picture, mm: float) -> bool:
    height, width = ink.shape
    if not (_LOWEST * mm <= height <= _HIGHEST * mm and width >= _NARROWEST * mm):
        return False
    return _THINNEST <= float(ink.mean()) <= _FULLEST
