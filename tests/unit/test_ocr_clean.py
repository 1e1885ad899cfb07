from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr import clean
from ocr.skew import find_skew


def a_page(width: int = 800, height: int = 600, paper: int = 250) -> np.ndarray:
    """Rows of black bars, as print looks from afar."""
    page = np.full((height, width), paper, np.uint8)
    for top in range(60, height - 60, 30):
        for left in range(60, width - 100, 50):
            page[top : top + 10, left : left + 38] = 20
    return page


def in_shadow(page: np.ndarray) -> np.ndarray:
    light = np.linspace(0.5, 1.0, page.shape[1])
    return (page * light).astype(np.uint8)


def coloured(page: np.ndarray) -> np.ndarray:
    return np.repeat(page[..., None], 3, axis=2)


def test_a_shadow_is_gone_and_the_print_stays():
    flat = clean.flatten(in_shadow(a_page()))
    assert flat.steps[0] == "flatten"
    print_there = a_page() < 128
    assert flat.picture[print_there].max() < 100
    assert np.percentile(flat.picture[~print_there], 1) > 240


def test_flattening_a_flat_page_again_changes_next_to_nothing():
    once = clean.flatten(in_shadow(a_page())).picture
    twice = clean.flatten(once).picture
    assert np.abs(once.astype(int) - twice.astype(int)).mean() < 1


def test_an_even_page_is_left_as_it_is():
    page = a_page(paper=255)
    page[page == 20] = 0
    flat = clean.flatten(page)
    assert flat.steps == ()
    assert flat.picture is page


def test_the_noise_of_a_blank_page_does_not_become_print():
    noise = np.random.default_rng(7).normal(245, 4, (600, 800))
    flat = clean.flatten(np.clip(noise, 0, 255).astype(np.uint8)).picture
    assert flat.min() > 128


def test_a_red_seal_vanishes_and_black_print_under_it_and_blue_ink_stay():
    page = coloured(a_page(paper=255))
    seal = page.copy()
    seal[100:300, 200:500] = np.minimum(seal[100:300, 200:500], (215, 40, 45))
    seal[400:420, 100:300] = (30, 40, 160)
    grey = clean.grey(seal).picture
    assert np.array_equal(grey[100:300, 200:500], page[100:300, 200:500, 0])
    assert grey[400:420, 100:300].max() < 60


def test_a_grey_page_has_no_colour_to_take():
    page = a_page()
    assert clean.grey(page).picture is page


def test_a_speck_goes_and_the_dot_below_a_letter_stays():
    page = np.full((60, 60), 255, np.uint8)
    page[10, 10:12] = 0
    page[30:32, 30:32] = 0
    cleaned = clean.despeckle(page)
    assert cleaned[10, 10] == 255
    assert (cleaned[30:32, 30:32] == 0).all()
    assert page[10, 10] == 0  # the picture handed in is the caller's


@pytest.mark.parametrize(
    ("page", "one_bit"),
    [
        (np.where(a_page() > 99, 255, 0).astype(np.uint8), True),
        (np.full((9, 9), 255, np.uint8), True),
        (in_shadow(a_page()), False),
    ],
)
def test_a_one_bit_page_is_told_by_its_two_values(page, one_bit):
    assert clean.is_one_bit(page) is one_bit


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5)),
        np.zeros(5, np.uint8),
    ],
)
def test_an_array_that_is_no_picture_is_refused(wrong):
    with pytest.raises(ValueError, match="a page is"):
        clean.check(wrong)


def test_four_quarter_turns_give_back_every_pixel():
    page = in_shadow(a_page())
    turned = page
    for _ in range(4):
        turned = clean.turn(turned, 90)
    assert np.array_equal(turned, page)


def test_pixels_go_where_the_geometry_says():
    from ocr.geometry import turning

    page = np.full((300, 500), 255, np.uint8)
    page[40:50, 100:110] = 0
    turned = clean.turn(page, 7.0)
    ys, xs = np.nonzero(turned < 128)
    assert turning(500, 300, 7.0).at(105, 45) == pytest.approx((xs.mean() + 0.5, ys.mean() + 0.5), abs=0.1)


@pytest.mark.parametrize("degrees", [-14.5, -6.2, -1.0, -0.3, 0.0, 0.4, 3.3, 9.6, 15.0])
def test_the_skew_is_found_to_a_tenth_of_a_degree(degrees):
    askew = clean.turn(a_page(paper=255), -degrees)
    assert find_skew(askew) == pytest.approx(degrees, abs=0.11)


def test_pages_without_lines_are_left_as_they_lie():
    speckled = np.full((900, 700), 255, np.uint8)
    rng = np.random.default_rng(5)
    speckled[rng.random(speckled.shape) < 0.02] = 0
    speckled = cv2.erode(speckled, np.ones((3, 3), np.uint8))
    assert find_skew(speckled) == 0.0
    assert find_skew(np.full((900, 700), 255, np.uint8)) == 0.0
    assert find_skew(np.zeros((1, 1), np.uint8)) == 0.0
