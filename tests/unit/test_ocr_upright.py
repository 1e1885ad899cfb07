from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.clean import turn
from ocr.upright import find_turn, lies_on_its_side, upside_down

FONTS = "/usr/share/fonts/truetype/liberation2/LiberationSerif-"
VIETNAMESE = (
    "Căn cứ Luật Tổ chức chính quyền địa phương, Ủy ban nhân dân tỉnh",
    "ban hành quy trình nội bộ giải quyết thủ tục hành chính về đất đai",
    "Người yêu cầu nộp một bộ hồ sơ tại Trung tâm Phục vụ hành chính công,",
    "cán bộ tiếp nhận kiểm tra, ghi giấy hẹn trả kết quả và số hóa giấy tờ.",
    "Trường hợp hồ sơ chưa đầy đủ thì hướng dẫn bổ sung bằng văn bản.",
    "Kể từ ngày nhận đủ hồ sơ hợp lệ, cơ quan chuyên môn thẩm định,",
    "lấy ý kiến các đơn vị liên quan và trình lãnh đạo ký quyết định.",
)
CAPITALS = ("THE PARTIES HAVE AGREED, SIGNED AND SEALED THIS DEED, AND PAID",) * 7
NUMBERS = ("1,250,000   370,500   2,045,000   918,000   64,200   7,300,000",) * 7


def a_page(lines: tuple[str, ...] = VIETNAMESE, style: str = "Regular", times: int = 5) -> np.ndarray:
    picture = Image.new("L", (1654, 2339), 255)
    drawing = ImageDraw.Draw(picture)
    face = ImageFont.truetype(f"{FONTS}{style}.ttf", 36)
    for number, line in enumerate(lines * times):
        drawing.text((180, 200 + 56 * number), line, fill=20, font=face)
    return np.asarray(picture)


@pytest.fixture(scope="module")
def letter() -> np.ndarray:
    return a_page()


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("skew", [0.0, -4.3, 7.5])
def test_a_letter_is_turned_upright_from_any_side(letter, quarters, skew):
    lying = np.ascontiguousarray(np.rot90(turn(letter, skew), quarters))
    assert find_turn(lying) == 90 * quarters


def test_the_two_questions_can_be_asked_alone(letter):
    assert lies_on_its_side(letter) is False
    assert lies_on_its_side(turn(letter, 90)) is True
    assert upside_down(letter) is False
    assert upside_down(turn(letter, 180)) is True


def test_rules_of_a_table_do_not_hide_which_way_the_lines_run():
    page = a_page().copy()
    for x in range(150, 1600, 280):
        cv2.line(page, (x, 150), (x, 2200), 0, 4)
    for y in range(192, 2200, 112):
        cv2.line(page, (150, y), (1550, y), 0, 4)
    assert lies_on_its_side(page) is False
    assert lies_on_its_side(turn(page, 90)) is True


@pytest.mark.parametrize("lines", [CAPITALS, NUMBERS])
@pytest.mark.parametrize("style", ["Regular", "Bold"])
def test_print_without_marks_above_it_gets_no_answer_rather_than_a_wrong_one(lines, style):
    # Commas hang down: what goes by ink alone would turn such pages over.
    page = a_page(lines, style)
    assert upside_down(page) is not True
    assert upside_down(turn(page, 180)) is not False


@pytest.mark.parametrize(
    "page",
    [
        np.full((2339, 1654), 255, np.uint8),
        np.zeros((2339, 1654), np.uint8),
        np.zeros((1, 1), np.uint8),
        np.full((60, 900), 255, np.uint8),
        np.where(np.random.default_rng(1).random((1200, 900)) < 0.02, 0, 255).astype(np.uint8),
    ],
    ids=["bare", "black", "a point", "a strip", "specks"],
)
def test_where_there_is_no_print_there_is_no_answer(page):
    assert find_turn(page) is None
    assert lies_on_its_side(page) is None
    assert upside_down(page) is None
