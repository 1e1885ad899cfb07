"""One dossier with five spoilt files between two good ones, each spoilt in its own way.

A run seals TP01 and TP07, and rejects TP02 to TP06 with five different codes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

import pikepdf

from maker.ageing import Glass, scan
from maker.deposit import Deposit, Document, Made, Scan
from maker.files import jpeg, pdf, png_chunk, png_header
from maker.papers_land import application, authority, decision, origin_copy
from maker.people import FARMER

#: Width and height that the giant claims, in pixels; 900 MB as grey levels.
GIANT = 30_000
#: Deflated runs of zeros that the giant really carries, each 258 bytes (RFC 1951, 3.2.5).
GIANT_RUNS = 1_900

BROKEN = Deposit(
    code="H15.50.05.13-261120-0009",
    procedure="1.012753",
    owner=FARMER,
    documents=(
        Document("TP01", "original", Scan(application, ("001.jpg",), glass=(Glass(91, skew=55),))),
        Document("TP07", "original", Scan(authority, ("007.jpg",), glass=(Glass(92, skew=-35),))),
    ),
)


def broken() -> Iterator[Made]:
    """Yield the files of the broken dossier and the known text of its good ones."""
    folder = f"broken/{BROKEN.code}"
    spoilt = {
        ("TP02", "002.jpg"): truncated(),
        ("TP03", "003.jpg"): "Đây là tệp văn bản, không phải tệp ảnh.\n".encode(),
        ("TP04", "004.pdf"): locked(),
        ("TP05", "005.png"): giant(),
        ("TP06", "006.jpg"): b"",
    }
    entries = [{"component": component, "kind": "original", "files": [name]} for component, name in spoilt]
    for path, data in BROKEN.made("broken"):
        is_ticket = path == f"{folder}/dossier.json"
        yield path, BROKEN.ticket(more=entries) if is_ticket else data
    for (_, name), data in spoilt.items():
        yield f"{folder}/{name}", data


def truncated() -> bytes:
    """Return the first two fifths of a JPEG: its head is whole, most of its rows are missing."""
    whole = jpeg(scan(decision(200)[0].picture, Glass(93)), dpi=200, quality=60)
    return whole[: len(whole) * 2 // 5]


def locked() -> bytes:
    """Return a PDF that asks for a password (``mau``) before it shows anything.

    RC4 (revision 3) with a fixed identifier: AES would draw a random vector, and every making of
    the samples would give another file.
    """
    page = scan(origin_copy(200)[0].picture, Glass(94))
    document = pdf([jpeg(page, dpi=200, quality=40)], dpi=200)
    buffer = BytesIO()
    document.save(
        buffer,
        static_id=True,
        compress_streams=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        encryption=pikepdf.Encryption(owner="chu-mau", user="mau", R=3, aes=False, metadata=False),
    )
    return buffer.getvalue()


def giant() -> bytes:
    """Return a PNG of a few kilobytes that claims 30,000 by 30,000 pixels and ends early.

    A decoder that trusts the head takes 900 MB before it notices; deflate cannot hold so many
    zeros in a few kilobytes (1,032 to 1 at best), so the rows stop after the first sixteen.
    """
    head = png_header((GIANT, GIANT), depth=8)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            head,
            png_chunk(b"IDAT", _zeros(GIANT_RUNS)),
            png_chunk(b"IEND", b""),
        )
    )


def _zeros(runs: int) -> bytes:
    """Deflate 1 + 258 x *runs* zero bytes with the fixed codes (RFC 1951, 3.2.6)."""
    #: Final block, fixed codes; literal 0; then "258 bytes from one back"; end of block.
    bits = "1" + "10" + "00110000" + ("11000101" + "00000") * runs + "0000000"
    bits += "0" * (-len(bits) % 8)
    body = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    length = 1 + 258 * runs
    return b"\x78\x01" + body + struct.pack(">I", zlib.adler32(bytes(length)))
