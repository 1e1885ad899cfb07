"""The name of a paper and what it is about: the centred heading, and the lines below it (trích yếu)."""

from __future__ import annotations

import re
from typing import Final

from ocr.fields.anchors import folded, is_capital, nearest, starts_like
from ocr.fields.kinds import KINDS
from ocr.fields.model import Field, field_of
from ocr.fields.sheet import WIDE_GAP, Run, Sheet, split, words_of
from ocr.model import Word
from ocr.syllables import doubtful

#: Of the height of the page, from the top: a heading that names the paper stands above it.
_TITLE_ZONE: Final = 0.5
#: Of the width of the page: centred lines share their middle to this; the indent of a paragraph moves its by 0.024.
_OFF_MIDDLE: Final = 0.015
#: Of the width of the page: how far the middle of a heading is from the middle of the page; margins differ, and the
#: page may lie off the glass.
_OFF_PAGE: Final = 0.12
#: Times the distance from the heading to the first line below it, or of a line in height: a wider step is a new part.
_STEP: Final = 1.45
#: Heights of a word from one line of a heading to the next, at most.
_PITCH: Final = 2.6
#: With what the text of a paper begins, and no subject does.
_TEXT_BEGINS: Final = (
    "Căn cứ",
    "Kính gửi",
    "Theo đề nghị",
    "Điều 1",
    "Hôm nay",
    "Họ và tên",
    "Họ, chữ đệm, tên",
    "Chúng tôi",
)


def title_fields(sheet: Sheet, top: float) -> list[Field]:
    """Return type and subject of the paper that begins on *sheet*, looking below *top* (pixels)."""
    rows = [_centred(row, sheet) for row in sheet.between(top, _TITLE_ZONE * sheet.height)]
    for at, run in enumerate(rows):
        found = _kind(run) if run else None
        if run and found:
            kind, count = found
            words = run.words[:count]
            fields = [field_of("type", words, sheet.page, value=kind)]
            return fields + _subject(run, count, rows[at + 1 :], sheet)
    return []


def _centred(row: Run, sheet: Sheet) -> Run | None:
    """Return *row* when it stands in the middle of the page, without what is far away from that."""
    for part in split(row, WIDE_GAP * sheet.em):
        if abs(part.middle - sheet.width / 2) <= _OFF_PAGE * sheet.width:
            return part
    return None


def _kind(run: Run) -> tuple[str, int] | None:
    """Return the name of the paper that *run* begins with, and how many words it has; the longest that fits."""
    for count in range(min(len(run.words), 10), 0, -1):
        text = " ".join(word.text for word in run.words[:count])
        if not is_capital(text):
            continue
        kind = nearest(text, [kind for kind in KINDS if len(kind.split()) == count])
        # `ĐƠN` is a heading only with more behind it: alone, three letters may be anything.
        if kind and len(run.words) > 1 and is_capital(run.text):
            return kind, count
    return None


def _subject(heading: Run, count: int, below: list[Run | None], sheet: Sheet) -> list[Field]:
    """Return the subject: the rest of the heading and its further lines in capitals, or else the lines below it."""
    lines = [Run(heading.words[count:])] if count < len(heading.words) else []
    middle, bottom, pitch = heading.middle, heading.box.centre[1], 0.0
    capitals = bool(lines)
    for row in below:
        if row is None or abs(row.middle - middle) > _OFF_MIDDLE * sheet.width or not _continues(row):
            break
        step = row.box.centre[1] - bottom
        if step > (_STEP * pitch if pitch else _PITCH * sheet.em) or is_capital(row.text) != capitals:
            break
        pitch, bottom = max(step, pitch), row.box.centre[1]
        lines.append(row)
    words = words_of(lines)
    return [field_of("subject", words, sheet.page, value=_value(words))] if words else []


def _continues(row: Run) -> bool:
    if row.text.startswith("(") or any(starts_like(row.text, anchor) for anchor in _TEXT_BEGINS):
        return False
    letters = sum(letter.isalpha() for letter in row.text)
    return letters >= 3 and len(folded(row.text)) * 2 > len(row.text) * 1.2  # noqa: PLR2004 -- words, not a rule


def _value(words: tuple[Word, ...]) -> str | None:
    """Return the subject without `V/v`; None when a word of it is against the orthography."""
    text = " ".join(word.text for word in words).strip(" .,;:-_")
    return None if any(doubtful(word.text) for word in words) else re.sub(r"^[Vv]/[vV]:?\s+", "", text)
