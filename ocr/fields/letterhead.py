"""The head of an official paper (NĐ 30/2020, Annex I): the organ on the left, the national motto on the right.

Below the organ stand number and notation, and on a letter its subject (`V/v …`); below the motto place and date.
The two halves are told apart by where the motto begins, since its words are known. A paper without the motto has no
letterhead here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ocr.fields.anchors import folded, is_capital, starts_like
from ocr.fields.model import LEAST_CERTAIN, Field, field_of
from ocr.fields.organs import organs_of
from ocr.fields.sheet import Run, Sheet, words_of
from ocr.metrics import distance
from ocr.model import Word
from ocr.syllables import doubtful
from ocr.validators import check_date, check_notation, check_number

_MOTTO: Final = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
#: Of the height of the page, from the top: where the motto stands.
_MOTTO_ZONE: Final = 0.35
#: Letters; of the 27 and the 18 of the motto.
_MOTTO_SLIPS: Final = 4
#: How much wider the first line of the motto is than the second.
_FIRST_TO_SECOND: Final = 1.6
#: Heights of a word below the motto: a letterhead with three lines of organs and four of subject is not deeper.
_DEPTH: Final = 14.0
#: Of the width of the page: how far from the left end of the motto the gap between the halves may be.
_STRAY: Final = 0.10
#: Heights of a word: the halves are at least this far apart on a row that has both.
_LEAST_GAP: Final = 0.7
#: A number whose word is less certain than this was written by hand, or lost some of its digits.
_LEAST_NUMBER: Final = 0.60
#: Heights of a word: further from its neighbours, a number was written by hand into a space left for it.
_NUMBER_GAP: Final = 1.0
#: Abbreviations with a small letter; all others are capitals.
_WITH_SMALL: Final = ("TTr", "TTg", "CTr")
#: Heights of a word from one line of a subject to the next, at most.
_SUBJECT_PITCH: Final = 2.0


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The rows of the two halves, from top to bottom, and the motto."""

    left: tuple[Run, ...]
    right: tuple[Run, ...]
    motto: Run


def find_letterhead(sheet: Sheet) -> Letterhead | None:
    """Return the letterhead of *sheet*; None when the motto is not there."""
    motto = _motto(sheet)
    if motto is None:
        return None
    edge = _edge(motto) - _LEAST_GAP * sheet.em / 2
    left: list[Run] = []
    right: list[Run] = []
    top, bottom = motto.box.top - 2 * sheet.em, motto.box.bottom
    for row in sheet.between(top, motto.box.bottom + _DEPTH * sheet.em):
        halves = _halves(row, edge, sheet)
        if halves is None:
            if row.box.centre[1] > bottom:
                break
            continue
        bottom = max(bottom, row.box.bottom)
        for half, side in zip(halves, (left, right), strict=True):
            if half:
                side.append(Run(half))
    return Letterhead(tuple(left), tuple(right), motto)


def letterhead_fields(head: Letterhead, sheet: Sheet) -> list[Field]:
    """Return what the letterhead states: number, notation, place, date, superior, agency, and a letter's subject."""
    numbered = next((at for at, row in enumerate(head.left) if _begins_number(row)), None)
    found = _place_and_date(head, sheet.page)
    above = head.left if numbered is None else head.left[:numbered]
    # The organ stands beside the motto; without a number below it nothing says where the organ ends.
    floor = head.motto.box.bottom + (3 if numbered is None else _DEPTH) * sheet.em
    organs = organs_of([row for row in above if row.box.top < floor and _is_organ(row)])
    found += [field_of(name, words, sheet.page, value=value) for name, (words, value) in organs.items()]
    if numbered is not None:
        found += _number_and_notation(head.left[numbered], sheet)
        found += _subject(head.left[numbered + 1 :], sheet)
    return found


def _motto(sheet: Sheet) -> Run | None:
    """Return the words of the motto, of its first line or else of its second."""
    rows = sheet.between(0, _MOTTO_ZONE * sheet.height)
    for anchor in _MOTTO:
        found = [best for row in rows if (best := _nearest_words(row.words, anchor)) is not None]
        if found:
            return Run(min(found, key=lambda pair: pair[0])[1])
    return None


def _edge(motto: Run) -> float:
    """Return where the right half begins: with the first line of the motto, about which the second is centred."""
    half = motto.middle - motto.box.left
    return motto.box.left if is_capital(motto.text) else motto.middle - _FIRST_TO_SECOND * half


def _nearest_words(words: tuple[Word, ...], anchor: str) -> tuple[int, tuple[Word, ...]] | None:
    """Return the words side by side that are most like *anchor*, and by how many letters they differ from it."""
    wanted = folded(anchor)
    best: tuple[int, tuple[Word, ...]] | None = None
    for start in range(len(words)):
        text = ""
        for end in range(start, len(words)):
            text += folded(words[end].text)
            if abs(len(text) - len(wanted)) > _MOTTO_SLIPS:
                continue
            apart = distance(wanted, text)
            if apart <= _MOTTO_SLIPS and (best is None or apart < best[0]):
                best = (apart, words[start : end + 1])
    return best


def _halves(row: Run, edge: float, sheet: Sheet) -> tuple[tuple[Word, ...], tuple[Word, ...]] | None:
    """Return the words of *row* left and right of the gap next to *edge*; None when the row has no such gap."""
    if row.words[-1].box.right <= edge + _STRAY * sheet.width and row.words[0].box.left < edge:
        return row.words, ()
    if row.words[0].box.left >= edge - _STRAY * sheet.width and row.words[-1].box.right > edge:
        return (), row.words
    gaps = [
        (after.box.left - before.box.right, at)
        for at, (before, after) in enumerate(pairwise(row.words), 1)
        if abs((before.box.right + after.box.left) / 2 - edge) <= _STRAY * sheet.width
    ]
    widest, at = max(gaps, default=(0.0, 0))
    return (row.words[:at], row.words[at:]) if widest >= _LEAST_GAP * sheet.em else None


def _is_organ(row: Run) -> bool:
    return is_capital(row.text) and sum(letter.isalpha() for letter in row.text) >= 3  # noqa: PLR2004 -- `SỞ`, not a speck


def _begins_number(row: Run) -> bool:
    first = row.words[0].text
    if "/" not in row.text and not first.endswith(":"):
        return False  # `SỞ` folds to the same letters
    return bool(re.match(r"s.?$|so\d", folded(first)))


def _number_and_notation(row: Run, sheet: Sheet) -> list[Field]:
    """Return number and notation of `Số: 123/QĐ-UBND`, however the engine parts it."""
    words = row.words
    text = "".join(word.text for word in words)
    match = re.match(r"[Ss]\S{1,2}?[:;.,]?(?P<number>[^/]*)/(?:(?:19|20)\d\d/)?(?P<notation>.+)", text)
    if not match:
        return []
    covers = _covering(words, match.start("number"), match.end("number"))
    number = check_number(match["number"])
    sure = number.ok and _is_printed(covers, words, sheet.em)
    found = []
    if covers:
        value = number.value if sure else None
        code = None if sure else number.code or "number-uncertain"
        found.append(field_of("number", covers, sheet.page, value=value, check=code))
    named = _covering(words, match.start("notation"), match.end("notation"))
    notation = check_notation(match["notation"].rstrip(".,;:"))
    known = _known_parts(notation.value) if notation.ok else None
    code = notation.code or ("notation-form" if known is None else None)
    found.append(field_of("notation", named, sheet.page, value=known, check=code))
    return found


def _known_parts(notation: str) -> str | None:
    """Return *notation* with `TTr` for `TIr`; None when small letters in it make no abbreviation that is known."""
    parts = notation.split("-")
    for at, part in enumerate(parts):
        if not part.isupper() and part not in _WITH_SMALL:
            near = [known for known in _WITH_SMALL if len(known) == len(part) and distance(known, part) == 1]
            if len(near) != 1:
                return None
            parts[at] = near[0]
    return "-".join(parts)


def _covering(words: Sequence[Word], start: int, end: int) -> tuple[Word, ...]:
    """Return the words that hold the characters from *start* to *end* of all words joined without spaces."""
    found, at = [], 0
    for word in words:
        if at < end and start < at + len(word.text):
            found.append(word)
        at += len(word.text)
    return tuple(found)


def _is_printed(covers: Sequence[Word], row: Sequence[Word], em: float) -> bool:
    """Whether the number that stands in *covers* was printed with its row, and all of it was read."""
    # In one word with the notation, the number shares a confidence that capitals and strokes bring down.
    alone = all("/" not in word.text for word in covers)
    if min(word.confidence for word in covers) < (_LEAST_NUMBER if alone else LEAST_CERTAIN):
        return False
    first, last = row.index(covers[0]), row.index(covers[-1])
    around = row[max(0, first - 1) : last + 2]
    return all(after.box.left - before.box.right <= _NUMBER_GAP * em for before, after in pairwise(around))


def _place_and_date(head: Letterhead, page: int) -> list[Field]:
    for row in head.right:
        found = place_and_date(row, page)
        if found:
            return found
    return []


def place_and_date(row: Run, page: int) -> list[Field]:
    """Return place and date of `Hà Nội, ngày 05 tháng 9 năm 2026`; nothing when the row has no such form."""
    kinds = [folded(word.text) for word in row.words]
    marks = [
        next((at for at, kind in enumerate(kinds) if at >= after and distance(kind, word) <= 1 and len(kind) > 1), -1)
        for after, word in ((1, "ngay"), (2, "thang"), (3, "nam"))
    ]
    day, month, year = marks
    if not 0 < day < month < year < len(kinds) - 1:
        return []
    words, named = row.words[day : year + 2], row.words[:day]
    text = " ".join(("ngày", *(word.text for word in row.words[day + 1 : month]), "tháng"))
    text = " ".join((text, *(word.text for word in row.words[month + 1 : year]), "năm", row.words[year + 1].text))
    date = check_date(text)
    found = []
    place = " ".join(word.text for word in named).strip(" ,.;")
    if named and place[:1].isupper() and not any(letter.isdigit() for letter in place):
        sound = all(word.confidence >= LEAST_CERTAIN and not doubtful(word.text) for word in named)
        found.append(field_of("place", named, page, value=place if sound else None))
    found.append(field_of("date", words, page, value=date.value if date.ok else None, check=date.code))
    return found


def _subject(rows: Sequence[Run], sheet: Sheet) -> list[Field]:
    """Return the subject that a letter has below its number: `V/v …`, some lines."""
    begins = (folded(row.words[0].text)[:2] in {"vv", "vy"} or starts_like(row.text, "Về việc") for row in rows)
    at = next((at for at, begun in enumerate(begins) if begun), None)
    if at is None:
        return []
    lines = [rows[at]]
    for row in rows[at + 1 :]:
        if row.box.centre[1] - lines[-1].box.centre[1] > _SUBJECT_PITCH * sheet.em or starts_like(row.text, "Kính gửi"):
            break
        lines.append(row)
    words = words_of(lines)
    value = re.sub(r"^[Vv]\s*/?\s*[vVyY]\W*\s", "", " ".join(word.text for word in words))
    sound = not any(doubtful(word.text) for word in words)
    return [field_of("subject", words, sheet.page, value=value.strip(" .,;") if sound else None)]
