"""What a deposit is to the maker: scans with their known text, and the ticket that names them.

The tickets are written here by hand-made dictionaries, not with the product's own classes: a
sample that the product made itself could not show that the product reads the published format.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from maker.ageing import Glass, scan
from maker.files import jpeg, pdf, pdf_bytes, png, tiff
from maker.layout import Sheet
from maker.people import Person

#: Prints a paper at a resolution in dots an inch.
Paper = Callable[[int], list[Sheet]]
#: A made file: its path below samples/, and its bytes.
Made = tuple[str, bytes]

AGENCY = {"code": "H15.50.05.13", "name": "UBND phường Tuy Phước"}
OPERATOR = {"id": "bcci-0173", "name": "Nguyễn Thị Mẫu"}


@dataclass(frozen=True, slots=True)
class Scan:
    """One paper, the files it is scanned into and how each page lay on the glass."""

    #: What is printed.
    paper: Paper
    #: One name for all pages (TIFF, PDF), or one for each page (JPEG, PNG).
    names: tuple[str, ...]
    #: One for each page, in the paper's order.
    glass: tuple[Glass, ...]
    #: Dots an inch.
    dpi: int = 200
    #: JPEG quality, 1 to 95.
    quality: int = 60

    def files(self) -> Iterator[tuple[str, bytes, str]]:
        """Print, age and wrap; yield name, bytes and known text (pages parted by form feeds).

        Raises:
            ValueError: the paper has another number of pages than `glass`.
        """
        sheets = self.paper(self.dpi)
        pictures = self._pictures(sheets)
        texts = [sheet.truth for sheet in sheets]
        if len(self.names) == 1:
            yield self.names[0], self._wrapped(pictures), "\f".join(texts) + "\n"
            return
        for name, picture, text in zip(self.names, pictures, texts, strict=True):
            yield name, self._one(name, picture), text + "\n"

    def _pictures(self, sheets: Sequence[Sheet]) -> list[Image.Image]:
        if len(sheets) != len(self.glass):
            raise ValueError(f"{self.names[0]}: {len(sheets)} pages, {len(self.glass)} lain in")
        backs = [sheet.picture for sheet in (*sheets[1:], sheets[0])]
        return [
            scan(sheet.picture, glass, back=back if len(sheets) > 1 else None)
            for sheet, glass, back in zip(sheets, self.glass, backs, strict=True)
        ]

    def _wrapped(self, pictures: list[Image.Image]) -> bytes:
        name = self.names[0]
        if name.endswith(".tif"):
            return tiff(pictures, dpi=self.dpi)
        if name.endswith(".pdf"):
            pages = [jpeg(picture, dpi=self.dpi, quality=self.quality) for picture in pictures]
            return pdf_bytes(pdf(pages, dpi=self.dpi))
        (picture,) = pictures
        return self._one(name, picture)

    def _one(self, name: str, picture: Image.Image) -> bytes:
        if name.endswith(".png"):
            return png(picture, dpi=self.dpi)
        return jpeg(picture, dpi=self.dpi, quality=self.quality)


@dataclass(frozen=True, slots=True)
class Document:
    """A component as the ticket names it, with its scan."""

    #: Code of the component, as in the catalogue.
    component: str
    #: "original" or "copy".
    kind: str
    #: What was scanned.
    scan: Scan
    #: When the clerk compared the copy with the original, ISO 8601; empty when nobody had to.
    compared_at: str = ""

    def ticket(self) -> dict[str, Any]:
        """Return this document's entry in the ticket."""
        entry: dict[str, Any] = {
            "component": self.component,
            "kind": self.kind,
            "files": list(self.scan.names),
        }
        if self.compared_at:
            entry["compared"] = {"by": OPERATOR, "at": self.compared_at}
        return entry


@dataclass(frozen=True, slots=True)
class Deposit:
    """A whole deposit: a folder with a ticket and its scans."""

    #: Dossier code; also the folder's name.
    code: str
    #: Procedure code.
    procedure: str
    #: Who hands the dossier in.
    owner: Person
    #: What was handed in.
    documents: tuple[Document, ...]
    #: "counter", "online" or "post".
    channel: str = "counter"
    #: "hand_in", "receive" or "both"; None unless the post carries it.
    postal_form: str | None = None
    #: Case code; None for the procedure's usual case.
    case: str | None = None
    #: Code and name of the agency that receives it.
    agency: dict[str, str] = field(default_factory=lambda: AGENCY)
    #: Components that need not be handed in, with the reason.
    exempt: tuple[tuple[str, str], ...] = ()

    def ticket(self, *, more: Sequence[dict[str, Any]] = ()) -> bytes:
        """Write dossier.json; *more* are entries for files that no paper was printed for."""
        entries = [*(document.ticket() for document in self.documents), *more]
        ticket: dict[str, Any] = {
            "format": 1,
            "dossier": self.code,
            "procedure": self.procedure,
            "case": self.case,
            "channel": self.channel,
            "postal_form": self.postal_form,
            "agency": self.agency,
            "station": "TP-01",
            "operator": OPERATOR,
            "owner": {"name": self.owner.name, "id_number": self.owner.id_number},
            "documents": sorted(entries, key=lambda entry: str(entry["component"])),
        }
        if self.exempt:
            ticket["exempt"] = [{"component": component, "reason": reason} for component, reason in self.exempt]
        return (json.dumps(ticket, ensure_ascii=False, indent=1) + "\n").encode()

    def made(self, folder: str, *, ticket: bool = True) -> Iterator[Made]:
        """Yield the files of the deposit below *folder*, then their known text."""
        if ticket:
            yield f"{folder}/{self.code}/dossier.json", self.ticket()
        for document in self.documents:
            for name, data, text in document.scan.files():
                yield f"{folder}/{self.code}/{name}", data
                yield f"truth/{self.code}/{name}.txt", text.encode()
