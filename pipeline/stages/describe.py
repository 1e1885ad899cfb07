"""Find out what a document says of itself: its fields, what a person should look at, blank pages, marks of secrecy.

One step a document, over the readings of all its pages. What is found may name people, so it goes into an object of
its own; the record tells only which pages are blank and which bear a mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ocr import Box, Reading
from ocr.blank import is_blank
from ocr.fields import Field, Reason, find_fields, find_secrecy, review
from pipeline.model import canonical_json
from pipeline.stage import Bench, Made, MadeFile

VERSION = 2
AREA = "work"


def tools(engine: str) -> tuple[str, ...]:  # noqa: ARG001 -- pages are read already
    """See `Stage.tools`; it is all our own, which `VERSION` tells."""
    return ()


def seconds(params: Mapping[str, Any]) -> float:
    """See `Stage.seconds`: chosen, not measured; a page takes milliseconds."""
    return 60.0 + 1.0 * int(params["pages"])


def run(inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path, bench: Bench) -> Made:  # noqa: ARG001
    """See `Stage.run`; *inputs* are readings, and pages are told by their place among them, from 0."""
    pages = [Reading.from_json(path.read_bytes()) for path in inputs]
    fields = find_fields(pages)
    said = {
        "fields": [_field(field, pages) for field in fields],
        # Whether a turn had to be assumed is known where neighbours are (`pipeline.pages`), not here.
        "reasons": [_reason(each) for each in review(pages, fields) if each.code != "turn-assumed"],
    }
    target = scratch / "description.json"
    target.write_bytes(canonical_json(said))
    marks = [(at, mark) for at, page in enumerate(pages) if (mark := find_secrecy(page))]
    facts = {
        "blank": [is_blank(page) for page in pages],
        "secrecy": [{"page": at, "level": mark.level} for at, mark in marks],
    }
    return Made((MadeFile(target, "application/json"),), facts)


def _field(field: Field, pages: Sequence[Reading]) -> dict[str, Any]:
    return {
        "name": field.name,
        "text": field.text,
        "value": field.value,
        "page": field.page,
        "box": _rectangle(field.box, pages[field.page]),
        "confidence": round(field.confidence, 4),
        "check": field.check,
    }


def _reason(each: Reason) -> dict[str, Any]:
    return {"code": each.code, "page": each.page, "field": each.field, "share": each.share}


def _rectangle(box: Box, page: Reading) -> list[float]:
    """Return *box* as PDF has rectangles: points from the lower left corner, where the assembled page has its scan."""
    scale = 72 / page.frame_dpi
    corners = (box.left, page.frame_height - box.bottom, box.right, page.frame_height - box.top)
    return [round(corner * scale, 1) for corner in corners]
