"""Scans of any mode and format, and the gate they go through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.errors import Rejected
from pipeline.pictures import PageFacts, examine, media_of


def page(mode: str = "L", size: tuple[int, int] = (413, 584)) -> Image.Image:
    """A quarter of A4 at 100 dpi, of any mode, with something on it."""
    pixels = np.full((size[1], size[0]), 255, np.uint8)
    pixels[50:80, 40:300] = 0
    grey = Image.fromarray(pixels)
    if mode == "I;16":
        return Image.fromarray(pixels.astype(np.uint16) * 257)
    return grey.convert("RGB").convert(mode) if mode in {"CMYK", "RGBA", "P"} else grey.convert(mode)


def write(folder: Path, picture: Image.Image, kind: str, dpi: float | None = 200, **save: Any) -> Path:
    path = folder / "scan.bin"  # the name says nothing
    picture.save(path, kind, **({"dpi": (dpi, dpi)} if dpi else {}), **save)
    return path


def gate(path: Path) -> list[PageFacts]:
    return examine(path, media_of(path))


def refused(path: Path) -> Rejected:
    with pytest.raises(Rejected) as caught:
        gate(path)
    return caught.value
