"""What was read lies unseen under the picture, where it stands on the paper; pdftotext finds it."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from assembly_helpers import DPI, a4, built, drawn, line, lines_of, page_of, reading, word
from PIL import Image

from pipeline.assembly import check_pdfa_2u
from pipeline.assembly.text import BLOCK, InvisibleFont


def text_of(path: Path, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


BASES = "AĂÂEÊIOÔƠUƯYĐaăâeêioôơuưyđ"
TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
LETTERS = [
    unicodedata.normalize("NFC", base + tone) for base in BASES for tone in (TONES if base not in "Đđ" else ("",))
]


def test_every_vietnamese_letter_is_found_again_in_reading_order(tmp_path: Path) -> None:
    # More letters than a ToUnicode block may hold: readers drop what comes after the hundredth (traps.md).
    assert len(LETTERS) == 146 > BLOCK
    texts = ["".join(LETTERS[at : at + 5]) for at in range(0, len(LETTERS), 5)]
    path = built(tmp_path, a4(*lines_of(texts)))
    assert text_of(path).split() == texts
    check_pdfa_2u(path)


def test_a_heading_is_found_as_it_reads(tmp_path: Path) -> None:
    heading = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập – Tự do – Hạnh phúc QUYẾT ĐỊNH"
    assert " ".join(text_of(built(tmp_path, a4(*lines_of(heading.split(" "))))).split()) == heading


def test_letters_beyond_the_first_plane_are_found_again(tmp_path: Path) -> None:
    texts = ["𠀋𡃤", "xong"]
    assert text_of(built(tmp_path, a4(*lines_of(texts)))).split() == texts


def test_words_stand_where_they_stand_on_the_paper(tmp_path: Path) -> None:
    texts = ["QUYẾT", "ĐỊNH", "về", "việc", "thuyên", "chuyển", "cán", "bộ"]
    lines = lines_of(texts)
    path = built(tmp_path, a4(*lines))
    sides = " ".join(f'{side}="([\\d.]+)"' for side in ("xMin", "yMin", "xMax", "yMax"))
    found = re.findall(f"<word {sides}>(.*?)</word>", text_of(path, "-bbox"))
    assert [each[4] for each in found] == texts
    boxes = [each.box for each_line in lines for each in each_line.words]
    for (left, top, right, bottom, _), box in zip(found, boxes, strict=True):
        wanted = [side * 72 / DPI for side in (box.left, box.top, box.right, box.bottom)]
        assert [float(left), float(right)] == pytest.approx([wanted[0], wanted[2]], abs=1.0)
        # The box of an invisible letter stands on the base line; what hangs below it is not told.
        assert [float(top), float(bottom)] == pytest.approx([wanted[1], wanted[3]], abs=4.0)


def test_words_follow_a_base_line_that_slopes(tmp_path: Path) -> None:
    sloping = line(
        word("đầu", 100, 500, 300, 540), word("cuối", 1200, 520, 1400, 560), baseline=(100.0, 530.0, 1400.0, 552.0)
    )
    found = re.findall(r'yMax="([\d.]+)">(.*?)</word>', text_of(built(tmp_path, a4(sloping)), "-bbox"))
    bottoms = {text: float(bottom) for bottom, text in found}
    assert bottoms["cuối"] - bottoms["đầu"] == pytest.approx((552 - 530) * 1100 / 1300 * 72 / DPI, abs=0.5)


def test_the_text_is_not_seen(tmp_path: Path) -> None:
    seen = np.asarray(drawn(built(tmp_path, a4(*lines_of(["QUYẾT", "ĐỊNH"]))), 100))
    assert seen.min() == 255


def test_words_are_found_on_a_page_that_was_turned(tmp_path: Path) -> None:
    # Boxes are told in the straight frame, so they need no turning; the picture does.
    picture = Image.new("1", (2339, 1654), 1)
    read = reading(picture.size, *lines_of(["một", "hai", "ba"]), rotation=90)
    assert (read.frame_width, read.frame_height) == (1654, 2339)
    path = built(tmp_path, page_of(picture, read))
    found = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>(.*?)</word>', text_of(path, "-bbox"))
    assert [each[2] for each in found] == ["một", "hai", "ba"]
    assert float(found[0][0]) == pytest.approx(100 * 72 / DPI, abs=1)


def test_each_page_has_its_own_words(tmp_path: Path) -> None:
    path = built(tmp_path, a4(*lines_of(["một"])), a4(), a4(*lines_of(["ba"])))
    assert [part.split() for part in text_of(path).split("\f")] == [["một"], [], ["ba"], []]


def test_no_block_of_a_font_has_more_than_a_hundred_entries() -> None:
    with pikepdf.new() as pdf:
        table = InvisibleFont(LETTERS).add_to(pdf).ToUnicode.read_bytes().decode()
    counts = [int(count) for count in re.findall(r"(\d+) beginbfchar", table)]
    assert sum(counts) == len(LETTERS) + 1  # and the space
    assert max(counts) <= 100


def test_a_stroke_of_a_signature_does_not_join_the_words_beside_it(tmp_path: Path) -> None:
    # Met on a sample: "Huỳnh Thị Mẫu" and beside it a signature, read as a digit three lines high.
    name = [word("Huỳnh", 283, 389, 388, 423), word("Thị", 398, 389, 450, 423), word("Mẫu", 460, 389, 530, 423)]
    path = built(tmp_path, a4(line(*name, word("2", 560, 300, 640, 430))))
    assert text_of(path, "-raw").split() == ["Huỳnh", "Thị", "Mẫu", "2"]


@pytest.mark.parametrize("gap", [-12, 0, 2, 6])
def test_words_whose_boxes_touch_are_still_two_words(tmp_path: Path, gap: int) -> None:
    # Boxes of a page that lies askew overlap; "tạm trú nếu ở lại" must be found by "nếu" and by "ở".
    path = built(tmp_path, a4(line(word("nếu", 300, 400, 360, 434), word("ở", 360 + gap, 400, 380 + gap, 434))))
    assert text_of(path, "-raw").split() == ["nếu", "ở"]
