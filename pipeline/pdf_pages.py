"""Pages of a deposited PDF that is not signed: the scan inside when a page is one, else the page as it looks.

A PDF from a scanner is a picture a page; its JPEG is taken out as it is. Anything else (text, forms, several
pictures) is drawn at 300 dpi, because what must be kept is what a person sees; the deposited file is kept too.
Everything here runs in a child process with limits (`pipeline.crew`).
"""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pdf2image
import pdf2image.exceptions
import pikepdf
from PIL import Image

from pipeline.errors import Interrupted, Misconfigured, Rejected
from pipeline.pictures import MOST_PAGES, PageFacts, check_dpi, check_size

#: Dots per inch at which a page that is no plain scan is drawn.
RENDER_DPI = 300
#: Seconds for drawing one page.
RENDER_SECONDS = 60
#: Share of the page that a picture must cover to be taken for a scan of it.
_COVERS = 0.6
#: Points; how far the placed scan may stand from the page's edges and still be the page.
_EDGE_SLACK = 2.0
#: Operators of a page that only places a picture.
_PLAIN = frozenset({"q", "Q", "cm", "Do"})
#: Columns of ``pdfimages -list``: page, num, type, width, height … x-ppi, y-ppi, size, ratio.
_COLUMNS = 16
_PDF_BROKEN = (
    pikepdf.PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
)


def examine_pdf(path: Path) -> list[PageFacts]:
    """Say what each page of a PDF file is, and decode each scan once.

    Raises:
        Rejected: ``pdf-broken``, ``pdf-encrypted``, ``pdf-empty``, ``too-many-pages``, ``picture-too-large``,
            ``picture-broken`` or ``dpi-too-low``.
    """
    try:
        with pikepdf.open(path) as pdf:
            count = len(pdf.pages)
            if count == 0:
                raise Rejected("pdf-empty")
            if count > MOST_PAGES:
                raise Rejected("too-many-pages", most=MOST_PAGES)
            pages = [_examined(path, page, number) for number, page in enumerate(pdf.pages, 1)]
    except pikepdf.PasswordError as error:
        raise Rejected("pdf-encrypted") from error
    except _PDF_BROKEN as error:
        raise Rejected("pdf-broken") from error
    drawn = {
        number: page.width * page.height / RENDER_DPI**2
        for number, page in enumerate(pages, 1)
        if page.form == "rendered"
    }
    if drawn:
        _check_scans_inside(path, drawn)
    return pages


def page_picture(path: Path, index: int, facts: PageFacts) -> tuple[Image.Image, bytes | None]:
    """Return the picture of a page that passed the gate, and the JPEG it is, not decoded yet, when it is one.

    Raises:
        Rejected: ``pdf-broken`` or ``picture-broken``.
    """
    if facts.form == "rendered":
        return drawn(path, index + 1), None
    with pikepdf.open(path) as pdf:
        jpeg = _scan_of(pdf.pages[index])
    if jpeg is None:
        raise Rejected("pdf-broken")
    return Image.open(BytesIO(jpeg), formats=["JPEG"]), jpeg


def _examined(path: Path, page: pikepdf.Page, number: int) -> PageFacts:
    width_pt, height_pt = _sides(page)
    if jpeg := _scan_of(page):
        try:
            with Image.open(BytesIO(jpeg), formats=["JPEG"]) as picture:
                check_size(*picture.size, number)
                dpi = (picture.width * 72 / width_pt, picture.height * 72 / height_pt)
                check_dpi(dpi, number)
                size = picture.size
                picture.draft(None, (1, 1))  # see pipeline.pictures.examine
                picture.load()
                return PageFacts(*size, round(dpi[0], 2), round(dpi[1], 2), "placed", 1, "jpeg-in-pdf")
        except OSError as error:
            raise Rejected("picture-broken", page=number) from error
    size = (round(width_pt * RENDER_DPI / 72), round(height_pt * RENDER_DPI / 72))
    check_size(*size, number)
    with drawn(path, number) as picture:
        return PageFacts(*picture.size, RENDER_DPI, RENDER_DPI, "rendered", 1, "rendered")


def _scan_of(page: pikepdf.Page) -> bytes | None:
    """Return the JPEG of a page that is one upright JPEG from edge to edge and nothing else."""
    if page.get("/Rotate", 0) or page.get("/UserUnit", 1) != 1 or page.get("/Annots"):
        return None
    images = page.get_images(recursive=False)
    if len(images) != 1:
        return None
    ((name, image),) = images.items()
    plain = image.get("/Filter") == pikepdf.Name.DCTDecode and not any(
        key in image for key in ("/SMask", "/Mask", "/Decode", "/DecodeParms")
    )
    space = image.get("/ColorSpace")
    if not plain or space not in (pikepdf.Name.DeviceRGB, pikepdf.Name.DeviceGray):
        return None
    return bytes(image.read_raw_bytes()) if _fills(page, name) else None


def _fills(page: pikepdf.Page, picture: str) -> bool:
    """Say whether the page's content does nothing but place its *picture* over all of it, once."""
    matrix = pikepdf.Matrix()
    placed = 0
    for instruction in pikepdf.parse_content_stream(page):
        name = str(instruction.operator)
        # A form XObject is placed like a picture, and may show something else than the picture beside it.
        if name not in _PLAIN or (name == "Do" and str(instruction.operands[0]) != picture):
            return False
        if name == "cm":
            matrix = pikepdf.Matrix(*(float(number) for number in instruction.operands)) @ matrix
        placed += name == "Do"
    left, bottom, right, top = (float(number) for number in page.cropbox)
    wanted = (right - left, 0.0, 0.0, top - bottom, left, bottom)
    return placed == 1 and all(
        abs(have - want) <= _EDGE_SLACK for have, want in zip(matrix.shorthand, wanted, strict=True)
    )


def _check_scans_inside(path: Path, areas: dict[int, float]) -> None:
    """Refuse a page that is a poor scan with something laid over it, which drawing would make look sharp.

    Args:
        path: The file.
        areas: Square inches of each page that will be drawn, by page number.
    """
    for number, width, height, ppi_x, ppi_y in _placed_images(path):
        if number in areas and ppi_x > 0 and ppi_y > 0:
            covered = (width / ppi_x) * (height / ppi_y)
            if covered >= _COVERS * areas[number]:
                check_dpi((ppi_x, ppi_y), number)


def _placed_images(path: Path) -> list[tuple[int, int, int, float, float]]:
    """Ask poppler for every picture as it is placed: page, width, height (pixels), dots per inch across and down."""
    try:
        listed = subprocess.run(  # noqa: S603 -- a fixed program, and a path that we made
            ["pdfimages", "-list", str(path)],  # noqa: S607 -- found where the distribution puts it
            capture_output=True,
            text=True,
            errors="replace",
            timeout=RENDER_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise Misconfigured("program-missing", what="poppler-utils") from error
    except subprocess.TimeoutExpired as error:
        raise Rejected("picture-too-slow") from error
    rows = [line.split() for line in listed.stdout.splitlines()[2:]]
    return [
        (int(row[0]), int(row[3]), int(row[4]), float(row[12]), float(row[13]))
        for row in rows
        if len(row) == _COLUMNS and row[2] == "image"
    ]


def _sides(page: pikepdf.Page) -> tuple[float, float]:
    left, bottom, right, top = (float(number) for number in page.cropbox)
    if right <= left or top <= bottom:
        raise Rejected("pdf-broken")
    return right - left, top - bottom


def drawn(path: Path, number: int) -> Image.Image:
    """Draw one page at `RENDER_DPI` as poppler shows it; *number* counts from 1.

    Raises:
        Rejected: ``pdf-broken`` or ``picture-too-slow``.
        Misconfigured: poppler is missing.
    """
    try:
        (picture,) = pdf2image.convert_from_path(
            path,
            dpi=RENDER_DPI,
            first_page=number,
            last_page=number,
            timeout=RENDER_SECONDS,
            use_cropbox=True,
        )
    except pdf2image.exceptions.PDFPopplerTimeoutError as error:
        raise Rejected("picture-too-slow") from error
    except pdf2image.exceptions.PDFInfoNotInstalledError as error:
        raise Misconfigured("program-missing", what="poppler-utils") from error
    except (
        pdf2image.exceptions.PDFPageCountError,
        pdf2image.exceptions.PDFSyntaxError,
        ValueError,
    ) as error:
        raise Rejected("pdf-broken") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise Interrupted("program-missing", what="poppler-utils") from error
    return picture
