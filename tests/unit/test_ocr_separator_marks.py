"""Large QR codes are found on whatever a scanner makes of the sheet; the rate is counted, not hoped for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import cv2
import numpy as np
import pytest
import segno
from separator_helpers import a_set, sheet_pixels

from ocr.codes import find_codes
from pipeline.model import Kind
from pipeline.separators import payload

LINE = payload(a_set(("TP02", Kind.COPY, 3))[1])
Numbers = np.random.Generator


def skewed(page: Any, degrees: float) -> Any:
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(page, matrix, (width, height), borderValue=235)


def grained(page: Any, most: float, numbers: Numbers) -> Any:
    return np.clip(page * 0.92 + numbers.normal(0, most, page.shape), 0, 255).astype(np.uint8)


def jpeg(page: Any, quality: int) -> Any:
    return cv2.imdecode(cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


def colour(page: Any, dpi: int, numbers: Numbers) -> Any:
    paper = jpeg(grained(page, 6, numbers), 50)
    return np.dstack([paper, paper, (paper * 0.95).astype(np.uint8)])


def one_bit(page: Any, dpi: int, numbers: Numbers) -> Any:
    return np.where(grained(page, 25, numbers) > 130, 255, 0).astype(np.uint8)


def poor_jpeg(page: Any, dpi: int, numbers: Numbers) -> Any:
    return jpeg(grained(page, 40, numbers), 20)


def photocopied(page: Any, dpi: int, numbers: Numbers) -> Any:
    for _ in range(3):
        soft = cv2.GaussianBlur(page, (0, 0), 0.14 * dpi / 25.4).astype(np.int16)
        page = np.clip((soft - 120) * 2.2 + 60 + numbers.normal(0, 20, page.shape), 0, 255).astype(np.uint8)
    return jpeg(page, 50)


def streaked(page: Any, dpi: int, numbers: Numbers) -> Any:
    page = grained(page, 8, numbers)
    for x in numbers.integers(0, page.shape[1] - 9, 2):  # dirt on the glass of a feeder
        page[:, x : x + max(1, dpi // 40)] = 40
    return page


WAYS: tuple[Callable[[Any, int, Numbers], Any], ...] = (colour, one_bit, poor_jpeg, photocopied, streaked)
TURNS, SKEWS, RESOLUTIONS = (0, 1, 2, 3), (-7.0, -2.5, 0.4, 5.0), (150, 200, 300)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_sheet_is_found_in_every_turn_at_every_resolution(way: Callable[[Any, int, Numbers], Any]) -> None:
    """16 of 16 for each way: all turns, askew up to 7 degrees, 150 to 300 dpi in turn. No text but the right one."""
    numbers = np.random.default_rng(20261120)
    found = 0
    for at, (turn, skew) in enumerate(product(TURNS, SKEWS)):
        dpi = RESOLUTIONS[at % len(RESOLUTIONS)]
        page = way(skewed(sheet_pixels(LINE, dpi), skew), dpi, numbers)
        texts = {code.text for code in find_codes(np.rot90(page, turn), dpi)}
        assert texts <= {LINE}
        found += texts == {LINE}
    assert found == len(TURNS) * len(SKEWS)


@pytest.mark.parametrize("corner", ["upper right", "lower left"])
def test_a_torn_or_stained_corner_leaves_the_other_code(corner: str) -> None:
    page = sheet_pixels(LINE)
    half = page[: page.shape[0] // 2, page.shape[1] // 3 :] if corner == "upper right" else page[page.shape[0] // 2 :]
    half[:] = 30
    assert [code.text for code in find_codes(page, 200)] == [LINE]


def test_a_stain_of_two_centimetres_over_both_codes_takes_none() -> None:
    # A third of the modules' width: error correction H mends 30 % of the area.
    page = sheet_pixels(LINE)
    mm = 200 / 25.4
    for x, y in ((156, 54), (54, 243)):
        cv2.circle(page, (round(x * mm), round(y * mm)), round(10 * mm), (90,), -1)
    assert len(find_codes(page, 200)) == 2


def test_a_code_is_told_with_its_place_from_its_own_upper_left() -> None:
    upper, lower = find_codes(sheet_pixels(LINE), 200)
    mm = 200 / 25.4
    for code, (left, top) in ((upper, (127, 25)), (lower, (25, 214))):
        x, y, side = left * mm, top * mm, 58 * mm
        expected = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
        np.testing.assert_allclose(code.corners, expected, atol=6)
    turned = find_codes(np.rot90(sheet_pixels(LINE), 2), 200)[0]
    assert turned.corners[0][1] > turned.corners[2][1]  # its upper left corner is below now


def test_a_second_look_at_fewer_dots_tells_places_in_the_picture_as_given(monkeypatch: pytest.MonkeyPatch) -> None:
    from ocr import codes

    read = codes._read
    monkeypatch.setattr(codes, "_read", lambda grey: [] if grey.shape[0] > 1500 else read(grey))
    (upper, lower) = find_codes(sheet_pixels(LINE), 200)
    assert (upper.text, lower.text) == (LINE, LINE)
    assert upper.corners[0] == pytest.approx((127 * 200 / 25.4, 25 * 200 / 25.4), abs=8)


@pytest.mark.parametrize("shape", [(1, 1), (40, 3), (300, 300), (300, 300, 3)])
def test_a_page_without_a_code_has_none(shape: tuple[int, ...]) -> None:
    assert find_codes(np.full(shape, 200, np.uint8), 200) == ()


def test_noise_is_no_code() -> None:
    numbers = np.random.default_rng(1)
    assert find_codes(numbers.integers(0, 256, (1200, 900), np.uint8), 200) == ()


def seen_through(depth: int, *, behind: bool) -> Any:
    """The sheet as it shines through paper that lets *depth* levels of 255 pass; mirrored from *behind*."""
    faint = cv2.GaussianBlur(255 - (255.0 - sheet_pixels(LINE)) * depth / 255, (0, 0), 3)
    numbers = np.random.default_rng(depth)
    page = np.clip((faint[:, ::-1] if behind else faint) * 0.96 + numbers.normal(0, 4, faint.shape), 0, 255)
    return jpeg(page.astype(np.uint8), 60)


@pytest.mark.parametrize("depth", [26, 60, 255])
@pytest.mark.parametrize("turn", TURNS)
def test_a_code_that_shines_through_from_the_other_side_is_told_mirrored(depth: int, turn: int) -> None:
    # A reader turns such a code over by itself: without this a blank back would be its sheet a second time.
    found = find_codes(np.rot90(seen_through(depth, behind=True), turn), 200)
    assert [code.mirrored for code in found] == [True, True]
    assert not any(code.mirrored for code in find_codes(np.rot90(sheet_pixels(LINE), turn), 200))


@pytest.mark.parametrize("level", "lmqh")
@pytest.mark.parametrize("mask", range(8))
def test_every_kind_of_code_says_whether_it_is_mirrored(level: str, mask: int) -> None:
    matrix = [list(row) for row in segno.make("SOHOA " * 6, error=level, mask=mask, micro=False).matrix]
    modules = np.pad(np.where(np.array(matrix, bool), 0, 255).astype(np.uint8), 4, constant_values=255)
    picture = np.kron(modules, np.ones((5, 5), np.uint8)).astype(np.uint8)
    for turn in TURNS:
        seen = [find_codes(np.ascontiguousarray(np.rot90(each, turn)), 100) for each in (picture, picture[:, ::-1])]
        assert [[code.mirrored for code in each] for each in seen] == [[False], [True]]


@pytest.mark.parametrize("depth", [26, 40, 60])
def test_a_sheet_behind_a_paper_is_faint_and_a_poor_copy_of_it_is_not(depth: int) -> None:
    assert all(code.contrast < 0.26 for code in find_codes(seen_through(depth, behind=False), 200))
    assert all(code.contrast > 0.3 for code in find_codes(seen_through(90, behind=False), 200))
