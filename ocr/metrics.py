"""How far a reading is from the truth: for tests and measurements, never for production.

Character errors after Levenshtein: insertions, deletions and replacements, over the length of the
truth. Text is compared in NFC, so `ế` is one character; runs of white space count as one space,
since where a line breaks is no mistake of reading.
"""

from __future__ import annotations

import unicodedata


def character_error_rate(truth: str, read: str) -> float:
    """Return the errors per character of *truth*: 0 for a perfect reading, above 1 for babble.

    An empty truth counts as one character long, so that reading what is not there costs.
    """
    wanted, got = _folded(truth), _folded(read)
    return distance(wanted, got) / max(1, len(wanted))


def plain_error_rate(truth: str, read: str) -> float:
    """Return `character_error_rate` without diacritics: what is left when tones are forgiven."""
    return character_error_rate(without_diacritics(truth), without_diacritics(read))


def without_diacritics(text: str) -> str:
    """Return *text* in plain letters: `Đường` becomes `Duong`."""
    marks_apart = unicodedata.normalize("NFD", text)
    letters = "".join(c for c in marks_apart if not unicodedata.combining(c))
    return letters.replace("đ", "d").replace("Đ", "D")


def distance(one: str, other: str) -> int:
    """Return how many insertions, deletions and replacements make *one* into *other*.

    Myers' bit vectors as Hyyrö put them: a whole column of the table lives in the bits of one
    integer, so 5,000 x 5,000 characters take milliseconds instead of half a minute.
    """
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for place, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << place
    everything, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, errors = everything, 0, len(one)
    for character in other:
        same = places.get(character, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        right_up = down | (everything & ~(diagonal | up))
        right_down = up & diagonal
        errors += bool(right_up & last) - bool(right_down & last)
        right_up = (right_up << 1 | 1) & everything
        right_down = right_down << 1 & everything
        up = right_down | (everything & ~(diagonal | right_up))
        down = right_up & diagonal
    return errors


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
