"""The whole pass over one page: picture in, `Reading` out.

Finds the turn by itself or takes the caller's, reads, and gives the words where they stand in the
straight frame. Knows nothing of files, neighbours or dossiers, and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ocr import clean
from ocr.blank import BLANK_FROM, blank_score
from ocr.engine import EngineFailed, OcrEngine, Picture
from ocr.geometry import frame_size, scaled_size, turned_size
from ocr.model import Reading, RotationGround
from ocr.orient import CLEARLY_MORE, LEAST_SENSE, find_orientation, makes_sense, sense
from ocr.page import Page, prepare
from ocr.recognise import Seen, recognise
from ocr.scraps import without_scraps
from ocr.skew import find_skew
from ocr.upright import find_turn

#: Dots per inch; finer pages are brought down to it, coarser ones stay as they are. Four 300 dpi
#: pages, good and aged: no character wrong at 200, 0.06 % at 300 and a quarter slower. Upscaling
#: 200 to 300 once cost 0.85 -> 13.8 % errors.
READING_DPI = 200.0

#: Pixels of the frame; an A0 sheet at 200 dpi has 62 million. We hold four copies at a byte each.
LARGEST_FRAME = 100_000_000

#: Pixels along one side; Tesseract keeps its coordinates in 16 bits.
LONGEST_SIDE = 32_767


@dataclass(frozen=True, slots=True)
class _Rotation:
    """See the three fields of `Reading`."""

    degrees: int
    confidence: float
    ground: RotationGround


def reading_dpi(dpi: tuple[float, float]) -> float:
    """Return the dots per inch at which a picture of *dpi* is read; the finer side decides."""
    return min(max(dpi), READING_DPI)


def read_page(
    picture: Picture,
    *,
    dpi: tuple[float, float],
    engine: OcrEngine,
    size: tuple[int, int] | None = None,
    rotation: int | None = None,
) -> Reading:
    """Read one page.

    Args:
        picture: Height x width x 3 (red, green, blue) or height x width (grey), eight bits each. It may be a smaller
            copy of the original, no coarser than `READING_DPI`.
        dpi: Dots per inch of the original, along and down.
        size: Width and height in pixels of the original, when *picture* is a copy of it.
        engine: Who reads.
        rotation: Degrees clockwise, 0, 90, 180 or 270, when they are known; None to find out.

    Returns:
        The reading; when the engine could not read the page, one with `failure` and no lines.

    Raises:
        EngineMissing: the installation is at fault, not the page.
        ValueError: *picture*, *dpi* or *rotation* is no such thing.
    """
    clean.check(picture)
    if rotation not in (None, 0, 90, 180, 270):
        raise ValueError(f"rotation is 0, 90, 180 or 270 degrees, not {rotation}")
    width, height = size or (picture.shape[1], picture.shape[0])
    frame_dpi = reading_dpi(dpi)
    frame = scaled_size(width, height, dpi=dpi, frame_dpi=frame_dpi)
    unread = unread_page(width, height, dpi=dpi, engine=engine.version, failure="too-large", rotation=rotation)
    return _read(picture, frame, engine, rotation, unread) if _fits(*frame) else unread


def unread_page(
    width: int,
    height: int,
    *,
    dpi: tuple[float, float],
    engine: str,
    failure: str,
    rotation: int | None = None,
) -> Reading:
    """Return the reading of a page that could not be read, lying as it was scanned.

    Args:
        width: Pixels of the original.
        height: Pixels of the original.
        dpi: Dots per inch of the original, along and down.
        engine: Version of the engine that was to read it.
        failure: Stable code, such as "died" when the process that read it did.
        rotation: Degrees clockwise when they are known.

    Raises:
        ValueError: a size, *dpi* or *rotation* is no such thing.
    """
    frame_dpi = reading_dpi(dpi)
    frame = frame_size(width, height, dpi=dpi, frame_dpi=frame_dpi, turn=rotation or 0)
    return Reading(
        rotation=rotation or 0,
        rotation_confidence=0.0,
        rotation_ground="assumed" if rotation is None else "given",
        skew=0.0,
        frame_width=frame[0],
        frame_height=frame[1],
        frame_dpi=frame_dpi,
        lines=(),
        engine=engine,
        failure=failure,
    )


def _fits(width: int, height: int) -> bool:
    # Room for the corners of a page that lies askew: 15 degrees add a third to its longer side.
    return max(width, height) * 4 <= LONGEST_SIDE * 3 and width * height <= LARGEST_FRAME


def _read(picture: Picture, size: tuple[int, int], engine: OcrEngine, rotation: int | None, unread: Reading) -> Reading:
    """Return *unread* filled in: the turn and the frame in any case, the lines unless the engine fails."""
    dpi = unread.frame_dpi
    page = prepare(picture, size, dpi)
    bareness = blank_score(page.sheet, dpi)
    turned = _Rotation(rotation or 0, 0.0, "assumed" if rotation is None else "given")
    seen, failure = Seen(0.0, (), ()), None
    try:
        if bareness < BLANK_FROM or makes_sense(engine.recognise(page.picture, dpi)):
            turned = _find_rotation(page.picture, dpi, engine, rotation)
            turned, seen = _seen(page, turned, dpi, engine)
    except EngineFailed as error:
        failure = error.code
        seen = Seen(find_skew(clean.turn(page.picture, turned.degrees)), (), ())
    frame_width, frame_height = turned_size(*size, turned.degrees + seen.skew)
    return replace(
        unread,
        rotation=turned.degrees,
        rotation_confidence=round(turned.confidence, 4),
        rotation_ground=turned.ground,
        skew=seen.skew,
        frame_width=frame_width,
        frame_height=frame_height,
        lines=without_scraps(seen.lines),
        blank_score=round(bareness, 4),
        treatment=page.steps + seen.steps,
        failure=failure,
    )


def _seen(page: Page, turned: _Rotation, dpi: float, engine: OcrEngine) -> tuple[_Rotation, Seen]:
    """Return what the page says; where nothing told its turn, the turn in which it says most that makes sense."""
    seen = recognise(page, turned.degrees, dpi, engine)
    if turned.ground != "assumed" or not seen.lines:
        return turned, seen
    views = {turned.degrees: seen} | {other: recognise(page, other, dpi, engine) for other in (180, 90, 270)}
    senses = {degrees: sense(view.lines) for degrees, view in views.items()}
    best, next_best = sorted(senses, key=senses.__getitem__, reverse=True)[:2]
    if senses[best] < LEAST_SENSE or senses[best] < CLEARLY_MORE * senses[next_best]:
        return turned, seen
    share = senses[best] / sum(senses.values())
    return _Rotation(best, share, "confidence"), views[best]


def _find_rotation(page: Picture, dpi: float, engine: OcrEngine, rotation: int | None) -> _Rotation:
    if rotation is not None:
        return _Rotation(rotation, 0.0, "given")
    if (degrees := find_turn(page)) is not None:
        return _Rotation(degrees, 0.0, "print")
    seen = find_orientation(page, dpi, engine)
    if seen is None:
        return _Rotation(0, 0.0, "assumed")
    return _Rotation(seen.degrees, seen.confidence, "osd")
