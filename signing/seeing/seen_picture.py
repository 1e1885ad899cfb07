"""One page as it was signed and as it is shown now, side by side, what differs outlined; for reports. No judging."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from signing.seeing.drawing import Undrawn
from signing.seeing.revisions import Revision, Unreadable
from signing.seeing.seen import Desk, desk_for
from signing.seeing.seen_model import Difference, Limits, SeenReport

#: Between the two pages, and around an outline, pixels.
GUTTER = 12
MARGIN = 3
#: Width of an outline, pixels.
STROKE = 2
BETWEEN = (96, 96, 96)
#: Outlines: red for what the signature does not allow, blue for what it does.
FOUND = (220, 0, 0)
PERMITTED = (0, 70, 200)


def picture_of(pdf: bytes, *, report: SeenReport, revision: int, page: int, limits: Limits) -> bytes | None:
    """Return a picture (PNG): the page as signed, the page as shown last, the same outlines on both.

    Args:
        pdf: the whole file that *report* is about.
        report: what `compare_seen` said of it with the same *limits*.
        revision: which of its revisions, from 0.
        page: which page, from 1.
        limits: what drawing may take.

    Returns:
        Nothing when neither revision has such a page that can be drawn.
    """
    seen = report.revisions[revision]
    differences = next((each.differences for each in seen.pages if each.number == page), ())
    with desk_for(pdf, limits) as desk:
        pictures = _drawn(desk, seen.end, page)
    drawn = [picture for picture in pictures if picture is not None]
    if not drawn:
        return None
    for picture in drawn:
        _outline(picture, differences, limits.dpi)
    return _beside(pictures, drawn)


def _drawn(desk: Desk, end: int, number: int) -> list[Image.Image | None]:
    """Return page *number* of the revision that ends at *end*, and of the last."""
    try:
        found = desk.revisions()
    except (Unreadable, OSError):
        return [None, None]
    signed = next((revision for revision in found if revision.end == end), None)
    return [_picture(desk, revision, number) for revision in (signed, found[-1])]


def _picture(desk: Desk, revision: Revision | None, number: int) -> Image.Image | None:
    if revision is None or not 0 < number <= len(revision.pages):
        return None
    try:
        return Image.fromarray(desk.pages(revision, number).next())
    except (Undrawn, OSError):
        return None


def _outline(picture: Image.Image, differences: tuple[Difference, ...], dpi: int) -> None:
    pen = ImageDraw.Draw(picture)
    # what is not allowed is drawn last, over the others
    for each in sorted(differences, key=lambda difference: not difference.permitted):
        left, top, right, bottom = (side * dpi / 72 for side in each.box)
        box = (left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)
        pen.rectangle(box, outline=PERMITTED if each.permitted else FOUND, width=STROKE)


def _beside(pictures: list[Image.Image | None], drawn: list[Image.Image]) -> bytes:
    """Put two pictures beside one another; a page that is not there leaves its place empty."""
    sizes = [(drawn[0] if picture is None else picture).size for picture in pictures]
    sheet = Image.new("RGB", (sizes[0][0] + GUTTER + sizes[1][0], max(height for _, height in sizes)), BETWEEN)
    for picture, left in zip(pictures, (0, sizes[0][0] + GUTTER), strict=True):
        if picture is not None:
            sheet.paste(picture, (left, 0))
    file = BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()
