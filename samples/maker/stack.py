"""A dossier scanned in one go: separator sheets between the papers, in one PDF and without a ticket.

The sheets are drawn here after docs/separators.md and not with the product's own code: a sample that the product
printed itself could not show that what is documented can be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import segno

from maker import papers_birth as birth
from maker.ageing import Glass, scan
from maker.deposit import Made
from maker.files import jpeg, pdf, pdf_bytes
from maker.layout import Face, Sheet, Style

CODE = "H15.50.05.13-261120-0012"
PROCEDURE, CASE, STATION = "1.001193", "TH01", "TP-01"
NAME = "scan-0001.pdf"
DPI, QUALITY = 200, 45
#: Millimetres: the side of a code, and where its two upper left corners are.
SIDE, PLACES = 58, ((127, 25), (25, 214))


@dataclass(frozen=True, slots=True)
class Part:
    """A paper in the stack, with the sheet that lies on it."""

    #: Code of the component.
    component: str
    #: "O" for an original, "C" for a copy.
    kind: str
    #: What the sheet calls it.
    name: str
    #: What is printed.
    paper: Callable[[int], list[Sheet]]
    #: How the separator sheet lay on the glass, then each page.
    glass: tuple[Glass, ...]


#: The second sheet went in upside down, as did the marriage certificate; the third is a worn photocopy.
PARTS = (
    Part("TP01", "O", "Tờ khai đăng ký khai sinh", birth.declaration, (
        Glass(81, skew=-210, mode="grey"), Glass(82, skew=70, mode="grey"), Glass(83, skew=-90, mode="grey"),
    )),
    Part("TP02", "C", "Giấy chứng sinh", birth.birth_note, (
        Glass(84, skew=160, mode="grey", noise=14, turn=180), Glass(85, skew=-35, mode="grey"),
    )),
    Part("TP03", "C", "Giấy chứng nhận kết hôn", birth.marriage_copy, (
        Glass(86, skew=310, mode="grey", noise=44, shade=70),
        Glass(87, skew=55, mode="grey", turn=180),
    )),
    Part("TP04", "O", "Giấy tờ chứng minh nơi cư trú", birth.residence, (
        Glass(88, skew=-120, mode="grey"), Glass(89, skew=30, mode="grey"), Glass(90, mode="grey"),
    )),
)  # fmt: skip
FIRST = Glass(80, skew=140, mode="grey", shade=45)


def stack() -> Iterator[Made]:
    """Yield the stack, then its known text."""
    laid = [(drawn(payload("D", PROCEDURE, CASE, STATION), "TỜ ĐẦU HỒ SƠ", CODE), FIRST)]
    for number, part in enumerate(PARTS, 1):
        printed = part.paper(DPI)
        line = payload("C", str(number), part.component, part.kind, str(len(printed)))
        said = (part.component, part.name, f"{len(printed)} trang", f"Tờ {number} / {len(PARTS)}")
        laid += zip([drawn(line, "TỜ PHÂN CÁCH", *said), *printed], part.glass, strict=True)
    data = [jpeg(scan(sheet.picture, glass), dpi=DPI, quality=QUALITY) for sheet, glass in laid]
    yield f"stack/{CODE}/{NAME}", pdf_bytes(pdf(data, dpi=DPI))
    yield f"truth/{CODE}/{NAME}.txt", ("\f".join(sheet.truth for sheet, _ in laid) + "\n").encode()


def payload(kind: str, *told: str) -> str:
    """Write the line of a code: version, kind, dossier, number of sheets, name of the set, fields, check digits."""
    head = [CODE, PROCEDURE, CASE, STATION]
    parts = [f"{part.component}/{part.kind}/{len(part.glass) - 1}" for part in PARTS]
    named = hashlib.sha256("\n".join(head + parts).encode()).hexdigest()[:8]
    line = "/".join(["SOHOA1", kind, CODE, str(len(PARTS)), named, *told]) + "/"
    return f"{line}{98 - int.from_bytes(line.encode(), 'big') * 100 % 97:02d}"


def drawn(line: str, title: str, named: str, *said: str) -> Sheet:
    """Draw a separator sheet, the code twice."""
    sheet = Sheet(DPI)
    sheet.lines += [title, named, *said]
    sheet.ink((sheet.mm(25), sheet.mm(34)), title, Style(Face.SANS, 16))
    sheet.ink((sheet.mm(25), sheet.mm(48)), named, Style(Face.SANS_BOLD, 18))
    for at, text in enumerate(said):
        sheet.ink((sheet.mm(25), sheet.mm(110 + 16 * at)), text, Style(Face.SANS_BOLD, 26))
    for left, top in PLACES:
        code(sheet, left, top, [list(row) for row in segno.make(line, error="h", micro=False).matrix])
    return sheet


def code(sheet: Sheet, left: int, top: int, rows: Sequence[Sequence[int]]) -> None:
    """Draw the modules of a QR code; each begins where the one before it ends."""
    edges = [sheet.mm(SIDE * at / len(rows)) for at in range(len(rows) + 1)]
    x0, y0 = sheet.mm(left), sheet.mm(top)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                sheet.pen.rectangle(
                    (x0 + edges[x], y0 + edges[y], x0 + edges[x + 1] - 1, y0 + edges[y + 1] - 1), fill="black"
                )
