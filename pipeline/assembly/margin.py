"""Is the place of the seal's mark free on the scan? Asked of its ink, for stamps and handwriting are no words."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from pipeline.pictures import plain

#: Dots per inch of the copy that is looked at; a hairline of 0.2 mm still darkens a dot of it.
LOOK_DPI = 50
#: Of the paper's brightness, below which a dot is ink. Shading of a scanner's edge stays above.
_INK = 0.75
#: Paper darker than this (0 to 255) cannot be told from a black page or a cover; black print does not show on it.
_DARK = 128
#: Difference between a dot's colour channels from which it is coloured ink (0 to 255); yellowed paper stays below.
_COLOURED = 70
#: Share of the place that may be specks.
_SPECKS = 0.004


def is_free(
    picture: Image.Image, exif: int, turn_deg: float, size_pt: tuple[float, float], zone_pt: tuple[float, float]
) -> bool:
    """Say whether nothing is written or stamped in the top right corner of a page.

    Args:
        picture: As stored.
        exif: Its EXIF orientation, 1 to 8.
        turn_deg: Degrees clockwise by which the upright picture is turned on the page.
        size_pt: Width and height in points of the upright picture.
        zone_pt: Width and height in points of the corner.
    """
    small = _upright_copy(picture, exif, size_pt)
    turned = small.rotate(-turn_deg, Image.Resampling.BILINEAR, expand=True, fillcolor="white")
    width, height = (max(1, round(side * LOOK_DPI / 72)) for side in zone_pt)
    corner = np.asarray(turned.crop((turned.width - width, 0, turned.width, height)), np.int16)
    bright = corner.max(axis=2)
    paper = np.median(bright)
    if paper < _DARK:
        return False
    ink = (bright < _INK * paper) | (np.ptp(corner, axis=2) > _COLOURED)
    return bool(ink.mean() <= _SPECKS)


def _upright_copy(picture: Image.Image, exif: int, size_pt: tuple[float, float]) -> Image.Image:
    width, height = (max(1, round(side * LOOK_DPI / 72)) for side in size_pt)
    stored = (width, height) if exif < 5 else (height, width)  # noqa: PLR2004 -- 5 to 8 lie on their side
    # Made small first: an A3 page at 600 dpi takes 280 MB, and its copy in another mode as much again.
    small = plain(picture).resize(stored, Image.Resampling.BOX, reducing_gap=2.0).convert("RGB")
    small.getexif()[0x0112] = exif
    return ImageOps.exif_transpose(small)
