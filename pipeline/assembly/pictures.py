"""One page picture as a PDF image: a JPEG byte for byte, everything else without loss.

Nothing is re-encoded with loss and nothing is turned here: turning is the page's matrix (`placement`), so that what
was scanned stays what is filed.
"""

from __future__ import annotations

import math
import struct
from io import BytesIO
from typing import Any

import pikepdf
from PIL import Image, TiffImagePlugin

from pipeline.pictures import plain

#: EXIF orientation (1 to 8) as a PDF matrix on the unit square: stored picture to upright picture.
EXIF_MATRIX = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_BYTES = 273, 278, 279


def embed(pdf: pikepdf.Pdf, picture: Image.Image, jpeg: bytes | None) -> pikepdf.Stream:
    """Return *picture* as an image XObject of *pdf*.

    Args:
        pdf: The file that will hold it.
        picture: The picture as stored (not turned), decoded or lazily open.
        jpeg: The bytes that *picture* was decoded from, when they are a JPEG file and nothing else.
    """
    if jpeg is not None and picture.mode in {"L", "RGB"}:
        return _stream(pdf, jpeg, picture.size, picture.mode, bits=8, Filter=pikepdf.Name.DCTDecode)
    if picture.mode == "1":
        return _one_bit(pdf, picture)
    return _lossless(pdf, plain(picture))


def placement(
    size_pt: tuple[float, float], turn_deg: float, page_pt: tuple[float, float], exif: int = 1
) -> tuple[float, float, float, float, float, float]:
    """Return the matrix that puts an image on its page, turned clockwise about the page's centre.

    Args:
        size_pt: Width and height in points of the upright (EXIF applied) picture at 100 % scale.
        turn_deg: Degrees clockwise by which it is turned.
        page_pt: Width and height in points of the area in whose centre it stands.
        exif: The EXIF orientation of the stored picture.
    """
    (w, h), (page_w, page_h) = size_pt, page_pt
    cos, sin = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    a, b, c, d = w * cos, -w * sin, h * sin, h * cos
    e, f = page_w / 2 - (a + c) / 2, page_h / 2 - (b + d) / 2
    xa, xb, xc, xd, xe, xf = EXIF_MATRIX[exif]
    return (
        xa * a + xb * c,
        xa * b + xb * d,
        xc * a + xd * c,
        xc * b + xd * d,
        xe * a + xf * c + e,
        xe * b + xf * d + f,
    )


def _one_bit(pdf: pikepdf.Pdf, picture: Image.Image) -> pikepdf.Stream:
    """CCITT G4 through libtiff, written as a single strip whose bytes are then the PDF stream."""
    buffer = BytesIO()
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[_ROWS_PER_STRIP] = picture.height
    picture.save(buffer, "TIFF", compression="group4", tiffinfo=tags)
    with Image.open(buffer) as written:
        assert isinstance(written, TiffImagePlugin.TiffImageFile)  # noqa: S101 -- we have just written a TIFF
        (offset,), (length,) = written.tag_v2[_STRIP_OFFSETS], written.tag_v2[_STRIP_BYTES]
        white_is_zero = written.tag_v2[262] == 0
    data = buffer.getvalue()[offset : offset + length]
    parms = pikepdf.Dictionary(
        K=-1,
        Columns=picture.width,
        Rows=picture.height,
        BlackIs1=not white_is_zero,
        EndOfBlock=True,
    )
    return _stream(pdf, data, picture.size, "L", bits=1, Filter=pikepdf.Name.CCITTFaxDecode, DecodeParms=parms)


def _lossless(pdf: pikepdf.Pdf, picture: Image.Image) -> pikepdf.Stream:
    """Flate with PNG predictors: the IDAT chunks of a PNG file are just that stream."""
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    colours = len(picture.getbands())
    parms = pikepdf.Dictionary(Predictor=15, Colors=colours, BitsPerComponent=8, Columns=picture.width)
    return _stream(
        pdf,
        _png_data(buffer.getvalue()),
        picture.size,
        picture.mode,
        bits=8,
        Filter=pikepdf.Name.FlateDecode,
        DecodeParms=parms,
    )


def _png_data(png: bytes) -> bytes:
    parts, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            parts.append(png[at + 8 : at + 8 + length])
        at += 12 + length
    return b"".join(parts)


def _stream(
    pdf: pikepdf.Pdf,
    data: bytes,
    size: tuple[int, int],
    mode: str,
    *,
    bits: int,
    **filters: Any,
) -> pikepdf.Stream:
    stream = pikepdf.Stream(pdf, b"")
    stream.write(data, filter=filters["Filter"], decode_parms=filters.get("DecodeParms"))
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    stream.Width, stream.Height = size
    stream.ColorSpace = pikepdf.Name.DeviceRGB if mode == "RGB" else pikepdf.Name.DeviceGray
    stream.BitsPerComponent = bits
    return stream
