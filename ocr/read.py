"""The whole pass over one page: picture in, `Reading` out.

Finds the turn by itself or takes the caller's, reads, and gives the words where they stand in the
straight frame. Knows nothing of files, neighbours or dossiers, and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ocr import clean
from ocr.engine import EngineFailed, OcrEngine, Picture
from ocr.geometry import Affine, frame_size, scaled_size, turned_size, turning
from ocr.leaders import erase_leaders
from ocr.model import Box, Line, Reading, RotationGround, Word
from ocr.orient import find_orientation
from ocr.skew import find_skew

#: Dots per inch; finer pages are brought down to it, coarser ones stay as they are. Four 300 dpi
#: pages, good and aged: no character wrong at 200, 0.06 % at 300 and a quarter slower. Upscaling
#: 200 to 300 once cost 0.85 -> 13.8 % errors.
READING_DPI = 200.0

#: Degrees. Turning a 200 dpi page by 0.4 degrees cost more (2.6 -> 3.3 % errors) than the skew:
#: below this the engine sees the page as it lies and only the words' boxes are turned.
LEFT_TO_THE_ENGINE = 0.5

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
    rotation: int | None = None,
) -> Reading:
    """Read one page.

    Args:
        picture: Height x width x 3 (red, green, blue) or height x width (grey), eight bits each.
        dpi: Dots per inch of *picture*, along and down.
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
    height, width = picture.shape[:2]
    frame_dpi = reading_dpi(dpi)
    size = scaled_size(width, height, dpi=dpi, frame_dpi=frame_dpi)
    unread = unread_page(width, height, dpi=dpi, engine=engine.version, failure="too-large", rotation=rotation)
    return _read(picture, size, engine, rotation, unread) if _fits(*size) else unread


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
    seen = _prepare(picture, size)
    turned = _find_rotation(seen.picture, unread.frame_dpi, engine, rotation)
    upright = clean.turn(seen.picture, turned.degrees)
    skew = find_skew(upright)
    frame_width, frame_height = turned_size(*size, turned.degrees + skew)
    known = replace(
        unread,
        rotation=turned.degrees,
        rotation_confidence=round(turned.confidence, 4),
        rotation_ground=turned.ground,
        skew=skew,
        frame_width=frame_width,
        frame_height=frame_height,
        treatment=seen.steps,
    )
    try:
        lines, steps = _recognise(upright, skew, unread.frame_dpi, engine)
    except EngineFailed as error:
        return replace(known, failure=error.code)
    return replace(known, lines=lines, treatment=seen.steps + steps, failure=None)


def _prepare(picture: Picture, size: tuple[int, int]) -> clean.Cleaned:
    """Return the page in grey at *size* (width, height), print dark and paper light."""
    grey = clean.grey(picture)
    page, steps = grey.picture, grey.steps
    one_bit = clean.is_one_bit(page)
    if one_bit:
        page, steps = clean.despeckle(page), (*steps, "despeckle")
    if (page.shape[1], page.shape[0]) != size:
        page, steps = clean.resize(page, size), (*steps, "scale")
    if one_bit:
        return clean.Cleaned(page, steps)
    flat = clean.flatten(page)
    return clean.Cleaned(flat.picture, steps + flat.steps)


def _find_rotation(page: Picture, dpi: float, engine: OcrEngine, rotation: int | None) -> _Rotation:
    if rotation is not None:
        return _Rotation(rotation, 0.0, "given")
    seen = find_orientation(page, dpi, engine)
    if seen is None:
        return _Rotation(0, 0.0, "assumed")
    return _Rotation(seen.degrees, seen.confidence, "osd")


def _recognise(
    upright: Picture, skew: float, dpi: float, engine: OcrEngine
) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """Return the lines in pixels of the straight frame, and what was done to see them."""
    if abs(skew) >= LEFT_TO_THE_ENGINE:
        shown = erase_leaders(clean.turn(upright, skew), dpi)
        lines = engine.recognise(shown.picture, dpi)
        return tuple(_straight(line, None) for line in lines), ("turn", *shown.steps)
    shown = erase_leaders(upright, dpi)
    lines = engine.recognise(shown.picture, dpi)
    height, width = upright.shape
    return tuple(_straight(line, turning(width, height, skew)) for line in lines), shown.steps


def _straight(line: Line, way: Affine | None) -> Line:
    """Return *line* moved by *way* and rounded as records keep it.

    Words keep their size and only their middles move: turning the corners would make every box
    grow by the slant that the engine's upright box has already.
    """
    way = way or Affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    words = tuple(Word(word.text, _moved(word.box, way), round(word.confidence, 4)) for word in line.words)
    baseline = line.baseline
    if baseline is not None:
        x1, y1 = way.at(*baseline[:2])
        x2, y2 = way.at(*baseline[2:])
        baseline = (round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1))
    return Line(words, Box.around(tuple(word.box for word in words)), baseline)


def _moved(box: Box, way: Affine) -> Box:
    x, y = way.at(*box.centre)
    half_width, half_height = (box.right - box.left) / 2, (box.bottom - box.top) / 2
    return Box(
        round(x - half_width, 1),
        round(y - half_height, 1),
        round(x + half_width, 1),
        round(y + half_height, 1),
    )
