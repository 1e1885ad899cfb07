"""The QR code in the visible mark: read back from the page as a telephone reads it from paper; and narrower marks."""

from __future__ import annotations

import dataclasses
import io
import itertools
import math
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from signing import DocumentUnsealable, Identity, Mark, development_identity, mark_shapes, mark_size, seal_pdf
from signing.sealing.layout import layout_of
from signing.sealing.squares import MODULE_PT, MOST_LETTERS, QUIET, squares_of

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
LINK = "https://sohoa.tuyphuoc.gov.vn/tra-cuu/H15.50.05.13-261120-0001/" + "0123456789abcdef" * 4
MARK = Mark(
    (
        "SAO Y; UBND phường Tuy Phước; 2026-11-20T15:30:00+07:00",
        "Chuyển từ văn bản giấy sang dữ liệu điện tử",
        "Người chuyển đổi: Nguyễn Thị Mẫu",
    ),
    "BẢN KÝ THỬ – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ",
    FONT,
    link=LINK,
)
MM_PER_PT = 25.4 / 72


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    folder = tmp_path_factory.mktemp("keys") / "development"
    return development_identity(folder, agency="UBND phường Tuy Phước", clock=lambda: WHEN)


def sealed(identity: Identity, folder: Path, mark: Mark = MARK) -> Path:
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(file)
    words = {"name": None, "reason": None, "location": None}
    path = folder / "sealed.pdf"
    path.write_bytes(seal_pdf(file.getvalue(), identity=identity, mark=mark, when=WHEN, **words).pdf)
    return path


def drawn(path: Path, dpi: int) -> Image.Image:
    done = subprocess.run(["pdftoppm", "-r", str(dpi), "-png", path], capture_output=True, check=True)
    assert done.stderr == b""
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


def read(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(np.asarray(picture))]


@pytest.mark.parametrize("dpi", [150, 300])
def test_the_link_is_read_from_the_drawn_page(identity: Identity, tmp_path: Path, dpi: int) -> None:
    assert read(drawn(sealed(identity, tmp_path), dpi)) == [LINK]


def test_the_longest_link_is_read_as_well(identity: Identity, tmp_path: Path) -> None:
    longest = LINK.ljust(MOST_LETTERS, "x")
    path = sealed(identity, tmp_path, dataclasses.replace(MARK, link=longest))
    assert read(drawn(path, 150)) == [longest]


def test_a_print_that_was_scanned_askew_on_grey_paper_is_read(identity: Identity, tmp_path: Path) -> None:
    page = drawn(sealed(identity, tmp_path), 200).rotate(3, Image.Resampling.BICUBIC, fillcolor="white")
    grey = np.asarray(page.filter(ImageFilter.GaussianBlur(0.8)), np.float64) * 0.6 + 40
    noisy = grey + np.random.default_rng(4).normal(0, 12, grey.shape)
    assert read(Image.fromarray(noisy.clip(0, 255).astype(np.uint8))) == [LINK]


def test_a_module_is_large_enough_for_telephones_and_the_quiet_zone_is_kept(identity: Identity, tmp_path: Path) -> None:
    assert MODULE_PT * MM_PER_PT >= 0.4
    squares = squares_of(LINK)
    assert squares.side_pt * MM_PER_PT < 26
    page = np.asarray(drawn(sealed(identity, tmp_path), 300).convert("L"))
    box_left = 595 - MARK.right_pt - mark_size(MARK)[0]
    left, top, side, quiet = (
        points * 300 / 72 for points in (box_left, MARK.top_pt, squares.side_pt, QUIET * MODULE_PT)
    )
    zone = page[math.ceil(top) : math.floor(top + side), math.ceil(left) : math.floor(left + side)]
    rows, columns = np.nonzero(zone < 128)
    margins = rows.min(), columns.min(), zone.shape[0] - 1 - rows.max(), zone.shape[1] - 1 - columns.max()
    assert min(margins) >= math.floor(quiet) - 2


def test_the_code_is_black_squares_and_no_picture(identity: Identity, tmp_path: Path) -> None:
    with pikepdf.open(sealed(identity, tmp_path)) as pdf:
        appearance = pdf.pages[0].Annots[0].AP.N
        assert "/XObject" not in appearance.Resources
        before, _, words = appearance.read_bytes().partition(b"BT")
    assert before.startswith(b"q\n0 g\n")
    assert set(before.split()[2::1]) & {b"rg", b"RG", b"Do", b"sh"} == set()
    assert before.count(b"re") > 300
    assert words.count(b"rg") == 1, "the warning alone is red"


def test_without_a_link_there_is_no_code(identity: Identity, tmp_path: Path) -> None:
    path = sealed(identity, tmp_path, dataclasses.replace(MARK, link=None))
    assert read(drawn(path, 300)) == []


def test_links_of_one_length_take_one_size() -> None:
    # Room is kept before the file's digest is known.
    other = LINK[:-64] + "0" * 64
    assert mark_shapes(MARK) == mark_shapes(dataclasses.replace(MARK, link=other))


@pytest.mark.parametrize("link", ["", "https://a.vn/ữ", "https://a.vn/\n", "x" * (MOST_LETTERS + 1)])
def test_a_link_that_no_code_of_ours_holds_is_refused(link: str) -> None:
    with pytest.raises(DocumentUnsealable, match="link"):
        mark_size(dataclasses.replace(MARK, link=link))


# --- narrower boxes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", [LINK, None])
def test_each_shape_is_narrower_and_higher_than_the_one_before(link: str | None) -> None:
    shapes = mark_shapes(dataclasses.replace(MARK, link=link))
    assert len(shapes) > 2
    assert all(wide < before and high > lower for (before, lower), (wide, high) in itertools.pairwise(shapes))


@pytest.mark.parametrize("link", [LINK, None])
def test_every_shape_says_all_of_it_in_the_same_size(identity: Identity, tmp_path: Path, link: str | None) -> None:
    for width, height in mark_shapes(dataclasses.replace(MARK, link=link)):
        mark = dataclasses.replace(MARK, link=link, width_pt=width)
        assert mark_size(mark) == (width, height)
        path = sealed(identity, tmp_path, mark)
        said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
        assert " ".join(said.split()) == " ".join(MARK.all_lines)
        with pikepdf.open(path) as pdf:
            assert b"/F1 10 Tf" in pdf.pages[0].Annots[0].AP.N.read_bytes()


def test_a_mark_stands_where_it_is_put(identity: Identity, tmp_path: Path) -> None:
    mark = dataclasses.replace(MARK, width_pt=mark_shapes(MARK)[-1][0], right_pt=50.5, top_pt=71.3)
    with pikepdf.open(sealed(identity, tmp_path, mark)) as pdf:
        _, _, right, top = (float(side) for side in pdf.pages[0].Annots[0].Rect)
    assert (right, top) == pytest.approx((595 - 50.5, 842 - 71.3), abs=0.01)


_WORDS = st.sampled_from(["UBND", "phường", "Tuy", "Phước", "ĐỀ", "NGHỊ", "a", "Thiếu-úy"])


@given(st.lists(_WORDS, min_size=1, max_size=12), st.integers(30, 300))
@settings(max_examples=60, deadline=None)
def test_breaking_lines_loses_no_word_and_keeps_to_the_width(words: list[str], width: int) -> None:
    mark = Mark((" ".join(words), "x"), None, FONT, width_pt=float(width))
    layout = layout_of(mark)
    assert " ".join(line for line, _ in layout.lines) == " ".join([*words, "x"])
    longest = max(mark.cut_font.width(word) for word in words) * mark.size_pt
    assert layout.width <= max(width, math.ceil(longest))
