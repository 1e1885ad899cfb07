from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr import Box, Line, Reading, Word
from ocr.blank import BLANK_FROM, blank_score, is_blank

A4 = (2339, 1654)
DPI = 200.0


def paper(light: int = 243) -> np.ndarray:
    return np.full(A4, light, np.uint8)


def ticked() -> np.ndarray:
    page = paper()
    cv2.polylines(page, [np.array([[800, 1200], [815, 1230], [860, 1165]])], False, 190, 4, cv2.LINE_AA)
    return page


def sealed() -> np.ndarray:
    page = np.full((*A4, 3), 243, np.uint8)
    cv2.circle(page, (1100, 1500), 110, (215, 40, 45), 6, cv2.LINE_AA)
    return page


def signed() -> np.ndarray:
    page = paper()
    cv2.ellipse(page, (1100, 1700), (130, 50), 20, 0, 300, 90, 4, cv2.LINE_AA)
    return page


def numbered() -> np.ndarray:
    page = paper()
    cv2.putText(page, "3", (820, 130), cv2.FONT_HERSHEY_DUPLEX, 1.0, 20, 2, cv2.LINE_AA)
    return page


def pictured() -> np.ndarray:
    page = paper()
    page[800:1200, 500:900] = 40
    return page


@pytest.mark.parametrize("page", [ticked(), sealed(), signed(), numbered(), pictured()])
def test_a_page_with_the_least_mark_on_it_is_not_bare(page):
    assert blank_score(page, DPI) < BLANK_FROM


def test_a_light_line_of_pencil_is_kept_on_poor_paper():
    page = np.random.default_rng(2).normal(ticked().astype(float), 5)
    assert blank_score(np.clip(page, 0, 255).astype(np.uint8), DPI) < BLANK_FROM


def punched() -> np.ndarray:
    page = paper()
    for height in (1000, 1320):
        cv2.circle(page, (95, height), 24, 30, -1, cv2.LINE_AA)
    return page


def stapled() -> np.ndarray:
    page = paper()
    cv2.line(page, (60, 100), (125, 60), 60, 6, cv2.LINE_AA)
    return page


def dusty() -> np.ndarray:
    page = paper()
    places = np.random.default_rng(4).integers(60, 1600, (40, 2))
    for x, y in places.tolist():
        cv2.circle(page, (x, y), 1, 80, -1)
    return page


def framed() -> np.ndarray:
    return cv2.copyMakeBorder(paper(), 60, 20, 40, 60, cv2.BORDER_CONSTANT, value=(15,))


def folded() -> np.ndarray:
    page = paper()
    cv2.fillPoly(page, [np.array([[1654, 0], [1500, 0], [1654, 150]])], 40)
    return page


def noisy() -> np.ndarray:
    page = np.random.default_rng(3).normal(235, 8, A4)
    _, file = cv2.imencode(".jpg", np.clip(page, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 40])
    return cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("page", [paper(), punched(), stapled(), dusty(), framed(), folded(), noisy(), paper(150)])
def test_what_a_scanner_and_a_binder_leave_is_no_mark(page):
    assert blank_score(page, DPI) >= BLANK_FROM


def test_the_score_goes_from_bare_to_full():
    assert blank_score(paper(), DPI) == 1.0
    full = paper()
    for top in range(200, 2100, 40):
        full[top : top + 12, 200:1400] = 0
    assert blank_score(full, DPI) < 0.01


def test_a_finer_scan_of_the_same_page_gives_the_same_verdict():
    for page in (ticked(), punched()):
        fine = cv2.resize(page, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
        assert (blank_score(fine, 300.0) >= BLANK_FROM) == (blank_score(page, DPI) >= BLANK_FROM)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (40, 40)])
def test_a_scrap_too_small_to_bear_a_mark_is_bare(shape):
    assert blank_score(np.zeros(shape, np.uint8), DPI) == 1.0


def reading(score: float, *confidences: float, text: str = "số", failure: str | None = None) -> Reading:
    box = Box(0, 0, 9, 9)
    lines = (Line(tuple(Word(text, box, sure) for sure in confidences), box),) if confidences else ()
    return Reading(0, 0.0, "assumed", 0.0, 9, 9, 200.0, lines, "fake", blank_score=score, failure=failure)


def test_the_score_decides():
    assert is_blank(reading(BLANK_FROM))
    assert not is_blank(reading(BLANK_FROM - 0.01))


def test_a_few_confident_words_outweigh_any_score():
    assert not is_blank(reading(1.0, 0.9, 0.9))


def test_what_an_engine_sees_in_dust_does_not():
    assert is_blank(reading(1.0, 0.3, 0.2, 0.5))
    assert is_blank(reading(1.0, 0.95, 0.95, text="—"))


def test_a_page_that_could_not_be_read_is_never_called_bare():
    assert not is_blank(reading(1.0, failure="died"))
