"""Write a document's text beside its PDF, from the same readings: for search engines and archives that read no PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ocr import Reading
from ocr.alto import to_alto
from ocr.plain_text import to_text
from pipeline.stage import Bench, Made, MadeFile, versions

VERSION = 1
#: Handed out and hashed in the manifest as the PDF is, so kept as the PDF is.
AREA = "sealed"


def tools(engine: str) -> tuple[str, ...]:  # noqa: ARG001 -- pages are read already
    """See `Stage.tools`."""
    return versions("sohoa")


def seconds(params: Mapping[str, Any]) -> float:
    """See `Stage.seconds`: chosen, not measured; a page takes milliseconds."""
    return 60.0 + 1.0 * int(params["pages"])


def run(inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path, bench: Bench) -> Made:  # noqa: ARG001
    """See `Stage.run`; *inputs* are the readings of the PDF's pages."""
    readings = [Reading.from_json(path.read_bytes()) for path in inputs]
    target = scratch / "sidecar"
    if params["kind"] == "alto":
        software = ("Sohoa", version("sohoa"))
        target.write_bytes(to_alto(readings, file_name=params["file"], software=software))
        return Made((MadeFile(target, "application/alto+xml"),))
    target.write_bytes(to_text(readings))
    return Made((MadeFile(target, "text/plain; charset=utf-8"),))
