"""Invented people, places, offices, dates and numbers for the papers of the corpus.

Drawn from small lists by a seeded generator. Nobody and no place is meant: the lists are common names, put together
by chance. Not the prose itself (`prose`), nor how it is set (`press`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from random import Random

FAMILIES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương",
    "Lý", "Đoàn", "Trịnh", "Đinh", "Mai", "Tạ", "Lương", "Quách", "Thạch", "Kiều", "Nghiêm", "Triệu", "Lưu", "Cao",
    "Tăng",
)  # fmt: skip
MIDDLES = (
    "Văn", "Thị", "Hữu", "Đức", "Ngọc", "Quốc", "Thị Kim", "Minh", "Thị Thu", "Xuân", "Đình", "Thị Bích", "Công", "Thế",
    "Thị Mỹ", "Trọng", "Thanh", "Phước", "Thị Cẩm", "Bảo", "Thị Tuyết", "Khắc", "Nhật", "Thị Diễm",
)  # fmt: skip
GIVEN = (
    "Hương", "Dũng", "Thắng", "Nghĩa", "Phượng", "Tuấn", "Hằng", "Kiên", "Thủy", "Đạt", "Quỳnh", "Sơn", "Yến",
    "Cường", "Ngân", "Phúc", "Lộc", "Thảo", "Hiếu", "Vượng", "Tâm", "Ẩn", "Trâm", "Khuê", "Hạnh", "Nguyên", "Thuận",
    "Oanh", "Bằng", "Mẫn", "Đệ", "Sáu", "Nhữ", "Hưởng", "Luyến", "Thoại", "Uyển", "Ý",
)  # fmt: skip
WARDS = (
    "Tuy Phước", "Mẫu Lâm", "Thạnh Mỹ", "Đông Quế", "Vĩnh Hậu", "An Nhơn Thượng", "Phú Điền", "Cẩm Thủy", "Hòa Khương",
    "Bình Giã", "Xuân Lũng", "Nghĩa Trụ", "Kỳ Phương", "Tân Uyển", "Mường Lẫm", "Quảng Đức", "Sơn Trạch", "Liên Hiệp",
)  # fmt: skip
PROVINCES = ("Hải Thịnh", "Trường Bình", "Quế Sơn", "Đại Nghĩa", "Phước Lộc", "Yên Thủy", "Bắc Lĩnh", "Cửu An")
STREETS = (
    "Nguyễn Thượng Hiền", "Lý Tự Trọng", "Hoàng Diệu", "Cầu Gỗ", "Thống Nhất", "Đồng Khởi", "Bến Nghé", "Kênh Tẻ",
    "Hàng Muối", "Ngõ Huyện", "Quy Hóa", "Phủ Doãn", "Chợ Cũ", "Vườn Lài", "Đê Quai Vạc",
)  # fmt: skip
OFFICES = (
    "Sở Tư pháp", "Sở Xây dựng", "Sở Nông nghiệp và Môi trường", "Phòng Văn hóa - Xã hội",
    "Văn phòng đăng ký đất đai", "Sở Nội vụ", "Trung tâm Phục vụ hành chính công", "Phòng Kinh tế, Hạ tầng và Đô thị",
    "Bảo hiểm xã hội cơ sở", "Sở Giáo dục và Đào tạo", "Công an xã", "Trạm Y tế", "Chi cục Thuế khu vực",
    "Ban Quản lý dự án", "Ủy ban Mặt trận Tổ quốc Việt Nam",
)  # fmt: skip
NOTATIONS = (
    "QĐ-UBND", "TTr-SXD", "BC-VHXH", "KH-UBND", "TB-TTPVHCC", "NQ-HĐND", "CV-STP", "GXN-UBND", "BB-KTHT", "HD-SNV",
    "TTr-ĐCXD",
)  # fmt: skip


def person(rng: Random) -> str:
    """Return a full name, family name first."""
    return f"{rng.choice(FAMILIES)} {rng.choice(MIDDLES)} {rng.choice(GIVEN)}"


def identity(rng: Random) -> str:
    """Return twelve digits, the first of them naming no province that exists."""
    return f"0990{rng.randrange(10**8):08}"


def day(rng: Random) -> dt.date:
    """Return a day of the years that counters see."""
    return dt.date(1998, 1, 1) + dt.timedelta(days=rng.randrange(10_500))


def spoken(when: dt.date) -> str:
    """Write a date as papers do: two digits for days, and for months up to February (ND 30/2020, Annex I)."""
    month = f"{when.month:02}" if when.month <= 2 else str(when.month)
    return f"ngày {when.day:02} tháng {month} năm {when.year}"


def money(rng: Random) -> str:
    """Return an amount in đồng, with points between the thousands."""
    return f"{rng.randrange(35, 980_000) * 1000:,}".replace(",", ".")


def ward(rng: Random) -> str:
    """Return a commune or ward with its kind."""
    return f"{rng.choice(('xã', 'phường'))} {rng.choice(WARDS)}"


def address(rng: Random) -> str:
    """Return where somebody lives."""
    return f"số {rng.randrange(1, 480)} đường {rng.choice(STREETS)}, {ward(rng)}, tỉnh {rng.choice(PROVINCES)}"


def phone(rng: Random) -> str:
    """Return a telephone number as people write it."""
    return f"09{rng.randrange(10, 99)} {rng.randrange(1000):03} {rng.randrange(1000):03}"


def _pick(values: Sequence[str]) -> Callable[[Random], str]:
    return lambda rng: rng.choice(values)


def _decimal(rng: Random) -> str:
    return f"{rng.randrange(20, 2400)},{rng.randrange(10)}"


#: What a sentence may ask for between braces.
MAKERS: dict[str, Callable[[Random], str]] = {
    "name": person,
    "id": identity,
    "date": lambda rng: spoken(day(rng)),
    "short": lambda rng: day(rng).strftime("%d/%m/%Y"),
    "money": money,
    "ward": ward,
    "wardname": _pick(WARDS),
    "province": _pick(PROVINCES),
    "street": _pick(STREETS),
    "address": address,
    "office": _pick(OFFICES),
    "notation": lambda rng: f"{rng.randrange(1, 4200)}/{rng.choice(NOTATIONS)}",
    "law": lambda rng: f"{rng.randrange(10, 190)}/{rng.randrange(2013, 2026)}/NĐ-CP",
    "n": lambda rng: str(rng.randrange(2, 90)),
    "days": lambda rng: f"{rng.randrange(2, 46):02}",
    "year": lambda rng: str(rng.randrange(1992, 2027)),
    "area": _decimal,
    "percent": lambda rng: f"{rng.randrange(1, 99)},{rng.randrange(100):02}%",
    "phone": phone,
    "article": lambda rng: f"Điều {rng.randrange(2, 160)}",
    "clause": lambda rng: f"khoản {rng.randrange(1, 12)}",
    "point": lambda rng: f"điểm {rng.choice('abcdđeghik')}",
}


class Slots(dict[str, str]):
    """Fills the braces of a sentence, each anew; use with `str.format_map`."""

    def __init__(self, rng: Random) -> None:
        super().__init__()
        self._rng = rng

    def __missing__(self, key: str) -> str:
        return MAKERS[key](self._rng)
