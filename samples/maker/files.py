"""Wrapping scanned pictures into the files that scanners write: JPEG, TIFF, PNG, PDF.

Each carries its resolution where its format keeps it (JFIF density, TIFF tags, pHYs), none carries
a date. Nothing is deflated with a library: zlib and zlib-ng, or two versions of one of them, may
choose different bytes for the same data, so PNG data are stored or written as literal codes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

import pikepdf
from PIL import Image

#: Longest piece of a stored deflate block, bytes (RFC 1951, 3.2.4).
STORED_MAX = 65_535


def jpeg(picture: Image.Image, *, dpi: int, quality: int) -> bytes:
    """Encode as baseline JFIF with a density of *dpi*."""
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality, dpi=(dpi, dpi), subsampling="4:2:0")
    return buffer.getvalue()


def tiff(pictures: Sequence[Image.Image], *, dpi: int) -> bytes:
    """Encode one-bit pictures as the pages of a TIFF, CCITT group 4."""
    buffer = BytesIO()
    pictures[0].save(
        buffer, "TIFF", compression="group4", dpi=(dpi, dpi),
        save_all=True, append_images=list(pictures[1:]),
    )  # fmt: skip
    return buffer.getvalue()


def png(picture: Image.Image, *, dpi: int) -> bytes:
    """Encode a one-bit picture as PNG with uncompressed data and pHYs."""
    row = (picture.width + 7) // 8
    bits = picture.tobytes()
    rows = b"".join(b"\0" + bits[at : at + row] for at in range(0, len(bits), row))
    per_metre = (dpi * 10_000 + 127) // 254
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_header(picture.size, depth=1),
            png_chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
            png_chunk(b"IDAT", _stored(rows)),
            png_chunk(b"IEND", b""),
        )
    )


def png_header(size: tuple[int, int], *, depth: int) -> bytes:
    """Return the IHDR chunk of a grey picture of *size* pixels and *depth* bits."""
    return png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, 0, 0, 0, 0))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Frame *data* with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _stored(data: bytes) -> bytes:
    """Wrap *data* as a zlib stream of stored blocks."""
    pieces = [data[at : at + STORED_MAX] for at in range(0, len(data), STORED_MAX)]
    blocks = [
        struct.pack("<BHH", index == len(pieces) - 1, len(piece), len(piece) ^ 0xFFFF) + piece
        for index, piece in enumerate(pieces)
    ]
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(data))


def pdf(jpegs: Sequence[bytes], *, dpi: int) -> pikepdf.Pdf:
    """Return a PDF with one full-page JPEG a page, as a scanner's "scan to PDF" makes it."""
    document = pikepdf.new()
    for data in jpegs:
        with Image.open(BytesIO(data)) as picture:
            width, height, grey = *picture.size, picture.mode == "L"
        image = pikepdf.Stream(document, data)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = width, height, 8
        image.ColorSpace = pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB
        image.Filter = pikepdf.Name.DCTDecode
        box = (round(width * 7200 / dpi) / 100, round(height * 7200 / dpi) / 100)
        page = document.add_blank_page(page_size=box)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = pikepdf.Stream(document, f"q {box[0]:.2f} 0 0 {box[1]:.2f} 0 0 cm /Im0 Do Q".encode())
    return document


def pdf_bytes(document: pikepdf.Pdf) -> bytes:
    """Write *document* uncompressed, its identifier made from its content."""
    buffer = BytesIO()
    document.save(
        buffer,
        compress_streams=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        deterministic_id=True,
    )
    return buffer.getvalue()
