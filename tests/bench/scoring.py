"""How far readings are from the truth, page by page and summed: the same rules for every reader.

Text is compared in NFC with runs of white space as one space, in the order in which a person reads the page. Not the
metric itself, which is `ocr.metrics`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields

from ocr.metrics import distance, without_diacritics


@dataclass(frozen=True, slots=True)
class Score:
    """Errors and what they are counted against; scores add up."""

    #: Insertions, deletions and replacements of characters.
    errors: int = 0
    #: Characters of the truth, at least one a page, so that words read off bare paper cost something.
    characters: int = 0
    #: Errors that are left when diacritics are forgiven on both sides.
    plain_errors: int = 0
    #: Insertions, deletions and replacements of words.
    word_errors: int = 0
    #: Words of the truth that stand nowhere in the reading, whatever the order.
    lost_words: int = 0
    #: Words of the truth.
    words: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def cer(self) -> float:
        """Character errors per character of the truth."""
        return self.errors / max(1, self.characters)

    @property
    def plain(self) -> float:
        """The same without diacritics."""
        return self.plain_errors / max(1, self.characters)

    @property
    def wer(self) -> float:
        """Word errors per word of the truth."""
        return self.word_errors / max(1, self.words)

    @property
    def lost(self) -> float:
        """Share of the words that are nowhere: unlike the others it forgives another order of reading."""
        return self.lost_words / max(1, self.words)


def folded(text: str) -> str:
    """Return *text* as it is compared."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def score(truth: str, read: str) -> Score:
    """Hold one page's reading against its truth."""
    wanted, got = folded(truth), folded(read)
    words, others = wanted.split(), got.split()
    return Score(
        errors=distance(wanted, got),
        characters=max(1, len(wanted)),
        plain_errors=distance(without_diacritics(wanted), without_diacritics(got)),
        word_errors=_word_distance(words, others),
        lost_words=(Counter(words) - Counter(others)).total(),
        words=len(words),
    )


def total(scores: Iterable[Score]) -> Score:
    """Add up."""
    return sum(scores, Score())


def rate(found: Score, name: str) -> str:
    """Return the rate *name* of a score for people; bare pages have no text to take a share of."""
    if found.errors <= found.characters:
        return f"{getattr(found, name):.2%}"
    return f"{found.errors} ch" if name == "cer" else ""


def _word_distance(one: list[str], other: list[str]) -> int:
    """Count word errors by the same metric: each different word becomes a character of its own."""
    codes = {word: chr(0xF0000 + code) for code, word in enumerate(dict.fromkeys([*one, *other]))}
    return distance("".join(codes[word] for word in one), "".join(codes[word] for word in other))
