"""One page as the engine gets to see it: grey, level light, print dark, nothing on it that is no print.

The original is decoded once and brought to the dots per inch at which it is read; everything else is made of that.
Nothing of it is stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from ocr import clean
from ocr.engine import Picture
from ocr.frame import erase_outside
from ocr.pen import erase_signatures


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page at reading size, lying as it was scanned.

    Attributes:
        picture: Grey, height x width.
        sheet: The same as it was decoded, height x width (grey) or height x width x 3 (red, green, blue).
        steps: What was done to get *picture*, in order.
    """

    picture: Picture
    sheet: Picture
    steps: tuple[str, ...]

    @property
    def coloured(self) -> Picture | None:
        """The sheet when it has colours."""
        return self.sheet if self.sheet.ndim == 3 else None  # noqa: PLR2004 -- height, width, colours

    @property
    def even(self) -> bool:
        """Whether the light on it was even as it was scanned."""
        return "flatten" not in self.steps


def prepare(picture: Picture, size: tuple[int, int], dpi: float) -> Page:
    """Return the page at *size*, print dark and paper light.

    Args:
        picture: Grey or coloured, as decoded.
        size: Width and height in pixels of the page at the dots per inch at which it is read.
        dpi: Those dots per inch.
    """
    one_bit = clean.is_one_bit(picture)
    steps: tuple[str, ...] = ()
    if one_bit:
        picture, steps = clean.despeckle(clean.grey(picture).picture), ("despeckle",)
    if (picture.shape[1], picture.shape[0]) != size:
        picture, steps = clean.resize(picture, size), (*steps, "scale")
    grey = clean.grey(picture)
    page = erase_outside(grey.picture)
    steps = (*steps, *grey.steps, *page.steps)
    if one_bit:
        return Page(page.picture, picture, steps)
    page = clean.flatten(page.picture)
    steps = (*steps, *page.steps)
    if picture.ndim == 2:  # noqa: PLR2004 -- height and width, and no colours
        return Page(page.picture, picture, steps)
    page = erase_signatures(page.picture, picture, dpi)
    return Page(page.picture, picture, (*steps, *page.steps))
