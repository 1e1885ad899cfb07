"""The prose of the corpus: sentences of our own in the manner of Vietnamese offices, with braces to be filled.

Not copied from any paper. Grouped by subject only so that a page hangs together; `prose` picks and fills them.
"""

from __future__ import annotations

LAND = (
    "Căn cứ hồ sơ kỹ thuật thửa đất lập {date}, thửa đất số {n}, tờ bản đồ số {n}, diện tích {area} m², được xác "
    "định là đất ở tại nông thôn, không nằm trong hành lang bảo vệ đê điều.",
    "Ông {name} đề nghị điều chỉnh ranh giới giữa thửa đất của gia đình với lối đi chung, đồng thời cam kết tự "
    "nguyện tháo dỡ phần mái hiên lấn chiếm trước {date}.",
    "Kết quả đo đạc cho thấy cạnh phía tây dài {area} mét, ngắn hơn số liệu ghi trong giấy cũ, do trước đây đo bằng "
    "thước dây và chưa trừ bờ rào dâm bụt.",
    "Hộ bà {name} đã sử dụng ổn định mảnh vườn này từ năm {year}, có trồng nhãn, bưởi, chuối và đào một ao nhỏ để "
    "thả cá trắm cỏ.",
    "Tiền sử dụng đất phải nộp là {money} đồng, được trừ khoản bồi thường mà người sử dụng đã ứng trước theo phương "
    "án được duyệt.",
    "Trường hợp phát hiện việc tẩy xóa, sửa chữa nội dung trên giấy chứng nhận thì cơ quan đăng ký lập biên bản và "
    "chuyển hồ sơ sang cơ quan điều tra.",
    "Ranh giới phía bắc giáp kênh thủy lợi, phía nam giáp đường liên thôn rộng {n} mét, phía đông giáp thửa của ông "
    "{name}.",
    "Việc chuyển mục đích từ đất trồng lúa sang đất nuôi trồng thủy sản chỉ được xem xét khi phù hợp quy hoạch và "
    "không ảnh hưởng đến nguồn nước tưới của các hộ xung quanh.",
    "Bản trích lục này có giá trị kèm theo sơ đồ; mọi khiếu nại về vị trí mốc giới gửi về {office} trong thời hạn "
    "{days} ngày.",
)
PEOPLE = (
    "Người yêu cầu đăng ký là bà {name}, sinh {date}, số định danh cá nhân {id}, hiện cư trú tại {address}.",
    "Trẻ em được khai sinh có họ theo họ cha, dân tộc theo thỏa thuận bằng văn bản của cha mẹ; trường hợp không "
    "thỏa thuận được thì áp dụng tập quán.",
    "Ông {name} và bà {name} tự nguyện kết hôn, không cùng dòng máu về trực hệ và không có họ trong phạm vi ba đời.",
    "Sau khi kiểm tra sổ hộ tịch quyển số {n} năm {year}, công chức nhận thấy tên đệm bị ghi nhầm dấu hỏi thành dấu "
    "ngã.",
    "Giấy xác nhận tình trạng hôn nhân có giá trị sáu tháng kể từ ngày cấp và chỉ được sử dụng đúng mục đích đã ghi.",
    "Người được giám hộ là cháu {name}, mồ côi cả cha lẫn mẹ, đang học lớp {n} tại Trường Tiểu học {wardname}.",
    "Bà {name} xin cải chính năm sinh từ {year} thành {year} vì giấy tờ thời trước bị ẩm mốc, chữ viết tay khó đọc.",
    "Khi đến nhận kết quả, đề nghị ông (bà) mang theo giấy hẹn và thẻ căn cước để đối chiếu, không phải nộp thêm "
    "bản sao.",
    "Việc ủy quyền được lập thành văn bản, có chứng thực chữ ký, trừ khi người ủy quyền là ông, bà, cha, mẹ, con "
    "hoặc anh chị em ruột.",
)
MONEY = (
    "Mức trợ cấp hằng tháng đối với người khuyết tật nặng là {money} đồng, được chi trả trước ngày {n} qua tài "
    "khoản ngân hàng.",
    "Tổng dự toán được phê duyệt là {money} đồng, trong đó chi phí xây lắp {money} đồng, chi phí dự phòng {percent}.",
    "Đơn vị thụ hưởng nộp lại ngân sách phần kinh phí chưa giải ngân {money} đồng và báo cáo nguyên nhân bằng văn bản.",
    "Lệ phí cấp bản sao trích lục là {n}.000 đồng một bản; người thuộc hộ nghèo, người cao tuổi và trẻ em được miễn.",
    "Số tiền bằng chữ: bảy trăm mười lăm triệu bốn trăm ba mươi hai nghìn sáu trăm đồng chẵn.",
    "Kế toán trưởng đối chiếu chứng từ, ký nháy từng trang bảng kê và lưu tại kho quỹ ít nhất {n} năm.",
    "Các khoản đóng góp tự nguyện phải niêm yết công khai tại nhà văn hóa thôn, ghi rõ họ tên người ủng hộ và mục "
    "đích sử dụng.",
    "Chậm nộp quá {days} ngày thì ngoài số tiền gốc còn phải trả lãi theo mức {percent} tính trên số ngày thực tế.",
)
TRADE = (
    "Hộ kinh doanh do bà {name} làm chủ, ngành nghề bán lẻ lương thực, thực phẩm, vốn đăng ký {money} đồng, đặt tại "
    "{address}.",
    "Cơ sở phải bố trí tủ lưu mẫu thức ăn, dụng cụ sơ chế riêng cho đồ sống và đồ chín, nước rửa đạt quy chuẩn.",
    "Chủ cơ sở chịu trách nhiệm tập huấn phòng cháy, chữa cháy cho {n} người lao động và trang bị bình bột, chăn "
    "sợi, bảng chỉ dẫn lối thoát nạn.",
    "Giấy phép cũ cấp {date} hết hiệu lực kể từ khi giấy phép này được ký, số đăng ký giữ nguyên là {notation}.",
    "Trong quý vừa qua đã kiểm tra {n} quầy hàng tại chợ {wardname}, nhắc nhở {n} trường hợp cân thiếu, tịch thu "
    "hàng quá hạn.",
    'Hàng hóa gửi qua dịch vụ bưu chính phải được đóng gói chắc chắn, dán nhãn "dễ vỡ" nếu là đồ gốm sứ hoặc thủy '
    "tinh.",
    "Doanh nghiệp nhỏ và siêu nhỏ được hướng dẫn kê khai điện tử miễn phí tại bộ phận một cửa vào sáng thứ ba, "
    "chiều thứ sáu.",
)
WORKS = (
    "Nhà thầu thi công đổ bê tông mặt đường dày {n} cm, xẻ khe co giãn và bảo dưỡng ẩm liên tục trong {days} ngày.",
    "Tuyến mương tiêu thoát nước dọc phố {street} bị bồi lắng, nắp đan gãy vỡ, cần nạo vét trước mùa mưa lũ.",
    "Chủ đầu tư lắp dựng rào chắn, biển báo, đèn nhấp nháy và phân công người hướng dẫn giao thông trong suốt thời "
    "gian thi công.",
    "Biên bản nghiệm thu ngày {short} ghi nhận độ sụt, cường độ nén của mẫu vữa đều đạt yêu cầu thiết kế.",
    "Giấy phép xây dựng nhà ở riêng lẻ {n} tầng, chiều cao đỉnh mái {area} m, chỉ giới đường đỏ trùng chỉ giới xây "
    "dựng.",
    "Cột điện hạ thế phía trước trụ sở nghiêng khoảng {n} độ, dây võng thấp, tiềm ẩn nguy cơ mất an toàn cho học sinh.",
    "Đề nghị {office} thẩm định hồ sơ thiết kế kỹ thuật, trả kết quả trước {date} để kịp tiến độ giải ngân.",
)
LIFE = (
    "Trạm Y tế tổ chức tiêm chủng mở rộng cho trẻ dưới {n} tháng tuổi, cân đo, cấp sổ theo dõi và phát viên vitamin.",
    "Nhà trường phối hợp với hội cha mẹ học sinh tu sửa bàn ghế, quét vôi, trồng thêm dãy bàng và phượng vĩ quanh sân.",
    "Lễ hội truyền thống diễn ra trong ba ngày, gồm rước kiệu, đua thuyền, hát bội và thi nấu bánh chưng, bánh tét.",
    "Đội thu gom rác sinh hoạt hoạt động từ {n} giờ, mỗi hộ tự phân loại, buộc kín túi và đặt đúng điểm tập kết.",
    "Nhân dân thôn {wardname} kiến nghị lắp thêm loa truyền thanh, sửa giếng khoan và hỗ trợ giống lúa chịu mặn.",
    "Đợt rét đậm kéo dài khiến {n} con trâu, bò bị chết; các hộ đã che chắn chuồng trại, dự trữ rơm và cỏ ủ chua.",
    "Câu lạc bộ dưỡng sinh duy trì {n} hội viên, sinh hoạt đều đặn mỗi sáng sớm tại khuôn viên đình làng.",
    "Tỷ lệ hộ gia đình đạt danh hiệu văn hóa là {percent}, tăng nhẹ so với năm trước nhờ phong trào tự quản.",
    "Thư viện phường nhận được {n} cuốn sách do ông {name} hiến tặng, phần lớn là từ điển, truyện cổ và sách dạy "
    "nghề mộc.",
)
OFFICE = (
    "Thực hiện Công văn số {notation} {date} về việc rà soát thủ tục hành chính, {office} báo cáo kết quả như sau.",
    "Thời hạn giải quyết là {days} ngày làm việc kể từ ngày nhận đủ hồ sơ hợp lệ; nếu quá hạn phải có văn bản xin "
    "lỗi nêu rõ lý do.",
    "Theo {point} {clause} {article} Nghị định số {law}, người nộp hồ sơ không phải xuất trình giấy tờ đã có trong "
    "cơ sở dữ liệu.",
    "Cán bộ tiếp nhận quét, ký số từng thành phần, gắn mã hồ sơ và chuyển ngay cho bộ phận chuyên môn thụ lý.",
    "Qua kiểm tra đột xuất, đoàn công tác ghi nhận sổ theo dõi được cập nhật đầy đủ, chữ viết rõ ràng, không tẩy xóa.",
    "Yêu cầu thủ trưởng các đơn vị nghiêm túc quán triệt, phân công người chịu trách nhiệm và định kỳ thứ năm hằng "
    "tuần gửi báo cáo.",
    "Mọi vướng mắc đề nghị phản ánh về đường dây nóng {phone} hoặc gửi trực tiếp tới ông {name}, phụ trách bộ phận "
    "một cửa.",
    "Hội nghị thống nhất bầu bà {name} làm thư ký, thông qua chương trình làm việc và quy chế biểu quyết bằng phiếu "
    "kín.",
    "Tài liệu lưu trữ được chỉnh lý, đánh số tờ, bó gói và đưa vào hộp chống ẩm, tránh mối mọt, ẩm ướt và ánh nắng "
    "trực tiếp.",
    "Quyết định này thay thế Quyết định số {notation} {date}; các quy định trước đây trái với quyết định này đều "
    "bãi bỏ.",
    "Việc luân chuyển hồ sơ giữa các phòng phải có phiếu kiểm soát, ghi giờ giao, giờ nhận và chữ ký của hai bên.",
    "Trong kỳ đã tiếp nhận {n} hồ sơ trực tuyến, {n} hồ sơ qua bưu điện, tỷ lệ trả kết quả đúng hẹn đạt {percent}.",
    "Người dân đánh giá thái độ phục vụ niềm nở, song còn phàn nàn chỗ gửi xe chật hẹp, ghế chờ thiếu và mạng chập "
    "chờn.",
)
JUSTICE = (
    "Hai bên thỏa thuận hòa giải, bên gây thiệt hại bồi thường {money} đồng, chia làm {n} đợt, đợt cuối vào {date}.",
    "Người làm chứng là bà {name} khẳng định đã nghe tiếng động mạnh, nhìn thấy chiếc xe tải rẽ phải rồi bỏ chạy về "
    "hướng cầu.",
    "Tang vật gồm {n} thùng rượu không rõ nguồn gốc, một chiếc cân đồng hồ và cuốn sổ tay bìa xanh đã nhàu nát.",
    "Đương sự được giải thích đầy đủ quyền, nghĩa vụ và không có ý kiến gì thêm; biên bản lập xong hồi {n} giờ, đọc "
    "lại cho mọi người cùng nghe.",
    "Tổ hòa giải cơ sở giữ kín bí mật đời tư của các bên, không ép buộc, không đòi hỏi bất cứ khoản thù lao nào.",
    "Người bị xử phạt có quyền khiếu nại hoặc khởi kiện trong thời hạn {days} ngày; quá thời hạn mà không chấp hành "
    "thì bị cưỡng chế.",
    "Đơn tố cáo không ký tên, không rõ địa chỉ thì không thụ lý, nhưng vẫn xem xét nếu kèm bằng chứng cụ thể, kiểm "
    "chứng được.",
)

SUBJECTS: tuple[tuple[str, ...], ...] = (LAND, PEOPLE, MONEY, TRADE, WORKS, LIFE, OFFICE, JUSTICE)

#: Parts of a duty, put together by chance: who, must do what, for whom, how.
WHO = (
    "{office}", "Chủ tịch Ủy ban nhân dân {ward}", "Trưởng thôn {wardname}", "Công chức tư pháp - hộ tịch",
    "Đơn vị tư vấn giám sát", "Bưu cục {wardname}", "Kế toán và thủ quỹ", "Tổ công tác liên ngành",
    "Ông {name}, cán bộ địa chính,", "Hội đồng thẩm định", "Ban Giám hiệu nhà trường", "Chủ hộ kinh doanh",
    "Đội trật tự đô thị", "Viện trưởng", "Bộ phận văn thư",
)  # fmt: skip
DOES = (
    "chủ trì, phối hợp kiểm tra", "lập danh sách và xác nhận", "tổng hợp, báo cáo", "hướng dẫn, giúp đỡ",
    "bàn giao nguyên trạng", "sửa đổi, bổ sung", "thu hồi và hủy bỏ", "niêm phong, bảo quản",
    "tuyên truyền, vận động", "thẩm tra lại", "đẩy nhanh việc cấp đổi", "khẩn trương khắc phục", "rút kinh nghiệm về",
    "chấm dứt ngay", "gia hạn thêm",
)  # fmt: skip
WHAT = (
    "toàn bộ giấy tờ gốc của {n} hộ dân", "phương án bố trí chỗ ở tạm thời", "hệ thống camera và tủ điện chiếu sáng",
    "chế độ nghỉ thai sản", "sổ theo dõi bảo hiểm y tế", "các hạng mục bị hư hỏng do bão",
    "thẻ đọc của bạn đọc lớn tuổi", "quỹ khuyến học mang tên {name}", "những sai sót về họ, chữ đệm và tên",
    "kết quả kiểm kê rừng phòng hộ", "phần mềm một cửa điện tử", "cửa hàng xăng dầu đường {street}",
    "việc cưới, việc tang và lễ hội", "thỏa ước lao động tập thể", "vùng nuôi nghêu, sò huyết ven biển",
    "khoản nợ đọng {money} đồng",
)  # fmt: skip
HOW = (
    "trước {date}.", "theo đúng quy định hiện hành.", "và chịu trách nhiệm trước pháp luật.",
    "nhưng không làm gián đoạn việc tiếp dân.", "trong vòng {days} ngày kể từ khi được giao.",
    "bảo đảm khách quan, minh bạch, tiết kiệm.", "với tinh thần cầu thị, đúng người, đúng việc.",
    "nếu không thể thực hiện phải nêu rõ lý do.", "để nhân dân biết, giám sát và góp ý.", "kể cả ngày nghỉ lễ.",
)  # fmt: skip
