"""What a separator sheet (tờ phân cách) says in its QR code: one short line, the same on paper for years. Pure.

    SOHOA1/D/H15.50.05.13-261120-0012/4/83834c5e/1.001193/TH01/TP-01/71    the dossier's own sheet
             dossier                 of set      procedure case station check digits
    SOHOA1/C/H15.50.05.13-261120-0012/4/83834c5e/2/TP02/C/1/43             the sheet of a component
             dossier                 of set      number, component, O original or C copy, pages, check digits

How a scanned stack is split by these sheets is decided in `pipeline.splitting`; how they are printed, in
`pipeline.separator_sheets`; how a code is found on a picture, in `ocr.codes`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from pipeline.model import CodeError, DossierCode, Kind, name_code, procedure_code

#: Sheets of components in one set; a procedure has some thirty components at most. A bound that we chose.
MOST_SHEETS: Final = 200
#: Pages that one sheet may announce; as for the pages of a file, a bound that we chose.
MOST_PAGES: Final = 2_000
_VERSION: Final = "SOHOA1"
#: Begins a line of ours, in this form or in one yet to come.
_OURS: Final = re.compile(r"SOHOA\d+/")
_KINDS: Final = {Kind.ORIGINAL: "O", Kind.COPY: "C"}
_NUMBER: Final = re.compile(r"[1-9]\d{0,3}")
#: Hexadecimal digits that name a set: two sets of one dossier are alike by chance once in four billion.
_SET: Final = re.compile(r"[0-9a-f]{8}")
#: ISO 7064 calls this kind of check MOD 97-10.
_MODULUS: Final = 97


@dataclass(frozen=True, slots=True)
class Part:
    """What one sheet of a component announces."""

    component: str
    kind: Kind
    pages: int | None  # sides with anything on them; None when nobody counted


@dataclass(frozen=True, slots=True)
class DossierSheet:
    """The first sheet of a set: whose papers follow, and in how many parts."""

    dossier: str  # its code
    of: int  # sheets of components in the set
    set: str  # names all that the sheets of one print say together
    procedure: str
    case: str | None  # None for the procedure's usual one
    station: str | None  # None when the sheets are for any station
    number: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class ComponentSheet:
    """The sheet that lies on the papers of one component."""

    dossier: str
    of: int
    set: str
    number: int  # from 1
    part: Part


Sheet = DossierSheet | ComponentSheet


def sheets_of(
    dossier: DossierCode, procedure: str, case: str | None, station: str | None, parts: Sequence[Part]
) -> tuple[Sheet, ...]:
    """Return the sheets for a dossier, in the order in which they go into the scanner."""
    made = _set_name(str(dossier), procedure, case, station, parts)
    head = DossierSheet(str(dossier), len(parts), made, procedure, case, station)
    return (head, *(ComponentSheet(str(dossier), len(parts), made, at, part) for at, part in enumerate(parts, 1)))


def is_whole(head: DossierSheet, sheets: Sequence[ComponentSheet]) -> bool:
    """Say whether *sheets* are all sheets of the set that *head* begins, just as they were printed."""
    parts = [sheet.part for sheet in sheets]
    return head.set == _set_name(head.dossier, head.procedure, head.case, head.station, parts)


def payload(sheet: Sheet) -> str:
    """Return the line that stands in the sheet's QR code."""
    if isinstance(sheet, DossierSheet):
        kind, told = "D", [sheet.procedure, sheet.case or "", sheet.station or ""]
    else:
        kind, told = "C", [str(sheet.number), *_told(sheet.part)]
    line = "/".join([_VERSION, kind, sheet.dossier, str(sheet.of), sheet.set, *told]) + "/"
    return line + check_digits(line)


def is_ours(text: str) -> bool:
    """Say whether the text of a QR code wants to be a sheet of ours; identity cards and invoices do not."""
    return _OURS.match(text) is not None


def parse(text: str) -> Sheet | None:
    """Read the line of a QR code; None when it is no sheet that this version knows, or its check digits are wrong."""
    if not text.isascii() or check_digits(text[:-2]) != text[-2:]:
        return None
    version, *fields = text.split("/")
    if version != _VERSION:
        return None
    readers: dict[str, Callable[[Sequence[str]], Sheet]] = {"D": _dossier_sheet, "C": _component_sheet}
    try:
        kind, *told = fields[:-1]  # behind the last stroke stand the check digits
        return readers[kind](told)
    except (KeyError, ValueError):  # CodeError is one; so is a line with a field too many or too few
        return None


def check_digits(line: str) -> str:
    """Return the two check digits of *line* as they stand behind it.

    The bytes are taken as one number to the base of 256. Letters of ours lie less than 97 apart (``-`` to ``z``), so
    every single wrong letter and every swap of two neighbours shows.
    """
    value = int.from_bytes(line.encode(errors="surrogatepass"), "big") * 100 % _MODULUS
    return f"{_MODULUS + 1 - value:02d}"


def _set_name(dossier: str, procedure: str, case: str | None, station: str | None, parts: Sequence[Part]) -> str:
    told = [dossier, procedure, case or "", station or "", *("/".join(_told(part)) for part in parts)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]


def _told(part: Part) -> tuple[str, str, str]:
    return part.component, _KINDS[part.kind], "" if part.pages is None else str(part.pages)


def _dossier_sheet(told: Sequence[str]) -> DossierSheet:
    dossier, of, made, procedure, case, station = told
    return DossierSheet(
        dossier=str(DossierCode.parse(dossier)),
        of=_number(of, MOST_SHEETS),
        set=_matching(_SET, made),
        procedure=procedure_code(procedure),
        case=name_code(case, "case") if case else None,
        station=name_code(station, "station") if station else None,
    )


def _component_sheet(told: Sequence[str]) -> ComponentSheet:
    dossier, of, made, number, component, kind, pages = told
    count = _number(of, MOST_SHEETS)
    part = Part(
        component=name_code(component, "component"),
        kind={letter: each for each, letter in _KINDS.items()}[kind],
        pages=_number(pages, MOST_PAGES) if pages else None,
    )
    return ComponentSheet(
        dossier=str(DossierCode.parse(dossier)),
        of=count,
        set=_matching(_SET, made),
        number=_number(number, count),
        part=part,
    )


def _number(text: str, most: int) -> int:
    value = int(_matching(_NUMBER, text))
    if value > most:
        raise CodeError("number", text)
    return value


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise CodeError("separator", text)
    return text
