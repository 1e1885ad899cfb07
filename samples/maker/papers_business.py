"""The short papers of a household business: request, identity copy, list of trades and capital.

The wording is our own; the forms in force are annexes of decrees and differ.
"""

from __future__ import annotations

from maker.layout import Face, Sheet, Style
from maker.marks import stamp
from maker.parts import TITLE, declared, national
from maker.people import FATHER, LANDLORD, MOTHER, TRADER, Person
from maker.printer import BOLD, ITALIC, Printer

SHOP = "Hộ kinh doanh Tạp hóa Hồng Mẫu"
PLACE_DATE = "Tuy Phước, ngày 19 tháng 11 năm 2026"


def request(dpi: int) -> list[Sheet]:
    """Print the request to register (giấy đề nghị đăng ký thành lập hộ kinh doanh)."""
    paper = Printer(dpi)
    national(paper)
    paper.centred("GIẤY ĐỀ NGHỊ", TITLE)
    paper.centred("Đăng ký thành lập hộ kinh doanh")
    paper.gap(2)
    paper.centred("Kính gửi: Ủy ban nhân dân phường Tuy Phước", BOLD)
    paper.gap(3)
    paper.fields(("Tôi là:", TRADER.name), ("Giới tính:", "Nữ"), widths=(2, 1))
    paper.fields(("Sinh ngày:", TRADER.born), ("Dân tộc:", "Kinh"))
    paper.fields(("Số định danh cá nhân:", TRADER.id_number))
    paper.fields(("Địa chỉ liên lạc:", f"{TRADER.address}, phường Tuy Phước"))
    paper.gap(2)
    paper.paragraph("Đăng ký thành lập hộ kinh doanh với các nội dung sau:", style=BOLD, indent=0)
    paper.fields(("1. Tên hộ kinh doanh:", SHOP))
    paper.fields(("2. Địa chỉ trụ sở:", "Số 47 đường Thử Nghiệm, phường Tuy Phước"))
    paper.fields(("3. Ngành, nghề kinh doanh:", "Bán lẻ lương thực, thực phẩm"))
    paper.fields(("4. Vốn kinh doanh:", "150.000.000 đồng"))
    paper.fields(("5. Ngày dự kiến bắt đầu kinh doanh:", "01/01/2027"))
    paper.fields(("6. Số lượng lao động:", "02 người"))
    paper.gap(2)
    paper.paragraph(
        "Tôi cam kết bản thân không thuộc diện bị cấm kinh doanh, không đồng thời là chủ hộ kinh "
        "doanh khác hoặc chủ doanh nghiệp tư nhân, và chịu trách nhiệm trước pháp luật về tính hợp "
        "pháp, chính xác, trung thực của nội dung đăng ký trên."
    )
    declared(paper, PLACE_DATE, "CHỦ HỘ KINH DOANH", TRADER.name)
    return paper.sheets


def identity(dpi: int, *, person: Person) -> list[Sheet]:
    """Print the copy of an identity paper; its layout copies no real card."""
    paper = Printer(dpi)
    stamp(paper.sheet, (paper.sheet.mm(150), paper.sheet.mm(10)), ("BẢN SAO",))
    paper.sheet.lines.append("BẢN SAO")
    paper.gap(8)
    national(paper)
    paper.centred("BẢN SAO THÔNG TIN CĂN CƯỚC", Style(Face.BOLD, 15))
    paper.centred("Giấy mẫu để thử nghiệm, không có giá trị sử dụng", ITALIC)
    paper.gap(6)
    paper.fields(("Số định danh cá nhân:", person.id_number))
    paper.fields(("Họ, chữ đệm và tên:", person.name))
    paper.fields(("Ngày, tháng, năm sinh:", person.born))
    paper.fields(("Quốc tịch:", "Việt Nam"))
    paper.fields(("Nơi cư trú:", person.address))
    paper.fields(("Ngày cấp:", "01/07/2024"), ("Có giá trị đến:", "01/07/2039"))
    paper.gap(6)
    paper.paragraph(
        "Bản sao này do người nộp hồ sơ xuất trình cùng bản chính. Cán bộ tiếp nhận đã đối chiếu "
        "nội dung bản sao với bản chính và trả lại bản chính ngay sau khi đối chiếu."
    )
    return paper.sheets


def trades(dpi: int) -> list[Sheet]:
    """Print the ruled list of trades and capital (bảng kê ngành, nghề và vốn)."""
    paper = Printer(dpi)
    paper.centred("BẢNG KÊ NGÀNH, NGHỀ VÀ VỐN KINH DOANH", TITLE)
    paper.centred("(Kèm theo Giấy đề nghị đăng ký thành lập hộ kinh doanh)", ITALIC)
    paper.gap(5)
    rows = [("TT", "Ngành, nghề", "Mã ngành", "Vốn (đồng)", "Lao động")]
    items = (
        ("Bán lẻ lương thực", "4721", "35.000.000", "1"),
        ("Bán lẻ thực phẩm tươi sống", "4722", "20.000.000", "1"),
        ("Bán lẻ đồ uống", "4723", "25.000.000", ""),
        ("Bán lẻ đồ dùng gia đình", "4759", "18.000.000", ""),
        ("Bán lẻ văn phòng phẩm", "4761", "12.000.000", ""),
        ("Bán lẻ quần áo may sẵn", "4771", "15.000.000", ""),
        ("Bán lẻ mỹ phẩm, vệ sinh", "4772", "10.000.000", ""),
        ("Nhận gửi bưu phẩm", "5320", "15.000.000", ""),
    )
    rows += [(str(number), *item) for number, item in enumerate(items, 1)]
    rows.append(("", "Cộng", "", "150.000.000", "2"))
    paper.table((12, 68, 25, 34, 26), rows)
    paper.paragraph("Bằng chữ: Một trăm năm mươi triệu đồng chẵn.", style=ITALIC, indent=0)
    paper.gap(3)
    people: list[tuple[str, ...]] = [("TT", "Người góp vốn", "Số định danh", "Số tiền (đồng)")]
    shares = ((TRADER, "110.000.000"), (MOTHER, "25.000.000"), (FATHER, "15.000.000"))
    people += [(str(n), p.name, p.id_number, money) for n, (p, money) in enumerate(shares, 1)]
    paper.table((12, 68, 45, 40), people)
    paper.paragraph(f"Địa điểm kinh doanh thuê của ông {LANDLORD.name} theo hợp đồng kèm trong hồ sơ này.")
    declared(paper, PLACE_DATE, "NGƯỜI LẬP BẢNG", TRADER.name)
    return paper.sheets
