"""The invented offices that issue the official papers, and what those papers are about."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from corpus import names


@dataclass(frozen=True, slots=True)
class Issuer:
    """An office as its letterhead and its seal show it."""

    #: The line above the office's name: its parent, or the first half of a people's committee's name.
    above: str
    #: The office's own line, bold.
    own: str
    #: Its name in full, as a person reads it off the letterhead.
    agency: str
    #: Whether the upper line is part of the name, and so set in bold too.
    committee: bool
    #: Its letters in a notation.
    short: str
    #: Where it sits.
    place: str
    #: The title of its head.
    head: str


def issuer(rng: Random) -> Issuer:
    """Return a commune's committee or an office of a province."""
    ward, province = rng.choice(names.WARDS), rng.choice(names.PROVINCES)
    kind = rng.choice(("xã", "xã", "phường", "sở", "sở", "văn phòng"))
    if kind in ("xã", "phường"):
        own = f"{kind} {ward}".upper()
        return Issuer("ỦY BAN NHÂN DÂN", own, f"ỦY BAN NHÂN DÂN {own}", True, "UBND", ward, "CHỦ TỊCH")
    if kind == "sở":
        own, short = rng.choice(
            (("SỞ TƯ PHÁP", "STP"), ("SỞ XÂY DỰNG", "SXD"), ("SỞ NỘI VỤ", "SNV"), ("SỞ Y TẾ", "SYT"))
        )
        return Issuer(f"UBND TỈNH {province.upper()}", own, own, False, short, province, "GIÁM ĐỐC")
    own = "VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI"
    return Issuer("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", own, own, False, "VPĐK", province, "GIÁM ĐỐC")


GROUNDS = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
    "Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;",
    "Căn cứ Luật Hộ tịch ngày 20 tháng 11 năm 2014;",
    "Căn cứ Nghị định số {law} {date} của Chính phủ về thực hiện thủ tục hành chính theo cơ chế một cửa;",
    "Căn cứ Nghị định số {law} của Chính phủ quy định chi tiết một số điều và biện pháp thi hành;",
    "Căn cứ Quyết định số {notation} {date} về việc quy định chức năng, nhiệm vụ, quyền hạn và cơ cấu tổ chức;",
    "Căn cứ kết quả thẩm định tại Báo cáo số {notation} {date};",
    "Xét đề nghị của {office} tại Tờ trình số {notation} {date}.",
)
#: What a paper is about, in the words of a trích yếu, without "về việc".
SUBJECTS = (
    "giao đất ở cho hộ gia đình, cá nhân tại thôn {wardname}",
    "phê duyệt kế hoạch số hóa hồ sơ lưu trữ năm {year}",
    "kiện toàn Tổ công tác giải quyết thủ tục hành chính",
    "công bố danh mục dịch vụ công trực tuyến toàn trình",
    "tăng cường phòng, chống dịch bệnh trên vật nuôi",
    "sửa chữa, nâng cấp tuyến đường {street}",
    "hỗ trợ khẩn cấp các hộ bị thiệt hại do bão lũ",
    "niêm yết công khai phương án bồi thường, tái định cư",
    "cải chính hộ tịch và cấp lại bản sao trích lục",
    "điều động, bổ nhiệm công chức giữ chức vụ quản lý",
    "xử lý vi phạm trật tự xây dựng tại phường {wardname}",
    "lấy ý kiến góp ý dự thảo quy chế phối hợp liên ngành",
)
#: What a certificate of each kind states of its owner, after name and number.
CERTIFIED = (
    "là chủ hộ kinh doanh đã đăng ký tại địa chỉ nêu trên, ngành nghề sửa chữa xe máy, vốn {money} đồng.",
    "đã hoàn thành khóa bồi dưỡng nghiệp vụ hộ tịch từ ngày {short} đến ngày {short}, xếp loại giỏi.",
    "hiện cư trú ổn định, không có tên trong danh sách nợ thuế và chấp hành tốt chủ trương, pháp luật.",
    "đang sử dụng thửa đất số {n}, tờ bản đồ số {n}, diện tích {area} m², nguồn gốc do ông bà để lại từ năm {year}.",
)
