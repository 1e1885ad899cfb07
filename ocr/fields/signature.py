"""Who signed: position and name in the right half, opposite `Nơi nhận` (NĐ 30/2020, Annex I).

`KT. CHỦ TỊCH / PHÓ CHỦ TỊCH` says for whom and as what; the name stands some way below, with signature and seal
between and often over it. A name is given only when it stands under the position and all of it is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr.fields.anchors import folded, is_capital
from ocr.fields.model import LEAST_CERTAIN, Field, field_of
from ocr.fields.people import FOR_OTHERS, bare, name_in, position_like
from ocr.fields.sheet import Run, Sheet, split, words_of

#: Heights of a word: a wider gap parts the recipients on the left from the signature.
_GAP: Final = 1.5
#: Heights of a word: nearer words belong together. A usual space has a third.
_NEAR: Final = 1.2
#: Heights of a word from one line of the position to the next, at most.
_PITCH: Final = 2.4
#: Of the width of the page: lines of one signature share their middle to this.
_OFF_MIDDLE: Final = 0.06
#: Of the width of the page: how far from the middle of the position the middle of the name is. Forty whole names were
#: within 0.0021; one that had lost a syllable was 0.026 off.
_OFF_NAME: Final = 0.010
#: Of the width of the page: a signature is right of it.
_RIGHT: Final = 0.4
#: Of the width of the page: the middle of a signature is right of it, that of a heading (`GIÁM ĐỐC` above a decision's
#: grounds) is not: margins of 35 and 15 mm put it at 0.55.
_LEAST_MIDDLE: Final = 0.58
#: Letters; fewer are strokes of a pen, not what is left of a name.
_FEWEST_LETTERS: Final = 6
#: Heights of a word: how far below the position the name stands, from and to.
_NAME_FROM, _NAME_TO = 1.5, 20.0
_FOR_OTHERS: Final = re.compile(rf"({'|'.join(FOR_OTHERS)})\s*[.,:]\s*(\w.*)")


@dataclass(frozen=True, slots=True)
class _Position:
    """The lines of a position, from top to bottom, and the position itself; None when it could not be made out."""

    lines: tuple[Run, ...]
    held: str | None

    @property
    def middle(self) -> float:
        return sum(line.middle for line in self.lines) / len(self.lines)


def signature_fields(sheet: Sheet) -> list[Field]:
    """Return position and name of who signed on *sheet*; nothing when nobody did."""
    runs = [
        part for row in sheet.rows for part in split(row, _GAP * sheet.em) if part.words[0].box.left > sheet.width * 0.4
    ]
    for at, run in enumerate(runs):
        position = _position(run, runs[at + 1 :], sheet) if run.middle > sheet.width * _LEAST_MIDDLE else None
        if position:
            found = [field_of("signer-position", words_of(position.lines), sheet.page, value=position.held)]
            return found + _name(position, sheet)
    return []


def _position(first: Run, below: Sequence[Run], sheet: Sheet) -> _Position | None:
    """Return the position that begins with *first*, or None when that is no position."""
    if not is_capital(first.text):
        return None
    held = position_like(first.text)
    if not held and not _FOR_OTHERS.match(first.text):
        return None
    lines = [first]
    for run in below:
        step = run.box.centre[1] - lines[-1].box.centre[1]
        if step > _PITCH * sheet.em or len(lines) > 3:  # noqa: PLR2004 -- `TM. …`, `KT. …`, `PHÓ …` are three
            break
        beside = abs(run.middle - first.middle) > _OFF_MIDDLE * sheet.width or step < sheet.em / 2
        if not beside and is_capital(run.text) and (position_like(run.text) or _FOR_OTHERS.match(run.text)):
            lines.append(run)
            held = position_like(run.text)
    return _Position(tuple(lines), None if _is_lost(lines, held) else held)


def _is_lost(lines: Sequence[Run], held: str | None) -> bool:
    """Whether the position is not legible: the last line says for whom only, or the `PHÓ` of a deputy is missing."""
    for_others = [match for line in lines if (match := _FOR_OTHERS.match(line.text))]
    if held is None or _FOR_OTHERS.match(lines[-1].text):
        return True
    return any(match[1] == "KT" and folded(match[2]) == folded(held) for match in for_others)


def _name(position: _Position, sheet: Sheet) -> list[Field]:
    """Return the name below *position*, without a value when what stands there is not all of a name."""
    last = position.lines[-1].box.bottom
    remains: list[Run] = []
    for row in sheet.between(last + _NAME_FROM * sheet.em, last + _NAME_TO * sheet.em):
        right = [word for word in row.words if word.box.left > sheet.width * _RIGHT]
        words = name_in(right, _NEAR * sheet.em)
        if words and abs(Run(words).middle - position.middle) <= _OFF_NAME * sheet.width:
            sound = all(word.confidence >= LEAST_CERTAIN for word in words)
            value = " ".join(bare(word) for word in words)
            return [field_of("signer-name", words, sheet.page, value=value if sound else None)]
        remains += split(Run(tuple(right)), _GAP * sheet.em) if right else ()
    under = [run for run in remains if abs(run.middle - position.middle) <= _OFF_MIDDLE * sheet.width]
    longest = max(under, key=lambda run: len(folded(run.text)), default=None)
    if longest is None or len(folded(longest.text)) < _FEWEST_LETTERS:
        return []
    return [field_of("signer-name", longest.words, sheet.page, value=None)]
