"""Why somebody should look at a paper: reasons with a stable code and the facts behind it.

Confidence alone is no reason: its mean hides what matters. What counts is how many words are uncertain or against
the orthography, and whether what must be exact can be right. Who looks, and when, is for others to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ocr.fields.find import find_fields
from ocr.fields.model import Field, FieldName
from ocr.model import UNCERTAIN_BELOW, Reading, Word
from ocr.syllables import doubtful

#: Share of the words of a page. Of 68 flatbed pages nine in ten stay below 0.01; of ten pages of real decisions prose
#: has 0.01 to 0.07, two with tables that were read badly 0.17 and 0.21.
LARGEST_UNCERTAIN_SHARE: Final = 0.12
#: Words; on a page with fewer, specks and a signature make most of any share.
FEWEST_WORDS: Final = 20

#: Where a paper states the first, it states the second.
_TOGETHER: Final[tuple[tuple[FieldName, FieldName], ...]] = (
    ("signer-position", "signer-name"),
    ("agency", "date"),
    ("agency", "type"),
)

ReasonCode = Literal["page-unread", "turn-assumed", "words-uncertain", "field-wrong", "field-unread", "field-missing"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to look at a paper.

    Attributes:
        code: See `ReasonCode`.
        page: From 0, among the pages that were looked at.
        detail: The code of the failure or of the validator; empty otherwise.
        field: The field in question, for "field-wrong", "field-unread" and "field-missing".
        share: Of the words of the page, from 0 to 1, for "words-uncertain".
    """

    code: ReasonCode
    page: int
    detail: str = ""
    field: FieldName | None = None
    share: float | None = None


def review(pages: Sequence[Reading], fields: Sequence[Field] | None = None) -> tuple[Reason, ...]:
    """Return why the paper on *pages* should be looked at, page by page; nothing when there is no reason.

    Args:
        pages: Of one paper, in order.
        fields: What `find_fields` gave for *pages*, when the caller has it.
    """
    known = find_fields(pages) if fields is None else fields
    reasons = [reason for number, page in enumerate(pages) for reason in _of_page(page, number)]
    for field in known:
        if field.value is None:
            reasons.append(Reason("field-unread", field.page, field.check or "", field.name))
        elif field.check is not None:
            reasons.append(Reason("field-wrong", field.page, field.check, field.name))
    named = {field.name: field for field in known}
    reasons += [
        Reason("field-missing", named[there].page, field=gone)
        for there, gone in _TOGETHER
        if there in named and gone not in named
    ]
    return tuple(sorted(reasons, key=lambda reason: reason.page))


def questionable_share(page: Reading) -> float | None:
    """Return the share of words that are uncertain or against the orthography, 0 to 1; None without words."""
    words = [word for word in page.words if any(letter.isalnum() for letter in word.text)]
    return sum(map(_questionable, words)) / len(words) if words else None


def _questionable(word: Word) -> bool:
    return word.confidence < UNCERTAIN_BELOW or doubtful(word.text)


def _of_page(page: Reading, number: int) -> list[Reason]:
    if page.failure is not None:
        return [Reason("page-unread", number, page.failure)]
    reasons = []
    if page.rotation_ground == "assumed" and page.words:
        reasons.append(Reason("turn-assumed", number))
    share = questionable_share(page)
    if share is not None and share > LARGEST_UNCERTAIN_SHARE and len(page.words) >= FEWEST_WORDS:
        reasons.append(Reason("words-uncertain", number, share=round(share, 4)))
    return reasons
