"""Lines as an engine would give them, set in a type whose letters are all equally wide."""

from __future__ import annotations

from ocr.model import Box, Line, Word

HEIGHT = 30.0
LETTER = 16.0
SPACE = 11.0


def words_at(text: str, left: float, top: float, *, space: float = SPACE) -> tuple[Word, ...]:
    """The words of *text* from *left* on; *top* is that of their letters."""
    words = []
    for word in text.split():
        right = left + LETTER * len(word)
        words.append(Word(word, Box(left, top, right, top + HEIGHT), 0.95))
        left = right + space
    return tuple(words)


def line(*parts: tuple[str, float], top: float, space: float = SPACE) -> Line:
    """One line of the engine: pieces of text, each with its left edge."""
    words = tuple(word for text, left in parts for word in words_at(text, left, top, space=space))
    return Line(words, Box.around(tuple(word.box for word in words)))


def width(text: str) -> float:
    return sum(LETTER * len(word) + SPACE for word in text.split()) - SPACE


def centred(text: str, middle: float) -> tuple[str, float]:
    return text, middle - width(text) / 2


def texts(lines: tuple[Line, ...]) -> list[str]:
    return [each.text for each in lines]
