from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr import clean
from ocr.frame import erase_outside

MILLIMETRE = 8  # pixels at 200 dpi


def a_sheet(paper: int = 240) -> np.ndarray:
    sheet = np.full((1170, 827), paper, np.uint8)
    for top in range(100, 1070, 50):
        sheet[top : top + 18, 90:740:3] = 25
    return sheet


def on_a_lid(sheet: np.ndarray, degrees: float = 0.0, lid: int = 20, border: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Return the scan with the lid open, and what of it is sheet."""
    height, width = sheet.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += border
    size = (width + 2 * border, height + 2 * border)
    scan = cv2.warpAffine(sheet, matrix, size, borderValue=(lid,))
    return scan, cv2.warpAffine(np.ones_like(sheet), matrix, size, flags=cv2.INTER_NEAREST) > 0


def within(sheet: np.ndarray, by: int) -> np.ndarray:
    return cv2.erode(sheet.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1)), borderValue=0) > 0


@pytest.mark.parametrize(("degrees", "lid", "border"), [(0, 20, 60), (2.5, 10, 40), (-9, 60, 150), (0.7, 0, 24)])
def test_the_lid_goes_and_not_a_pixel_of_print_is_touched(degrees, lid, border):
    scan, sheet = on_a_lid(a_sheet(), degrees, lid, border)
    erased = erase_outside(scan)
    assert erased.steps == ("frame",)
    assert erased.picture[~sheet].min() > 150
    inside = within(sheet, 3 * MILLIMETRE)
    assert np.array_equal(erased.picture[inside], scan[inside])


def test_what_is_painted_has_the_light_of_the_paper_next_to_it():
    # White round grey paper would make the paper look dark when it is divided by its background.
    scan, sheet = on_a_lid(a_sheet(paper=170))
    flat = clean.flatten(erase_outside(scan).picture).picture
    paper = np.median(flat[sheet])
    assert flat[within(sheet, 2) & ~within(sheet, 60)].min() > 0.9 * paper
    assert flat[~sheet].min() > 0.9 * paper


def test_a_strip_of_black_along_one_edge_is_a_frame():
    page = a_sheet()
    page[:, :16] = 15
    assert erase_outside(page).picture[:, :16].min() > 200


def test_a_one_bit_page_stays_one():
    scan, _ = on_a_lid(np.where(a_sheet() > 99, 255, 0).astype(np.uint8), 0.0, lid=0)
    assert clean.is_one_bit(erase_outside(scan).picture)


def ruled() -> np.ndarray:
    page = a_sheet()
    cv2.rectangle(page, (60, 60), (770, 1110), 10, 5)
    return page


def rules_off_the_page() -> np.ndarray:
    page = a_sheet()
    page[300:306], page[:, 400:406] = 10, 10
    return page


def cut_through() -> np.ndarray:
    return np.ascontiguousarray(a_sheet()[110:, 300:])


def in_the_shadow_of_the_fold() -> np.ndarray:
    light = np.clip(np.linspace(0.4, 2.2, 827), 0, 1)
    return (a_sheet() * light).astype(np.uint8)


def with_a_picture() -> np.ndarray:
    page = a_sheet()
    page[200:500, 200:500] = 30
    return page


@pytest.mark.parametrize(
    "page",
    [a_sheet(), ruled(), rules_off_the_page(), cut_through(), in_the_shadow_of_the_fold(), with_a_picture()],
    ids=["bare of frames", "border of a table", "rules off the page", "print cut through", "shadow", "picture"],
)
def test_a_page_without_a_frame_is_the_very_same_object(page):
    erased = erase_outside(page)
    assert erased.picture is page
    assert erased.steps == ()


def test_light_print_on_a_dark_cover_is_no_island_of_paper():
    cover = np.full((1170, 827), 30, np.uint8)
    cv2.putText(cover, "HO CHIEU", (150, 300), cv2.FONT_HERSHEY_SIMPLEX, 3, 230, 40)
    assert erase_outside(cover).picture is cover


@pytest.mark.parametrize("shape", [(1, 1), (5, 900), (900, 5), (100, 100)])
def test_a_scrap_is_left_alone(shape):
    scrap = np.zeros(shape, np.uint8)
    assert erase_outside(scrap).picture is scrap
