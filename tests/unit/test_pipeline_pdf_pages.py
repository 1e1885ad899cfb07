"""Pages of a deposited PDF: the scan inside is taken as it is, anything else is kept as a person sees it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from pdf_helpers import A6, FULL, add, helvetica, jpeg, made, put_image, refused, scan, text
from PIL import Image

from pipeline.pdf_pages import RENDER_DPI, examine_pdf, page_picture

# --- a scan in a PDF ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_jpeg_that_a_scanner_put_on_a_page_is_taken_out_byte_for_byte(tmp_path: Path, mode: str) -> None:
    path = made(tmp_path, scan(200, mode))
    (facts,) = examine_pdf(path)
    picture, data = page_picture(path, 0, facts)
    assert data == jpeg(200, mode)
    assert picture.size == (facts.width, facts.height)
    assert facts.form == "jpeg-in-pdf"
    assert facts.dpi_source == "placed"
    assert facts.dpi_x == pytest.approx(200, abs=0.5)


def test_the_resolution_of_a_placed_scan_is_the_one_it_has_on_the_paper(tmp_path: Path) -> None:
    # What the JPEG says of itself does not matter; the page's size does (100 % scale, NĐ 30/2020).
    data = jpeg(300)
    with Image.open(io.BytesIO(data)) as picture:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", dpi=(72, 72))
    path = made(tmp_path, lambda pdf: add(pdf, FULL, image=put_image(pdf, buffer.getvalue())))
    assert examine_pdf(path)[0].dpi_x == pytest.approx(300, abs=0.5)


def test_a_scan_that_is_placed_too_coarse_is_refused_with_its_page(tmp_path: Path) -> None:
    error = refused(made(tmp_path, scan(200), scan(150)))
    assert (error.code, error.facts["page"], error.facts["dpi"]) == ("dpi-too-low", 2, 150)


def test_the_exif_of_a_placed_jpeg_does_not_count(tmp_path: Path) -> None:
    # A PDF viewer does not look at it: what a person saw is the picture as it is stored.
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(jpeg(200))) as picture:
        picture.save(buffer, "JPEG", exif=exif)
    path = made(tmp_path, lambda pdf: add(pdf, FULL, image=put_image(pdf, buffer.getvalue())))
    (facts,) = examine_pdf(path)
    assert (facts.exif, facts.form) == (1, "jpeg-in-pdf")


def test_a_scan_in_a_page_whose_corner_is_not_at_zero_is_still_the_scan(tmp_path: Path) -> None:
    box = [10, 20, 10 + A6[0], 20 + A6[1]]
    content = f"q {A6[0]} 0 0 {A6[1]} 10 20 cm /Im0 Do Q"
    path = made(tmp_path, scan(200, content=content, MediaBox=box))
    assert examine_pdf(path)[0].form == "jpeg-in-pdf"


@pytest.mark.parametrize(
    ("what", "adder"),
    [
        ("text over it", scan(content=FULL + " BT /F1 12 Tf 40 300 Td (over it) Tj ET")),
        ("placed smaller than the page", scan(content=f"q {A6[0] / 2} 0 0 {A6[1] / 2} 0 0 cm /Im0 Do Q", dpi=400)),
        ("mirrored", scan(content=f"q -{A6[0]} 0 0 {A6[1]} {A6[0]} 0 cm /Im0 Do Q")),
        ("placed twice", scan(content=f"{FULL} {FULL}")),
        ("a clip over it", scan(content=f"0 0 100 100 re W n {FULL}")),
        ("a turned page", scan(Rotate=90)),
        ("an annotation", scan(Annots=pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.Text)]))),
        ("another unit", scan(UserUnit=2)),
    ],
)
def test_a_page_that_is_more_than_a_plain_scan_is_kept_as_it_looks(
    tmp_path: Path, what: str, adder: Callable[[pikepdf.Pdf], Any]
) -> None:
    assert examine_pdf(made(tmp_path, adder))[0].form == "rendered", what


def test_a_picture_with_a_mask_or_other_colours_is_kept_as_it_looks(tmp_path: Path) -> None:
    inverted = pikepdf.Array([1, 0, 1, 0, 1, 0])
    path = made(tmp_path, lambda pdf: add(pdf, FULL, image=put_image(pdf, jpeg(200), Decode=inverted)))
    (facts,) = examine_pdf(path)
    assert facts.form == "rendered"
    picture, _ = page_picture(path, 0, facts)
    assert picture.convert("L").getpixel((5, 5)) > 200  # the corner that is dark in the JPEG, inverted


def test_a_picture_that_is_not_the_one_drawn_is_not_taken_for_the_page(tmp_path: Path) -> None:
    # What a person sees is the form; the JPEG only lies in the resources. Filing it would file another paper.
    def page(pdf: pikepdf.Pdf) -> None:
        form = pikepdf.Stream(pdf, b"BT /F1 20 Tf 40 300 Td (what is seen) Tj ET")
        form.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=[0, 0, *A6],
            Matrix=[1 / A6[0], 0, 0, 1 / A6[1], 0, 0],
            Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=helvetica())),
        )
        add(
            pdf,
            FULL.replace("/Im0", "/Fm0"),
            image=put_image(pdf, jpeg(200)),
            xobjects={"/Fm0": pdf.make_indirect(form)},
        )

    path = made(tmp_path, page)
    (facts,) = examine_pdf(path)
    assert facts.form == "rendered"
    assert page_picture(path, 0, facts)[1] is None


# --- anything else ------------------------------------------------------------------------------------------------


def test_a_page_of_text_is_drawn_at_300_dpi(tmp_path: Path) -> None:
    path = made(tmp_path, text)
    (facts,) = examine_pdf(path)
    assert (facts.form, facts.dpi_source, facts.dpi_x) == ("rendered", "rendered", RENDER_DPI)
    assert facts.width == pytest.approx(A6[0] * 300 / 72, abs=2)
    picture, data = page_picture(path, 0, facts)
    assert data is None
    assert picture.size == (facts.width, facts.height)
    assert np.asarray(picture.convert("L")).min() < 100  # there is print on it


def test_a_turned_page_is_drawn_as_a_person_sees_it(tmp_path: Path) -> None:
    path = made(tmp_path, scan(Rotate=90))
    (facts,) = examine_pdf(path)
    assert facts.width > facts.height
    picture, _ = page_picture(path, 0, facts)
    grey = np.asarray(picture.convert("L"))
    assert grey[20, -20] < 60  # the dark corner went from the top left to the top right
    assert grey[20, 20] > 200


def test_pages_are_told_in_their_order_each_in_its_way(tmp_path: Path) -> None:
    path = made(tmp_path, scan(), text, scan(mode="L"))
    facts = examine_pdf(path)
    assert [each.form for each in facts] == ["jpeg-in-pdf", "rendered", "jpeg-in-pdf"]
    assert page_picture(path, 2, facts[2])[1] == jpeg(200, "L")


def test_a_coarse_scan_does_not_pass_by_having_text_laid_over_it(tmp_path: Path) -> None:
    # Drawing it at 300 dpi would make it look sharp; the paper was scanned at 100.
    error = refused(made(tmp_path, scan(100, content=FULL + " BT 3 Tr /F1 12 Tf 40 300 Td (ocr) Tj ET")))
    assert (error.code, error.facts["page"], error.facts["dpi"]) == ("dpi-too-low", 1, 100)


def test_a_small_coarse_picture_on_a_page_of_text_does_no_harm(tmp_path: Path) -> None:
    # A logo in a letterhead is no scan of the paper.
    content = "q 60 0 0 60 20 340 cm /Im0 Do Q BT /F1 20 Tf 40 300 Td (Quyet dinh) Tj ET"
    logo = jpeg(72, size_pt=(60, 60))
    path = made(tmp_path, lambda pdf: add(pdf, content, image=put_image(pdf, logo)))
    assert examine_pdf(path)[0].form == "rendered"
