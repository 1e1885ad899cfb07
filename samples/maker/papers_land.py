"""The papers of a land-use certificate: application, decision in ND 30 layout, certified copy.

The wording is our own; "Căn cứ" names laws as decisions do, and nothing here was ever decided.
"""

from __future__ import annotations

from maker.layout import Face, Sheet, Style
from maker.marks import stamp
from maker.papers_birth import certification
from maker.parts import SMALL, TITLE, TO_HEAD, declared, national, office, signed
from maker.people import CLERK, DEPUTY, FARMER
from maker.printer import BOLD, ITALIC, Printer

DISTRICT_RING = "ỦY BAN NHÂN DÂN XÃ MẪU LÂM * BẢN MẪU *"
GROUNDS = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
    "Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;",
    "Căn cứ kế hoạch sử dụng đất năm 2026 của xã Mẫu Lâm đã được phê duyệt;",
    "Xét đề nghị của Trưởng phòng Kinh tế tại Tờ trình số 88/TTr-KT ngày 02 tháng 3 năm 2026.",
)


def application(dpi: int) -> list[Sheet]:
    """Print the application (đơn đăng ký đất đai, tài sản gắn liền với đất)."""
    paper = Printer(dpi)
    national(paper)
    paper.centred("ĐƠN ĐĂNG KÝ ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT", TITLE)
    paper.gap(2)
    paper.centred("Kính gửi: Văn phòng đăng ký đất đai tỉnh Mẫu")
    paper.gap(3)
    paper.paragraph("1. Người sử dụng đất", style=BOLD, indent=0)
    paper.fields(("Họ và tên:", FARMER.name), ("Năm sinh:", "1965"), widths=(2, 1))
    paper.fields(("Số định danh cá nhân:", FARMER.id_number))
    paper.fields(("Địa chỉ:", FARMER.address))
    paper.gap(2)
    paper.paragraph("2. Thửa đất đăng ký", style=BOLD, indent=0)
    paper.fields(("Thửa đất số:", "125"), ("Tờ bản đồ số:", "08"))
    paper.fields(("Địa chỉ thửa đất:", FARMER.address))
    paper.fields(("Diện tích:", "240,5 m²"), ("Hình thức sử dụng:", "Sử dụng riêng"), widths=(2, 3))
    paper.fields(("Mục đích sử dụng:", "Đất ở tại nông thôn"), ("Từ năm:", "1998"), widths=(2, 1))
    paper.fields(("Nguồn gốc sử dụng:", "Được giao đất có thu tiền sử dụng đất"))
    paper.gap(2)
    paper.paragraph("3. Đề nghị", style=BOLD, indent=0)
    paper.paragraph(
        "Cấp Giấy chứng nhận quyền sử dụng đất lần đầu cho thửa đất nêu trên. Tôi xin cam đoan nội "
        "dung kê khai là đúng sự thật, đất không có tranh chấp và chịu trách nhiệm trước pháp luật."
    )
    declared(paper, "Mẫu Lâm, ngày 17 tháng 11 năm 2026", "NGƯỜI VIẾT ĐƠN", FARMER.name)
    return paper.sheets


def decision(dpi: int) -> list[Sheet]:
    """Print a decision to hand over land, two pages, sealed."""
    paper = Printer(dpi)
    office(paper, "ỦY BAN NHÂN DÂN", "XÃ MẪU LÂM", "Số: 214/QĐ-UBND",
           "Mẫu Lâm, ngày 05 tháng 3 năm 2026")  # fmt: skip
    paper.centred("QUYẾT ĐỊNH", TITLE)
    paper.centred("Về việc giao đất ở cho hộ gia đình, cá nhân", Style(Face.BOLD, 13))
    paper.gap(4)
    paper.centred("CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ MẪU LÂM")
    paper.gap(3)
    for ground in GROUNDS:
        paper.paragraph(ground, style=ITALIC)
    _decided(paper)
    paper.turn_over()
    paper.paragraph(
        ("Điều 4.", BOLD),
        "Quyết định này có hiệu lực kể từ ngày ký. Chánh Văn phòng Hội đồng nhân dân và Ủy ban "
        "nhân dân xã, Trưởng phòng Kinh tế, Trưởng thôn Ví Dụ và ông có tên tại Điều 1 chịu trách "
        "nhiệm thi hành Quyết định này./.",
    )
    paper.gap(4)
    left = [TO_HEAD, *((line, SMALL) for line in ("- Như Điều 4;", "- Văn phòng ĐKĐĐ tỉnh Mẫu;",
            "- Chủ tịch, các Phó Chủ tịch;", "- Lưu: VT, KT."))]  # fmt: skip
    signed(paper, left, ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"], DEPUTY,
           ring=DISTRICT_RING, office_name="MẪU LÂM")  # fmt: skip
    return paper.sheets


def _decided(paper: Printer) -> None:
    """Print the articles of the decision's first page."""
    paper.centred("QUYẾT ĐỊNH:")
    paper.gap(2)
    paper.paragraph(
        ("Điều 1.", BOLD),
        f"Giao cho ông {FARMER.name}, số định danh cá nhân {FARMER.id_number}, địa chỉ thường trú "
        f"tại {FARMER.address}, 240,5 m² đất tại thửa số 125, tờ bản đồ số 08 để sử dụng vào mục "
        "đích đất ở tại nông thôn. Thời hạn sử dụng đất: lâu dài. Hình thức giao đất: có thu tiền "
        "sử dụng đất.",
    )
    paper.paragraph("Vị trí, ranh giới thửa đất được xác định theo mảnh trích đo bản đồ địa chính "
                    "số 31-2026 đã được thẩm định ngày 20 tháng 02 năm 2026.")  # fmt: skip
    paper.paragraph(
        ("Điều 2.", BOLD),
        "Phòng Kinh tế có trách nhiệm xác định mốc giới và giao đất trên thực địa; hướng dẫn người "
        "được giao đất thực hiện nghĩa vụ tài chính; chuyển hồ sơ cho Văn phòng đăng ký đất đai để "
        "cấp Giấy chứng nhận và chỉnh lý hồ sơ địa chính theo quy định.",
    )
    paper.paragraph(
        ("Điều 3.", BOLD),
        "Người được giao đất phải sử dụng đất đúng mục đích, đúng ranh giới, nộp tiền sử dụng đất "
        "đầy đủ, đúng thời hạn; chấp hành các quy định về bảo vệ môi trường và không làm tổn hại "
        "đến lợi ích hợp pháp của người sử dụng đất xung quanh.",
    )


def origin_copy(dpi: int) -> list[Sheet]:
    """Print the certified copy of an old confirmation, with the red seal over its words."""
    paper = Printer(dpi)
    stamp(paper.sheet, (paper.sheet.mm(150), paper.sheet.mm(10)), ("BẢN SAO",))
    paper.sheet.lines.append("BẢN SAO")
    paper.gap(4)
    office(paper, "ỦY BAN NHÂN DÂN", "XÃ MẪU LÂM", "Số: 19/XN-UBND",
           "Mẫu Lâm, ngày 22 tháng 9 năm 2025")  # fmt: skip
    paper.centred("GIẤY XÁC NHẬN", TITLE)
    paper.centred("Về nguồn gốc và quá trình sử dụng đất", BOLD)
    paper.gap(4)
    paper.paragraph(
        f"Ủy ban nhân dân xã Mẫu Lâm xác nhận ông {FARMER.name}, sinh năm 1965, đang sử dụng thửa "
        "đất số 125, tờ bản đồ số 08 tại thôn Ví Dụ, diện tích 240,5 m², loại đất ở tại nông thôn."
    )
    paper.paragraph(
        "Thửa đất do gia đình ông khai hoang, sử dụng ổn định từ năm 1998 đến nay, phù hợp với quy "
        "hoạch, đã nộp thuế hằng năm. Kết quả niêm yết công khai trong thời gian 15 ngày tại trụ "
        "sở xã và nhà văn hóa thôn: không có ý kiến tranh chấp, khiếu nại."
    )
    paper.paragraph("Giấy này được cấp để bổ túc hồ sơ đăng ký đất đai lần đầu.")
    signed(paper, [("CÁN BỘ ĐỊA CHÍNH", BOLD), ("Mai Xuân Mẫu", BOLD)], ["CHỦ TỊCH"],
           "Phan Đức Mẫu", ring=DISTRICT_RING, office_name="MẪU LÂM")  # fmt: skip
    certification(paper, "0612", "14 tháng 11 năm 2026")
    return paper.sheets


def authority(dpi: int) -> list[Sheet]:
    """Print a power of attorney (giấy ủy quyền) to hand the dossier in."""
    paper = Printer(dpi)
    national(paper)
    paper.centred("GIẤY ỦY QUYỀN", TITLE)
    paper.centred("(Về việc nộp hồ sơ đăng ký đất đai)", ITALIC)
    paper.gap(4)
    paper.fields(("Người ủy quyền:", FARMER.name))
    paper.fields(("Số định danh cá nhân:", FARMER.id_number))
    paper.fields(("Người được ủy quyền:", CLERK.name))
    paper.fields(("Số định danh cá nhân:", CLERK.id_number))
    paper.gap(3)
    paper.paragraph(
        "Người được ủy quyền thay mặt tôi nộp hồ sơ, bổ sung giấy tờ khi có yêu cầu và nhận kết quả "
        "giải quyết thủ tục đăng ký đất đai lần đầu đối với thửa đất số 125, tờ bản đồ số 08. Giấy "
        "ủy quyền có hiệu lực đến khi nhận xong kết quả."
    )
    declared(paper, "Mẫu Lâm, ngày 17 tháng 11 năm 2026", "NGƯỜI ỦY QUYỀN", FARMER.name)
    return paper.sheets
