"""A lease of business premises, twelve pages: articles, an inventory, payments, rules, hand-over.

The wording is our own and is no model for a contract.
"""

from __future__ import annotations

from maker.layout import Face, Sheet, Style
from maker.parts import TITLE, national
from maker.people import LANDLORD, TRADER
from maker.printer import BOLD, ITALIC, Printer

TEXT = Style(Face.REGULAR, 14)
PLACE = "số 47 đường Thử Nghiệm, phường Tuy Phước"

#: Title of an article, then its paragraphs.
ARTICLES = (
    ("Đối tượng của hợp đồng", (
        f"Bên A đồng ý cho Bên B thuê tầng một của căn nhà tại {PLACE}, gồm một gian bán hàng rộng "
        "48 m², một kho chứa hàng rộng 16 m² và khu vệ sinh. Hiện trạng và trang thiết bị kèm theo "
        "được ghi tại Phụ lục 1; hai bên đã xem xét và thống nhất trước khi ký hợp đồng.",
        "Bên A cam đoan căn nhà thuộc quyền sở hữu hợp pháp của mình, không có tranh chấp, không bị "
        "kê biên và không nằm trong khu vực đã có thông báo thu hồi đất.",
    )),
    ("Mục đích và thời hạn thuê", (
        "Bên B sử dụng nhà thuê để bán lẻ lương thực, thực phẩm và hàng tiêu dùng. Mọi thay đổi về "
        "mục đích sử dụng phải được Bên A đồng ý bằng văn bản.",
        "Thời hạn thuê là ba mươi sáu tháng, kể từ ngày 01 tháng 01 năm 2027 đến hết ngày 31 tháng "
        "12 năm 2029. Trước khi hết hạn sáu mươi ngày, nếu Bên B muốn thuê tiếp thì phải báo cho "
        "Bên A biết; trong cùng điều kiện, Bên B được quyền ưu tiên ký hợp đồng mới.",
    )),
    ("Giá thuê và phương thức thanh toán", (
        "Giá thuê năm đầu là 6.000.000 đồng mỗi tháng, năm thứ hai là 6.300.000 đồng mỗi tháng và "
        "năm thứ ba là 6.600.000 đồng mỗi tháng. Giá thuê chưa bao gồm tiền điện, tiền nước, phí vệ "
        "sinh môi trường và các khoản thuế mà Bên B phải nộp theo quy định của pháp luật.",
        "Tiền thuê được trả hằng tháng, trong năm ngày làm việc đầu tiên, bằng chuyển khoản hoặc "
        "tiền mặt có giấy biên nhận. Lịch thanh toán được ghi tại Phụ lục 2. Nếu chậm trả quá mười "
        "ngày thì Bên B phải trả thêm tiền lãi theo lãi suất không kỳ hạn của ngân hàng.",
    )),
    ("Tiền đặt cọc", (
        "Bên B giao cho Bên A số tiền đặt cọc là 12.000.000 đồng (mười hai triệu đồng) ngay khi ký "
        "hợp đồng. Khoản tiền này không được tính vào tiền thuê và được hoàn trả trong vòng bảy "
        "ngày sau khi hai bên lập biên bản bàn giao lại nhà.",
        "Bên A được khấu trừ từ tiền đặt cọc những chi phí sửa chữa hư hỏng do lỗi của Bên B, kèm "
        "theo hóa đơn hoặc bảng kê có chữ ký của hai bên.",
    )),
    ("Quyền và nghĩa vụ của Bên A", (
        "Bàn giao nhà và trang thiết bị đúng thời hạn, đúng hiện trạng đã thỏa thuận; bảo đảm cho "
        "Bên B sử dụng ổn định trong suốt thời hạn thuê; sửa chữa kịp thời những hư hỏng của kết "
        "cấu chính như mái, tường chịu lực, nền và hệ thống thoát nước.",
        "Được nhận đủ tiền thuê đúng hạn; được kiểm tra định kỳ tình trạng nhà sau khi đã báo trước "
        "ít nhất ba ngày; được yêu cầu Bên B khắc phục hậu quả khi sử dụng nhà sai mục đích.",
        "Cung cấp cho Bên B bản sao giấy tờ về quyền sở hữu nhà để làm thủ tục đăng ký hộ kinh "
        "doanh và phối hợp khi cơ quan nhà nước có yêu cầu xác minh địa điểm kinh doanh.",
    )),
    ("Quyền và nghĩa vụ của Bên B", (
        "Sử dụng nhà đúng mục đích, giữ gìn tài sản, giữ vệ sinh chung và chấp hành quy định về "
        "phòng cháy, chữa cháy, an ninh trật tự tại địa phương.",
        "Được lắp đặt bảng hiệu, kệ hàng và thiết bị phục vụ kinh doanh nhưng không được làm thay "
        "đổi kết cấu của nhà; khi hết hạn hợp đồng được tháo dỡ những tài sản do mình lắp đặt.",
        "Không được cho thuê lại hoặc chuyển giao hợp đồng cho người khác nếu không có văn bản đồng "
        "ý của Bên A. Trả lại nhà trong tình trạng như khi nhận, trừ hao mòn tự nhiên.",
    )),
    ("Chấm dứt hợp đồng", (
        "Hợp đồng chấm dứt khi hết thời hạn thuê mà hai bên không thỏa thuận gia hạn; khi nhà thuê "
        "bị hư hỏng nặng không thể sử dụng được; hoặc theo thỏa thuận của hai bên.",
        "Bên muốn chấm dứt hợp đồng trước thời hạn phải báo cho bên kia biết trước ít nhất sáu mươi "
        "ngày. Bên không báo trước đúng thời hạn phải bồi thường một tháng tiền thuê nhà, ngoài số "
        "tiền bồi thường thiệt hại thực tế nếu có.",
    )),
    ("Bất khả kháng và giải quyết tranh chấp", (
        "Hai bên không phải chịu trách nhiệm khi không thực hiện được nghĩa vụ vì thiên tai, dịch "
        "bệnh, hỏa hoạn không do lỗi của mình hoặc quyết định của cơ quan nhà nước. Bên gặp sự kiện "
        "bất khả kháng phải báo cho bên kia trong vòng ba ngày.",
        "Mọi tranh chấp trước hết được giải quyết bằng thương lượng, hòa giải trên tinh thần tôn "
        "trọng lẫn nhau; nếu không thành thì đưa ra Tòa án nhân dân có thẩm quyền.",
    )),
    ("Điều khoản chung", (
        "Hợp đồng này gồm mười hai trang kể cả bốn phụ lục, được lập thành ba bản có giá trị như "
        "nhau, mỗi bên giữ một bản, một bản nộp kèm hồ sơ đăng ký hộ kinh doanh. Hợp đồng có hiệu "
        "lực kể từ ngày ký.",
        "Hai bên đã đọc lại toàn bộ hợp đồng, hiểu rõ quyền, nghĩa vụ và lợi ích hợp pháp của mình "
        "và tự nguyện ký tên dưới đây để làm bằng chứng.",
    )),
)  # fmt: skip

INVENTORY = (
    ("Cửa cuốn nhôm", "bộ", "01", "Hoạt động tốt"), ("Cửa kính hai cánh", "bộ", "01", "Còn mới"),
    ("Quạt trần", "cái", "04", "Hoạt động tốt"), ("Đèn ống dài 1,2 m", "cái", "10", "Còn mới"),
    ("Ổ cắm điện đôi", "cái", "12", "Hoạt động tốt"), ("Công tơ điện", "cái", "01", "Số đầu: 04521"),
    ("Đồng hồ nước", "cái", "01", "Số đầu: 00873"), ("Bồn rửa tay", "cái", "01", "Còn tốt"),
    ("Bình chữa cháy", "bình", "02", "Hạn: 12/2028"), ("Kệ sắt ba tầng", "cái", "06", "Đã dùng"),
    ("Máy điều hòa", "bộ", "01", "Đã bảo trì"), ("Bàn thu ngân bằng gỗ", "cái", "01", "Đã dùng"),
)  # fmt: skip

HOUSE_RULES = (
    "Giờ mở cửa từ 6 giờ đến 22 giờ hằng ngày; việc bốc dỡ hàng hóa bằng xe tải chỉ được thực hiện "
    "trước 7 giờ hoặc sau 18 giờ để không cản trở giao thông trên đường Thử Nghiệm.",
    "Không để hàng hóa, bảng hiệu hoặc xe trên vỉa hè quá vạch kẻ do phường quy định; lối thoát nạn "
    "phía sau kho phải luôn thông thoáng và không bị khóa trong giờ mở cửa.",
    "Không tàng trữ chất dễ cháy, chất nổ, hàng cấm; bếp gas chỉ được dùng tại nơi đã thống nhất và "
    "phải khóa van khi ra về. Bình chữa cháy được kiểm tra mỗi tháng một lần.",
    "Rác được phân loại tại nguồn và đưa ra điểm tập kết trước 19 giờ; nước thải nhiều dầu mỡ phải "
    "qua bể tách mỡ trước khi chảy vào cống chung của khu phố.",
    "Âm thanh quảng cáo không vượt quá mức cho phép, không dùng loa ngoài trời sau 21 giờ và trong "
    "giờ nghỉ trưa từ 11 giờ 30 phút đến 13 giờ 30 phút.",
    "Mọi sự cố về điện, nước phải được báo ngay cho Bên A; Bên B không tự ý đấu nối, câu móc hoặc "
    "nâng công suất thiết bị điện khi chưa có sự đồng ý của đơn vị cung cấp.",
    "Người lao động làm việc tại cửa hàng phải được đăng ký tạm trú nếu ở lại qua đêm; Bên B chịu "
    "trách nhiệm về an toàn lao động của những người do mình thuê.",
    "Bên A và Bên B cùng kiểm tra việc chấp hành nội quy vào ngày cuối cùng của mỗi quý; kết quả "
    "kiểm tra được ghi vào sổ và có chữ ký của người đại diện mỗi bên.",
    "Nội quy này được treo ở nơi dễ thấy trong gian bán hàng. Việc sửa đổi, bổ sung nội quy phải lập "
    "thành văn bản và được hai bên cùng ký tên.",
)
HAND_OVER = (
    "Hôm nay, ngày 19 tháng 11 năm 2026, tại căn nhà cho thuê, hai bên cùng nhau lập biên bản này để "
    "ghi nhận việc bàn giao nhà, chìa khóa và trang thiết bị kèm theo.",
    "Bên A giao cho Bên B ba bộ chìa khóa cửa chính, hai bộ chìa khóa kho và một điều khiển cửa cuốn. "
    "Các bộ chìa khóa đã được thử và hoạt động bình thường.",
    "Chỉ số công tơ điện tại thời điểm bàn giao là 04521, chỉ số đồng hồ nước là 00873. Tiền điện và "
    "tiền nước phát sinh trước thời điểm này do Bên A thanh toán.",
    "Tường gian bán hàng có hai vết nứt nhỏ cạnh cửa sổ phía đông, trần kho có một vết ố do thấm "
    "nước cũ. Bên A cam kết xử lý xong trước ngày 15 tháng 12 năm 2026.",
    "Ngoài những điểm ghi trên, Bên B xác nhận nhà và trang thiết bị đúng như Phụ lục 1, sạch sẽ và "
    "sử dụng được ngay. Biên bản được lập thành ba bản và là một phần không tách rời của hợp đồng.",
)


def contract(dpi: int) -> list[Sheet]:
    """Print the contract with its four annexes; twelve sheets."""
    paper = Printer(dpi, spacing=2.05)
    _parties(paper)
    for number, (title, paragraphs) in enumerate(ARTICLES, 1):
        paper.gap(2)
        paper.paragraph(f"Điều {number}. {title}", style=Style(Face.BOLD, 14))
        for point, words in enumerate(paragraphs, 1):
            paper.paragraph(f"{number}.{point}. {words}", style=TEXT)
            paper.gap(1.5)
    _both_sign(paper)
    _inventory(paper)
    _payments(paper)
    _listed(paper, "PHỤ LỤC 3", "NỘI QUY SỬ DỤNG NHÀ THUÊ", HOUSE_RULES)
    _listed(paper, "PHỤ LỤC 4", "BIÊN BẢN BÀN GIAO NHÀ", HAND_OVER)
    _both_sign(paper)
    return paper.sheets


def _parties(paper: Printer) -> None:
    national(paper)
    paper.centred("HỢP ĐỒNG THUÊ ĐỊA ĐIỂM KINH DOANH", TITLE)
    paper.centred("Số: 05/2026/HĐTN", ITALIC)
    paper.gap(4)
    paper.paragraph("Căn cứ Bộ luật Dân sự ngày 24 tháng 11 năm 2015;", style=ITALIC)
    paper.paragraph("Căn cứ nhu cầu và khả năng của hai bên;", style=ITALIC)
    paper.paragraph("Hôm nay, ngày 19 tháng 11 năm 2026, chúng tôi gồm có:", style=TEXT)
    for title, person in (("BÊN CHO THUÊ (BÊN A)", LANDLORD), ("BÊN THUÊ (BÊN B)", TRADER)):
        paper.gap(2)
        paper.paragraph(title, style=BOLD, indent=0)
        paper.fields(("Họ và tên:", person.name))
        paper.fields(("Ngày sinh:", person.born))
        paper.fields(("Số định danh cá nhân:", person.id_number))
        paper.fields(("Địa chỉ:", f"{person.address}, phường Tuy Phước"))
    paper.gap(2)
    paper.paragraph("Hai bên thỏa thuận ký kết hợp đồng với các điều khoản sau đây:", style=TEXT)


def _both_sign(paper: Printer) -> None:
    paper.gap(3)
    paper.signatures([("BÊN CHO THUÊ", BOLD), (LANDLORD.name, BOLD)], [("BÊN THUÊ", BOLD), (TRADER.name, BOLD)])


def _annex(paper: Printer, number: str, title: str) -> None:
    paper.turn_over()
    paper.gap(3)
    paper.centred(number)
    paper.centred(title, TITLE)
    paper.centred("(Kèm theo Hợp đồng số 05/2026/HĐTN)", ITALIC)
    paper.gap(5)


def _inventory(paper: Printer) -> None:
    _annex(paper, "PHỤ LỤC 1", "DANH MỤC TRANG THIẾT BỊ BÀN GIAO")
    rows = [("TT", "Tên thiết bị", "Đơn vị", "Số lượng", "Tình trạng")]
    rows += [(str(number), *item) for number, item in enumerate(INVENTORY, 1)]
    paper.table((12, 60, 22, 26, 45), rows, size=13)
    paper.paragraph("Danh mục gồm mười hai mục, đã được hai bên kiểm đếm và ký nhận.", style=TEXT)


def _payments(paper: Printer) -> None:
    _annex(paper, "PHỤ LỤC 2", "LỊCH THANH TOÁN TIỀN THUÊ")
    rows: list[tuple[str, ...]] = [("Kỳ", "Tháng", "Hạn trả", "Số tiền (đồng)", "Lũy kế (đồng)")]
    total = 0
    for month in range(36):
        year, rent = 2027 + month // 12, 6_000_000 + month // 12 * 300_000
        total += rent
        due = f"{month % 12 + 1:02}/{year}"
        money = [f"{value:,}".replace(",", ".") for value in (rent, total)]
        rows.append((f"{month + 1:02}", due, f"07/{due}", *money))
    paper.table((15, 30, 40, 40, 40), rows, size=13)
    paper.paragraph(
        "Tổng số tiền thuê trong ba năm là 226.800.000 đồng. Bằng chữ: Hai trăm hai mươi sáu triệu "
        "tám trăm nghìn đồng.",
        style=TEXT,
    )


def _listed(paper: Printer, number: str, title: str, paragraphs: tuple[str, ...]) -> None:
    _annex(paper, number, title)
    for point, words in enumerate(paragraphs, 1):
        paper.paragraph(f"{point}. {words}", style=TEXT)
        paper.gap(3)
