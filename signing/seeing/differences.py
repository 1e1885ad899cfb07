"""Where two pictures of a page differ, and of what class each difference is. Pure; pictures in, boxes out.

Poppler draws the same page twice to the same pixel, so one pixel that changed is a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from signing.seeing.drawing import Picture

#: What changed: a later signature's mark, a form field, or anything else.
Kind = Literal["signature-mark", "form", "content"]
#: Left, top, right, bottom; pixels from the upper left corner of the page as shown, the last two exclusive.
PixelBox = tuple[int, int, int, int]
Mask = npt.NDArray[np.bool_]

#: Luminance (0–255) below which a pixel is ink, and from which it is paper: at 100 dpi the strokes of 8 pt print are
#: drawn with 0–140.
INK_BELOW = 160
PAPER_FROM = 190
#: Pixels of ink that may vanish below a mark: specks of a scan. Of a hidden letter of 8 pt seven or more do.
MOST_SPECKS = 3
#: Side of the cells by which changed pixels are gathered into boxes, pixels: a letter's width.
CELL = 10
#: Boxes told for one page and class; beyond these one box holds the rest.
MOST_BOXES = 32
#: Rec. 601 weights of red, green and blue, in 1/256.
_LUMINANCE = np.array([77, 150, 29], np.uint32)


@dataclass(frozen=True, slots=True)
class Spot:
    """One difference."""

    kind: Kind
    box: PixelBox


def changed_share(signed: Picture, last: Picture) -> float:
    """Return the share of pixels that differ between two pictures of one size."""
    return float(_changed(signed, last).mean())


def spots(signed: Picture, last: Picture, *, marks: Iterable[PixelBox], forms: Iterable[PixelBox]) -> list[Spot]:
    """Return what differs between two pictures of one size, what matters most first.

    Args:
        signed: what was signed.
        last: what is shown now.
        marks: where marks of later signatures may stand. A mark adds; where ink vanishes below it, it hides.
        forms: where fields may be filled in.
    """
    changed = _changed(signed, last)
    marked = changed & _inside(changed, marks)
    vanished = np.zeros_like(changed)
    vanished[marked] = _vanished(signed[marked], last[marked])
    if vanished.sum() <= MOST_SPECKS:
        vanished[:] = False
    filled = changed & _inside(changed, forms) & ~marked
    classes: tuple[tuple[Kind, Mask], ...] = (
        ("content", (changed & ~marked & ~filled) | vanished),
        ("form", filled),
        ("signature-mark", marked & ~vanished),
    )
    return [Spot(kind, box) for kind, mask in classes for box in boxes_of(mask)]


def boxes_of(mask: Mask) -> list[PixelBox]:
    """Return boxes around what is set in *mask*, from top to bottom; neighbouring cells share a box."""
    height, width = mask.shape
    padded = np.zeros((-(-height // CELL) * CELL, -(-width // CELL) * CELL), bool)
    padded[:height, :width] = mask
    cells: Mask = np.asarray(padded.reshape(padded.shape[0] // CELL, CELL, -1, CELL).any(axis=(1, 3)))
    boxes = sorted((_tight(mask, group) for group in _groups(cells)), key=lambda box: (box[1], box[0]))
    if len(boxes) <= MOST_BOXES:
        return boxes
    head, rest = boxes[: MOST_BOXES - 1], np.array(boxes[MOST_BOXES - 1 :])
    left, top = rest[:, :2].min(axis=0)
    right, bottom = rest[:, 2:].max(axis=0)
    return [*head, (int(left), int(top), int(right), int(bottom))]


def _changed(signed: Picture, last: Picture) -> Mask:
    different: Mask = (signed != last).any(axis=2)
    return different


def _inside(like: Mask, boxes: Iterable[PixelBox]) -> Mask:
    mask = np.zeros_like(like)
    for left, top, right, bottom in boxes:
        mask[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = True
    return mask


def _vanished(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> Mask:
    """Say of each pixel whether it was ink and is paper now."""
    was_ink: Mask = before @ _LUMINANCE < INK_BELOW << 8
    is_paper: Mask = after @ _LUMINANCE >= PAPER_FROM << 8
    return was_ink & is_paper


def _groups(cells: Mask) -> Iterable[Sequence[tuple[int, int]]]:
    """Give the cells that are set, those that touch together."""
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    while left:
        group = [left.pop()]
        for row, column in group:
            near = {(row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= near
            group += near
        yield group


def _tight(mask: Mask, group: Sequence[tuple[int, int]]) -> PixelBox:
    rows, columns = [row for row, _ in group], [column for _, column in group]
    top, left = min(rows) * CELL, min(columns) * CELL
    part = mask[top : (max(rows) + 1) * CELL, left : (max(columns) + 1) * CELL]
    ys, xs = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return left + int(xs[0]), top + int(ys[0]), left + int(xs[-1]) + 1, top + int(ys[-1]) + 1
