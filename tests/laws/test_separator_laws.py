"""Separator sheets, whatever happens to a stack: a side is never in a wrong file without somebody being asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.model import DossierCode, Kind
from pipeline.separators import (
    ComponentSheet,
    DossierSheet,
    Part,
    Sheet,
    check_digits,
    is_ours,
    is_whole,
    parse,
    payload,
    sheets_of,
)
from pipeline.splitting import Doubt, Side, Split, side_of, split

DOSSIER = DossierCode("H15.50.05.13", date(2026, 11, 20), "0012")
OTHER = DossierCode("H15.50.05.13", date(2026, 11, 20), "0021")
LAW = settings(deadline=None, max_examples=150)

names = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)
kinds = st.sampled_from(list(Kind))
parts = st.lists(st.builds(Part, names, kinds, st.none() | st.integers(1, 2000)), min_size=1, max_size=6)
dossiers = st.builds(
    DossierCode,
    st.sampled_from(["H15.50.05.13", "000.00.53.H48"]),
    st.dates(date(2024, 1, 1), date(2060, 1, 1)),
    st.from_regex(r"[0-9]{4,7}", fullmatch=True),
)
sheet_sets = st.builds(
    sheets_of,
    dossiers,
    st.sampled_from(["1.001193", "2.000815.000.00.00.H48"]),
    st.none() | names,
    st.none() | names,
    parts,
)


# --- what stands in the code ---------------------------------------------------------------------------------------


@LAW
@given(sheet_sets)
def test_what_is_printed_is_what_is_read(sheets: tuple[Sheet, ...]) -> None:
    assert [parse(payload(sheet)) for sheet in sheets] == list(sheets)
    assert all(is_ours(payload(sheet)) for sheet in sheets)


@LAW
@given(sheet_sets, st.data())
def test_a_wrong_letter_is_never_read_as_a_sheet(sheets: tuple[Sheet, ...], data: st.DataObject) -> None:
    line = payload(data.draw(st.sampled_from(sheets)))
    at = data.draw(st.integers(0, len(line) - 1))
    letter = data.draw(st.sampled_from([chr(code) for code in range(ord("-"), ord("z") + 1)]))
    assume(letter != line[at])
    assert parse(line[:at] + letter + line[at + 1 :]) is None


@LAW
@given(sheet_sets, st.data())
def test_two_swapped_neighbours_are_never_read_as_a_sheet(sheets: tuple[Sheet, ...], data: st.DataObject) -> None:
    line = payload(data.draw(st.sampled_from(sheets)))
    at = data.draw(st.integers(0, len(line) - 2))
    assume(line[at] != line[at + 1])
    assert parse(line[:at] + line[at + 1] + line[at] + line[at + 2 :]) is None


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_any_text_can_be_asked_whether_it_is_a_sheet(text: str) -> None:
    assert parse(text) is None
    assert parse(f"SOHOA1/C/{text}/{check_digits(f'SOHOA1/C/{text}/')}") is None or "/" in text


@LAW
@given(sheet_sets, st.data())
def test_a_set_is_whole_only_with_all_its_sheets_in_order(sheets: tuple[Sheet, ...], data: st.DataObject) -> None:
    head, *rest = sheets
    assert isinstance(head, DossierSheet)
    components = [sheet for sheet in rest if isinstance(sheet, ComponentSheet)]
    assert is_whole(head, components)
    other = data.draw(st.lists(st.sampled_from(components), max_size=len(components)))
    assume([each.part for each in other] != [each.part for each in components])
    assert not is_whole(head, other)


# --- stacks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """A side with the number of the sheet it truly belongs to; sheets belong to nobody."""

    side: Side
    owner: int | None = None


PAGE, BARE = Side(), Side(bare=True)


@st.composite
def stacks(draw: st.DrawFn, *, counted: bool = True) -> list[Leaf]:
    """A stack as a clerk should lay it: each sheet, perhaps its blank back, its pages with blank backs among them."""
    made: list[tuple[int, list[bool]]] = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        bares = draw(st.lists(st.booleans(), max_size=3))
        # A blank first side would be taken for the back of the sheet, a paper of blank sides is for a person.
        made.append((number, [False, *bares]))
    asked = [Part(f"TP{number:02}", Kind.ORIGINAL, bares.count(False) if counted else None) for number, bares in made]
    head, *sheets = sheets_of(DOSSIER, "1.001193", None, None, asked)
    duplex = draw(st.booleans())
    back = [Leaf(BARE)] if duplex else []
    laid = [Leaf(Side(sheet=head)), *back]
    for sheet, (number, bares) in zip(sheets, made, strict=True):
        laid += [Leaf(Side(sheet=sheet)), *back, *(Leaf(BARE if bare else PAGE, number) for bare in bares)]
    return laid


def parted(laid: list[Leaf]) -> Split | Doubt:
    return split([leaf.side for leaf in laid], str(DOSSIER))


def places_of(laid: list[Leaf], number: int) -> tuple[int, ...]:
    return tuple(at for at, leaf in enumerate(laid) if leaf.owner == number)


def nothing_is_wrong(laid: list[Leaf]) -> None:
    """Hold what is taken from a stack without a doubt against the truth; trailing blanks may go either way."""
    found = parted(laid)
    if isinstance(found, Doubt):
        return
    everything = [*found.sheets, *found.backs, *(at for each in found.segments for at in each.pages)]
    assert sorted(everything) == list(range(len(laid)))
    for segment in found.segments:
        if segment.doubt is None:
            printed = [at for at in segment.pages if not laid[at].side.bare]
            truly = [at for at in places_of(laid, segment.sheet.number) if not laid[at].side.bare]
            assert printed == truly


@LAW
@given(st.booleans().flatmap(lambda counted: stacks(counted=counted)))
def test_a_stack_as_it_should_be_is_split_as_it_was_laid(laid: list[Leaf]) -> None:
    found = parted(laid)
    assert isinstance(found, Split)
    assert [segment.doubt for segment in found.segments] == [None] * len(found.segments)
    for segment in found.segments:
        assert segment.pages == places_of(laid, segment.sheet.number)


sides = st.sampled_from([PAGE, BARE, Side(trouble=("separator-unreadable", {})), Side(trouble=("picture-broken", {}))])
some_sheets = sheets_of(
    DOSSIER, "1.001193", None, None, [Part(f"TP0{at}", Kind.ORIGINAL, at or None) for at in range(4)]
) + sheets_of(OTHER, "1.001193", None, None, [Part("TP01", Kind.COPY, 1)])
any_side = sides | st.sampled_from(some_sheets).map(lambda sheet: Side(sheet=sheet))


@settings(deadline=None, max_examples=400)
@given(st.lists(any_side, max_size=12))
def test_every_side_is_in_one_place_or_the_whole_stack_is_for_a_person(found: list[Side]) -> None:
    made = split([Side(sheet=some_sheets[0]), *found], str(DOSSIER))
    if isinstance(made, Split):
        everything = [*made.sheets, *made.backs, *(at for each in made.segments for at in each.pages)]
        assert sorted(everything) == list(range(len(found) + 1))
        assert all(made.sheets[at - 1] for at in made.backs)
    assert isinstance(split(found, str(DOSSIER)), Split | Doubt)


@LAW
@given(stacks(), st.data())
def test_lost_sheets_never_split_a_stack_wrongly(laid: list[Leaf], data: st.DataObject) -> None:
    places = [at for at, leaf in enumerate(laid) if leaf.side.sheet]
    lost = data.draw(st.sets(st.sampled_from(places), min_size=1))
    how = data.draw(st.sampled_from(["gone", "unreadable", "no code", "blank", "broken file"]))
    left = {
        "gone": None,
        "unreadable": Side(trouble=("separator-unreadable", {})),
        "no code": PAGE,
        "blank": BARE,
        "broken file": Side(trouble=("picture-broken", {})),
    }[how]
    after = [Leaf(left) if at in lost and left else leaf for at, leaf in enumerate(laid) if at not in lost or left]
    found = parted(after)
    assert isinstance(found, Doubt) or found.missing or any(each.doubt for each in found.segments)
    nothing_is_wrong(after)


@LAW
@given(stacks(), st.data())
def test_a_sheet_that_is_there_twice_goes_to_a_person(laid: list[Leaf], data: st.DataObject) -> None:
    sheet = data.draw(st.sampled_from([leaf for leaf in laid if leaf.side.sheet]))
    at = data.draw(st.integers(0, len(laid)))
    assert isinstance(parted([*laid[:at], sheet, *laid[at:]]), Doubt)


@LAW
@given(stacks(), st.data())
def test_sheets_laid_in_anywhere_else_never_split_a_stack_wrongly(laid: list[Leaf], data: st.DataObject) -> None:
    sheets = [leaf for leaf in laid if leaf.side.sheet]
    pages = [leaf for leaf in laid if leaf.owner is not None]
    ordered = data.draw(st.booleans())
    for sheet in sheets if ordered else data.draw(st.permutations(sheets)):
        low = max((at + 1 for at, leaf in enumerate(pages) if leaf.side.sheet), default=0) if ordered else 0
        at = data.draw(st.integers(low, len(pages)))
        pages.insert(at, sheet)
    nothing_is_wrong(pages)


@LAW
@given(stacks(), st.data())
def test_a_page_lost_or_added_goes_to_a_person(laid: list[Leaf], data: st.DataObject) -> None:
    printed = [at for at, leaf in enumerate(laid) if leaf.owner is not None and not leaf.side.bare]
    at = data.draw(st.sampled_from(printed))
    owner = laid[at].owner
    changed = data.draw(st.sampled_from([[], [laid[at], laid[at]]]))
    found = parted([*laid[:at], *changed, *laid[at + 1 :]])
    assert isinstance(found, Split)
    assert [each.sheet.number for each in found.segments if each.doubt] == [owner]


@LAW
@given(stacks(), stacks(), st.data())
def test_a_sheet_of_another_print_goes_to_a_person(laid: list[Leaf], other: list[Leaf], data: st.DataObject) -> None:
    at, there = (
        data.draw(st.sampled_from([at for at, leaf in enumerate(each) if leaf.side.sheet])) for each in (laid, other)
    )
    mixed = [*laid[:at], other[there], *laid[at + 1 :]]
    assume(mixed[at].side != laid[at].side)
    assert isinstance(parted(mixed), Doubt)


# --- what only an example shows ------------------------------------------------------------------------------------


def stack_of(*told: str) -> tuple[list[Side], tuple[Sheet, ...]]:
    """Lay a stack of two components with two and one page: ``0 1 p p 2 p``; ``b`` is a blank side."""
    asked = [Part("TP01", Kind.ORIGINAL, 2), Part("TP02", Kind.COPY, 1)]
    sheets = sheets_of(DOSSIER, "1.001193", None, None, asked)
    known = {"p": PAGE, "b": BARE} | {str(at): Side(sheet=sheet) for at, sheet in enumerate(sheets)}
    return [known[each] for word in told for each in word.split()], sheets


def code_of(told: str) -> str:
    made = split(stack_of(told)[0], str(DOSSIER))
    return made.code if isinstance(made, Doubt) else "; ".join(each.doubt.code for each in made.segments if each.doubt)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("", "separators-none"),
        ("p p", "separators-none"),
        ("p 0 1 p p 2 p", "separator-first"),
        ("1 p p 2 p", "separator-first"),
        ("0 p 1 p p 2", "separator-loose"),
        ("0 b b 1 p p 2 p", "separator-loose"),
        ("0 2 p 1 p p", "separator-order"),
        ("0 1 p p 2 p 2", "separator-order"),
        ("0 0 1 p p 2 p", "separator-order"),
        ("0 1 p p p", "separator-missing"),
        ("0 1 p 2 p", "separator-count"),
        ("0 1 p p 2 b b", "separator-count"),
        ("0 1 p p 2", "separator-count"),
        ("0 b 1 b p b p b 2 b p b", ""),
    ],
)
def test_a_stack_is_told_by_its_code(told: str, code: str) -> None:
    assert code_of(told) == code


def test_papers_pushed_on_by_one_taint_those_between() -> None:
    # Each paper lies below the sheet before its own: the counts in the middle are right, the pages are not.
    asked = [Part(f"TP0{at}", Kind.ORIGINAL, 1) for at in range(1, 5)]
    head, *sheets = (Side(sheet=sheet) for sheet in sheets_of(DOSSIER, "1.001193", None, None, asked))
    found = split([head, sheets[0], PAGE, PAGE, sheets[1], PAGE, sheets[2], PAGE, sheets[3]], str(DOSSIER))
    assert isinstance(found, Split)
    codes = [each.doubt.code if each.doubt else None for each in found.segments]
    assert codes == ["separator-count", "separator-between", "separator-between", "separator-count"]


def test_a_sheet_of_another_dossier_stops_the_stack() -> None:
    laid, _ = stack_of("0 1 p p 2 p")
    stranger = sheets_of(OTHER, "1.001193", None, None, [Part("TP01", Kind.ORIGINAL, 1)])[1]
    found = split([*laid, Side(sheet=stranger), PAGE], str(DOSSIER))
    assert isinstance(found, Doubt)
    assert (found.code, found.at) == ("separator-foreign", len(laid))


def test_a_component_that_nobody_counted_may_be_absent() -> None:
    asked = [Part("TP01", Kind.ORIGINAL, None), Part("TP02", Kind.ORIGINAL, None)]
    head, one, two = (Side(sheet=sheet) for sheet in sheets_of(DOSSIER, "1.001193", None, None, asked))
    found = split([head, one, BARE, two, PAGE], str(DOSSIER))
    assert isinstance(found, Split)
    assert [(each.pages, each.doubt) for each in found.segments] == [((), None), ((4,), None)]


def test_two_codes_on_a_side_that_differ_are_no_sheet() -> None:
    _, sheets = stack_of("")
    lines = [payload(sheet) for sheet in sheets]
    assert side_of(lines[:1] * 2, bare=False) == Side(sheet=sheets[0])
    assert side_of(lines[:2], bare=False).trouble == ("separator-unreadable", {})
    assert side_of([lines[0], lines[0][:-1] + "x"], bare=False).trouble is not None


def test_a_code_of_a_later_version_is_ours_and_not_understood() -> None:
    line = payload(replace(stack_of("")[1][0])).replace("SOHOA1", "SOHOA2")[:-2]
    assert is_ours(line)
    assert parse(line + check_digits(line)) is None


@pytest.mark.parametrize(
    "text", ["", "1|000000000000|Nguyễn Thị Mẫu|01011990", "https://sohoa.vn/1", "SOHOA", "sohoa1/"]
)
def test_codes_of_cards_and_invoices_are_none_of_ours(text: str) -> None:
    assert not is_ours(text)
