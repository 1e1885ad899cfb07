"""Names of people and of their positions, as far as their form tells them from other text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ocr.fields.anchors import folded, nearest
from ocr.model import Word
from ocr.syllables import is_syllable

#: Family names of the country, the frequent ones of all its peoples. A name that begins with another is not given:
#: what begins in another way is mostly the rest of a name whose beginning was lost.
FAMILIES: Final = frozenset(
    """
    an âu bạch bàn bế bùi cam cao cầm chu châu chung chử cung cù cung danh diệp doãn dư dương đàm đan đào đặng đậu điêu
    điểu đinh đoàn đổng đồng đỗ đới đường giang giàng giáp hà hạng hàn hàng hầu hoa hoàng hoắc hồ hồng huỳnh hứa kha
    khiếu khổng khuất khúc khương kiều kim kiên la lã lại lâm lầu lê liễu lò lộc lô lù lục lư lưu lữ lương lý lỳ ma mã
    mạc mạch mai mông mùa nghiêm nghiêu ngô ngụy nguyễn ngân nhâm nhan nhữ ninh nông ông phạm phan phí phó phú phùng
    phương quách quan quang quàng quảng sa sầm sơn sùng tạ tái tăng tẩn thạch thái thân thào thẩm thập thiều tiêu
    tiền tiết tòng tô tôn tống trang tráng trần trấn triệu trình trịnh trương từ ty ung uông ưng vàng vi viên vòng võ
    vũ vừ vương xa y yên
    """.split()  # noqa: SIM905 -- a list of literals would take a hundred lines
)

#: How a position begins when it is held for another (NĐ 30/2020 Annex I).
FOR_OTHERS: Final = ("TM", "KT", "TL", "TUQ")

_ROLES: Final = (
    *("CHỦ TỊCH", "GIÁM ĐỐC", "TỔNG GIÁM ĐỐC", "BỘ TRƯỞNG", "CỤC TRƯỞNG", "TỔNG CỤC TRƯỞNG", "CHI CỤC TRƯỞNG"),
    *("CHÁNH VĂN PHÒNG", "CHÁNH THANH TRA", "TRƯỞNG PHÒNG", "TRƯỞNG BAN", "VIỆN TRƯỞNG", "HIỆU TRƯỞNG", "CHÁNH ÁN"),
    *("TRƯỞNG CÔNG AN", "VỤ TRƯỞNG", "TRƯỞNG TRẠM", "TỔNG THANH TRA", "TRƯỞNG CHI NHÁNH", "GIÁM ĐỐC CHI NHÁNH"),
    *("GIÁM ĐỐC TRUNG TÂM", "CHỈ HUY TRƯỞNG", "TRƯỞNG ĐOÀN", "ĐỘI TRƯỞNG", "TRƯỞNG BỘ PHẬN", "CHỦ TRÌ"),
)
#: Who signs.
POSITIONS: Final = (
    *_ROLES,
    *(f"PHÓ {role}" for role in _ROLES),
    *("THỨ TRƯỞNG", "THỦ TƯỚNG", "PHÓ THỦ TƯỚNG", "CÔNG CHỨNG VIÊN", "CÔNG CHỨC TƯ PHÁP - HỘ TỊCH"),
)

#: Written before a name, folded.
_TITLES: Final = frozenset({"ths", "ts", "pgsts", "gsts", "pgs", "gs", "bs", "ks", "cn", "ong", "ba", "si"})

#: What stands around a word and is not of it; the quotes are strokes of a signature.
_MARKS: Final = ".,;:\"'“”‘’`"

_FEWEST_SYLLABLES: Final = 2
_MOST_SYLLABLES: Final = 6


def position_like(text: str) -> str | None:
    """Return the position that *text*, in capitals, is but for a slip; None when it is none."""
    return nearest(text, POSITIONS)


def is_name(words: Sequence[str]) -> bool:
    """Return whether *words* can be a full name: a family name first, each a syllable, `Lê Văn An` or `LÊ VĂN AN`."""
    if not _FEWEST_SYLLABLES <= len(words) <= _MOST_SYLLABLES or words[0].lower() not in FAMILIES:
        return False
    capitals = all(word.isupper() for word in words)
    return all(is_syllable(word) and (capitals or word.istitle()) for word in words)


def bare(word: Word) -> str:
    """Return the text of *word* without what stands around it: commas, strokes of a signature read as quotes."""
    return word.text.strip(_MARKS)


def name_in(words: Sequence[Word], near: float) -> tuple[Word, ...]:
    """Return the longest name that *words*, from left to right, hold and that stands free.

    Args:
        words: Of one row.
        near: Pixels; a word of two letters or more nearer than this to the name, and not part of it, means that the
            name was cut or is something else.

    Returns:
        No word when there is none.
    """
    count = len(words)
    spans = ((end - start, start, end) for start in range(count) for end in range(start + _FEWEST_SYLLABLES, count + 1))
    for _, start, end in sorted(spans, reverse=True):
        if is_name([bare(word) for word in words[start:end]]):
            beside = []
            if start and words[start].box.left - words[start - 1].box.right < near:
                beside.append(words[start - 1])
            if end < count and words[end].box.left - words[end - 1].box.right < near:
                beside.append(words[end])
            free = all(_is_speck(word.text) or folded(word.text) in _TITLES for word in beside)
            return tuple(words[start:end]) if free else ()
    return ()


def _is_speck(text: str) -> bool:
    return sum(letter.isalpha() for letter in text) < 2  # noqa: PLR2004 -- strokes of a signature read as letters
