"""Forms to be filled in, and ruled tables whose cells run over several lines."""

from __future__ import annotations

from corpus import names
from corpus.press import Press
from corpus.prose import Writer
from maker.layout import BLUE, Face, Style
from maker.parts import national
from maker.printer import BOLD, ITALIC

TITLES = (
    "TỜ KHAI ĐĂNG KÝ KHAI SINH", "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP XÂY DỰNG", "PHIẾU CUNG CẤP THÔNG TIN HỘ TỊCH",
    "ĐƠN XIN XÁC NHẬN CƯ TRÚ", "GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH",
)  # fmt: skip
_HANDS = (Style(Face.SANS, 12, BLUE), Style(Face.REGULAR, 13), Style(Face.ITALIC, 13, BLUE))


def form(dpi: int, writer: Writer, number: int) -> Press:
    """Print an application: dots everywhere, most of them filled in, some left bare."""
    rng = writer.rng
    paper = Press(dpi, dotted=True)
    national(paper)
    paper.centred(TITLES[number % len(TITLES)], Style(Face.BOLD, 14))
    paper.gap(1)
    paper.centred(f"Kính gửi: Ủy ban nhân dân {names.ward(rng)}", BOLD)
    paper.gap(3)
    style, glyphs = _HANDS[number % len(_HANDS)], number % 2 == 1
    for label, value in (
        ("Họ, chữ đệm, tên người yêu cầu:", names.person(rng)),
        ("Ngày, tháng, năm sinh:", names.day(rng).strftime("%d/%m/%Y")),
        ("Số định danh cá nhân:", names.identity(rng)),
        ("Nơi cư trú:", names.address(rng)),
        ("Quan hệ với người được khai:", rng.choice(("Cha đẻ", "Mẹ ruột", "Ông nội", "Người giám hộ"))),
        ("Email (nếu có):", ""),
        ("Điện thoại liên hệ:", names.phone(rng)),
        ("Nghề nghiệp:", rng.choice(("Thợ mộc", "Giáo viên nghỉ hưu", "Buôn bán nhỏ", "Nông dân"))),
        ("Vốn kinh doanh (đồng):", names.money(rng)),
        ("Ghi chú:", ""),
        ("Giấy tờ kèm theo:", "01 bản sao, 02 ảnh cỡ 4 x 6"),
    ):
        paper.blank_line(label, value, style=style, glyphs=glyphs)
    paper.fields(("Dân tộc:", rng.choice(("Kinh", "Tày", "Khmer", "Ê Đê"))), ("Quốc tịch:", "Việt Nam"))
    paper.fields(("Thửa đất số:", str(rng.randrange(1, 900))), ("Tờ bản đồ số:", f"{rng.randrange(1, 60):02}"))
    paper.gap(2)
    paper.paragraph("Tôi cam đoan những nội dung khai trên đây là đúng sự thật và chịu trách nhiệm trước pháp luật.")
    paper.gap(2)
    name = names.person(rng)
    place = f"{rng.choice(names.WARDS)}, {names.spoken(names.day(rng))}"
    middle = paper.signatures([], [(place, ITALIC), ("Người yêu cầu", BOLD), (name, BOLD)], space=22)
    paper.leaf.hand((paper.leaf.mm(147), middle), width=34)
    return paper


def table(dpi: int, writer: Writer, number: int) -> Press:
    """Print a list with ruled cells until the page is nearly full."""
    rng = writer.rng
    paper = Press(dpi)
    paper.centred(
        ("DANH SÁCH HỘ ĐƯỢC HỖ TRỢ", "BẢNG KÊ GIẤY TỜ BÀN GIAO", "BIỂU TỔNG HỢP KHỐI LƯỢNG")[number % 3],
        Style(Face.BOLD, 14),
    )
    paper.centred(f"(Kèm theo Quyết định số {rng.randrange(1, 900)}/QĐ-UBND {names.spoken(names.day(rng))})", ITALIC)
    paper.gap(3)
    widths = (10, 30, 40, 28, 57)
    paper.cells(widths, [("TT", "Họ và tên", "Địa chỉ", "Số tiền (đồng)", "Nội dung, ghi chú")], size=11, head=True)
    row = 0
    while paper.y < paper.sheet.mm(245):
        row += 1
        cells = (str(row), names.person(rng), names.address(rng), names.money(rng), writer.duty())
        paper.cells(widths, [cells], size=11, head=False)
    return paper
