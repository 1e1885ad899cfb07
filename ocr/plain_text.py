"""Readings as a text file: what was read, in reading order, for those who only search.

A printed line is a line, an empty line stands between paragraphs, a form feed between pages, so the n-th page of the
file is the n-th page of the document even when nothing was read on it. Where words stand is told by `ocr.alto`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ocr.model import Reading

#: What would break a line or a page, forge one, or cannot be written in UTF-8 or XML 1.0 (clause 2.2).
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def to_text(pages: Sequence[Reading]) -> bytes:
    """Return the text of *pages*, in order: UTF-8, NFC, lines ended by a line feed."""
    return "\f".join(_page(page) for page in pages).encode()


def writable(text: str) -> str:
    """Return *text* composed (NFC), with a replacement character for each that no text file or XML can hold."""
    return unicodedata.normalize("NFC", _UNWRITABLE.sub(_REPLACEMENT, text))


def _page(page: Reading) -> str:
    return "\n".join("".join(f"{writable(line.text)}\n" for line in lines) for lines in page.paragraphs)
