"""Who issued a paper: the organ, and the one above it, out of the lines of a letterhead's left half.

`UBND TỈNH A / SỞ TƯ PHÁP` names two organs and `ỦY BAN NHÂN DÂN / TỈNH A` one: a new organ begins where a line begins
with a word that organs begin with. Print in bold would tell, but a reading does not know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ocr.fields.anchors import folded, starts_like
from ocr.fields.model import FieldName
from ocr.fields.sheet import Run, words_of
from ocr.model import Word
from ocr.syllables import doubtful

#: With what the name of an organ begins. Those that are the beginning of another stand after it.
_HEADS: Final = (
    "ỦY BAN NHÂN DÂN",
    "ỦY BAN MẶT TRẬN TỔ QUỐC",
    "ỦY BAN",
    "UBND",
    "HỘI ĐỒNG NHÂN DÂN",
    "HỘI ĐỒNG",
    "HĐND",
    "VĂN PHÒNG",
    "PHÒNG",
    "SỞ",
    "BỘ",
    "TỔNG CỤC",
    "CHI CỤC",
    "CỤC",
    "CHI NHÁNH",
    "TRUNG TÂM",
    "THANH TRA",
    "KHO BẠC",
    "BẢO HIỂM XÃ HỘI",
    "TÒA ÁN NHÂN DÂN",
    "VIỆN KIỂM SÁT",
    "VIỆN",
    "CÔNG AN",
    "CÔNG TY",
    "BAN QUẢN LÝ",
    "BAN CHỈ ĐẠO",
    "BAN CHỈ HUY",
    "BAN DÂN TỘC",
    "ĐẢNG ỦY",
    "TRƯỜNG",
    "BỆNH VIỆN",
    "TRẠM Y TẾ",
    "HẠT KIỂM LÂM",
    "ĐỘI",
    "HỘI",
)
#: Words of letterheads as they are written, for those that lost a mark: the only ones put right in a value.
_KNOWN: Final = (
    ("ỦY", "BAN", "NHÂN", "DÂN"),
    ("HỘI", "ĐỒNG", "NHÂN", "DÂN"),
    ("TRUNG", "TÂM"),
    ("THÀNH", "PHỐ"),
    ("THỊ", "TRẤN"),
    ("THỊ", "XÃ"),
    ("VĂN", "PHÒNG"),
    ("ĐĂNG", "KÝ", "ĐẤT", "ĐAI"),
    ("HÀNH", "CHÍNH", "CÔNG"),
    ("PHỤC", "VỤ"),
    ("TỈNH",),
    ("HUYỆN",),
    ("PHƯỜNG",),
)


def organs_of(rows: Sequence[Run]) -> dict[FieldName, tuple[tuple[Word, ...], str | None]]:
    """Return the words and the value of "superior" and "agency", each only when it is there.

    A value is None when a word in it is against the orthography and is none of those known beforehand.
    """
    organs: list[list[Run]] = []
    for row in rows:
        if not organs or _begins_organ(row.text):
            organs.append([])
        organs[-1].append(row)
    if not organs:
        return {}
    found: dict[FieldName, tuple[tuple[Word, ...], str | None]] = {}
    if len(organs) > 1:
        above = words_of([row for organ in organs[:-1] for row in organ])
        found["superior"] = (above, _value(above))
    below = words_of(organs[-1])
    found["agency"] = (below, _value(below))
    return found


def _begins_organ(text: str) -> bool:
    return any(_has_head(text, head) for head in _HEADS)


def _has_head(text: str, head: str) -> bool:
    count = len(head.split())
    words = text.split()
    return len(words) >= count and starts_like(" ".join(words[:count]), head) and len(folded(words[0])) > 1


def _value(words: Sequence[Word]) -> str | None:
    texts = [word.text.strip(".,;:-") if len(word.text) > 1 else word.text for word in words]
    for phrase in _KNOWN:
        for start in range(len(texts) - len(phrase) + 1):
            here = texts[start : start + len(phrase)]
            # Alone, `PHƯƠNG` is a name as well as a `PHƯỜNG` that lost its mark.
            sure = len(phrase) > 1 or doubtful(here[0])
            if sure and [folded(text) for text in here] == [folded(word) for word in phrase]:
                texts[start : start + len(phrase)] = _kept(here, phrase)
    return None if any(doubtful(text) for text in texts) else " ".join(text for text in texts if text)


def _kept(here: Sequence[str], phrase: Sequence[str]) -> list[str]:
    """Return *phrase*, but `UỶ` where the paper has its tone the newer way."""
    return [read if read == "UỶ" else known for read, known in zip(here, phrase, strict=True)]
