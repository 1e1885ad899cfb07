from __future__ import annotations

from layout_helpers import SPACE, centred, line, texts, width, words_at

from ocr.layout import arrange
from ocr.model import Box, Line, Word

LETTERHEAD = (
    line(centred("ỦY BAN NHÂN DÂN", 450), centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 1150), top=200),
    line(centred("XÃ MẪU LÂM", 450), centred("Độc lập - Tự do - Hạnh phúc", 1150), top=250),
    line(centred("Số: 12/QĐ-UBND", 450), centred("Mẫu Lâm, ngày 05 tháng 3 năm 2026", 1150), top=310),
)
TITLE = line(centred("QUYẾT ĐỊNH", 890), top=400)
BODY = tuple(
    line(("Giao cho ông Võ Đình Mẫu sử dụng thửa đất số 125 tờ bản đồ số 08 tại thôn Ví", 250), top=480 + 50 * number)
    for number in range(3)
)


def test_a_letterhead_is_read_block_by_block():
    assert texts(arrange((*LETTERHEAD, TITLE, *BODY)))[:7] == [
        "ỦY BAN NHÂN DÂN",
        "XÃ MẪU LÂM",
        "Số: 12/QĐ-UBND",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Mẫu Lâm, ngày 05 tháng 3 năm 2026",
        "QUYẾT ĐỊNH",
    ]


def test_each_side_of_a_letterhead_is_a_block_and_the_title_below_is_in_neither():
    assert [each.block for each in arrange((*LETTERHEAD, TITLE, *BODY))] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]


def test_the_list_of_recipients_is_read_before_the_signer_though_their_lines_do_not_meet():
    # The list is set smaller, so the two sides fall out of step; the name stands far below, under the signature.
    foot = (
        line(("Nơi nhận:", 250), top=1100),
        line(centred("KT. CHỦ TỊCH", 1200), top=1110),
        line(("- Như Điều 4;", 250), top=1140),
        line(centred("PHÓ CHỦ TỊCH", 1200), top=1160),
        line(("- Lưu: VT, KT.", 250), top=1180),
        line(centred("Bùi Thị Ngọc Mẫu", 1200), top=1420),
    )
    assert texts(arrange((*BODY, *foot)))[3:] == [
        "Nơi nhận:",
        "- Như Điều 4;",
        "- Lưu: VT, KT.",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "Bùi Thị Ngọc Mẫu",
    ]


def test_the_parties_of_a_contract_sign_one_after_the_other():
    foot = (
        line(centred("ĐẠI DIỆN BÊN A", 450), centred("ĐẠI DIỆN BÊN B", 1200), top=1100),
        line(centred("Đặng Quốc Mẫu", 450), centred("Lê Thị Hồng Mẫu", 1200), top=1400),
    )
    assert texts(arrange(foot)) == ["ĐẠI DIỆN BÊN A", "Đặng Quốc Mẫu", "ĐẠI DIỆN BÊN B", "Lê Thị Hồng Mẫu"]


def test_a_signature_taken_for_a_word_does_not_hide_the_columns():
    scribble = Word("2x", Box(1100, 1150, 1400, 1310), 0.52)
    left = words_at("Huỳnh Thị Mẫu", 280, 1150)
    foot = (
        line(("NGƯỜI LẬP BIỂU", 280), centred("CHỦ TỊCH", 1200), top=1100),
        Line((*left, scribble), Box.around((*(word.box for word in left), scribble.box))),
        line(centred("Ngô Văn Mẫu", 1200), top=1350),
    )
    read = [text for text in texts(arrange(foot)) if text != "2x"]
    assert [text.removesuffix(" 2x") for text in read] == ["NGƯỜI LẬP BIỂU", "Huỳnh Thị Mẫu", "CHỦ TỊCH", "Ngô Văn Mẫu"]


def test_the_fields_of_a_form_are_read_across():
    form = (
        line(("Họ và tên: Võ Đình Mẫu", 250), ("Năm sinh: 1965", 1000), top=500),
        line(("Số lần sinh: 01", 250), ("Số con hiện sống: 01", 1000), top=560),
        line(("Quốc tịch: Việt Nam", 250), top=620),
    )
    assert texts(arrange(form)) == [each.text for each in form]


def test_a_price_list_is_read_row_by_row():
    rows = ("Bán lẻ lương thực", 35_000), ("Bán lẻ đồ uống", 4_000), ("Nhận gửi bưu phẩm", 115_000)
    prices = tuple(
        line((name, 250), (f"{price}", 1400 - width(f"{price}")), top=500 + 50 * number)
        for number, (name, price) in enumerate(rows)
    )
    assert texts(arrange(prices)) == [each.text for each in prices]


def test_rivers_in_justified_text_part_nothing():
    stretched = tuple(line(("Nghị định số của Chính phủ", 250), top=500 + 50 * n, space=70) for n in range(4))
    assert texts(arrange(stretched)) == [each.text for each in stretched]


def test_text_in_two_columns_is_read_down_the_first_with_its_short_and_indented_lines():
    full = "giấy tờ nộp kèm hồ sơ gồm có bản"
    left = [full, full, full, "sao y.", full, full]
    columns = tuple(
        line((text, 290 if n == 4 else 250), (full, 250 + width(full) + 4 * SPACE + 60), top=500 + 45 * n)
        for n, text in enumerate(left)
    )
    assert texts(arrange(columns)) == left + [full] * 6


def test_words_of_two_lines_that_the_engine_took_for_one_are_parted():
    upper, lower = words_at("Giám đốc Sở Giao thông", 250, 500), words_at("vận tải tại tỉnh nhà", 255, 545)
    mixed = tuple(sorted((*upper, *lower), key=lambda word: word.box.left))
    assert texts(arrange((Line(mixed, Box.around(tuple(word.box for word in mixed))),))) == [
        "Giám đốc Sở Giao thông",
        "vận tải tại tỉnh nhà",
    ]


def test_the_parts_of_a_line_keep_their_part_of_its_baseline():
    whole = line(("BÊN CHO THUÊ", 250), ("BÊN THUÊ", 1050), top=1100)
    below = line(("Đặng Quốc Mẫu", 250), top=1200)
    leaning = Line(whole.words, whole.box, (250.0, 1130.0, 1250.0, 1140.0))
    left, _, right = arrange((leaning, below))
    assert left.baseline == (250.0, 1130.0, left.box.right, 1130 + (left.box.right - 250) / 100)
    assert right.baseline is not None
    assert right.baseline[:2] == (1050.0, 1138.0)


def test_a_page_without_words_has_no_lines():
    assert arrange(()) == ()
