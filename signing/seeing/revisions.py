"""What each signed revision of a PDF holds: its pages, its fields, and what could make it look different to others.

A signed revision is the file up to the end of its /ByteRange: a whole PDF of its own. The reading is done by the
program `signing.seeing.walk`, under limits; here its answer becomes values. Nothing is drawn or compared.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signing.seeing.confined import Confined

_PROGRAM = Path(__file__).with_name("walk.py")
#: Octets of its answer; a page takes a hundred, a field as many.
MOST_ANSWER = 16 << 20

#: Left, bottom, right, top; points, in the coordinates of the page.
Rectangle = tuple[float, float, float, float]


class Unreadable(Exception):
    """The file's structure cannot be known; the message is a reason of `signing.seeing.seen_model`."""


@dataclass(frozen=True, slots=True)
class Widget:
    """Where a field shows on a page."""

    rectangle: Rectangle
    #: Whether it is a signature field; otherwise it is one that people fill in.
    signature: bool
    #: End of what its signature covers, octets; nothing when it is not signed.
    end: int | None
    #: Whether it draws anything.
    shows: bool


@dataclass(frozen=True, slots=True)
class PageLayout:
    """The part of a page that is shown."""

    #: Crop box inside the media box.
    box: Rectangle
    #: Degrees clockwise: 0, 90, 180, 270.
    rotate: int
    widgets: tuple[Widget, ...]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as it is shown, points."""
        left, bottom, right, top = self.box
        upright = self.rotate in {0, 180}
        return (right - left, top - bottom) if upright else (top - bottom, right - left)


@dataclass(frozen=True, slots=True)
class Revision:
    """The file up to some octet."""

    #: Its length, octets.
    end: int
    #: Names of the fields whose signatures end here; empty for a last revision that is not signed.
    fields: tuple[str, ...]
    #: Whether it is a file that ends as a PDF must.
    readable: bool
    #: Smallest /DocMDP permission of signatures in it: 1 nothing, 2 forms, 3 annotations; nothing when none says.
    permission: int | None
    pages: tuple[PageLayout, ...]
    #: What is active in it (the words are those of `signing.seeing.walk`) and in how many places.
    active: dict[str, int]


def revisions_of(path: Path, *, confined: Confined, most_revisions: int, most_pages: int) -> tuple[Revision, ...]:
    """Return the signed revisions of the PDF at *path*, the oldest first, and the whole file as the last.

    Raises:
        Unreadable: it is no PDF, or holds more than is looked at.
        OSError: the program cannot be started.
    """
    # -I: nothing of the working folder or of the environment is imported
    words = [sys.executable, "-I", str(_PROGRAM), str(path), str(most_revisions), str(most_pages)]
    program = confined.start(words)
    answer = program.output.read(MOST_ANSWER)
    if confined.expired:
        raise Unreadable("too-slow")
    if program.process.wait() != 0:
        raise Unreadable("unreadable")
    told: dict[str, Any] = json.loads(answer)
    if "reason" in told:
        raise Unreadable(told["reason"])
    return tuple(_revision(each, told["signatures"]) for each in told["revisions"])


def _revision(told: dict[str, Any], signatures: list[dict[str, Any]]) -> Revision:
    end: int = told["end"]
    said = [each["permission"] for each in signatures if each["end"] <= end and each["permission"] is not None]
    return Revision(
        end=end,
        fields=tuple(each["name"] for each in signatures if each["end"] == end),
        readable=told["readable"],
        permission=min(said, default=None),
        pages=tuple(_page(page) for page in told.get("pages", ())),
        active=told.get("active", {}),
    )


def _page(told: dict[str, Any]) -> PageLayout:
    widgets = tuple(
        Widget(_rectangle(each["rect"]), each["signature"], each["end"], each["shows"]) for each in told["widgets"]
    )
    return PageLayout(_rectangle(told["box"]), told["rotate"], widgets)


def _rectangle(sides: list[float]) -> Rectangle:
    left, bottom, right, top = sides
    return left, bottom, right, top
