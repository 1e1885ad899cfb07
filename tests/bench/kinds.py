"""What sort of print the errors fall on: the truth aligned with a reading, character by character."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pages import Example
from scoring import folded

from ocr.metrics import without_diacritics

#: Rows of the table: an error counts under each kind of its word, and under diacritics when only those are wrong.
KINDS = ("diacritics", "capitals-bold", "italic", "under-seal", "digits", "body")


def errors_by_kind(page: Example, read: str) -> Counter[str]:
    """Count the errors of one page by kind, and all of them under ``all``.

    Where columns were read across, everything counts as wrong: look at the class's lost words too.
    """
    texts: list[str] = [folded(word["text"]) for word in page.truth["words"]]
    truth, got = " ".join(texts), folded(read)
    # Which word each character belongs to; a space goes with the word before it.
    owner = [index for index, text in enumerate(texts) for _ in range(len(text) + 1)][: len(truth)]
    words: Sequence[Mapping[str, Sequence[str]]] = page.truth["words"]
    found: Counter[str] = Counter()
    for at, one, other in mistakes(truth, got):
        found["all"] += 1
        if owner:
            found.update(words[owner[min(at, len(owner) - 1)]]["kinds"])
        if one and other and without_diacritics(one) == without_diacritics(other):
            found["diacritics"] += 1
    return found


def lost_by_kind(page: Example, read: str) -> Counter[str]:
    """Count the words of the truth that stand nowhere in *read*, by kind, and all of them under ``all``.

    Forgives another order of reading, which the alignment cannot.
    """
    left = Counter(folded(read).split())
    lost: list[Mapping[str, Any]] = []
    for word in page.truth["words"]:
        text = folded(word["text"])
        if left[text]:
            left[text] -= 1
        else:
            lost.append(word)
    bare = Counter(without_diacritics(text) for text in left.elements())
    found: Counter[str] = Counter(all=len(lost))
    for word in lost:
        found.update(word["kinds"])
        plain = without_diacritics(folded(word["text"]))
        if bare[plain]:
            bare[plain] -= 1
            found["diacritics"] += 1
    return found


def mistakes(truth: str, read: str) -> list[tuple[int, str, str]]:
    """Return one shortest list of edits: place in *truth*, its character or "", the character read or ""."""
    table = _table(truth, read)
    i, j = len(truth), len(read)
    found: list[tuple[int, str, str]] = []
    while i or j:
        here = table[i, j]
        same = bool(i and j) and truth[i - 1] == read[j - 1]
        if i and j and here == table[i - 1, j - 1] + (not same):
            i, j = i - 1, j - 1
            if not same:
                found.append((i, truth[i], read[j]))
        elif i and here == table[i - 1, j] + 1:
            i -= 1
            found.append((i, truth[i], ""))
        else:
            j -= 1
            found.append((i, "", read[j]))
    return found[::-1]


def _table(truth: str, read: str) -> NDArray[np.int32]:
    """Return Levenshtein's table, a row at a time: the insertions along a row are one running minimum."""
    steps = np.arange(len(read) + 1, dtype=np.int32)
    letters = np.array([ord(letter) for letter in read], np.int32)
    table = np.empty((len(truth) + 1, len(read) + 1), np.int32)
    table[0] = steps
    for i, letter in enumerate(truth, start=1):
        row = table[i - 1] + 1
        row[1:] = np.minimum(row[1:], table[i - 1, :-1] + (letters != ord(letter)))
        table[i] = np.minimum.accumulate(row - steps) + steps
    return table
