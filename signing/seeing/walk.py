"""A program of its own: walk a PDF's revisions and print what they hold, as JSON, for `signing.seeing.revisions`.

Run as ``python -I walk.py FILE MOST_REVISIONS MOST_PAGES`` under limits: the file is hostile, and qpdf, which reads it
here, is a parser in C++. So it imports nothing of ours, nothing is drawn or judged here, and whatever goes wrong ends
the program with a status other than 0.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

#: Octets at the end of a file in which its last line must stand.
TAIL = 64
#: Objects of one revision looked at; a real paper of a hundred pages has some thousand. Ours.
MOST_OBJECTS = 300_000
#: Fields and levels of the form that are followed; qpdf guards the tree of pages, nobody this one. Ours.
MOST_FIELDS = 10_000
MOST_LEVELS = 32
#: Action types (ISO 32000-2, table 201) that do more than go to a page or a web address.
ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/SubmitForm": "submit-form",
    "/ImportData": "import-data",
    "/GoToR": "remote-file",
    "/GoToE": "remote-file",
    "/Hide": "hide-action",
    "/SetOCGState": "layer-action",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/GoTo3DView": "media",
    "/RichMediaExecute": "media",
}
#: Annotation types whose look is the viewer's affair.
MEDIA = frozenset({"/Movie", "/Sound", "/Screen", "/3D", "/RichMedia"})
#: Bits of /F (ISO 32000-2, table 167): shown on paper only, on screen only, or after a click.
HIDDEN, PRINT, NO_VIEW, TOGGLE_NO_VIEW = 2, 4, 32, 256


class Refused(Exception):
    """The file is not looked at further; the message is a reason of `signing.seeing.seen_model`."""


class Beginning(io.RawIOBase):
    """The first octets of a file as a file of its own, without a copy of it in memory."""

    def __init__(self, path: Path, end: int) -> None:
        self._file = path.open("rb")
        self._end = end

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to *offset* from the beginning, from here, or from where it ends."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._file.tell(), os.SEEK_END: self._end}[whence]
        return self._file.seek(base + offset)

    def tell(self) -> int:
        """Return where it stands."""
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        """Read what fits and is left."""
        view = memoryview(buffer).cast("B")
        return self._file.readinto(view[: max(self._end - self._file.tell(), 0)])

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def main(path: Path, most_revisions: int, most_pages: int) -> dict[str, Any]:
    """Return what the last revision and each signed one hold, the oldest first and the last at the end."""
    size = path.stat().st_size
    with io.BufferedReader(Beginning(path, size)) as file, pikepdf.open(file) as pdf:
        signatures = [_signature(name, field) for name, field in _fields(pdf) if _is_signed(field)]
        last = _revision(pdf, size, most_pages)
    ends = sorted({signature["end"] for signature in signatures} - {size})
    if any(not 0 < end < size for end in ends):
        raise Refused("odd-byte-range")
    if len(ends) > most_revisions:
        raise Refused("too-many-revisions")
    return {"signatures": signatures, "revisions": [_at(path, end, most_pages) for end in ends] + [last]}


def _at(path: Path, end: int, most_pages: int) -> dict[str, Any]:
    """Return what the revision that ends at *end* holds, or that it is none (a file must end so: 7.5.5)."""
    with io.BufferedReader(Beginning(path, end)) as file:
        file.seek(max(end - TAIL, 0))
        if not file.read().rstrip(b"\r\n \0").endswith(b"%%EOF"):
            return {"end": end, "readable": False}
        with pikepdf.open(file) as pdf:
            return _revision(pdf, end, most_pages)


def _revision(pdf: pikepdf.Pdf, end: int, most_pages: int) -> dict[str, Any]:
    if len(pdf.pages) > most_pages:
        raise Refused("too-many-pages")
    active = Counter(_active(pdf))
    return {"end": end, "readable": True, "pages": [_page(page) for page in pdf.pages], "active": dict(active)}


def _signature(name: str, field: pikepdf.Object) -> dict[str, Any]:
    value = field["/V"]
    permission = None
    for reference in value.get("/Reference", []):
        if reference.get("/TransformMethod") == pikepdf.Name.DocMDP:
            # 2 is what the standard takes when nothing is said (table 257)
            permission = int(reference.get("/TransformParams", pikepdf.Dictionary()).get("/P", 2))
    return {"name": name, "end": _end(value), "permission": permission}


def _end(value: pikepdf.Object) -> int:
    """Return where the part that a signature covers ends; 0 when it does not say."""
    numbers = [int(number) for number in value["/ByteRange"]]
    return sum(numbers[-2:]) if len(numbers) == 4 else 0  # noqa: PLR2004 - two pairs


def _fields(pdf: pikepdf.Pdf) -> Iterator[tuple[str, pikepdf.Object]]:
    """Give every field with its full name, parents before their kids."""
    form = pdf.Root.get("/AcroForm")
    todo = [("", field, 0) for field in form.get("/Fields", [])] if isinstance(form, pikepdf.Dictionary) else []
    seen = 0
    while todo:
        prefix, field, level = todo.pop()
        seen += 1
        if seen > MOST_FIELDS or level > MOST_LEVELS:
            raise Refused("too-many-fields")
        if not isinstance(field, pikepdf.Dictionary):
            continue
        name = ".".join(part for part in (prefix, str(field.get("/T", ""))) if part)
        yield name, field
        todo += [(name, kid, level + 1) for kid in field.get("/Kids", [])]


def _is_signed(field: pikepdf.Object) -> bool:
    value = field.get("/V")
    return (
        _inherited(field, "/FT") == pikepdf.Name.Sig and isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value
    )


def _page(page: pikepdf.Page) -> dict[str, Any]:
    """Return the box that is shown, how it is turned, and the fields' rectangles on it."""
    box, bounds = _sides(page.cropbox), _sides(page.mediabox)
    # what a viewer shows of a larger crop box: its part inside the sheet (14.11.2)
    shown = [max(box[0], bounds[0]), max(box[1], bounds[1]), min(box[2], bounds[2]), min(box[3], bounds[3])]
    rotate = _inherited(page.obj, "/Rotate")
    widgets = [
        _widget(annotation)
        for annotation in page.obj.get("/Annots", [])
        if isinstance(annotation, pikepdf.Dictionary) and annotation.get("/Subtype") == pikepdf.Name.Widget
    ]
    return {"box": shown, "rotate": int(rotate or 0) % 360, "widgets": widgets}


def _widget(widget: pikepdf.Object) -> dict[str, Any]:
    value = _inherited(widget, "/V")
    signed = isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value
    signature = _inherited(widget, "/FT") == pikepdf.Name.Sig
    return {
        "rect": _sides(widget["/Rect"]),
        "signature": signature,
        "end": _end(value) if signature and signed else None,
        "shows": _shows(widget),
    }


def _shows(widget: pikepdf.Object) -> bool:
    """Say whether a field draws anything; makers of empty ones write nothing, or a remark ("% DSBlank")."""
    look = widget.get("/AP", pikepdf.Dictionary()).get("/N")
    if not isinstance(look, pikepdf.Stream):
        return look is not None
    return any(line.strip() and not line.lstrip().startswith(b"%") for line in look.read_bytes().splitlines())


def _sides(box: Any) -> list[float]:
    """Return left, bottom, right, top of a rectangle, which may be given by any two corners (7.9.5)."""
    x1, y1, x2, y2 = (float(number) for number in box)
    return [min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)]


def _inherited(node: pikepdf.Object, key: str) -> Any:
    for _ in range(MOST_LEVELS):
        if key in node:
            return node[key]
        parent = node.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary):
            return None
        node = parent
    return None


def _active(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Name everything by which one file can look different to two people, once for each place."""
    root = pdf.Root
    if isinstance(root.get("/OpenAction"), pikepdf.Dictionary) and root.OpenAction.get("/S") != pikepdf.Name.GoTo:
        yield "open-action"
    if "/OCProperties" in root:
        yield "layers"
    form = root.get("/AcroForm", pikepdf.Dictionary())
    if "/XFA" in form:
        yield "xfa"
    if form.get("/NeedAppearances", False):
        yield "drawn-by-viewer"
    if "/EmbeddedFiles" in root.get("/Names", {}):
        yield "embedded-files"
    if pdf.is_encrypted:
        yield "encrypted"
    for node in _dictionaries(pdf):
        yield from _active_in(node)
    # last: warnings come while objects are read. Two readers may mend what is damaged in two ways.
    if pdf.get_warnings():
        yield "damaged"


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Give every dictionary of the file once, also those that nothing refers to."""
    count = 0
    for indirect in pdf.objects:
        todo = [indirect]
        while todo:
            node = todo.pop()
            count += 1
            if count > MOST_OBJECTS:
                raise Refused("too-many-objects")
            if isinstance(node, pikepdf.Array):
                inner: Any = iter(node)
            elif isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
                yield node
                inner = node.values()
            else:
                continue
            containers = (pikepdf.Array, pikepdf.Dictionary)
            todo += [each for each in inner if isinstance(each, containers) and not each.is_indirect]


def _active_in(node: pikepdf.Object) -> Iterator[str]:
    action = node.get("/S")
    if isinstance(action, pikepdf.Name) and str(action) in ACTIONS:
        yield ACTIONS[str(action)]
    elif "/JS" in node:
        yield "javascript"
    if "/AA" in node:
        yield "additional-actions"
    if "/Alternates" in node:
        yield "alternate-picture"
    if "/Rect" in node and "/Subtype" in node:
        yield from _active_annotation(node)


def _active_annotation(node: pikepdf.Object) -> Iterator[str]:
    if str(node["/Subtype"]) in MEDIA:
        yield "media"
    looks = node.get("/AP")
    if not isinstance(looks, pikepdf.Dictionary):
        return
    if "/D" in looks or "/R" in looks or not isinstance(looks.get("/N"), pikepdf.Stream):
        yield "appearance-states"
    left, bottom, right, top = _sides(node["/Rect"])
    flags = int(node.get("/F", 0))
    if (right - left) * (top - bottom) > 0 and (flags & (HIDDEN | NO_VIEW | TOGGLE_NO_VIEW) or not flags & PRINT):
        yield "screen-or-print"


if __name__ == "__main__":
    try:
        told = main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    except Refused as reason:
        told = {"reason": str(reason)}
    json.dump(told, sys.stdout)
