"""A document on its way: everything recorded of it, from its pages to the PDF that is filed and what lies beside it.

Pure values, filled by the lanes (`pipeline.pages`, `pipeline.closing`), told by the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pipeline.model import Document, PageRef, Sha256
from pipeline.plan import StepRecord

#: The files that may be asked for beside each PDF, by kind: how their names end.
SIDECARS: Mapping[str, str] = MappingProxyType({"txt": ".txt", "alto": ".alto.xml"})


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page as it was read."""

    ref: PageRef
    reading: StepRecord  # the one that counts
    turned_by: PageRef | None = None  # the neighbour whose turn it was given
    before: StepRecord | None = None  # the reading that could not tell its turn, when the one that counts is a second


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document whose pages are read."""

    document: Document
    pages: tuple[ReadPage, ...] = ()  # as scanned; none for a PDF that arrived signed
    described: StepRecord | None = None  # its facts say which pages are blank
    fields: tuple[Mapping[str, Any], ...] = ()  # as `pipeline.stages.describe` writes them, pages by place
    reasons: tuple[Mapping[str, Any], ...] = ()  # for a review, from the same object
    left_out: frozenset[int] = frozenset()  # places in `pages`, from 0, that the PDF is made without

    @property
    def blank(self) -> tuple[int, ...]:
        """Places of the blank pages, from 0."""
        told = self.described.facts["blank"] if self.described else ()
        return tuple(at for at, blank in enumerate(told) if blank)

    @property
    def kept(self) -> tuple[ReadPage, ...]:
        """The pages that go into the PDF."""
        return tuple(page for at, page in enumerate(self.pages) if at not in self.left_out)

    def number(self, at: int) -> int:
        """Return which page of the PDF, from 1, the page at place *at* is."""
        return at + 1 - sum(out < at for out in self.left_out)


@dataclass(frozen=True, slots=True)
class Filed:
    """A document that is filed."""

    read: ReadDocument
    sha256: str  # of the filed PDF
    size: int  # bytes
    gated: Mapping[Sha256, StepRecord]
    assembled: StepRecord | None = None  # None for a PDF that arrived signed, as the next two
    sealed: StepRecord | None = None
    sidecars: tuple[StepRecord, ...] = ()
    renewals: tuple[StepRecord, ...] = ()  # of the sealed PDF, oldest first; the last one's output is what is filed

    @property
    def document(self) -> Document:
        """The document itself."""
        return self.read.document


def blank_left_out(read: ReadDocument) -> frozenset[int]:
    """Return the places that a PDF is made without when blank pages are to be left out.

    A page on which something was found is not left out, however bare it is; a document of blank pages only keeps all.
    """
    speaking = {field["page"] for field in read.fields}
    out = frozenset(read.blank) - speaking
    return frozenset() if len(out) == len(read.pages) else out


def sidecar_name(file_name: str, kind: str) -> str:
    """Return what the sidecar of the PDF *file_name* is called: ``TP01-01.txt``."""
    return file_name.removesuffix(".pdf") + SIDECARS[kind]
