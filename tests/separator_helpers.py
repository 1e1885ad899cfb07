"""Separator sheets as a scanner sees them, and stacks of them with papers between."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import segno
from conftest import DOSSIER
from PIL import Image

from pipeline.model import DossierCode, Kind
from pipeline.separators import Part, Sheet, payload, sheets_of

#: Millimetres: as `pipeline.separator_sheets` prints codes on A4.
SIDE, PLACES, A4 = 58, ((127, 25), (25, 214)), (210, 297)


def a_set(*parts: tuple[str, Kind, int | None], dossier: str = DOSSIER, **more: Any) -> tuple[Sheet, ...]:
    """The sheets of a dossier of the sample procedure."""
    told = {"procedure": "1.001193", "case": "TH01", "station": "TP-01", **more}
    return sheets_of(DossierCode.parse(dossier), parts=[Part(*each) for each in parts], **told)


def sheet_pixels(line: str, dpi: int = 200) -> Any:
    """A4 with the code of *line* where the product prints it; uint8, grey."""
    mm = dpi / 25.4
    page = np.full((round(A4[1] * mm), round(A4[0] * mm)), 255, np.uint8)
    matrix = [list(row) for row in segno.make(line, error="h", micro=False).matrix]
    code = Image.fromarray(np.where(np.array(matrix, bool), 0, 255).astype(np.uint8))
    side = round(SIDE * mm)
    drawn = np.asarray(code.resize((side, side), Image.Resampling.NEAREST))
    for left, top in PLACES:
        x, y = round(left * mm), round(top * mm)
        page[y : y + side, x : x + side] = drawn
    page[round(100 * mm) : round(108 * mm), round(25 * mm) : round(90 * mm)] = 40  # stands for the words
    return page


def shining(line: str, *, mirrored: bool = False) -> Any:
    """What is seen of a sheet through a paper: a tenth of its darkness, and turned over from its own back."""
    page = sheet_pixels(line)[:, ::-1] if mirrored else sheet_pixels(line)
    return (255 - (255 - page) * 0.11).astype(np.uint8)


def jpeg_of(pixels: Any, dpi: int = 200) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", dpi=(dpi, dpi), quality=60)
    return buffer.getvalue()


def sheet_file(sheet: Sheet) -> bytes:
    return jpeg_of(sheet_pixels(payload(sheet)))


def blank_file(shade: int = 250) -> bytes:
    return jpeg_of(np.full((1169, 827), shade, np.uint8))


def stack_deposit(bureau: Any, *sides: bytes, ticket: Any = None, dossier: str = DOSSIER) -> Path:
    """Write a deposit of *sides* in the order of scanning, named as scanners do: up to ``scan-10.jpg``."""
    files = {f"scan-{at}_jpg": data for at, data in enumerate(sides, 1)}
    return Path(bureau.deposit(ticket=ticket, dossier=dossier, **files))


def files_by_component(manifest: Any) -> dict[str, list[Sequence[str]]]:
    """By component: the originals' names of each of its files."""
    return {
        component["code"]: [[each["name"] for each in file["originals"]] for file in component["files"]]
        for component in manifest["components"]
        if component["files"]
    }
