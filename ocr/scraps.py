"""What is no writing: sides of cells read as `|`, strokes of a signature read as `⁄ 2x`, specks read as `;`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ocr.model import Box, Line
from ocr.syllables import doubtful

#: Mean confidence from which a line is writing although it holds no word: initials of a name, a letter beside a stamp.
_BELIEVED = 0.6

#: What makes a word, and what is writing all by itself: a page number, the number of a row.
_WORD, _NUMBER = re.compile(r"\d{2}|[^\W\d_]{2}"), re.compile(r"\d+[.)]?")

#: What is never a word by itself: the side of a cell, its foot, specks and hairs.
_STROKES = frozenset("|¦_`'‘’^~¬")


def without_scraps(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return *lines* without what is no writing in them.

    Lines without a letter or a digit go, lines of strokes that nobody would read, and words that are but strokes. A
    line with one number or one syllable of Vietnamese in it stays, however unsure.
    """
    return tuple(_without_strokes(line) for line in lines if not _is_scrap(line))


def _without_strokes(line: Line) -> Line:
    words = tuple(word for word in line.words if not _STROKES.issuperset(word.text))
    if len(words) == len(line.words):
        return line
    return replace(line, words=words, box=Box.around(tuple(word.box for word in words)))


def _is_scrap(line: Line) -> bool:
    if not any(character.isalnum() for character in line.text):
        return True
    if _NUMBER.fullmatch(line.text):
        return False
    if any(_WORD.search(word.text) and not doubtful(word.text) for word in line.words):
        return False
    return line.confidence < _BELIEVED
