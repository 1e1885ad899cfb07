"""The names that papers bear (tên loại): the 29 kinds of NĐ 30/2020 Art 7, and the personal papers of counters."""

from __future__ import annotations

from typing import Final

#: NĐ 30/2020 Art 7. A letter (công văn) prints no name.
ADMINISTRATIVE: Final = (
    "NGHỊ QUYẾT",
    "QUYẾT ĐỊNH",
    "CHỈ THỊ",
    "QUY CHẾ",
    "QUY ĐỊNH",
    "THÔNG CÁO",
    "THÔNG BÁO",
    "HƯỚNG DẪN",
    "CHƯƠNG TRÌNH",
    "KẾ HOẠCH",
    "PHƯƠNG ÁN",
    "ĐỀ ÁN",
    "DỰ ÁN",
    "BÁO CÁO",
    "BIÊN BẢN",
    "TỜ TRÌNH",
    "HỢP ĐỒNG",
    "CÔNG ĐIỆN",
    "BẢN GHI NHỚ",
    "BẢN THỎA THUẬN",
    "GIẤY ỦY QUYỀN",
    "GIẤY MỜI",
    "GIẤY GIỚI THIỆU",
    "GIẤY NGHỈ PHÉP",
    "PHIẾU GỬI",
    "PHIẾU CHUYỂN",
    "PHIẾU BÁO",
    "THƯ CÔNG",
)

#: What is handed in and handed out beside those.
PERSONAL: Final = (
    "GIẤY XÁC NHẬN",
    "GIẤY CHỨNG NHẬN",
    "GIẤY CHỨNG NHẬN KẾT HÔN",
    "GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT",
    "GIẤY CHỨNG SINH",
    "GIẤY BÁO TỬ",
    "GIẤY KHAI SINH",
    "GIẤY PHÉP",
    "GIẤY PHÉP XÂY DỰNG",
    "GIẤY PHÉP KINH DOANH",
    "GIẤY ĐỀ NGHỊ",
    "GIẤY CAM KẾT",
    "GIẤY BIÊN NHẬN",
    "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    "GIẤY NỘP TIỀN",
    "TRÍCH LỤC KHAI SINH",
    "TRÍCH LỤC KHAI TỬ",
    "TRÍCH LỤC KẾT HÔN",
    "TRÍCH LỤC",
    "TỜ KHAI",
    "ĐƠN",
    "ĐƠN ĐỀ NGHỊ",
    "BẢN KHAI",
    "BẢN CAM KẾT",
    "BẢN SAO",
    "PHIẾU YÊU CẦU",
    "PHIẾU LÝ LỊCH TƯ PHÁP",
    "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ",
    "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ",
    "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ",
    "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ",
    "PHIẾU THU",
    "SƠ YẾU LÝ LỊCH",
    "VĂN BẢN",
    "HÓA ĐƠN",
    "DI CHÚC",
)

#: The type of a paper with a subject below its number and no name: a letter.
LETTER: Final = "CÔNG VĂN"

KINDS: Final = ADMINISTRATIVE + PERSONAL
