"""The PDF report says what the HTML report says, with its fonts inside; poppler and qpdf read it."""

from __future__ import annotations

import dataclasses
import subprocess
import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from report_helpers import BARE, EVIL, FULL, LISTED, checked, report_on, signatures

from pipeline import printed
from pipeline.errors import Misconfigured
from pipeline.reports import gather
from pipeline.reports.as_pdf import as_pdf
from pipeline.reports.page import PagePicture


def said(program: str, pdf: bytes, *words: str) -> str:
    done = subprocess.run([program, *words], input=pdf, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return unicodedata.normalize("NFC", done.stdout.decode())


def text_of(pdf: bytes) -> str:
    return " ".join(said("pdftotext", pdf, "-raw", "-", "-").split())


def test_the_words_can_be_copied_from_it():
    text = text_of(as_pdf(report_on(FULL, listed=LISTED)))
    for words in (
        "Báo cáo kiểm tra chữ ký số",
        "HỢP LỆ",
        "Nguyễn Thị Hồng Ánh",
        "Gốc tin cậy",
        "UBND phường Tuy Phước",
    ):
        assert words in text


def test_every_font_is_inside(tmp_path: Path):
    path = tmp_path / "report.pdf"
    path.write_bytes(as_pdf(report_on(FULL)))
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert len(fonts) >= 3
    assert all("yes yes yes" in " ".join(line.split()) for line in fonts)
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def test_the_same_report_gives_the_same_bytes():
    report = report_on(FULL, BARE, listed=LISTED)
    assert as_pdf(report) == as_pdf(report)


def test_a_letter_that_no_font_has_is_shown_as_its_code():
    text = text_of(as_pdf(report_on(dataclasses.replace(FULL, signer="漢 Ltd"))))
    assert "\\u6f22 Ltd" in text


def test_a_hostile_name_is_shown_as_text():
    text = text_of(as_pdf(report_on(dataclasses.replace(BARE, signer=EVIL))))
    assert '<script>alert("x")</script>' in text
    assert "A" * 400 not in text.replace(" ", "")


@settings(max_examples=6, deadline=None)
@given(st.lists(signatures(), min_size=1, max_size=2))
def test_whatever_was_found_a_pdf_comes_of_it(found):
    assert as_pdf(report_on(*found, listed=LISTED)).startswith(b"%PDF-")


def test_a_page_taller_than_paper_is_made_to_fit():
    buffer = BytesIO()
    Image.new("L", (10, 1000), 128).save(buffer, "PNG")
    report = gather([checked(FULL)], report_on(FULL).made_at, pictures=False)
    file = dataclasses.replace(report.files[0], page=PagePicture(buffer.getvalue(), 10, 1000))
    assert "Trang 1 như đang hiển thị" in text_of(as_pdf(dataclasses.replace(report, files=(file,))))


def test_a_missing_font_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(printed, "mark_font", lambda: tmp_path / "LiberationSerif-Regular.ttf")
    with pytest.raises(Misconfigured) as caught:
        as_pdf(report_on(FULL))
    assert caught.value.facts["what"] == "fonts-liberation2"
