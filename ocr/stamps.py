"""What rubber stamps say: `BẢN SAO`, `MẬT`, `HỎA TỐC`.

The cleaning for print takes them away with their ink: red ones with the seals, tall blue ones with the signatures.
Looked for as wide patches of red or blue ink, levelled and read alone. Round seals are left to the eye: what runs round
in a ring is no line of print, and the agency's name stands beside it in black.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from ocr import clean
from ocr.engine import OcrEngine, Picture
from ocr.model import Box, Line, Word

_MM_PER_INCH = 25.4

#: Patches are looked for in a copy this many times smaller.
_STEP = 4

#: Grey levels by which ink is redder than it is green or blue, or bluer than it is red, in the copy.
_COLOUR = 40

#: Share of the page; a stamp of 20 x 8 mm on A4 inks twice as much. Less needs no look.
_LEAST = 0.0004

#: Millimetres of white between the letters of a stamp, and between its words and lines.
_GAP = 3.0

#: Millimetres: height and width of a stamp, with its frame; and how much wider than high it is. A round seal has 1.
_HEIGHT, _WIDTH, _ASPECT = (3.5, 22.0), (9.0, 95.0), 1.6

#: Degrees; people stamp askew, not upside down.
_ASKEW = 25.0

#: Most patches on a page that are read; more are a picture, or a form filled in with a pen.
_MOST = 8

#: Pixels of white around what is read, and millimetres from which a straight run of ink is the stamp's frame.
_MARGIN, _FRAME = 10, 8.0

#: Confidence that the words of a stamp must be read with, in the mean.
_SURE = 0.75

_WHITE = 255


@dataclass(frozen=True, slots=True)
class _Patch:
    """A stamp in the picture: middle, size and lean, in pixels and degrees clockwise."""

    x: float
    y: float
    width: float
    height: float
    lean: float


def read_stamps(
    coloured: Picture, dpi: float, engine: OcrEngine, *, is_read: Callable[[float, float], bool] | None = None
) -> tuple[Line, ...]:
    """Return what the stamps on an upright page say, each line with the box of its stamp.

    Args:
        coloured: Height x width x 3 (red, green, blue).
        dpi: Dots per inch of *coloured*.
        engine: Who reads.
        is_read: Whether print at a point (x, y in pixels of *coloured*) has been read already, as what is filled in
            with blue ink has.

    Raises:
        EngineFailed: a stamp cannot be read.
    """
    small = clean.reduced(coloured, _STEP)
    found: list[Line] = []
    for inkiness in (clean.redness, clean.blueness):
        patches = [each for each in _patches(inkiness(small), dpi) if not (is_read and is_read(each.x, each.y))]
        for patch in patches if len(patches) <= _MOST else ():
            line = _line(engine.recognise_line(_cut_out(coloured, inkiness, patch, dpi), dpi), patch)
            found += [line] if line else []
    return tuple(found)


def _patches(inkiness: Picture, dpi: float) -> Iterator[_Patch]:
    ink = (inkiness > _COLOUR).astype(np.uint8)
    if int(np.count_nonzero(ink)) <= _LEAST * ink.size:
        return
    mm = dpi / _MM_PER_INCH / _STEP
    gap = max(1, round(_GAP * mm))
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines:
        (x, y), (width, height), lean = cv2.minAreaRect(outline)
        if width < height:
            width, height, lean = height, width, lean - 90
        lean = (lean + 90) % 180 - 90
        fits = _HEIGHT[0] * mm <= height <= _HEIGHT[1] * mm and _WIDTH[0] * mm <= width <= _WIDTH[1] * mm
        if fits and width >= _ASPECT * height and abs(lean) <= _ASKEW:
            yield _Patch(x * _STEP, y * _STEP, width * _STEP, height * _STEP, lean)


def _cut_out(coloured: Picture, inkiness: Callable[[Picture], Picture], patch: _Patch, dpi: float) -> Picture:
    """Return a stamp levelled, black on white, without its frame."""
    turn = cv2.getRotationMatrix2D((patch.x, patch.y), patch.lean, 1.0)
    width, height = round(patch.width) + 2 * _MARGIN, round(patch.height) + 2 * _MARGIN
    turn[:, 2] += np.array([width / 2 - patch.x, height / 2 - patch.y])
    white = (_WHITE,) * 3
    level = inkiness(cast(Picture, cv2.warpAffine(coloured, turn, (width, height), borderValue=white)))
    ink = (level > _COLOUR).astype(np.uint8)
    run = max(2, round(_FRAME * dpi / _MM_PER_INCH))
    for shape in ((1, run), (min(run, max(2, round(patch.height * 0.8))), 1)):
        frame = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        level[cv2.dilate(frame, np.ones((3, 3), np.uint8)) > 0] = 0
    return clean.flatten(cast(Picture, cv2.subtract(np.full_like(level, _WHITE), level))).picture


def _line(words: tuple[Word, ...], patch: _Patch) -> Line | None:
    """Return the line of a stamp; None when it was not read with confidence."""
    words = tuple(word for word in words if any(map(str.isalpha, word.text)))
    if not words or sum(word.confidence for word in words) < _SURE * len(words):
        return None
    lean = math.radians(abs(patch.lean))
    half_width = (patch.width * math.cos(lean) + patch.height * math.sin(lean)) / 2
    half_height = (patch.width * math.sin(lean) + patch.height * math.cos(lean)) / 2
    left, step = patch.x - half_width, 2 * half_width / len(words)
    boxes = (
        Box(left + at * step, patch.y - half_height, left + (at + 1) * step, patch.y + half_height)
        for at in range(len(words))
    )
    told = tuple(Word(word.text, box, word.confidence) for word, box in zip(words, boxes, strict=True))
    return Line(told, Box.around(tuple(word.box for word in told)))
