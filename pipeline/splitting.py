"""Which sides of a scanned stack make which component: decided by the separator sheets in it. Pure.

Nothing is guessed. Either every side is a sheet, the blank back of one, or a page of exactly one segment, or the
whole stack goes to a person. A segment with a doubt of its own goes to a person alone; the others stand.

What is not seen here: whether a page in the middle of a segment is the head of another paper (`pipeline.stack` asks
that of the pages once they are read), and whether the sheets agree with a ticket (`disagreement`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from pipeline.model import Kind
from pipeline.separators import ComponentSheet, DossierSheet, Sheet, is_whole, parse

#: Doubts that come of counting.
_OF_PAGES: Final = frozenset({"separator-count", "separator-bare"})


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a person must look: one of `pipeline.errors.REJECTIONS`, with what its sentence needs."""

    code: str
    facts: Mapping[str, Any]  # plain JSON
    at: int  # the place in the stack, from 0, to begin looking


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a leaf as it was scanned, or a file in the stack that could not be opened."""

    sheet: Sheet | None = None
    bare: bool = False  # nothing is on it
    #: Why nobody can tell what it is: (code, facts) of a rejection.
    trouble: tuple[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """The sides between one sheet and the next."""

    sheet: ComponentSheet
    pages: tuple[int, ...]  # places in the stack, in order; blank ones too
    doubt: Doubt | None  # then nothing is made of it


@dataclass(frozen=True, slots=True)
class Split:
    """A stack taken apart. Every place is a sheet, a back, or a page of one segment."""

    head: DossierSheet
    segments: tuple[Segment, ...]  # in the order of their sheets; none for a sheet that is missing
    sheets: Mapping[int, Sheet]  # by place
    backs: tuple[int, ...]  # places of the blank backs of sheets
    missing: tuple[int, ...] = ()  # numbers of sheets that were not found


def side_of(marks: Sequence[str], *, bare: bool, faint: bool = False) -> Side:
    """Say what a side is by the texts of the codes of ours on it; each sheet bears its code twice.

    Args:
        marks: The texts.
        bare: Nothing is on the side.
        faint: A code of ours is too pale for print: a sheet behind this side may shine through.
    """
    read = {parse(mark) for mark in marks}
    if not read and not faint:
        return Side(bare=bare)
    if len(read) != 1 or None in read:
        return Side(trouble=("separator-unreadable", {}))
    return Side(sheet=read.pop())


def split(sides: Sequence[Side], dossier: str) -> Split | Doubt:
    """Take a stack apart.

    Args:
        sides: All of the stack, in the order in which it was scanned.
        dossier: Code of the dossier that the stack was handed in for.

    Returns:
        The doubt that touches everything, or the segments, each with its own doubt or none.
    """
    sheets = {at: side.sheet for at, side in enumerate(sides) if side.sheet}
    head = sheets.get(0)
    if not sheets and not any(side.trouble and side.trouble[0] == "separator-unreadable" for side in sides):
        return Doubt("separators-none", {}, 0)
    if not isinstance(head, DossierSheet):
        return _told(sides[0].trouble or ("separator-first", {}), 0)
    if doubt := _of_the_set(head, sheets, dossier):
        return doubt
    parts = _parts(sides, list(sheets))
    if loose := _loose(sides, parts[0][1]):
        return loose
    found = [(at, sheet) for at, sheet in sheets.items() if isinstance(sheet, ComponentSheet)]
    segments = [
        Segment(sheet, pages, _doubt(sheet, at, pages, sides))
        for (at, sheet), (_, pages) in zip(found, parts[1:], strict=True)
    ]
    numbers = {sheet.number for _, sheet in found}
    missing = tuple(number for number in range(1, head.of + 1) if number not in numbers)
    if not missing and not is_whole(head, [sheet for _, sheet in found]):
        return Doubt("separator-mixed", {"page": 1}, 0)
    backs = tuple(back for back, _ in parts if back is not None)
    places = [at for at, _ in found]
    return Split(head, _between(_beside_gaps(segments, places, head.of), places), sheets, backs, missing)


def disagreement(
    split_up: Split, *, procedure: str, case: str | None, station: str | None, parts: Sequence[tuple[str, Kind]]
) -> Doubt | None:
    """Hold the sheets against what a ticket says; *parts* are its components, none when it leaves them to the sheets.

    A ticket that names no case or station leaves those to the sheets as well.
    """
    head = split_up.head
    told = [("procedure", procedure, head.procedure)]
    told += [("case", case, head.case)] if case and head.case else []
    told += [("station", station, head.station)] if station and head.station else []
    for what, ticket, sheet in told:
        if ticket != sheet:
            return Doubt("separator-ticket", {"problem": f"separator-{what}", "ticket": ticket, "sheet": sheet}, 0)
    found = Counter((each.sheet.part.component, each.sheet.part.kind) for each in split_up.segments)
    asked = Counter(parts)
    if not asked or found == asked or (split_up.missing and found <= asked):
        return None
    names = (_named(asked - found) or "–", _named(found - asked) or "–")
    return Doubt("separator-ticket", {"problem": "separator-parts", "ticket": names[0], "sheet": names[1]}, 0)


def _named(parts: Counter[tuple[str, Kind]]) -> str:
    return ", ".join(sorted(component for component, _ in parts.elements()))


def _of_the_set(head: DossierSheet, sheets: Mapping[int, Sheet], dossier: str) -> Doubt | None:
    """Find a sheet that does not belong to this stack, or not at its place."""
    for at, sheet in sheets.items():
        if sheet.dossier != dossier:
            return Doubt("separator-foreign", {"page": at + 1, "sheet": sheet.dossier, "dossier": dossier}, at)
        if (sheet.set, sheet.of) != (head.set, head.of):
            return Doubt("separator-mixed", {"page": at + 1}, at)
    for (_, before), (at, sheet) in pairwise(sheets.items()):
        if sheet.number <= before.number:
            return Doubt("separator-order", {"page": at + 1, "number": sheet.number, "before": before.number}, at)
    return None


def _parts(sides: Sequence[Side], places: Sequence[int]) -> list[tuple[int | None, tuple[int, ...]]]:
    """Return for each sheet the place of its blank back, if it has one, and the places of what lies behind it."""
    found: list[tuple[int | None, tuple[int, ...]]] = []
    for at, end in pairwise((*places, len(sides))):
        back = at + 1 if at + 1 < end and sides[at + 1].bare else None
        found.append((back, tuple(range(at + 1 if back is None else at + 2, end))))
    return found


def _loose(sides: Sequence[Side], pages: Sequence[int]) -> Doubt | None:
    """Find sides between the dossier's sheet and the next: they are of no component, or lie before their sheet."""
    if not pages:
        return None
    at = next((page for page in pages if sides[page].trouble), pages[0])
    return _told(sides[at].trouble or ("separator-loose", {}), at)


def _told(trouble: tuple[str, Mapping[str, Any]], at: int) -> Doubt:
    """Doubt the side at place *at*; a file's own trouble counts pages in the file, ours count them in the stack."""
    code, facts = trouble
    return Doubt(code, {**facts, "page": at + 1} if code.startswith("separator") else facts, at)


def _doubt(sheet: ComponentSheet, at: int, pages: Sequence[int], sides: Sequence[Side]) -> Doubt | None:
    """Find what is wrong inside one segment; *at* is the place of its sheet."""
    for page in pages:
        if trouble := sides[page].trouble:
            return _told(trouble, page)
    # Blank sides are not counted: a clerk counts printed ones, and a feeder that takes both sides of each leaf adds
    # backs. They are not taken for printed ones either, or the back of one paper would stand for a lost other.
    found = sum(not sides[page].bare for page in pages)
    facts = {"number": sheet.number, "found": found}
    if sheet.part.pages is not None and found != sheet.part.pages:
        return Doubt("separator-count", {**facts, "expected": sheet.part.pages}, at)
    if pages and not found:
        return Doubt("separator-bare", {"number": sheet.number}, at)
    return None


def _beside_gaps(segments: Sequence[Segment], places: Sequence[int], of: int) -> tuple[Segment, ...]:
    """Doubt each segment behind which a sheet is missing: what lay under that sheet may lie in it.

    A side in it that nobody can tell is told instead: it may well be that sheet.
    """
    after = [*(each.sheet.number for each in segments[1:]), of + 1][: len(segments)]
    return tuple(
        replace(each, doubt=Doubt("separator-missing", {"numbers": _range(each.sheet.number + 1, follower - 1)}, at))
        if follower > each.sheet.number + 1 and (each.doubt is None or each.doubt.code in _OF_PAGES)
        else each
        for each, follower, at in zip(segments, after, places, strict=True)
    )


def _between(segments: Sequence[Segment], places: Sequence[int]) -> tuple[Segment, ...]:
    """Doubt what lies between a segment that may hold a page too many and another that may hold one too few.

    Papers pushed on by one, each below the sheet before its own, leave every count between the two ends right.
    """
    many = [at for at, each in enumerate(segments) if each.doubt and _balance(each.doubt) >= 0]
    few = [at for at, each in enumerate(segments) if each.doubt and _balance(each.doubt) <= 0]
    if not many or not few:
        return tuple(segments)
    first, last = min(many + few), max(many + few)
    return tuple(
        replace(each, doubt=Doubt("separator-between", {"number": each.sheet.number}, place))
        if first < at < last and not each.doubt
        else each
        for at, (each, place) in enumerate(zip(segments, places, strict=True))
    )


def _balance(doubt: Doubt) -> int:
    """Return whether a segment holds too many pages (1), too few (-1), or nobody knows (0)."""
    if doubt.code != "separator-count":
        return 0
    return 1 if doubt.facts["found"] > doubt.facts["expected"] else -1


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
