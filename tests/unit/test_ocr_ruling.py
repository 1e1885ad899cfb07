from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.clean import turn
from ocr.model import Box
from ocr.ruling import NO_RULINGS, find_rulings

SERIF = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Bold.ttf"
COLUMNS, ROWS = (300, 500, 900, 1300), (400, 480, 700, 780)


def blank() -> np.ndarray:
    return np.full((2339, 1654), 250, np.uint8)


def printed(text: str, size: int) -> np.ndarray:
    picture = Image.fromarray(blank())
    face = ImageFont.truetype(SERIF, size)
    ImageDraw.Draw(picture).multiline_text((200, 300), text, fill=20, font=face, spacing=size // 4)
    return np.array(picture)


def grid(
    page: np.ndarray, columns: tuple[int, ...] = COLUMNS, rows: tuple[int, ...] = ROWS, ink: int = 60
) -> np.ndarray:
    """Hair lines, a pixel wide and greyed as a scan greys them."""
    for x in columns:
        cv2.line(page, (x, rows[0]), (x, rows[-1]), (ink,), 1)
    for y in rows:
        cv2.line(page, (columns[0], y), (columns[-1], y), (ink,), 1)
    return page


def near(box: Box, left: float, top: float, right: float, bottom: float) -> bool:
    sides = zip((box.left, box.top, box.right, box.bottom), (left, top, right, bottom), strict=True)
    return all(abs(found - drawn) <= 12 for found, drawn in sides)


def test_a_grid_of_hair_lines_gives_its_cells():
    (cells,) = find_rulings(grid(blank()), 200.0).tables
    assert len(cells) == 9
    for left, right in itertools.pairwise(COLUMNS):
        for top, bottom in itertools.pairwise(ROWS):
            assert any(near(cell, left, top, right, bottom) for cell in cells)


def test_merged_cells_are_one():
    page = grid(blank())
    page[478:483, 502:898] = 250  # the rule between two cells of the middle column
    (cells,) = find_rulings(page, 200.0).tables
    assert len(cells) == 8
    assert any(near(cell, 500, 400, 900, 700) for cell in cells)


@pytest.mark.parametrize("degrees", [-0.5, 0.3, 0.5])
def test_a_table_that_leans_by_half_a_degree_has_the_same_cells(degrees):
    rulings = find_rulings(turn(grid(blank(), ink=20), degrees), 200.0)
    (cells,) = rulings.tables
    assert len(cells) == 9
    assert rulings.slope == pytest.approx(np.tan(np.radians(degrees)), abs=0.0015)


def test_a_table_open_at_its_sides_has_its_outer_cells():
    page = grid(blank(), columns=(500, 900))
    for y in ROWS:
        cv2.line(page, (300, y), (1300, y), (60,), 1)
    (cells,) = find_rulings(page, 200.0).tables
    assert len(cells) == 9


def test_print_is_no_ruling():
    assert (
        find_rulings(printed("GIẤY CHỨNG NHẬN ĐĂNG KÝ\npháp luật phạm quy định đổi\nbHỘ KINH DOANH", 58), 200.0)
        == NO_RULINGS
    )


def test_a_line_under_a_heading_and_the_lines_of_a_form_make_no_cells():
    page = printed("Độc lập - Tự do - Hạnh phúc", 36)
    cv2.line(page, (200, 345), (640, 345), (30,), 2)
    for y in (600, 660, 720):
        cv2.line(page, (300, y), (1400, y), (60,), 1)
    assert find_rulings(page, 200.0).tables == ()


def test_a_stroke_across_an_underline_makes_no_cell():
    page = blank()
    cv2.line(page, (300, 600), (700, 600), (30,), 2)
    cv2.line(page, (450, 520), (460, 680), (30,), 3)
    assert find_rulings(page, 200.0).tables == ()


def test_two_tables_are_told_apart():
    page = grid(grid(blank()), rows=(1000, 1080, 1160))
    assert sorted(len(cells) for cells in find_rulings(page, 200.0).tables) == [6, 9]
