"""Look at one page of a stack for the code of a separator sheet, and whether anything is on the page at all.

Done before anybody knows which paper a page belongs to, and only for stacks: files that a ticket names need no sheets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ocr.blank import BLANK_FROM, blank_score
from ocr.clean import despeckle, grey, is_one_bit
from ocr.codes import find_codes
from pipeline.pictures import PageFacts
from pipeline.separators import is_ours
from pipeline.stage import Bench, Made, versions
from pipeline.stages.read import page_array

VERSION = 1
AREA = "work"
#: Of all from white to black. Through paper drawn in together with a sheet behind it: 0.16 at most; a photocopy that
#: lost two thirds of its darkness: 0.32. A fainter sheet is not taken for one, for the page before it would be lost.
LEAST_CONTRAST = 0.2


def tools(engine: str) -> tuple[str, ...]:  # noqa: ARG001 -- nothing is read here
    """See `Stage.tools`."""
    return versions("zxing-cpp", "opencv-python-headless", "numpy", "pillow", "pikepdf")


def seconds(params: Mapping[str, Any]) -> float:
    """See `Stage.seconds`: an A4 page at 300 dpi takes a tenth of a second, most of it to decode."""
    pixels: int = params["page"]["width"] * params["page"]["height"]
    return 30.0 + pixels / 1_000_000


def run(inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path, bench: Bench) -> Made:  # noqa: ARG001
    """See `Stage.run`; the facts hold the texts of our own codes only: that of an identity card names its owner."""
    (path,) = inputs
    facts = PageFacts.from_json(params["page"])
    with page_array(path, params["media"], params["index"], facts) as picture:
        width = facts.width if facts.exif < 5 else facts.height  # noqa: PLR2004 -- 5 to 8 lie on their side
        dpi = max(facts.dpi_x, facts.dpi_y) * picture.shape[1] / width
        # From behind we see the back of a sheet through thin paper: that is no sheet a second time.
        ours = [code for code in find_codes(picture, dpi) if is_ours(code.text) and not code.mirrored]
        marks = sorted({code.text for code in ours if code.contrast >= LEAST_CONTRAST})
        faint = any(code.contrast < LEAST_CONTRAST for code in ours)
        # Specks of a one-bit scan are taken away first, as they are before a page is read.
        clear = despeckle(grey(picture).picture) if is_one_bit(picture) else picture
        bare = not ours and blank_score(clear, dpi) >= BLANK_FROM
    return Made(facts={"marks": marks, "faint": faint, "bare": bare})
