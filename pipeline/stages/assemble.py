"""Make one PDF/A-2u file of a document's original pictures and their readings, and check that it is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ocr import Reading
from pipeline.assembly import AssembledPage, NotConforming, assemble, check_pdfa_2u
from pipeline.errors import Fault
from pipeline.pdf_pages import page_picture
from pipeline.pictures import PageFacts, opened_page
from pipeline.stage import Bench, Made, MadeFile, versions
from pipeline.stages.intake import poppler_version

VERSION = 5
AREA = "work"


def tools(engine: str) -> tuple[str, ...]:  # noqa: ARG001 -- pages are read already
    """See `Stage.tools`."""
    return (*versions("pikepdf", "fonttools", "pillow"), poppler_version())


def seconds(params: Mapping[str, Any]) -> float:
    """See `Stage.seconds`."""
    return 60.0 + 20.0 * len(params["pages"])


def run(inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path, bench: Bench) -> Made:  # noqa: ARG001
    """See `Stage.run`; *inputs* are the originals and then a reading for each page.

    Raises:
        Fault: ``not-pdfa``; nothing that is not PDF/A-2u leaves this stage.
    """
    pages = params["pages"]
    files, readings = (
        inputs[: -len(pages)],
        [Reading.from_json(path.read_bytes()) for path in inputs[-len(pages) :]],
    )
    target = scratch / "assembled.pdf"
    spot = assemble(
        _pages(files, pages, readings),
        readings,
        target,
        title=params["title"],
        agency=params["agency"],
        mark_shapes=[(width, height) for width, height in params["mark_shapes"]],
    )
    try:
        check_pdfa_2u(target)
    except NotConforming as error:
        raise Fault("not-pdfa", findings="; ".join(error.findings[:5])) from error
    place = {"width": spot.width, "right": spot.right, "top": spot.top, "grown": any(spot.room)}
    return Made((MadeFile(target, "application/pdf"),), {"pages": len(pages), "mark": place})


def _pages(
    files: Sequence[Path], pages: Sequence[Mapping[str, Any]], readings: Sequence[Reading]
) -> Iterator[AssembledPage]:
    for page, reading in zip(pages, readings, strict=True):
        facts = PageFacts.from_json(page["page"])
        path, index = files[page["file"]], page["index"]
        dpi = (facts.dpi_x, facts.dpi_y)
        if page["media"] == "application/pdf":
            picture, jpeg = page_picture(path, index, facts)
            yield AssembledPage(picture, jpeg, dpi, facts.exif, reading)
        else:
            with opened_page(path, page["media"], index) as picture:
                jpeg = path.read_bytes() if page["media"] == "image/jpeg" else None
                yield AssembledPage(picture, jpeg, dpi, facts.exif, reading)
