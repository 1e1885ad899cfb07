"""What can be said of how a signed PDF looks: frozen reports, and the limits of looking; nothing is drawn here.

Reasons why nothing passes, stable, for machines. Of a file: "no-signature", "unreadable", "odd-byte-range",
"too-large", "too-slow", "too-many-revisions", "too-many-pages", "too-many-fields", "too-many-objects",
"program-missing". Of a revision: "revision-unreadable", "no-pages", "errors-added" (poppler stumbled over something
that was not there when it was signed). Of a page that was not compared: "undrawable", "too-slow", "out-of-memory",
"page-too-large", "pages-uncertain" (two readers count different pages); of one that differs as a whole: "page-added",
"page-removed", "page-size".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from signing.seeing.differences import Kind
from signing.seeing.revisions import Rectangle

#: From best to worst. "permitted": only marks of later signatures, or forms that a signature allows to be filled.
SeenStatus = Literal["same", "permitted", "not-compared", "different"]
SEVERITY: tuple[SeenStatus, ...] = ("same", "permitted", "not-compared", "different")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take; ours, chosen with room for the papers of a dossier."""

    #: Seconds for everything.
    seconds: float = 60.0
    #: Octets of address space of each of the two programs that run at a time.
    memory: int = 448 << 20
    #: Octets of the file.
    octets: int = 256 << 20
    pages: int = 500
    #: Signed revisions before the last.
    revisions: int = 16
    #: Dots per inch. At 100 one other letter in 8 pt print changes 18 pixels or more, a comma for a full stop 4.
    dpi: int = 100
    #: Pixels of one page; A0 at 100 dpi has 15.5 million.
    pixels: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a page does not look as it was signed."""

    kind: Kind
    #: Whether the signature allows it.
    permitted: bool
    #: Left, top, right, bottom; points from the upper left corner of the page as it is shown.
    box: Rectangle


@dataclass(frozen=True, slots=True)
class PageSeen:
    """One page of a signed revision beside the same of the last."""

    #: From 1.
    number: int
    status: SeenStatus
    #: Why it was not compared, or how it differs as a whole ("page-added", "page-removed", "page-size").
    reason: str | None = None
    #: Share of its pixels that changed, 0 to 1.
    changed: float = 0.0
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisionSeen:
    """One signed revision beside the last."""

    #: Where it ends, octets: the end of its signatures' /ByteRange.
    end: int
    #: Names of the fields whose signatures end there.
    fields: tuple[str, ...]
    status: SeenStatus
    #: Why it was not compared.
    reason: str | None
    #: Pages then and now.
    pages_signed: int
    pages_last: int
    pages: tuple[PageSeen, ...]


@dataclass(frozen=True, slots=True)
class Active:
    """Something in the file by which it can look different to another reader, or at another time."""

    #: A word of `signing.seeing.walk`: "javascript", "layers", "xfa" …
    kind: str
    #: In how many places.
    count: int
    #: Whether it came, or came in more places, after the first signature.
    added_later: bool


@dataclass(frozen=True, slots=True)
class SeenReport:
    """What was seen of a file."""

    #: The worst of its revisions; "not-compared" when nothing in it is signed.
    status: SeenStatus
    #: Why nothing was compared: "no-signature", "too-slow", "unreadable", "too-many-pages" and the like.
    reason: str | None
    #: One for each end of a signed part, the oldest first.
    revisions: tuple[RevisionSeen, ...] = ()
    #: Active content of the last revision, by kind.
    active: tuple[Active, ...] = ()
