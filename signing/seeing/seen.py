"""What you see is what was signed: every signed revision of a PDF drawn beside the last one, and compared.

A signature covers bytes; later bytes may make the same pages look different, which readers of PDFs call valid. Here
any difference that is no later signature's mark is one. What cannot be drawn within the limits is "not-compared",
with a reason, and never passes. Not here: whether the signatures hold (`signing.verifying.verify`).
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from signing.seeing.confined import Confined
from signing.seeing.differences import PixelBox, Spot, changed_share, spots
from signing.seeing.drawing import Pages, Picture, Undrawn
from signing.seeing.revisions import PageLayout, Rectangle, Revision, Unreadable, revisions_of
from signing.seeing.seen_model import (
    SEVERITY,
    Active,
    Difference,
    Limits,
    PageSeen,
    RevisionSeen,
    SeenReport,
    SeenStatus,
)

#: Share of a page that a signature's mark may take; a larger one is another page over the page. Ours.
MOST_MARK = 0.25
#: Smallest permission (/DocMDP /P) by which fields may be filled in.
FILLING = 2
#: Pixels by which a mark's edge is blurred beyond its rectangle.
EDGE = 1


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one file is looked at."""

    #: The whole file; `folder` holds it as programs need it.
    pdf: bytes
    folder: Path
    #: What programs on it may take.
    confined: Confined
    limits: Limits

    def cut(self, end: int) -> Path:
        """Write the first *end* octets into the folder, once, and return where they are."""
        path = self.folder / f"{end}.pdf"
        if not path.exists():
            path.write_bytes(memoryview(self.pdf)[:end])
        return path

    def revisions(self) -> tuple[Revision, ...]:
        """Return the signed revisions and the last."""
        return revisions_of(
            self.cut(len(self.pdf)),
            confined=self.confined,
            most_revisions=self.limits.revisions,
            most_pages=self.limits.pages,
        )

    def pages(self, revision: Revision, number: int | None = None) -> Pages:
        """Begin to draw the pages of *revision*, or only the page *number* (from 1).

        Raises:
            Undrawn: a page is too large.
        """
        sizes = [page.size for page in revision.pages]
        return Pages(
            self.cut(revision.end),
            sizes if number is None else sizes[number - 1 : number],
            confined=self.confined,
            dpi=self.limits.dpi,
            most_pixels=self.limits.pixels,
            first=number or 1,
        )


@contextmanager
def desk_for(pdf: bytes, limits: Limits) -> Iterator[Desk]:
    """Make a desk for *pdf* and clear it away."""
    with (
        tempfile.TemporaryDirectory(prefix="sohoa-seen-") as folder,
        Confined(Path(folder), seconds=limits.seconds, memory=limits.memory) as confined,
    ):
        yield Desk(pdf, Path(folder), confined, limits)


def compare_seen(pdf: bytes, *, limits: Limits) -> SeenReport:
    """Draw and compare the revisions of *pdf*; never raises for any bytes."""
    if len(pdf) > limits.octets:
        return SeenReport("not-compared", "too-large")
    try:
        with desk_for(pdf, limits) as desk:
            found = desk.revisions()
            seen = tuple(_seen(desk, each, found[-1]) for each in found if each.fields)
    except Unreadable as error:
        return SeenReport("not-compared", str(error))
    except FileNotFoundError:
        return SeenReport("not-compared", "program-missing")
    except Exception:  # noqa: BLE001 - whatever a hostile file stumbles on, it was not compared
        return SeenReport("not-compared", "unreadable")
    active = _active(found)
    if not seen:
        return SeenReport("not-compared", "no-signature", (), active)
    worst = max(seen, key=lambda revision: SEVERITY.index(revision.status))
    return SeenReport(worst.status, worst.reason, seen, active)


def _active(found: Sequence[Revision]) -> tuple[Active, ...]:
    """Return what is active in the last of *found*, and whether the first had as much of it."""
    first, last = found[0].active, found[-1].active
    return tuple(Active(kind, count, first.get(kind, 0) < count) for kind, count in sorted(last.items()))


def _seen(desk: Desk, signed: Revision, last: Revision) -> RevisionSeen:
    """Compare one signed revision with the *last*."""
    if signed.end == last.end:
        return _summed(signed, last, [PageSeen(number, "same") for number, _ in enumerate(last.pages, 1)], None)
    if not signed.readable:
        return _summed(signed, last, [], "revision-unreadable")
    then, now = _Source(desk, signed), _Source(desk, last)
    pages = list(_pages(signed, last, then, now, desk.limits.dpi))
    # what poppler leaves out of the last revision only, another viewer may show
    return _summed(signed, last, pages, "errors-added" if now.errors > then.errors else None)


def _summed(signed: Revision, last: Revision, pages: Sequence[PageSeen], doubt: str | None) -> RevisionSeen:
    """Sum up *pages*; with a *doubt*, or without pages, nothing passes."""
    if doubt is None and not pages:
        doubt = "no-pages"
    doubts = [] if doubt is None else [PageSeen(0, "not-compared", doubt)]
    worst = max([*pages, *doubts], key=lambda page: SEVERITY.index(page.status))
    return RevisionSeen(
        signed.end, signed.fields, worst.status, worst.reason, len(signed.pages), len(last.pages), tuple(pages)
    )


class _Source:
    """The pages of one revision; after one that cannot be drawn there is none."""

    def __init__(self, desk: Desk, revision: Revision) -> None:
        self._left = len(revision.pages)
        self._pages: Pages | None = None
        #: Why there is none.
        self.reason: str | None = None
        try:
            self._pages = desk.pages(revision)
        except Undrawn as error:
            self.reason = str(error)

    @property
    def errors(self) -> int:
        """See `Pages.errors`."""
        return 0 if self._pages is None else self._pages.errors

    def next(self) -> Picture | None:
        """Return the next page, or nothing."""
        if self._pages is None or self.reason is not None or self._left == 0:
            return None
        self._left -= 1
        try:
            picture = self._pages.next()
        except Undrawn as error:
            self.reason = str(error)
            return None
        if self._left == 0 and not self._pages.at_end():
            self.reason = "pages-uncertain"
        return picture


def _pages(signed: Revision, last: Revision, then: _Source, now: _Source, dpi: int) -> Iterator[PageSeen]:
    for number, (old, new) in enumerate(zip_longest(signed.pages, last.pages), 1):
        before, after = then.next(), now.next()
        reason = then.reason or now.reason
        if old is None or new is None:
            yield PageSeen(number, "different", "page-added" if old is None else "page-removed", 1.0)
        elif reason is not None or before is None or after is None:
            yield PageSeen(number, "not-compared", reason)
        elif before.shape != after.shape:
            yield PageSeen(number, "different", "page-size", 1.0)
        elif np.array_equal(before, after):
            yield PageSeen(number, "same")
        else:
            height, width = after.shape[:2]
            marks, forms = _allowances(signed, old, new, (width, height))
            found = _differences(spots(before, after, marks=marks, forms=forms), signed, dpi)
            status: SeenStatus = "permitted" if all(each.permitted for each in found) else "different"
            yield PageSeen(number, status, None, changed_share(before, after), found)


def _allowances(
    signed: Revision, old: PageLayout, new: PageLayout, size: tuple[int, int]
) -> tuple[list[PixelBox], list[PixelBox]]:
    """Return where on a page of *size* later marks may stand, and where forms may be filled in."""
    # a field for a signature that showed something when it had none: what it hid or said is gone
    prepared = {each.rectangle for each in old.widgets if each.signature and each.end is None and each.shows}
    marks = [
        _placed(widget.rectangle, new, size)
        for widget in new.widgets
        if widget.signature and (widget.end or 0) > signed.end and widget.rectangle not in prepared
    ]
    # where a field stood when it was signed; one that moved would uncover something, or cover it
    stood = {widget.rectangle for widget in old.widgets if not widget.signature}
    fields = [widget for widget in new.widgets if not widget.signature and widget.rectangle in stood]
    largest = MOST_MARK * size[0] * size[1]
    return [box for box in marks if _area(box) <= largest], [_placed(each.rectangle, new, size) for each in fields]


def _differences(found: Sequence[Spot], signed: Revision, dpi: int) -> tuple[Difference, ...]:
    filling = signed.permission is not None and signed.permission >= FILLING
    allowed = {"signature-mark": True, "form": filling, "content": False}
    return tuple(Difference(spot.kind, allowed[spot.kind], _in_points(spot.box, dpi)) for spot in found)


def _placed(rectangle: Rectangle, layout: PageLayout, size: tuple[int, int]) -> PixelBox:
    """Return the pixels of *rectangle* on a page drawn with *size* (width, height), cut to the page."""
    width, height = size
    left, bottom, right, top = layout.box
    across, down = max(right - left, 1e-6), max(top - bottom, 1e-6)
    corners = [_turned((x - left) / across, (top - y) / down, layout.rotate) for x, y in (rectangle[:2], rectangle[2:])]
    xs = sorted(min(max(x, 0.0), 1.0) * width for x, _ in corners)
    ys = sorted(min(max(y, 0.0), 1.0) * height for _, y in corners)
    return (
        max(math.floor(xs[0]) - EDGE, 0),
        max(math.floor(ys[0]) - EDGE, 0),
        min(math.ceil(xs[1]) + EDGE, width),
        min(math.ceil(ys[1]) + EDGE, height),
    )


def _turned(x: float, y: float, degrees: int) -> tuple[float, float]:
    """Return where a point of the upright page, as shares from its upper left corner, is when it is turned."""
    return {90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}.get(degrees, (x, y))


def _area(box: PixelBox) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _in_points(box: PixelBox, dpi: int) -> Rectangle:
    left, top, right, bottom = (round(side * 72 / dpi, 2) for side in box)
    return left, top, right, bottom
