"""Small pictures of pages for reports: the first as it looks now, and those that do not look as they were signed.

They are for recognising the paper and for seeing what changed. They prove nothing, and no verdict rests on them; what
cannot be drawn within the limits of `signing` has no picture, and is no error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

from PIL import Image

from signing import Limits, SeenReport, first_page_of, picture_of

#: Pixels of the long side; the mark's 10-point letters are still legible.
LONG_SIDE = 1_000
#: Pixels of the long side of two pages beside one another: A4 at the 100 dpi they were compared with has 1,700, plans
#: have more.
MOST_SIDE = 2_400
#: Seconds for drawing one first page.
MOST_SECONDS = 20.0
#: Bytes of memory; an A0 page drawn this small stays far below.
MOST_MEMORY = 1 << 30
#: Colours kept: a scanned A4 page takes 71 KB instead of 166 KB, and print stays sharp.
_COLOURS = 64
#: From this on (0–255) a part of a colour is full.
_WHITE = 250


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page, or two beside one another."""

    #: A PNG.
    png: bytes
    #: Pixels.
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """A page as it was signed, at the left, and as it looks now; what differs is outlined on both."""

    picture: PagePicture
    #: Which page, from 1.
    number: int
    #: Names of the signature fields that show it as it is at the left.
    fields: tuple[str, ...]
    #: How it differs as a whole ("page-added", "page-removed", "page-size"); None where parts of it do.
    reason: str | None


def first_page(pdf: bytes) -> PagePicture | None:
    """Draw the first page; None for what cannot be drawn within the limits."""
    limits = Limits(seconds=MOST_SECONDS, memory=MOST_MEMORY, octets=len(pdf))
    drawn = first_page_of(pdf, long_side=LONG_SIDE, limits=limits)
    return None if drawn is None else _small(Image.fromarray(drawn))


def compared_pages(pdf: bytes, seen: SeenReport, *, limits: Limits, most: int) -> tuple[ComparedPage, ...]:
    """Draw pages of *pdf* that differ from what was signed, in their order, at most *most*.

    Args:
        pdf: The whole file.
        seen: What `signing.compare_seen` said of it.
        limits: Those that it was compared with.
        most: How many; drawing one takes about half a second.
    """
    return tuple(islice(_compared(pdf, seen, limits), most))


def _compared(pdf: bytes, seen: SeenReport, limits: Limits) -> Iterator[ComparedPage]:
    told: set[int] = set()
    # the oldest revision first: beside it stands everything that came later
    for index, revision in enumerate(seen.revisions):
        for page in revision.pages:
            if page.status != "different" or page.number in told:
                continue
            png = picture_of(pdf, report=seen, revision=index, page=page.number, limits=limits)
            if png is None:
                continue
            told.add(page.number)
            with Image.open(BytesIO(png), formats=["PNG"]) as picture:
                picture.thumbnail((MOST_SIDE, MOST_SIDE))
                yield ComparedPage(_small(picture), page.number, revision.fields, page.reason)


def _small(picture: Image.Image) -> PagePicture:
    """Return *picture* with few colours."""
    small = picture.convert("RGB").quantize(_COLOURS, Image.Quantize.FASTOCTREE)
    # white paper comes out a shade darker than the sheet that the picture stands on
    small.putpalette([255 if part >= _WHITE else part for part in small.getpalette() or ()])
    file = BytesIO()
    small.save(file, "PNG", optimize=True)
    return PagePicture(file.getvalue(), small.width, small.height)
