"""Laws of bare pages: no turn changes the verdict, the least line of print does, what scanners leave does not."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from ocr.blank import BLANK_FROM, blank_score
from ocr.clean import turn

SERIF = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
TEN_POINTS = ImageFont.truetype(SERIF, 28)  # at 200 dpi
HEIGHT, WIDTH = 2339, 1654


def scan(*, light: int = 240, noise: float = 4.0, seed: int = 0) -> np.ndarray:
    page = np.random.default_rng(seed).normal(light, noise, (HEIGHT, WIDTH))
    return np.clip(page, 0, 255).astype(np.uint8)


def printed(page: np.ndarray, x: int, y: int, text: str = "Nơi nhận: như trên; lưu VT.") -> np.ndarray:
    picture = Image.fromarray(page)
    ImageDraw.Draw(picture).text((x, y), text, fill=25, font=TEN_POINTS)
    return np.asarray(picture)


def shining_through(page: np.ndarray, share: float) -> np.ndarray:
    back = Image.new("L", (WIDTH, HEIGHT), 255)
    for y in range(200, 2100, 50):
        ImageDraw.Draw(back).text(
            (180, y), "của cơ quan có thẩm quyền theo quy định của pháp luật " * 2, 20, TEN_POINTS
        )
    blurred = cv2.GaussianBlur(np.asarray(back)[:, ::-1], (0, 0), 2.0)
    return (page * (1 - share * (1 - blurred / 255.0))).astype(np.uint8)


def punched(page: np.ndarray, y: int) -> np.ndarray:
    page = page.copy()
    for height in (y, y + 315):
        cv2.circle(page, (95, height), 22, 35, -1, cv2.LINE_AA)
    return page


def shaded(page: np.ndarray, depth: float) -> np.ndarray:
    light = np.ones(WIDTH)
    light[:80] = np.linspace(depth, 1.0, 80)
    return (page * light).astype(np.uint8)


def bare(page: np.ndarray) -> bool:
    return blank_score(page, 200.0) >= BLANK_FROM


ANY_TURN = st.sampled_from([90.0, 180.0, 270.0]) | st.floats(-10, 10)


@given(degrees=ANY_TURN, seed=st.integers(0, 99), height=st.integers(300, 1700))
@settings(max_examples=12, deadline=None)
def test_a_bare_page_is_bare_however_it_lies(degrees, seed, height):
    assert bare(turn(punched(scan(seed=seed), height), degrees))


@given(degrees=ANY_TURN, x=st.integers(40, 1200), y=st.integers(40, 2260))
@settings(max_examples=12, deadline=None)
def test_a_line_of_ten_point_print_anywhere_is_seen_however_it_lies(degrees, x, y):
    assert not bare(turn(printed(scan(), x, y), degrees))


@given(share=st.floats(0, 0.2), depth=st.floats(0.3, 1.0), seed=st.integers(0, 99), light=st.integers(170, 245))
@settings(max_examples=12, deadline=None)
def test_show_through_holes_and_shadows_leave_a_bare_page_bare(share, depth, seed, light):
    assert bare(shaded(punched(shining_through(scan(light=light, seed=seed), share), 900), depth))


@given(share=st.floats(0, 0.2), depth=st.floats(0.3, 1.0), x=st.integers(120, 1200), y=st.integers(60, 2240))
@settings(max_examples=12, deadline=None)
def test_and_hide_no_print(share, depth, x, y):
    assert not bare(shaded(punched(shining_through(printed(scan(), x, y), share), 900), depth))
