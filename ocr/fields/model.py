"""What is found on a paper: one `Field` for each fact that the paper states about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ocr.model import Box, Word
from ocr.syllables import doubtful

#: Names of the fields, in the order in which `find_fields` gives them: type (tên loại), number (số), notation (ký
#: hiệu), place and date (địa danh, thời gian), superior and agency (cơ quan chủ quản, cơ quan ban hành), subject
#: (trích yếu), signer (chức vụ, họ tên), owner (họ tên, số định danh cá nhân).
FieldName = Literal[
    "type",
    "number",
    "notation",
    "place",
    "date",
    "superior",
    "agency",
    "subject",
    "signer-position",
    "signer-name",
    "owner-name",
    "owner-identity",
]

#: A fact of few words with one less certain than this has no value; such words are mostly strokes of a pen or a seal.
LEAST_CERTAIN: Final = 0.30
# A word against the orthography is worth so much of what the engine thinks of it.
_DOUBT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Field:
    """One fact as the paper states it.

    Attributes:
        name: See `FieldName`.
        text: As read, words joined by single spaces; empty when the fact follows from what is not printed.
        value: As records keep it; None when the place of the fact was found and nothing there can be relied upon
            (a number by hand, a name under a seal): somebody has to type it.
        page: From 0, among the pages that were looked at.
        box: Where `text` stands, in pixels of that page's straight frame.
        confidence: From 0 to 1; see `confidence_of`.
        check: Code of what a validator of `ocr.validators` found wrong, or "number-uncertain" for a number that was
            written by hand or not read in full; None when nothing is, or when the fact has no form.
    """

    name: FieldName
    text: str
    value: str | None
    page: int
    box: Box
    confidence: float
    check: str | None = None


def confidence_of(words: Sequence[Word]) -> float:
    """Return from 0 to 1 how far *words* can be relied upon: half way between the worst of them and their mean.

    The mean alone hides the one lost syllable that makes another name of a name.
    """
    worths = [word.confidence * (_DOUBT if doubtful(word.text) else 1.0) for word in words]
    return round((min(worths) + sum(worths) / len(worths)) / 2, 4)


def field_of(
    name: FieldName, words: Sequence[Word], page: int, *, value: str | None, check: str | None = None
) -> Field:
    """Return the field that *words*, at least one, make."""
    box = Box.around(tuple(word.box for word in words))
    return Field(name, " ".join(word.text for word in words), value, page, box, confidence_of(words), check)
