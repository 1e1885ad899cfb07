"""What a report for people is made of: facts, tables, pictures, in reading order, with no form yet.

`as_html` and `as_pdf` write the same blocks, so that what a clerk sees on a screen and what a court gets on paper
cannot differ. Text is plain here (`pipeline.reports.plain`), but not escaped.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.checking import Result
from pipeline.reports.page import PagePicture
from pipeline.reports.trail import Drawing


@dataclass(frozen=True, slots=True)
class Row:
    """A fact with its name."""

    label: str
    value: str
    #: Whether the value is a hash, which is set in letters of one width and may break anywhere.
    code: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of facts."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; with a tone it stands out."""

    text: str
    tone: Result | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; each row has as many cells as there are heads."""

    heads: tuple[str, ...]
    #: Share of the width of each column; they sum up to 1.
    shares: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    #: Columns that hold hashes.
    codes: frozenset[int] = frozenset()
    #: What each row's tone is; empty for a table without.
    tones: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with what to say below it."""

    picture: PagePicture | Drawing
    caption: str
    #: Whether it takes the whole width: two pages beside one another.
    wide: bool = False


Block = Facts | Words | Grid | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part; level 1 begins on a new page of paper where the one before is long."""

    heading: str
    level: int
    blocks: tuple[Block, ...]
    tone: Result | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole report."""

    title: str
    tone: Result
    #: HỢP LỆ and the like.
    verdict: str
    #: What that means to whoever relies on the paper.
    meaning: tuple[Words, ...]
    facts: Facts
    sections: tuple[Section, ...]
    closing: str
