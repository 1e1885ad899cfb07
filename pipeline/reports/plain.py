"""Foreign text made harmless: names in certificates and of files are written by whoever made them.

A common name may hold line breaks, signs that turn the direction of writing, markup, or ten thousand letters. What is
left here is short, on one line and shows each odd sign as its code; escaping for HTML or XML comes on top of it.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from pipeline.clock import ICT

#: Letters of a foreign text that are shown; X.520 allows 64 for a common name, and whole subjects are longer.
MOST_LETTERS = 240
#: Accents in a row that are shown on one letter; the most that Vietnamese needs, decomposed, is two.
_MOST_ACCENTS = 2


def plain(text: object, most: int = MOST_LETTERS) -> str:
    """Return *text* in NFC on one line, at most *most* letters, with every sign that shows nothing as its code."""
    known = str(text)
    shown: list[str] = []
    accents = 0
    for letter in unicodedata.normalize("NFC", known[: 2 * most]):
        accents = accents + 1 if unicodedata.combining(letter) else 0
        if accents <= _MOST_ACCENTS:
            shown.append(letter if letter.isprintable() else ascii(letter)[1:-1])
    cut = "".join(shown)
    return cut[: most - 1] + "…" if len(cut) > most or len(known) > 2 * most else cut


def moment(when: datetime) -> str:
    """Return a time for people, to the second, in Vietnam's time with its offset."""
    local = _in(ICT, when)
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    return f"{local:%d/%m/%Y %H:%M:%S} {offset}"


def day(when: datetime) -> str:
    """Return the day of a time, in Vietnam."""
    return f"{_in(ICT, when):%d/%m/%Y}"


def local(when: datetime) -> str:
    """Return a time for machines and terminals: ISO 8601 to the second, in Vietnam's time with its offset."""
    return _in(ICT, when).isoformat(timespec="seconds")


def stamp(when: datetime) -> str:
    """Return a time for machines: ISO 8601 to the second, in UTC."""
    return _in(UTC, when).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _in(zone: timezone, when: datetime) -> datetime:
    """Return *when* in *zone*; in its own where that would leave the years 1 to 9999, which certificates may say."""
    try:
        return when.astimezone(zone)
    except OverflowError:
        return when
