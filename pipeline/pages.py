"""The middle lane of a dossier: its pages are read side by side, and each document is described.

A page that could not say how it lies is read once more as its neighbours lie. A mark of secrecy stops the dossier
here, before anything is assembled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from ocr import Reading
from ocr.blank import is_blank
from pipeline import plan
from pipeline.errors import Rejected
from pipeline.filed import ReadDocument, ReadPage, blank_left_out
from pipeline.model import BlankPages, Document, PageRef, Sha256
from pipeline.plan import StepRecord, Workshop
from pipeline.turns import turn_givers
from pipeline.works import Works
from storage import Area, Digest


@dataclass(frozen=True, slots=True)
class Pages:
    """What the reading of one dossier's pages needs."""

    works: Works
    shop: Workshop
    gated: Mapping[Sha256, StepRecord]  # the gate's record of each original

    def read(self, documents: Sequence[Document], blank_pages: BlankPages) -> list[ReadDocument]:
        """Read and describe *documents*; return them in the same order.

        Raises:
            Rejected: ``secret-paper``, a page bears a mark of secrecy.
            SohoaError: a tool or we failed; what was done stays recorded.
        """
        read = self._turned(documents, self._first(documents))
        told = [at for at, pages in enumerate(read) if pages]
        steps = [plan.describe(self.shop, [page.reading for page in read[at]]) for at in told]
        described = dict(zip(told, self.works.do_all(steps), strict=True))
        for at, record in described.items():
            _stop_at_secrets(documents[at], record)
        return [
            self._document(document, read[at], described[at], blank_pages)
            if at in described
            else ReadDocument(document)
            for at, document in enumerate(documents)
        ]

    def _first(self, documents: Sequence[Document]) -> dict[PageRef, StepRecord]:
        pages = [page for document in documents for page in document.pages]
        records = self.works.do_all([plan.read(self.shop, page, self.gated[page.original]) for page in pages])
        return dict(zip(pages, records, strict=True))

    def _turned(self, documents: Sequence[Document], first: Mapping[PageRef, StepRecord]) -> list[tuple[ReadPage, ...]]:
        """Give unsure pages the turn of their neighbours, and read again those that lie otherwise."""
        read = [self._with_givers(document, first) for document in documents]
        steps = {
            (which, at): plan.read(self.shop, page.ref, self.gated[page.ref.original], rotation=turn)
            for which, pages in enumerate(read)
            for at, page in enumerate(pages)
            if page.turned_by and (turn := first[page.turned_by].facts["rotation"]) != page.reading.facts["rotation"]
        }
        if not steps:
            return read
        again = dict(zip(steps, self.works.do_all(list(steps.values())), strict=True))
        return [
            tuple(_second(page, again.get((which, at))) for at, page in enumerate(pages))
            for which, pages in enumerate(read)
        ]

    def _with_givers(self, document: Document, first: Mapping[PageRef, StepRecord]) -> tuple[ReadPage, ...]:
        """Say of each unsure page of a document whose turn it takes; a blank one needs no turn."""
        pages = document.pages
        givers = turn_givers([first[page].facts for page in pages])
        bare = {at for at in givers if is_blank(self._reading(first[pages[at]]))}
        return tuple(
            ReadPage(page, first[page], pages[givers[at]] if at in givers and at not in bare else None)
            for at, page in enumerate(pages)
        )

    def _reading(self, record: StepRecord) -> Reading:
        return Reading.from_json(self._output(record))

    def _document(
        self, document: Document, pages: tuple[ReadPage, ...], described: StepRecord, blank_pages: BlankPages
    ) -> ReadDocument:
        said = json.loads(self._output(described))
        read = ReadDocument(document, pages, described, tuple(said["fields"]), tuple(said["reasons"]))
        return read if blank_pages is BlankPages.KEEP else replace(read, left_out=blank_left_out(read))

    def _output(self, record: StepRecord) -> bytes:
        (output,) = record.outputs
        return self.works.yard.store.get(cast("Area", output.area), Digest(output.sha256))


def _second(page: ReadPage, again: StepRecord | None) -> ReadPage:
    """Return a page after its second reading, if it had one; one that failed is worth less than the first."""
    if again is None:
        return page
    if again.facts["failure"]:
        return replace(page, turned_by=None)
    return replace(page, reading=again, before=page.reading)


def _stop_at_secrets(document: Document, described: StepRecord) -> None:
    """Refuse a document with a mark of secrecy (Luật Bảo vệ bí mật nhà nước): we are no system for such papers."""
    for mark in described.facts["secrecy"]:
        page = document.pages[mark["page"]]
        name = next(original.name for original in document.originals if original.sha256 == page.original)
        raise Rejected("secret-paper", file=name, page=page.index + 1, level=mark["level"])
