"""What the engine gets to see: print dark, everything else light.

Pure functions on arrays. What the engine sees decides everything: on 24 poor scans the division by
the background and the red channel took the character errors from 24 % to 0.24 %. Nothing made here
is ever stored; the page that goes into the record is the original.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from ocr.engine import Picture
from ocr.geometry import turned_size, turning

#: The background is looked at in a copy this many times smaller, where print is already blurred.
_BACKGROUND_STEP = 8

#: Side of the closing, in pixels of that copy: 104 px of the page, 13 mm at 200 dpi. It must be
#: larger than the largest letter, or the letter becomes background and is divided away.
_CLOSING = 13

#: Spread of the blur in pixels of the small copy; half a closing, so that no edge of it is left.
_BLUR = 5.0

#: The paper counts as even when its darkest twentieth is at least this share of its lightest.
#: Three real decisions, flatbed: 0.99 and above; aged pages with a shadow along the back: 0.55.
_EVEN = 0.95

#: The darkest half per cent of a page with any print is ink.
_INK_SHARE = 0.005

#: How much a pixel is brightened for being red. Two seals across the text of shaded JPEG 60 copies:
#: 2.2 % character errors without, 0.5 % at 1, 0.3 % at 2; copies without a seal read the same.
_RED_GAIN = 2.0

#: Share of the paper's light that counts as white on an uneven page: takes faint remains of seals
#: and show-through away (0.3 -> 0.2 %). Not for even pages, where it took faint print of a real
#: decision away: 309 words instead of 355.
_PAPER_WHITE = 235 / 255

#: Grey levels; a page whose darkest ink is lighter has nothing but noise to stretch.
_LIGHTEST_BLACK = 128

#: Pixels; at 200 dpi the dot below a letter of 12 points has no more than 4, and taking those as
#: well cost 1.5 % character errors.
_SPECK = 2

#: Times by which a picture shrinks from which on every pixel must be counted, or strokes would fall between two.
_AREAS_FROM = 2.0

#: Rows of which one is looked at first, to know most pages at once for what they are not: one-bit.
_EVERY = 16

#: Grey level between the two values of a one-bit page.
_ONE_BIT_MIDDLE = 128

_WHITE = 255


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A grey picture, height x width, and the names of what was done to get it, in order."""

    picture: Picture
    steps: tuple[str, ...]


def check(picture: Picture) -> None:
    """Make sure that *picture* is one.

    Raises:
        ValueError: the array is not of eight bits, neither height x width nor height x width x 3,
            or empty.
    """
    coloured = picture.ndim == 3 and picture.shape[2] == 3  # noqa: PLR2004
    if picture.dtype != np.uint8 or picture.size == 0 or not (picture.ndim == 2 or coloured):  # noqa: PLR2004
        raise ValueError(
            f"a page is height x width or height x width x 3 in eight bits, not {picture.shape} of {picture.dtype}"
        )


def grey(picture: Picture) -> Cleaned:
    """Return a grey *picture* as it is, of a coloured one the red channel without its red things.

    In the red channel a red seal is merely light; brightening each pixel by how red it is takes it
    to white and leaves black print and blue ink alone. Red print goes with the seals; on these
    papers that is serial numbers.
    """
    if picture.ndim == 2:  # noqa: PLR2004
        return Cleaned(picture, ())
    return Cleaned(_brightened(cv2.extractChannel(picture, 0), redness(picture)), ("red-channel",))


def without_ink(picture: Picture) -> Picture:
    """Return a coloured *picture* in grey without anything coloured: seals, signatures, what was filled in by pen."""
    red, green, blue = (cv2.extractChannel(picture, channel) for channel in range(3))
    lightest = cv2.max(red, cv2.max(green, blue))
    return _brightened(lightest, cv2.subtract(lightest, cv2.min(red, cv2.min(green, blue))))


def redness(picture: Picture) -> Picture:
    """Return by how many levels each pixel of a coloured *picture* is redder than green and blue; height x width."""
    red, green, blue = (cv2.extractChannel(picture, channel) for channel in range(3))
    return _picture(cv2.subtract(red, cv2.max(green, blue)))


def blueness(picture: Picture) -> Picture:
    """Return by how many levels each pixel of a coloured *picture* is bluer than it is red; height x width."""
    return _picture(cv2.subtract(cv2.extractChannel(picture, 2), cv2.extractChannel(picture, 0)))


def _brightened(channel: object, colour: object) -> Picture:
    gain = cv2.multiply(channel, colour, scale=_RED_GAIN / _WHITE)  # type: ignore[call-overload]
    return _picture(cv2.add(channel, gain))  # type: ignore[call-overload]


def is_one_bit(picture: Picture) -> bool:
    """Whether a *picture* has two values at most, as faxes and old copiers give."""
    channel = picture if picture.ndim == 2 else picture[:, :, 0]  # noqa: PLR2004
    few = np.ascontiguousarray(channel[::_EVERY])
    return _values(few) <= 2 and _values(np.ascontiguousarray(channel)) <= 2  # noqa: PLR2004


def despeckle(picture: Picture) -> Picture:
    """Return a one-bit *picture* without specks; a grey one has none that the engine would see.

    Whole specks go, by their size. A 3 x 3 median also takes the hair lines of letters at 200 dpi:
    83 % character errors on clean one-bit pages of 12 point print, against 0.4 % this way.
    """
    ink = (picture < _ONE_BIT_MIDDLE).astype(np.uint8)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    specks = facts[:, cv2.CC_STAT_AREA] <= _SPECK
    specks[0] = False  # the paper
    cleaned = picture.copy()
    cleaned[specks[labels]] = _WHITE
    return cleaned


def flatten(picture: Picture, *, black: int = _LIGHTEST_BLACK) -> Cleaned:
    """Even out the light on a page and stretch its contrast, each only where there is need.

    Args:
        picture: Grey, height x width, at 200 dpi or thereabouts.
        black: The lightest grey level that counts as ink; of a part of a page that may hold none, `ink_level` of the
            page.
    """
    paper = _paper(picture)
    darkest, lightest = np.percentile(paper, (5, 95))
    if darkest >= _EVEN * lightest:
        return _stretch(picture, black, white=_WHITE)
    size = (picture.shape[1], picture.shape[0])
    light = cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR)
    divided = cv2.divide(picture, light, scale=_WHITE)
    stretched = _stretch(_picture(divided), black, white=round(_PAPER_WHITE * _WHITE))
    return Cleaned(stretched.picture, ("flatten", *stretched.steps))


def ink_level(picture: Picture) -> int:
    """Return the grey level that the darkest half per cent of *picture* is not lighter than."""
    shares = _histogram(picture).cumsum() / picture.size
    return int(np.searchsorted(shares, _INK_SHARE))


def _stretch(picture: Picture, black: int, *, white: int) -> Cleaned:
    black = min(ink_level(picture), black)
    if (black, white) == (0, _WHITE):
        return Cleaned(picture, ())
    levels = (np.arange(256) - black) * (_WHITE / (white - black))
    table = np.clip(np.rint(levels), 0, _WHITE).astype(np.uint8)
    return Cleaned(_picture(cv2.LUT(picture, table)), ("stretch",))


def resize(picture: Picture, size: tuple[int, int]) -> Picture:
    """Return *picture* at *size* (width, height), grey or coloured; thin strokes stay."""
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    shrinks = picture.shape[1] >= _AREAS_FROM * size[0]
    # Between neighbours a small step costs a seventh of what averaging areas does, and reads the same.
    return _picture(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


def reduced(picture: Picture, step: int) -> Picture:
    """Return *picture* a whole number of times smaller, without what is left over at the right and below.

    By whole steps areas are averaged four to twenty times as fast as otherwise.
    """
    height, width = (max(1, side // step) for side in picture.shape[:2])
    return _picture(cv2.resize(picture[: height * step, : width * step], (width, height), interpolation=cv2.INTER_AREA))


def averaged(picture: Picture, size: tuple[int, int]) -> Picture:
    """Return *picture* at *size* (width, height), each pixel the mean of what it covers; slower than `resize`."""
    return _picture(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def turn(picture: Picture, degrees: float) -> Picture:
    """Return *picture* turned clockwise on a white canvas that holds all of it.

    Right angles move pixels and change none of them.
    """
    quarters = {
        90: cv2.ROTATE_90_CLOCKWISE,
        180: cv2.ROTATE_180,
        270: cv2.ROTATE_90_COUNTERCLOCKWISE,
    }
    if degrees == 0:
        return picture
    if degrees in quarters:
        return _picture(cv2.rotate(picture, quarters[int(degrees)]))
    height, width = picture.shape[:2]
    way = turning(width, height, degrees)
    # OpenCV counts from the middle of the first pixel, our geometry from its corner.
    x, y = way.at(0.5, 0.5)
    matrix = np.array([[way.a, way.b, x - 0.5], [way.d, way.e, y - 0.5]])
    return _picture(
        cv2.warpAffine(
            picture,
            matrix,
            turned_size(width, height, degrees),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(_WHITE,),
        )
    )


def _paper(picture: Picture) -> Picture:
    small = reduced(picture, _BACKGROUND_STEP)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_CLOSING, _CLOSING))
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    return _picture(cv2.GaussianBlur(closed, (0, 0), _BLUR))


def _values(picture: Picture) -> int:
    return int(np.count_nonzero(_histogram(picture)))


def _histogram(picture: Picture) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    counts = cv2.calcHist([picture], [0], None, [256], [0, 256]).ravel()
    return cast("np.ndarray[tuple[int], np.dtype[np.float32]]", counts)


def _picture(array: object) -> Picture:
    """Tell mypy what OpenCV keeps to itself: eight bits in, eight bits out."""
    return cast(Picture, array)
