"""Blocks that many Vietnamese papers share: the national heading, an office's head, a signature."""

from __future__ import annotations

from collections.abc import Sequence

from maker.layout import Face, Style
from maker.marks import hand, seal
from maker.printer import BOLD, ITALIC, Line, Printer

TITLE = Style(Face.BOLD, 14)
NATION = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Style(Face.BOLD, 12))
MOTTO = ("Độc lập - Tự do - Hạnh phúc", BOLD)
SMALL = Style(Face.REGULAR, 11)
TO_HEAD = ("Nơi nhận:", Style(Face.BOLD_ITALIC, 12))


def national(paper: Printer) -> None:
    """Print the national name and motto over a paper that a citizen writes."""
    paper.centred(*NATION)
    paper.centred(*MOTTO)
    middle, half = (paper.left + paper.right) // 2, paper.sheet.mm(31)
    paper.sheet.rule(middle - half, middle + half, paper.y + paper.sheet.mm(1.4))
    paper.gap(8)


def office(paper: Printer, above: str, own: str, number: str, place_date: str) -> None:
    """Print the head of an agency's paper: *above* the parent, *own* name, number, place and date.

    ND 30/2020 Annex I: agency left and nation right, number and date below them.
    """
    plain = Style(Face.REGULAR, 12)
    left = [(above, plain), (own, Style(Face.BOLD, 12)), (number, plain)]
    paper.letterhead(left, [NATION, MOTTO, (place_date, ITALIC)])


def signed(
    paper: Printer,
    left: Sequence[Line],
    titles: Sequence[str],
    name: str,
    *,
    ring: str = "",
    office_name: str = "",
) -> None:
    """Print the foot of a paper and sign it; with a *ring* the seal covers a third of the hand."""
    right = [*((title, BOLD) for title in titles), (name, BOLD)]
    middle = paper.signatures(left, right)
    x = paper.sheet.mm(147)
    hand(paper.sheet, (x, middle))
    if ring:
        seal(paper.sheet, (x - paper.sheet.mm(20), middle), ring=ring, office=office_name)


def declared(paper: Printer, place_date: str, title: str, name: str) -> None:
    """Print place, date and the signature of a citizen."""
    right = [(place_date, ITALIC), (title, BOLD), (name, BOLD)]
    middle = paper.signatures([], right, space=22)
    hand(paper.sheet, (paper.sheet.mm(147), middle), width=36)
