"""The papers of a birth registration: declaration, birth note, marriage certificate, residence.

The wording is our own; the forms in force are annexes of circulars and differ.
"""

from __future__ import annotations

from maker.layout import Face, Sheet, Style
from maker.marks import seal, stamp
from maker.parts import SMALL, TITLE, TO_HEAD, declared, national, office, signed
from maker.people import (
    CHAIR,
    CLERK,
    DEPUTY,
    FATHER,
    GRANDMOTHER,
    HOME,
    MOTHER,
    NURSE,
    WARD,
    WARD_CAPITALS,
    Person,
)
from maker.printer import BOLD, ITALIC, Printer

CHILD = "TRẦN NGỌC MẪU AN"
RING = "ỦY BAN NHÂN DÂN PHƯỜNG MẪU SƠN * BẢN MẪU *"


def declaration(dpi: int) -> list[Sheet]:
    """Print the two pages of the declaration (tờ khai đăng ký khai sinh)."""
    paper = Printer(dpi, dotted=True)
    national(paper)
    paper.centred("TỜ KHAI ĐĂNG KÝ KHAI SINH", TITLE)
    paper.gap(3)
    paper.centred("Kính gửi: Ủy ban nhân dân phường Tuy Phước")
    paper.gap(3)
    paper.fields(("Họ, chữ đệm, tên người yêu cầu:", GRANDMOTHER.name))
    paper.fields(("Ngày, tháng, năm sinh:", GRANDMOTHER.born), ("Giới tính:", "Nữ"), widths=(2, 1))
    paper.fields(("Nơi cư trú:", GRANDMOTHER.address))
    paper.fields(("Số định danh cá nhân:", GRANDMOTHER.id_number))
    paper.fields(("Quan hệ với người được khai sinh:", "Bà nội"))
    paper.gap(2)
    paper.paragraph("Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:", style=BOLD, indent=0)
    paper.fields(("Họ, chữ đệm, tên:", CHILD))
    paper.fields(("Ngày, tháng, năm sinh:", "02/11/2026"), ("Giới tính:", "Nữ"), widths=(2, 1))
    paper.fields(("Ghi bằng chữ:", "Ngày hai tháng mười một năm hai nghìn không trăm hai mươi sáu"))
    paper.fields(("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam"))
    paper.fields(("Nơi sinh:", "Trạm Y tế phường Tuy Phước"))
    paper.fields(("Quê quán:", "Phường Tuy Phước"))
    _parent(paper, "mẹ", MOTHER)
    paper.turn_over()
    _parent(paper, "cha", FATHER)
    paper.gap(3)
    paper.paragraph(
        "Tôi cam đoan nội dung đề nghị đăng ký khai sinh trên đây là đúng sự thật, được sự thỏa "
        "thuận nhất trí của các bên liên quan theo quy định pháp luật.",
    )
    paper.paragraph("Tôi chịu hoàn toàn trách nhiệm trước pháp luật về nội dung cam đoan của mình.")
    declared(paper, "Tuy Phước, ngày 18 tháng 11 năm 2026", "Người yêu cầu", GRANDMOTHER.name)
    paper.gap(5)
    paper.fields(("Đề nghị cấp bản sao:", "Có"), ("Số lượng:", "02 bản"))
    return paper.sheets


def _parent(paper: Printer, who: str, person: Person) -> None:
    """Print the lines about one parent."""
    paper.fields((f"Họ, chữ đệm, tên người {who}:", person.name))
    paper.fields(("Ngày sinh:", person.born), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam"),
                 widths=(6, 4, 6))  # fmt: skip
    paper.fields((f"Nơi cư trú của người {who}:", person.address))
    paper.fields((f"Số định danh cá nhân của người {who}:", person.id_number))


def birth_note(dpi: int) -> list[Sheet]:
    """Print the note of a birth (giấy chứng sinh), to be scanned as a black and white copy."""
    paper = Printer(dpi)
    office(paper, "TRUNG TÂM Y TẾ MẪU SƠN", "TRẠM Y TẾ TUY PHƯỚC", "Số: 0112/GCS",
           "Tuy Phước, ngày 04 tháng 11 năm 2026")  # fmt: skip
    paper.centred("GIẤY CHỨNG SINH", TITLE)
    paper.gap(4)
    paper.fields(("Họ và tên mẹ:", MOTHER.name))
    paper.fields(("Ngày sinh:", MOTHER.born), ("Dân tộc:", "Kinh"))
    paper.fields(("Số định danh cá nhân:", MOTHER.id_number))
    paper.fields(("Nơi cư trú:", HOME))
    paper.fields(("Họ và tên cha:", FATHER.name))
    paper.fields(("Đã sinh con vào lúc:", "07 giờ 40 phút ngày 02 tháng 11 năm 2026"))
    paper.fields(("Tại:", "Trạm Y tế phường Tuy Phước"))
    paper.fields(("Số lần sinh:", "01"), ("Số con hiện sống:", "01"))
    paper.fields(("Giới tính của con:", "Nữ"), ("Cân nặng:", "3 150 gam"))
    paper.fields(("Tình trạng của con:", "Khỏe mạnh, phản xạ tốt"))
    paper.fields(("Dự định đặt tên con:", CHILD))
    paper.fields(("Người đỡ đẻ:", NURSE))
    paper.gap(3)
    paper.paragraph(
        "Tên dự định đặt của con có thể khác với tên trong Giấy khai sinh. Giấy này được lập thành "
        "02 bản: một bản giao cho gia đình để đăng ký khai sinh, một bản lưu tại nơi sinh.",
        style=ITALIC,
    )
    signed(paper, [("Người đỡ đẻ", BOLD), (NURSE, BOLD)], ["TRƯỞNG TRẠM"], "Hồ Thị Mẫu")
    return paper.sheets


def marriage_copy(dpi: int) -> list[Sheet]:
    """Print a certified copy of a marriage certificate, sealed over its print."""
    paper = Printer(dpi)
    stamp(paper.sheet, (paper.sheet.mm(150), paper.sheet.mm(10)), ("BẢN SAO",))
    paper.sheet.lines.append("BẢN SAO")
    paper.gap(4)
    national(paper)
    paper.centred("GIẤY CHỨNG NHẬN KẾT HÔN", Style(Face.BOLD, 16))
    paper.centred("Số: 27/2024", ITALIC)
    paper.gap(4)
    for title, person in (("vợ", MOTHER), ("chồng", FATHER)):
        paper.fields((f"Họ, chữ đệm, tên {title}:", person.name))
        paper.fields(("Ngày, tháng, năm sinh:", person.born), ("Dân tộc:", "Kinh"), widths=(3, 2))
        paper.fields(("Quốc tịch:", "Việt Nam"))
        paper.fields(("Nơi cư trú:", person.address))
        paper.fields(("Giấy tờ tùy thân:", f"Căn cước số {person.id_number}"))
        paper.gap(3)
    paper.fields(("Nơi đăng ký kết hôn:", "Ủy ban nhân dân phường Mẫu Sơn"))
    paper.fields(("Ngày, tháng, năm đăng ký:", "20/05/2024"))
    paper.gap(4)
    signed(paper, [("NGƯỜI THỰC HIỆN", BOLD), (CLERK.name, BOLD)], ["CHỦ TỊCH"], CHAIR,
           ring=RING, office_name="MẪU SƠN")  # fmt: skip
    certification(paper, "0459", "12 tháng 11 năm 2026")
    return paper.sheets


def certification(paper: Printer, number: str, date: str) -> None:
    """Print the certifying words (lời chứng) under a copy, with the seal over them."""
    paper.gap(3)
    paper.centred("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH")
    over = paper.y + paper.sheet.mm(9)
    words = f"Số chứng thực: {number} quyển số 01/2026-SCT/BS. Ngày {date}."
    paper.paragraph(words, indent=0)
    paper.paragraph(("PHÓ CHỦ TỊCH ỦY BAN NHÂN DÂN:", BOLD), (DEPUTY, BOLD), indent=0)
    seal(paper.sheet, (paper.sheet.mm(72), over), ring=RING, office="MẪU SƠN")


def residence(dpi: int) -> list[Sheet]:
    """Print a confirmation of residence and, on a second page, its annex with the household."""
    paper = Printer(dpi)
    office(paper, "CÔNG AN TỈNH MẪU", f"CÔNG AN {WARD_CAPITALS}", "Số: 318/XN-CAP",
           "Tuy Phước, ngày 10 tháng 11 năm 2026")  # fmt: skip
    paper.centred("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", TITLE)
    paper.gap(3)
    paper.paragraph(
        f"Theo đề nghị của bà {MOTHER.name}, số định danh cá nhân {MOTHER.id_number}, Công an "
        f"{WARD} xác nhận thông tin về cư trú như sau:"
    )
    for person in (MOTHER, FATHER):
        paper.fields(("Họ, chữ đệm và tên:", person.name), ("Sinh ngày:", person.born),
                     widths=(3, 2))  # fmt: skip
        paper.fields(("Nơi thường trú:", person.address))
        paper.fields(("Thời điểm đăng ký thường trú:", "15/06/2024"))
    paper.gap(3)
    paper.paragraph(
        "Danh sách các thành viên khác trong hộ gia đình được ghi tại trang sau. Xác nhận này có "
        "giá trị trong thời hạn một năm kể từ ngày cấp; khi thông tin về cư trú thay đổi thì xác "
        "nhận hết giá trị kể từ thời điểm thay đổi."
    )
    left = [TO_HEAD, (f"- Bà {MOTHER.name};", SMALL), ("- Lưu: HS.", SMALL)]
    signed(paper, left, ["TRƯỞNG CÔNG AN PHƯỜNG"], "Trương Quang Mẫu",
           ring="CÔNG AN PHƯỜNG TUY PHƯỚC * BẢN MẪU *", office_name="TUY PHƯỚC")  # fmt: skip
    paper.turn_over()
    paper.centred("DANH SÁCH THÀNH VIÊN HỘ GIA ĐÌNH")
    paper.gap(4)
    rows = [("TT", "Họ và tên", "Ngày sinh", "Số định danh", "Quan hệ")]
    household = ((GRANDMOTHER, "Chủ hộ"), (FATHER, "Con"), (MOTHER, "Con dâu"), (CLERK, "Cháu"))
    for number, (person, kin) in enumerate(household, 1):
        rows.append((str(number), person.name, person.born, person.id_number, kin))
    paper.table((12, 50, 32, 42, 29), rows)
    paper.paragraph("Danh sách này gồm có 04 người, lập theo dữ liệu cư trú tại thời điểm xác nhận.")
    return paper.sheets
