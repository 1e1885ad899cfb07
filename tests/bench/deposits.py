"""The same pages for both: a folder with a ticket for ``sohoa run``, one PDF for the peer.

The PDF holds the very bytes of each JPEG, and each one-bit picture bit for bit, so nobody reads a worse picture.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from pages import Example
from pikepdf import Dictionary, Name, Pdf, Stream
from PIL import Image

#: A dossier code of its own for each class, and a procedure of the sample catalogue.
CODE, PROCEDURE, COMPONENT = "H15.50.05.13-261121-{:04}", "1.001193", "TP01"


def deposit(pages: Sequence[Example], parent: Path, *, number: int) -> Path:
    """Write a deposit of one component with a file a page into *parent*; return its folder."""
    folder = parent / CODE.format(number)
    folder.mkdir(parents=True)
    for page in pages:
        shutil.copyfile(page.picture, folder / page.picture.name)
    ticket = {
        "format": 1, "dossier": folder.name, "procedure": PROCEDURE, "channel": "counter",
        "agency": {"code": "H15.50.05.13", "name": "UBND phường Tuy Phước"},
        "station": "TP-01", "operator": {"id": "bench", "name": "Nguyễn Thị Mẫu"},
        "documents": [
            {"component": COMPONENT, "kind": "original", "files": [page.picture.name for page in pages]},
        ],
    }  # fmt: skip
    (folder / "dossier.json").write_text(json.dumps(ticket, ensure_ascii=False), encoding="utf-8")
    return folder


def wrapped(pages: Sequence[Example], path: Path) -> Path:
    """Write a PDF with one full-page picture a page to *path*, and return it."""
    with Pdf.new() as document:
        for page in pages:
            _add(document, page)
        document.save(path)
    return path


def _add(document: Pdf, page: Example) -> None:
    dpi = page.truth["dpi"]
    with Image.open(page.picture) as picture:
        width, height = picture.size
        one_bit = picture.mode == "1"
        data = zlib.compress(picture.tobytes()) if one_bit else page.picture.read_bytes()
    image = Stream(document, data)
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, width, height
    image.ColorSpace = Name.DeviceGray if one_bit else Name.DeviceRGB
    image.BitsPerComponent = 1 if one_bit else 8
    image.Filter = Name.FlateDecode if one_bit else Name.DCTDecode
    size = (width * 72 / dpi, height * 72 / dpi)
    sheet: pikepdf.Page = document.add_blank_page(page_size=size)
    sheet.Resources = Dictionary(XObject=Dictionary(Im0=image))
    sheet.Contents = Stream(document, f"q {size[0]:.3f} 0 0 {size[1]:.3f} 0 0 cm /Im0 Do Q".encode())
