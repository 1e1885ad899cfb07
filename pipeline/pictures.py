"""Open what a scanner made, trusting nothing it says: media by content, sizes before memory, resolution by reason.

Everything here runs in a child process with limits (`pipeline.crew`). PDF files are opened by `pipeline.pdf_pages`.
"""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from pipeline.errors import Rejected
from pipeline.rules import in_force

Media = Literal["image/jpeg", "image/png", "image/tiff", "application/pdf"]
DpiSource = Literal["declared", "assumed-a4", "placed", "rendered", "unknown"]

#: Pixels; A0 at 300 dpi has 139 million, A3 at 600 dpi has 70 million.
MOST_PIXELS = 150_000_000
#: Pages in one file; a bound that we chose.
MOST_PAGES = 2_000
#: Resolutions are whole numbers of dots per metre or centimetre in some formats: 200 dpi comes back as 199.9.
_DPI_SLACK = 0.5
#: What software writes when it knows nothing.
_DEFAULT_DPI = frozenset({72.0, 96.0})
#: The long side of A4, in inches: what a page is taken for when the file does not say.
_A4_LONG_IN = 297 / 25.4
#: The long side of A0 and of a small card, in inches: outside it the declared resolution is not believed.
_LONGEST_IN, _SHORTEST_IN = 1_200 / 25.4, 40 / 25.4
#: No scanner and no printer has more dots than this in an inch.
_MOST_DPI = 4_800.0
_FORMATS: dict[Media, str] = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF"}
_EXIF_ORIENTATION = 0x0112
_PDF_HEAD = 1024
#: 600 dpi are sometimes 599.9.
_FACTOR_SLACK = 0.01
#: What Pillow raises on bytes that are not a picture, or not a whole one.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the gate learned of one page."""

    width: int  # pixels, as stored
    height: int  # pixels, as stored
    dpi_x: float  # dots per inch of the upright page
    dpi_y: float
    dpi_source: DpiSource
    exif: int  # EXIF orientation, 1 (upright) to 8
    form: Literal["picture", "jpeg-in-pdf", "rendered"]  # how its pixels are come by

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Self:
        """Read what `to_json` made."""
        return cls(**raw)


def media_of(path: Path) -> Media:
    """Say what a file is by its first bytes.

    Raises:
        Rejected: ``format-unknown``.
    """
    with path.open("rb") as file:
        head = file.read(_PDF_HEAD)
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return "image/tiff"
    if b"%PDF-" in head:
        return "application/pdf"
    raise Rejected("format-unknown")


def examine(path: Path, media: Media) -> list[PageFacts]:
    """Decode every page of a picture file once, and say what each is.

    Raises:
        Rejected: ``picture-broken``, ``picture-too-large``, ``too-many-pages`` or ``dpi-too-low``.
    """
    pages: list[PageFacts] = []
    with _opened(path, media) as picture:
        count = _frame_count(picture)
        for index in range(count):
            _go_to(picture, index)
            pages.append(page_facts(picture, page=index + 1))
            with _pictures_only(index + 1):
                # A JPEG's coefficients are all read either way; making an eighth of the pixels of them costs least.
                picture.draft(None, (1, 1))
                picture.load()
    return pages


@contextmanager
def opened_page(path: Path, media: Media, index: int) -> Iterator[Image.Image]:
    """Open one page of a picture file that passed the gate; neither decoded nor turned by its EXIF orientation.

    Raises:
        Rejected: ``picture-broken``.
    """
    with _opened(path, media) as picture:
        _go_to(picture, index)
        yield picture


def plain(picture: Image.Image) -> Image.Image:
    """Return *picture* as 8-bit grey or RGB; what is see-through becomes white paper."""
    if picture.mode.startswith("I"):
        # By way of 32 bits: sixteen with the high byte first (I;16B) cannot be scaled as they are.
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in {"L", "RGB"} and not picture.has_transparency_data:
        return picture
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(paper, layered).convert("RGB")
    return picture.convert("L" if picture.mode in {"1", "LA", "La"} else "RGB")


def sampled(picture: Image.Image, *, dpi: tuple[float, float], least_dpi: float, page: int) -> Image.Image:
    """Return an open *picture* decoded, in grey or RGB, by a whole factor smaller where it has dots to spare.

    An A3 page at 600 dpi is 280 MB as Pillow holds it; half of its dots in each direction are a quarter of that, and
    a JPEG is then not even decoded to more.

    Args:
        picture: As opened; not decoded yet.
        dpi: Dots per inch of *picture*, along and down.
        least_dpi: Dots per inch that must be left.
        page: Its number from 1, for the message.

    Raises:
        Rejected: ``picture-broken``.
    """
    factor = max(1, int(min(dpi) / least_dpi + _FACTOR_SLACK))
    with _pictures_only(page):
        if factor > 1 and picture.format == "JPEG":
            before = picture.width
            wanted = (math.ceil(picture.width / factor), math.ceil(picture.height / factor))
            picture.draft(None, wanted)
            factor //= max(1, round(before / picture.width))
        picture.load()
    if factor > 1 and picture.mode not in {"P", "1"} and not picture.mode.startswith("I"):
        picture = picture.reduce(factor)
    return plain(picture)


def upright(picture: Image.Image, exif: int) -> Image.Image:
    """Return *picture* turned as its EXIF orientation says."""
    return picture if exif == 1 else ImageOps.exif_transpose(picture)


def page_facts(picture: Image.Image, *, page: int, form: Literal["picture", "jpeg-in-pdf"] = "picture") -> PageFacts:
    """Say what an open picture is, before its pixels are decoded; *page* counts from 1, for the message.

    Raises:
        Rejected: ``picture-too-large`` or ``dpi-too-low``.
    """
    width, height = picture.size
    check_size(width, height, page)
    with _pictures_only(page):
        orientation = picture.getexif().get(_EXIF_ORIENTATION, 1)
    exif = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1  # noqa: PLR2004 -- EXIF 2.32
    dpi, source = resolution(picture.info.get("dpi"), width, height)
    if exif > 4:  # noqa: PLR2004 -- 5 to 8 lie on their side
        dpi = dpi[::-1]
    if picture.format == "TIFF":  # Pillow turns it when it loads it, and its size is told as turned
        exif = 1
    check_dpi(dpi, page)
    return PageFacts(width, height, dpi[0], dpi[1], source, exif, form)


def check_size(width: int, height: int, page: int) -> None:
    """Refuse a page before memory is taken for it.

    Raises:
        Rejected: ``picture-too-large``.
    """
    if width * height > MOST_PIXELS:
        raise Rejected(
            "picture-too-large",
            width=width,
            height=height,
            most_mpx=MOST_PIXELS // 1_000_000,
            page=page,
        )


def check_dpi(dpi: tuple[float, float], page: int) -> None:
    """Refuse a page below the floor.

    Raises:
        Rejected: ``dpi-too-low``.
    """
    least = in_force().least_dpi
    if min(dpi) < least - _DPI_SLACK:
        raise Rejected("dpi-too-low", page=page, dpi=round(min(dpi)), least=round(least))


def resolution(declared: object, width: int, height: int) -> tuple[tuple[float, float], DpiSource]:
    """Say how many dots an inch of the paper has.

    A declared resolution is believed when it makes a paper between a card and A0 and is not what software writes
    when it knows nothing; else the page is taken for A4.
    """
    long_px = max(width, height)
    if isinstance(declared, tuple) and len(declared) == 2:  # noqa: PLR2004 -- across and down
        try:
            dpi = (round(float(declared[0]), 2), round(float(declared[1]), 2))
        except (TypeError, ValueError, ZeroDivisionError):
            dpi = (0.0, 0.0)
        believable = all(0 < each <= _MOST_DPI for each in dpi)
        if believable and _SHORTEST_IN <= max(width / dpi[0], height / dpi[1]) <= _LONGEST_IN:
            lost = any(abs(dpi[0] - default) < _DPI_SLACK for default in _DEFAULT_DPI)
            guess = lost and long_px >= in_force().least_dpi * _A4_LONG_IN
            if not guess:
                return dpi, "declared"
    assumed = round(long_px / _A4_LONG_IN, 2)
    return (assumed, assumed), "assumed-a4"


@contextmanager
def _opened(path: Path, media: Media) -> Iterator[Image.Image]:
    # Pillow's own limit is a warning at 89 million pixels; ours is `check_size`, and is an error.
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    # A file and not its path: Pillow 13 maps an uncompressed TIFF that it opens by path into memory, and garbles it
    # when it lies on its side (orientation 5 to 8).
    with path.open("rb") as file, warnings.catch_warnings(action="ignore"):
        with _pictures_only(1):
            picture = Image.open(file, formats=[_FORMATS[media]])
        with picture:
            yield picture


@contextmanager
def _pictures_only(page: int) -> Iterator[None]:
    """Translate what Pillow raises on bytes that are no picture."""
    try:
        yield
    except UnidentifiedImageError as error:
        raise Rejected("picture-broken", page=page) from error
    except _BROKEN as error:
        raise Rejected("picture-broken", page=page) from error


def _frame_count(picture: Image.Image) -> int:
    """Count the frames, but never walk more of them than may be; only TIFF holds pages."""
    if picture.format != "TIFF":
        return 1
    count = 0
    while True:
        try:
            picture.seek(count)
        except EOFError:
            break
        except _BROKEN as error:
            raise Rejected("picture-broken", page=count + 1) from error
        count += 1
        if count > MOST_PAGES:
            raise Rejected("too-many-pages", most=MOST_PAGES)
    return count


def _go_to(picture: Image.Image, index: int) -> None:
    with _pictures_only(index + 1):
        picture.seek(index)
