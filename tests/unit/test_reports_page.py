"""A small picture of page 1 is drawn within limits, or there is none; never an error."""

from __future__ import annotations

import io
import time

import pikepdf
import pytest
from PIL import Image

from pipeline.reports import page
from pipeline.reports.page import LONG_SIDE, first_page
from signing.seeing import confined


def a_pdf(width: float = 595, height: float = 842) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(width, height))
    pdf.pages[0].contents_add(b"1 0 0 rg 0 0 300 400 re f")
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def test_the_picture_shows_the_page():
    drawn = first_page(a_pdf())
    assert drawn is not None
    assert (drawn.height, round(drawn.width / drawn.height, 2)) == (LONG_SIDE, 0.71)
    with Image.open(io.BytesIO(drawn.png)) as picture:
        assert picture.size == (drawn.width, drawn.height)
        red, green, _ = picture.convert("RGB").getpixel((10, drawn.height - 10))
    assert red > 200
    assert green < 50


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\x00" * 1000, a_pdf()[:300]])
def test_what_cannot_be_drawn_has_no_picture(data):
    assert first_page(data) is None


def test_a_page_as_wide_as_a_house_stays_small():
    drawn = first_page(a_pdf(14_400, 10))
    assert drawn is None or max(drawn.width, drawn.height) <= LONG_SIDE


def test_a_page_that_takes_too_long_has_no_picture(monkeypatch, tmp_path):
    program = tmp_path / "pdftoppm"
    program.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(confined, "SEARCHED", f"{tmp_path}:{confined.SEARCHED}")
    monkeypatch.setattr(page, "MOST_SECONDS", 1)
    began = time.monotonic()
    assert first_page(a_pdf()) is None
    assert time.monotonic() - began < 10


def test_without_poppler_there_is_no_picture(monkeypatch):
    monkeypatch.setattr(confined, "SEARCHED", "/nowhere")
    assert first_page(a_pdf()) is None
