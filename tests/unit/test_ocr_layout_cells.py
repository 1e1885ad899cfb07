from __future__ import annotations

from layout_helpers import line, texts

from ocr.layout import arrange
from ocr.model import Box
from ocr.ruling import Rulings


def test_cells_are_read_one_by_one_and_row_by_row():
    table = Rulings(tables=((Box(250, 480, 700, 600), Box(700, 480, 1200, 600), Box(250, 600, 700, 720)),))
    lines = (
        line(("Tên thủ tục", 260), ("Thời hạn", 720), top=500),
        line(("hành chính", 260), ("giải quyết", 720), top=545),
        line(("Đăng ký khai sinh", 260), top=640),
    )
    read = arrange(lines, table)
    assert texts(read) == ["Tên thủ tục", "hành chính", "Thời hạn", "giải quyết", "Đăng ký khai sinh"]
    assert [each.block for each in read] == [0, 0, 1, 1, 2]


def test_a_cell_over_two_rows_is_read_with_the_first():
    upper, lower, tall = Box(250, 480, 700, 560), Box(250, 560, 700, 640), Box(700, 480, 1200, 640)
    lines = (
        line(("Khai sinh", 260), top=500),
        line(("Ngay trong ngày", 720), top=545),
        line(("Khai tử", 260), top=590),
    )
    assert texts(arrange(lines, Rulings(tables=((lower, tall, upper),)))) == ["Khai sinh", "Ngay trong ngày", "Khai tử"]


def test_text_above_and_below_a_table_stays_there():
    table = Rulings(tables=((Box(250, 480, 700, 600), Box(700, 480, 1200, 600)),))
    lines = (
        line(("Bằng chữ: một triệu đồng chẵn", 250), top=640),
        line(("Cộng", 260), ("1.000.000", 720), top=520),
        line(("Bảng kê vốn kinh doanh", 250), top=400),
    )
    assert texts(arrange(lines, table)) == [
        "Bảng kê vốn kinh doanh",
        "Cộng",
        "1.000.000",
        "Bằng chữ: một triệu đồng chẵn",
    ]


def test_a_table_in_a_frame_is_read_where_it_stands_in_the_frame():
    frame, cells = (Box(200, 300, 1300, 900),), (Box(250, 480, 700, 600), Box(700, 480, 1200, 600))
    lines = (
        line(("Phần dành cho cơ quan", 250), top=350),
        line(("Người nhận", 260), ("Ngày nhận", 720), top=520),
        line(("Ghi chú thêm", 250), top=700),
    )
    read = texts(arrange(lines, Rulings(tables=(frame, cells))))
    assert read == ["Phần dành cho cơ quan", "Người nhận", "Ngày nhận", "Ghi chú thêm"]


def test_cells_of_a_leaning_table_hold_their_words():
    # The lines sink by 13 px over 1,500; on the picture the right cell's words stand level with the row below.
    table = Rulings(slope=0.009, tables=((Box(250, 480, 900, 530), Box(900, 480, 1600, 530), Box(250, 530, 900, 580)),))
    lines = (
        line(("Khai sinh", 260), top=492),
        line(("Ngay trong ngày", 1200), top=501),
        line(("Khai tử", 260), top=542),
    )
    assert texts(arrange(lines, table)) == ["Khai sinh", "Ngay trong ngày", "Khai tử"]
