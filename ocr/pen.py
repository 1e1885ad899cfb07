"""Signatures that run over print: strokes of coloured ink too tall to be writing on a line.

What is filled into a form with a pen stays: it is small, and it is what the form is for. Red seals are gone before
(`ocr.clean.grey`). A signature in black ink cannot be told from print by its colour, and stays too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from ocr import clean
from ocr.engine import Picture

_MM_PER_INCH = 25.4

#: Strokes are looked for in a copy this many times smaller.
_STEP = 4

#: Grey levels by which ink is more blue than red: a stroke in the copy, its edge in the page itself.
_STROKE, _EDGE = 8, 10

#: Share of the page; 1 cm of a fine stroke on A4. Less is noise of a scanner's colours.
_LEAST = 0.0001

#: Millimetres: gaps that a stroke may have, where it crosses a seal, and the height from which it is a signature. What
#: people fill in stands on lines 6 to 8 mm apart, which a longer gap would bridge.
_GAP, _TALL = 1.2, 9.0

#: Millimetres around a signature within which a broken-off piece is of it, when it is higher than writing is; and
#: within which any piece is.
_BROKEN_OFF, _HIGH, _PIECES = 6.0, 5.5, 2.0

#: Pixels around a stroke that carry its blur, in a JPEG whose colours are half as fine as its light.
_HALO = 3

#: Millimetres around the strokes that the light of the paper is measured in.
_ROOM = 15.0

#: Grey levels, of a flattened page without coloured ink, between which print under a stroke is told from its remains.
_PRINT, _REMAINS = 40, 90

_WHITE = 255

#: Left, top, right and bottom in pixels of the copy.
_Corners = tuple[int, int, int, int]


def erase_signatures(picture: Picture, coloured: Picture, dpi: float) -> clean.Cleaned:
    """Return a page without tall pen strokes, keeping the print below them; the very same picture without any.

    Args:
        picture: Grey, height x width, flattened.
        coloured: The same page in colours: height x width x 3 (red, green, blue).
        dpi: Dots per inch of both.
    """
    strokes = (clean.blueness(clean.reduced(coloured, _STEP)) > _STROKE).astype(np.uint8)
    if int(np.count_nonzero(strokes)) <= _LEAST * strokes.size:
        return clean.Cleaned(picture, ())
    mm = dpi / _MM_PER_INCH / _STEP
    gap = max(2, round(_GAP * mm))
    joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    signatures = _signatures([cv2.boundingRect(outline) for outline in outlines], mm)
    if not signatures:
        return clean.Cleaned(picture, ())
    near = np.zeros_like(strokes)
    for left, top, right, bottom in (_widened(box, _PIECES * mm) for box in signatures):
        near[max(0, top) : bottom, max(0, left) : right] = 1
    where = cv2.resize(near, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_NEAREST)
    stroke = cv2.dilate(
        where & (clean.blueness(coloured) > _EDGE).astype(np.uint8), np.ones((2 * _HALO + 1,) * 2, np.uint8)
    )
    cleaned = picture.copy()
    ink = clean.ink_level(clean.without_ink(np.ascontiguousarray(coloured[::_STEP, ::_STEP])))
    part = _around(cast(Picture, stroke), round(_ROOM * dpi / _MM_PER_INCH))
    cv2.copyTo(cv2.max(picture[part], _print_below(coloured[part], ink)), stroke[part], cleaned[part])
    return clean.Cleaned(cleaned, ("signatures",))


def _signatures(boxes: Sequence[Sequence[int]], mm: float) -> list[_Corners]:
    """Return the strokes that are tall, and of the high ones those that are near enough to have broken off."""
    strokes = [(left, top, left + width, top + height) for left, top, width, height in boxes]
    found = [stroke for stroke in strokes if stroke[3] - stroke[1] >= _TALL * mm]
    rest = [stroke for stroke in strokes if _HIGH * mm <= stroke[3] - stroke[1] < _TALL * mm]
    for box in found:  # which grows on the way
        near = [stroke for stroke in rest if _meet(stroke, _widened(box, _BROKEN_OFF * mm))]
        found += near
        rest = [stroke for stroke in rest if stroke not in near]
    return found


def _widened(box: _Corners, by: float) -> _Corners:
    room = round(by)
    return box[0] - room, box[1] - room, box[2] + room, box[3] + room


def _meet(one: _Corners, other: _Corners) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _print_below(coloured: Picture, ink: int) -> Picture:
    """Return what is printed on a part of a page whose print is as dark as *ink*, and not the strokes over it."""
    below = clean.flatten(clean.without_ink(coloured), black=ink).picture
    levels = (np.arange(256) - _PRINT) * (_WHITE / (_REMAINS - _PRINT))
    return cast(Picture, cv2.LUT(below, np.clip(np.rint(levels), 0, _WHITE).astype(np.uint8)))


def _around(mask: Picture, room: int) -> tuple[slice, slice]:
    """Return rows and columns that hold all of *mask* with *room* pixels around it."""
    left, top, width, height = cv2.boundingRect(mask)
    return slice(max(0, top - room), top + height + room), slice(max(0, left - room), left + width + room)
