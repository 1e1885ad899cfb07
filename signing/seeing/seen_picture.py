"""Pages for reports: the first as it looks now, or one as it was signed and as it is now, what differs outlined.

For people to recognise and to compare; no verdict rests on these pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from signing.seeing.drawing import Picture, Undrawn, first_page
from signing.seeing.revisions import Revision, Unreadable
from signing.seeing.seen import Desk, desk_for
from signing.seeing.seen_model import Difference, Limits, SeenReport

#: Between the two pages, and around an outline, pixels.
GUTTER = 12
MARGIN = 3
#: Width of an outline, pixels.
STROKE = 2
#: Around what is shown larger, pixels; and how many times larger: less shows nothing that the page does not.
AROUND = 16
LEAST_LARGER, MOST_LARGER = 1.5, 4.0
BETWEEN = (96, 96, 96)
#: Outlines: red for what the signature does not allow, blue for what it does.
FOUND = (220, 0, 0)
PERMITTED = (0, 70, 200)


def picture_of(pdf: bytes, *, report: SeenReport, revision: int, page: int, limits: Limits) -> bytes | None:
    """Return a picture (PNG): the page as signed, the page as shown last, the same outlines on both.

    Below them stands the same place of both, larger, where all that is not allowed is in a small part of the page.

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
    try:
        with desk_for(pdf, limits) as desk:
            pictures = _drawn(desk, seen.end, page)
    except Exception:  # noqa: BLE001 - whatever a hostile file stumbles on, there is no picture of it
        return None
    drawn = [picture for picture in pictures if picture is not None]
    if not drawn:
        return None
    nearer = _nearer(drawn, differences, limits.dpi) if len(drawn) == len(pictures) else []
    for picture in drawn:
        _outline(picture, differences, limits.dpi)
    return _put_together([_beside(pictures, drawn), *([_beside(nearer, nearer)] if nearer else [])])


def first_page_of(pdf: bytes, *, long_side: int, limits: Limits) -> Picture | None:
    """Return page 1 as it looks now with every annotation, *long_side* pixels long; nothing when it cannot be drawn."""
    if len(pdf) > limits.octets:
        return None
    try:
        with desk_for(pdf, limits) as desk:
            return first_page(desk.cut(len(pdf)), confined=desk.confined, long_side=long_side)
    except (Undrawn, OSError):
        return None


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


def _nearer(drawn: list[Image.Image], differences: tuple[Difference, ...], dpi: int) -> list[Image.Image]:
    """Return what is not allowed in both pictures, enlarged to their width; nothing when it is spread over the page."""
    boxes = [each.box for each in differences if not each.permitted]
    if not boxes:
        return []
    scale = dpi / 72
    left, top = (min(box[side] for box in boxes) * scale - AROUND for side in (0, 1))
    right, bottom = (max(box[side] for box in boxes) * scale + AROUND for side in (2, 3))
    width, height = drawn[0].size
    larger = min(width / (right - left), MOST_LARGER)
    if larger < LEAST_LARGER or (bottom - top) * larger > height:
        return []
    # as wide as the page, so that it stands below what it is taken from; and nothing from beside the page
    half = width / larger / 2
    middle = min(max((left + right) / 2, half), width - half)
    top, bottom = max(top, 0), min(bottom, height)
    box = (round(middle - half), round(top), round(middle + half), round(bottom))
    size = (width, round((bottom - top) * larger))
    return [picture.crop(box).resize(size, Image.Resampling.LANCZOS) for picture in drawn]


def _beside(pictures: Sequence[Image.Image | None], drawn: list[Image.Image]) -> Image.Image:
    """Put two pictures beside one another; a page that is not there leaves its place empty."""
    sizes = [(drawn[0] if picture is None else picture).size for picture in pictures]
    sheet = Image.new("RGB", (sizes[0][0] + GUTTER + sizes[1][0], max(height for _, height in sizes)), BETWEEN)
    for picture, left in zip(pictures, (0, sizes[0][0] + GUTTER), strict=True):
        if picture is not None:
            sheet.paste(picture, (left, 0))
    return sheet


def _put_together(rows: Sequence[Image.Image]) -> bytes:
    """Put *rows* below one another."""
    height = sum(row.height for row in rows) + GUTTER * (len(rows) - 1)
    sheet = Image.new("RGB", (max(row.width for row in rows), height), BETWEEN)
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height + GUTTER
    file = BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()
