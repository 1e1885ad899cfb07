"""A small picture of a PDF's first page, drawn by poppler in a process with limits; never an error.

The picture is for recognising the paper and its mark. It proves nothing, and no verdict rests on it.
"""

from __future__ import annotations

import subprocess
import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

#: Pixels of the long side; the mark's 10-point letters are still legible.
LONG_SIDE = 1_000
#: Seconds of the wall clock and of the processor for one page.
MOST_SECONDS = 20
#: Bytes of memory; an A0 page drawn this small stays far below.
MOST_MEMORY = 1 << 30
#: Colours kept: a scanned A4 page takes 71 KB instead of 166 KB, and print stays sharp.
_COLOURS = 64


@dataclass(frozen=True, slots=True)
class PagePicture:
    """Page 1 as it looks now, with every annotation."""

    #: A PNG.
    png: bytes
    #: Pixels.
    width: int
    height: int


def first_page(pdf: bytes) -> PagePicture | None:
    """Draw the first page; None for what cannot be drawn within the limits."""
    drawn = _drawn(pdf)
    if not drawn:
        return None
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(BytesIO(drawn), formats=["PNG"]) as picture:
            if max(picture.size) > LONG_SIDE:
                return None
            small = picture.convert("RGB").quantize(_COLOURS, Image.Quantize.FASTOCTREE)
    except (OSError, SyntaxError, ValueError):
        return None
    file = BytesIO()
    small.save(file, "PNG", optimize=True)
    return PagePicture(file.getvalue(), small.width, small.height)


def _drawn(pdf: bytes) -> bytes:
    # A limit set by a function of ours between fork and exec may deadlock beside the thread that shows progress.
    limits = ["prlimit", f"--as={MOST_MEMORY}", f"--cpu={MOST_SECONDS}", "--core=0"]
    draw = ["pdftoppm", "-png", "-f", "1", "-l", "1", "-cropbox", "-scale-to", str(LONG_SIDE), "-"]
    try:
        done = subprocess.run(  # noqa: S603 -- fixed programs; the file goes in by its standard input
            [*limits, *draw],
            input=pdf,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MOST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout if done.returncode == 0 else b""
