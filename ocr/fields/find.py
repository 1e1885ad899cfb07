"""Everything that a paper says about itself, from the readings of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, get_args

from ocr.fields.kinds import LETTER
from ocr.fields.letterhead import Letterhead, find_letterhead, letterhead_fields
from ocr.fields.model import Field, FieldName
from ocr.fields.owner import owner_fields
from ocr.fields.sheet import Sheet, sheet_of
from ocr.fields.signature import signature_fields
from ocr.fields.title import title_fields
from ocr.model import Reading

_ORDER: Final[tuple[FieldName, ...]] = get_args(FieldName)


def find_fields(pages: Sequence[Reading]) -> tuple[Field, ...]:
    """Return the fields of the paper on *pages*, at most one of each name, in the order of `FieldName`.

    A field that is not found is not there; one whose place was found without a legible value has none.

    Args:
        pages: Of one paper, in order; annexes may follow it. Pages that could not be read count as empty.
    """
    sheets = [sheet for number, page in enumerate(pages) if (sheet := sheet_of(page, number)) is not None]
    found: list[Field] = []
    for sheet in sheets:
        head = find_letterhead(sheet)
        found = _opening(sheet, head)
        if head or found:
            break
    found += next((signed for sheet in sheets if (signed := signature_fields(sheet))), [])
    found += owner_fields(sheets)
    first: dict[FieldName, Field] = {}
    for field in found:
        first.setdefault(field.name, field)
    return tuple(sorted(first.values(), key=lambda field: _ORDER.index(field.name)))


def _opening(sheet: Sheet, head: Letterhead | None) -> list[Field]:
    """Return what the first page states: the letterhead, the title, or the subject of a letter."""
    stated = letterhead_fields(head, sheet) if head else []
    letter = next((field for field in stated if field.name == "subject"), None)
    if letter:
        return [*stated, replace(letter, name="type", text="", value=LETTER, check=None)]
    return stated + title_fields(sheet, head.motto.box.bottom if head else 0.0)
