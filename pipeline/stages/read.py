"""Read one page: turn it upright and straight, find the words. Leaves a small record; the picture is not kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ocr import READING_DPI, EngineMissing, Reading, read_page, unread_page
from ocr.models import PACKAGES
from pipeline.engines import engine_named
from pipeline.errors import Misconfigured
from pipeline.pdf_pages import page_picture
from pipeline.pictures import PageFacts, opened_page, sampled, upright
from pipeline.stage import Bench, Made, MadeFile, versions

VERSION = 3
AREA = "work"


def tools(engine: str) -> tuple[str, ...]:
    """See `Stage.tools`."""
    return (
        engine_named(engine).version,
        *versions("opencv-python-headless", "numpy", "pillow", "pikepdf"),
    )


def seconds(params: Mapping[str, Any]) -> float:
    """See `Stage.seconds`: an A4 page at 300 dpi (8.7 million pixels) takes a second; a busy machine ten times that."""
    pixels: int = params["page"]["width"] * params["page"]["height"]
    return 60.0 + pixels / 500_000


def run(inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path, bench: Bench) -> Made:
    """See `Stage.run`; a page that the engine cannot read leaves a reading that says so, never an empty one."""
    (path,) = inputs
    facts = PageFacts.from_json(params["page"])
    with page_array(path, params["media"], params["index"], facts) as picture:
        dpi = (facts.dpi_x, facts.dpi_y)
        try:
            reading = read_page(
                picture, size=_upright_size(facts), dpi=dpi, engine=bench.engine, rotation=params.get("rotation")
            )
        except EngineMissing as error:
            raise Misconfigured("program-missing", what=", ".join(PACKAGES.values())) from error
    return made(reading, scratch)


def made(reading: Reading, scratch: Path) -> Made:
    """Write a reading where the store takes it from, with the facts that the manifest tells of it."""
    target = scratch / "reading.json"
    target.write_bytes(reading.to_json())
    facts = {
        "rotation": reading.rotation,
        "rotation_ground": reading.rotation_ground,
        "skew": reading.skew,
        "words": len(reading.words),
        "mean_confidence": _rounded(reading.mean_confidence),
        "uncertain_share": _rounded(reading.uncertain_share),
        "blank_score": round(reading.blank_score, 4),
        "failure": reading.failure,
    }
    return Made((MadeFile(target, "application/json"),), facts)


def given_up(params: Mapping[str, Any], failure: str, engine: str, scratch: Path) -> Made:
    """Return what stands for a page whose reading hung or died twice: a picture without text that says so."""
    facts = PageFacts.from_json(params["page"])
    width, height = _upright_size(facts)
    dpi = (facts.dpi_x, facts.dpi_y)
    return made(unread_page(width, height, dpi=dpi, engine=engine, failure=failure), scratch)


@contextmanager
def page_array(path: Path, media: Any, index: int, facts: PageFacts) -> Iterator[Any]:
    """Lend a page's upright pixels: uint8, height × width (grey) or height × width × 3 (RGB).

    There may be fewer of them than the page has, but the page never gets coarser than it is read.
    """
    dpi = (facts.dpi_x, facts.dpi_y)
    stored = dpi if facts.exif < 5 else dpi[::-1]  # noqa: PLR2004 -- 5 to 8 lie on their side
    with ExitStack() as lent:
        if media == "application/pdf":
            picture, _ = page_picture(path, index, facts)
        else:
            picture = lent.enter_context(opened_page(path, media, index))
        decoded = sampled(picture, dpi=stored, least_dpi=READING_DPI, page=index + 1)
        yield np.asarray(upright(decoded, facts.exif))


def _upright_size(facts: PageFacts) -> tuple[int, int]:
    return (facts.width, facts.height) if facts.exif < 5 else (facts.height, facts.width)  # noqa: PLR2004 -- as above


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
