"""Small PDF papers as scanners and office programs make them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline.errors import Rejected
from pipeline.pdf_pages import examine_pdf

A6 = (297.64, 419.53)  # points; small pages keep these tests quick
FULL = f"q {A6[0]} 0 0 {A6[1]} 0 0 cm /Im0 Do Q"


def jpeg(dpi: int, mode: str = "RGB", size_pt: tuple[float, float] = A6) -> bytes:
    """A scan with a dark corner at the top left."""
    width, height = (round(side * dpi / 72) for side in size_pt)
    pixels = np.full((height, width), 230, np.uint8)
    pixels[: height // 4, : width // 4] = 20
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def put_image(pdf: pikepdf.Pdf, data: bytes, **more: Any) -> pikepdf.Object:
    with Image.open(io.BytesIO(data)) as picture:
        size, mode = picture.size, picture.mode
    stream = pikepdf.Stream(pdf, data)
    stream.stream_dict = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=size[0],
        Height=size[1],
        ColorSpace=pikepdf.Name.DeviceGray if mode == "L" else pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
        **more,
    )
    return pdf.make_indirect(stream)


def helvetica() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)


def add(
    pdf: pikepdf.Pdf,
    content: str,
    *,
    image: pikepdf.Object | None = None,
    xobjects: dict[str, Any] | None = None,
    **more: Any,
) -> pikepdf.Page:
    page = pdf.add_blank_page(page_size=A6)
    objects = {"/Im0": image} if image is not None else {}
    page.Resources = pikepdf.Dictionary(
        XObject=pikepdf.Dictionary(objects | (xobjects or {})), Font=pikepdf.Dictionary(F1=helvetica())
    )
    page.Contents = pikepdf.Stream(pdf, content.encode())
    for name, value in more.items():
        page[f"/{name}"] = value
    return page


def made(folder: Path, *adders: Callable[[pikepdf.Pdf], Any], **save: Any) -> Path:
    path = folder / "paper.pdf"
    with pikepdf.new() as pdf:
        for each in adders:
            each(pdf)
        pdf.save(path, **save)
    return path


def scan(dpi: int = 200, mode: str = "RGB", content: str = FULL, **more: Any) -> Callable[[pikepdf.Pdf], Any]:
    return lambda pdf: add(pdf, content, image=put_image(pdf, jpeg(dpi, mode)), **more)


def text(pdf: pikepdf.Pdf) -> pikepdf.Page:
    return add(pdf, "BT /F1 20 Tf 40 300 Td (Cong hoa xa hoi) Tj ET")


def refused(path: Path) -> Rejected:
    with pytest.raises(Rejected) as caught:
        examine_pdf(path)
    return caught.value
