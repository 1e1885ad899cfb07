"""Readings as ALTO 4 XML (Library of Congress): every word with its box and confidence, for archives and viewers.

Positions are pixels of the straight frame of each page, not of the scan; how far the scan must be turned to lie so,
and how fine the frame is, stands in the page's processing step. Nothing here depends on the clock: equal readings
give equal bytes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from ocr.model import Box, Line, Reading, Word
from ocr.plain_text import writable

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "4.4"
LANGUAGE = "vi"


def to_alto(pages: Sequence[Reading], *, file_name: str, software: tuple[str, str]) -> bytes:
    """Return the ALTO document of *pages*; its elements stand in reading order.

    Args:
        pages: In order.
        file_name: Of the file whose pages these are.
        software: Name and version of the program that calls us; the engines are told by the readings.
    """
    # One page after the other: five hundred pages as one tree take half a gigabyte.
    parts = [
        b'<?xml version="1.0" encoding="UTF-8"?>',
        f'<alto xmlns="{NAMESPACE}" SCHEMAVERSION="{SCHEMA}">'.encode(),
        _written(_description(pages, file_name, software), 1),
        b" <Layout>",
        *(_written(_page(number, page), 2) for number, page in enumerate(pages, 1)),
        b" </Layout>",
        b"</alto>",
        b"",
    ]
    return b"\n".join(parts)


def _written(element: ET.Element, depth: int) -> bytes:
    ET.indent(element, " ", depth)
    return b" " * depth + ET.tostring(element, "unicode").encode()


def _description(pages: Sequence[Reading], file_name: str, software: tuple[str, str]) -> ET.Element:
    description = ET.Element("Description")
    _leaf(description, "MeasurementUnit", "pixel")
    _leaf(ET.SubElement(description, "sourceImageInformation"), "fileName", writable(file_name))
    for number, page in enumerate(pages, 1):
        _processing(description, number, page, software)
    return description


def _processing(description: ET.Element, number: int, page: Reading, software: tuple[str, str]) -> None:
    """Say how a page came to lie as the positions have it, and what read it."""
    step = ET.SubElement(description, "Processing", {"ID": f"read-{number}"})
    _leaf(step, "processingCategory", "contentGeneration")
    for treatment in (*page.treatment, page.failure or "recognise"):
        _leaf(step, "processingStepDescription", writable(treatment))
    settings = f"rotation={page.rotation} skew={page.skew:.1f} dpi={page.frame_dpi:.4f}"
    _leaf(step, "processingStepSettings", f"{settings} (degrees clockwise from the scan to these positions)")
    program = ET.SubElement(step, "processingSoftware")
    _leaf(program, "softwareName", writable(software[0]))
    _leaf(program, "softwareVersion", writable(software[1]))
    _leaf(program, "applicationDescription", writable(page.engine))


def _page(number: int, page: Reading) -> ET.Element:
    size = {"WIDTH": str(page.frame_width), "HEIGHT": str(page.frame_height)}
    about = {"ID": f"page-{number}", "PHYSICAL_IMG_NR": str(number), "PROCESSINGREFS": f"read-{number}"}
    confidence = page.mean_confidence
    told = {} if confidence is None else {"PC": _share(confidence)}
    leaf = ET.Element("Page", {**about, **size, **told, "LANG": LANGUAGE})
    space = ET.SubElement(leaf, "PrintSpace", {"ID": f"space-{number}", "HPOS": "0", "VPOS": "0", **size})
    ids = (f"{number}-{count}" for count in itertools.count(1))
    for lines in page.paragraphs:
        box = Box.around(tuple(line.box for line in lines))
        block = ET.SubElement(space, "TextBlock", {"ID": f"block-{next(ids)}", **_place(box)})
        for line in lines:
            _line(block, line, ids)
    return leaf


def _line(block: ET.Element, line: Line, ids: Iterator[str]) -> None:
    points = line.baseline
    baseline = {} if points is None else {"BASELINE": "{:.1f},{:.1f} {:.1f},{:.1f}".format(*points)}
    row = ET.SubElement(block, "TextLine", {"ID": f"line-{next(ids)}", **_place(line.box), **baseline})
    before: Word | None = None
    for word in line.words:
        if before is not None:
            _gap(row, before.box, word.box)
        content = {"CONTENT": writable(word.text), "WC": _share(word.confidence)}
        ET.SubElement(row, "String", {"ID": f"word-{next(ids)}", **_place(word.box), **content})
        before = word


def _gap(row: ET.Element, before: Box, after: Box) -> None:
    """Add the white space between two words; engines draw boxes that overlap, and no space is less than nothing."""
    width = max(after.left - before.right, 0.0)
    ET.SubElement(row, "SP", {"HPOS": f"{before.right:.1f}", "VPOS": f"{before.top:.1f}", "WIDTH": f"{width:.1f}"})


def _place(box: Box) -> dict[str, str]:
    width, height = box.right - box.left, box.bottom - box.top
    numbers = {"HPOS": box.left, "VPOS": box.top, "WIDTH": width, "HEIGHT": height}
    return {name: f"{number:.1f}" for name, number in numbers.items()}


def _share(confidence: float) -> str:
    return f"{min(max(confidence, 0.0), 1.0):.4f}"


def _leaf(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
