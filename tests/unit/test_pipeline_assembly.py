"""From pictures and readings to PDF/A-2u, seen by programs that are not ours: poppler draws, pdftotext reads."""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pikepdf.pdfa
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ocr import Box, Line, Reading, Word
from ocr.geometry import frame_size
from pipeline.assembly import AssembledPage, NotConforming, assemble, check_pdfa_2u
from pipeline.assembly.pictures import placement
from pipeline.assembly.text import BLOCK, InvisibleFont

MARK = (200.0, 40.0)
DPI = 200


def reading(
    size: tuple[int, int], *lines: Line, rotation: int = 0, skew: float = 0.0, dpi: float = DPI, frame_dpi: float = DPI
) -> Reading:
    """The reading of an upright picture of *size* pixels."""
    width, height = frame_size(*size, dpi=(dpi, dpi), frame_dpi=frame_dpi, turn=rotation + skew)
    return Reading(rotation, 1.0, "osd", skew, width, height, frame_dpi, lines, "by hand")


def word(text: str, left: float, top: float, right: float, bottom: float) -> Word:
    return Word(text, Box(left, top, right, bottom), 0.9)


def line(*words: Word, baseline: tuple[float, float, float, float] | None = None) -> Line:
    return Line(words, Box.around(tuple(each.box for each in words)), baseline)


def page_of(
    picture: Image.Image, read: Reading | None = None, *, jpeg: bytes | None = None, **more: Any
) -> AssembledPage:
    dpi = more.pop("dpi", (float(DPI), float(DPI)))
    return AssembledPage(picture, jpeg, dpi, more.pop("exif", 1), read or reading(picture.size))


def built(folder: Path, *pages: AssembledPage, title: str = "TP01", mark: tuple[float, float] = MARK) -> Path:
    target = folder / "made.pdf"
    readings = [page.reading for page in pages]
    assemble(iter(pages), readings, target, title=title, agency="UBND phường Tuy Phước", mark_size=mark)
    return target


def drawn(path: Path, dpi: int = DPI, page: int = 1) -> Image.Image:
    which = ["-f", str(page), "-l", str(page)]
    done = subprocess.run(["pdftoppm", "-r", str(dpi), *which, "-png", path], capture_output=True, check=True)
    assert done.stderr == b""
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


def scanned(path: Path, size: tuple[int, int], dpi: int = DPI) -> Image.Image:
    """The part of page 1 where the scan is, *size* dots: its lower left; room for the mark may be beside and above."""
    seen = drawn(path, dpi)
    return seen.crop((0, seen.height - size[1], size[0], seen.height))


def text_of(path: Path, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


def bytes_of_image(path: Path) -> bytes:
    with pikepdf.open(path) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        return bytes(image.read_raw_bytes())


def image_of(path: Path) -> Image.Image:
    with pikepdf.open(path) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        return pikepdf.PdfImage(image).as_pil_image().convert("RGB")


def marked(width: int = 480, height: int = 320, mode: str = "RGB") -> Image.Image:
    """White paper with a different colour in each of three corners, so that no turn of it looks like another."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[: height // 4, : width // 4] = (200, 0, 0)
    pixels[: height // 4, -width // 6 :] = (0, 120, 0)
    pixels[-height // 6 :, : width // 8] = (0, 0, 160)
    return Image.fromarray(pixels).convert(mode)


def jpeg_of(picture: Image.Image, **save: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90, dpi=(DPI, DPI), **save)
    return buffer.getvalue()


def far_apart(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures seen from far away, 0 to 255."""
    seen = [np.asarray(each.convert("RGB").resize((48, 48), Image.Resampling.BOX), np.float64) for each in (one, other)]
    return float(np.abs(seen[0] - seen[1]).mean())


# --- the same input gives the same bytes --------------------------------------------------------------------------

RECIPE = """
import sys
from pathlib import Path
from PIL import Image
from ocr import Box, Line, Reading, Word
from pipeline.assembly import AssembledPage, assemble
words = tuple(Word(text, Box(20 + 60 * at, 150, 70 + 60 * at, 180), 0.9)
              for at, text in enumerate("CỘNG HÒA XÃ HỘI CHỦ NGHĨA".split()))
reading = Reading(0, 1.0, "osd", 0.3, 480, 320, 200.0, (Line(words, Box(20, 150, 400, 180)),), "by hand")
page = AssembledPage(Image.new("RGB", (480, 320), "white"), None, (200.0, 200.0), 1, reading)
assemble([page], [reading], Path(sys.argv[1]), title="TP01", agency="UBND", mark_size=(100.0, 40.0))
"""


def test_the_same_input_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    # Done means the record exists: two workers must not file two outcomes of one step. Sets of letters are ordered
    # by a hash that differs from process to process.
    digests = set()
    for number, seed in enumerate(("0", "1", "4711")):
        path = tmp_path / f"{number}.pdf"
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TZ": f"UTC+{number}",
        }
        subprocess.run([sys.executable, "-c", RECIPE, path], env=environment, check=True, cwd=tmp_path)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_another_title_gives_other_bytes(tmp_path: Path) -> None:
    # No two documents of a dossier may have equal bytes, or one seal would stand for both.
    page = page_of(marked())
    assert built(tmp_path, page, title="TP01-01").read_bytes() != built(tmp_path, page, title="TP01-02").read_bytes()


# --- pictures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_stays_byte_for_byte(tmp_path: Path, mode: str, progressive: bool) -> None:
    data = jpeg_of(marked(mode=mode), progressive=progressive)
    path = built(tmp_path, page_of(Image.open(io.BytesIO(data)), jpeg=data))
    assert bytes_of_image(path) == data
    check_pdfa_2u(path.read_bytes())


GREY = np.tile(np.arange(0, 256, dtype=np.uint8), (300, 2))


def scans() -> dict[str, tuple[Image.Image, Image.Image]]:
    """Pictures of every mode that passes the gate, each with what must be seen of it."""
    colour, grey = marked(), Image.fromarray(GREY)
    clear = np.zeros((*GREY.shape, 4), np.uint8)
    clear[:150, :, 3] = 255  # black above, nothing below
    see_through = Image.fromarray(clear)
    on_paper = Image.fromarray(np.where(clear[..., 3] > 0, 0, 255).astype(np.uint8))
    deep = GREY.astype(np.uint16) * 257
    keyed = colour.copy()
    keyed.info["transparency"] = (200, 0, 0)
    unkeyed = np.asarray(colour).copy()
    unkeyed[(unkeyed == (200, 0, 0)).all(axis=2)] = 255
    two = Image.fromarray(GREY > 127)
    return {
        "RGB": (colour, colour),
        "L": (grey, grey),
        "1": (two, two),
        "P": (colour.quantize(16), colour.quantize(16)),
        "RGBA": (see_through, on_paper),
        "LA": (see_through.convert("LA"), on_paper),
        "P with alpha": (see_through.quantize(4), on_paper),
        "RGB with a clear colour": (keyed, Image.fromarray(unkeyed)),
        "I;16": (Image.fromarray(deep), grey),
        "I;16B": (Image.fromarray(deep.astype(">u2")), grey),
        "CMYK": (colour.convert("CMYK"), colour.convert("CMYK").convert("RGB")),
    }


@pytest.mark.parametrize("name", list(scans()))
def test_every_other_picture_is_put_in_without_loss(tmp_path: Path, name: str) -> None:
    picture, seen = scans()[name]
    path = built(tmp_path, page_of(picture))
    check_pdfa_2u(path.read_bytes())
    difference = np.asarray(image_of(path), np.int16) - np.asarray(seen.convert("RGB"), np.int16)
    assert np.abs(difference).max() <= 1


def test_a_fax_page_takes_little_room_and_is_not_inverted(tmp_path: Path) -> None:
    pixels = np.ones((2339, 1654), bool)
    pixels[300:340, 200:1400] = False
    path = built(tmp_path, page_of(Image.fromarray(pixels)))
    assert path.stat().st_size < 20_000
    seen = np.asarray(drawn(path, 50).convert("L"))
    assert seen.mean() > 200


def test_a_page_has_the_size_of_its_paper(tmp_path: Path) -> None:
    # NĐ 30/2020: 100 % scale. A4 is 595 × 842 points.
    picture = Image.new("1", (1654, 2339), 1)
    with pikepdf.open(built(tmp_path, page_of(picture))) as pdf:
        box = [float(each) for each in pdf.pages[0].MediaBox]
    assert box == pytest.approx([0, 0, 595.44, 842.04], abs=0.1)


# --- turning ------------------------------------------------------------------------------------------------------


def stored_as(upright: Image.Image, orientation: int) -> Image.Image:
    """The picture that a camera stores with *orientation* when *upright* is meant (EXIF 2.32, 4.6.5)."""
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    return upright if undo is None else upright.transpose(undo)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_shown_as_its_exif_orientation_says(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = jpeg_of(stored_as(marked(), orientation), exif=exif)
    with Image.open(io.BytesIO(data)) as picture:
        meant = ImageOps.exif_transpose(picture)
        assert far_apart(meant, marked()) < 3  # this test understands EXIF as Pillow does
        path = built(tmp_path, page_of(picture, reading(meant.size), jpeg=data, exif=orientation))
    assert far_apart(scanned(path, meant.size), meant) < 3
    assert bytes_of_image(path) == data  # turned by the page, not by re-encoding


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 3.0, -2.5])
def test_a_turned_page_is_shown_upright(tmp_path: Path, rotation: int, skew: float) -> None:
    picture = marked()
    path = built(tmp_path, page_of(picture, reading(picture.size, rotation=rotation, skew=skew)))
    turned = picture.rotate(-(rotation + skew), Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    assert far_apart(scanned(path, turned.size), turned) < 3


@pytest.mark.parametrize("orientation", [6, 7])
def test_exif_comes_before_the_turn_that_was_read(tmp_path: Path, orientation: int) -> None:
    stored = stored_as(marked(), orientation)
    path = built(tmp_path, page_of(stored, reading((480, 320), rotation=90, skew=3.0), exif=orientation))
    turned = marked().rotate(-93, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    assert far_apart(scanned(path, turned.size), turned) < 3


def test_a_fax_whose_dots_are_not_square_is_shown_in_the_shape_of_its_paper(tmp_path: Path) -> None:
    picture = marked(800, 400)
    width, height = frame_size(800, 400, dpi=(400.0, 200.0), frame_dpi=200.0, turn=0)
    read = Reading(0, 1.0, "osd", 0.0, width, height, 200.0, (), "by hand")
    path = built(tmp_path, page_of(picture, read, dpi=(400.0, 200.0)))
    assert far_apart(scanned(path, (400, 400)), marked(400, 400)) < 3


def test_a_page_that_was_read_at_another_resolution_keeps_its_size(tmp_path: Path) -> None:
    # Reading 300 dpi at 200 is quicker and as good (traps.md); the paper does not shrink with it.
    picture = marked(600, 450)
    read = reading(picture.size, dpi=300, frame_dpi=200)
    path = built(tmp_path, page_of(picture, read, dpi=(300.0, 300.0)))
    assert far_apart(scanned(path, (600, 450), 300), picture) < 3


@pytest.mark.parametrize("turn", [0, 90, 180, 270, 3, 47.5])
def test_placing_turns_about_the_centre_and_never_stretches(turn: float) -> None:
    a, b, c, d, e, f = placement((300, 200), turn, (400, 400))
    assert (a + c) / 2 + e == pytest.approx(200)
    assert (b + d) / 2 + f == pytest.approx(200)
    assert (math.hypot(a, b), math.hypot(c, d)) == pytest.approx((300, 200))
    assert a * d - b * c == pytest.approx(300 * 200)  # not mirrored


# --- text ---------------------------------------------------------------------------------------------------------

BASES = "AĂÂEÊIOÔƠUƯYĐaăâeêioôơuưyđ"
TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
LETTERS = [
    unicodedata.normalize("NFC", base + tone) for base in BASES for tone in (TONES if base not in "Đđ" else ("",))
]


def lines_of(texts: Sequence[str], *, per_line: int = 4, top: float = 160) -> list[Line]:
    """Words 285 dots wide, 15 apart, in lines 30 dots high, on an A4 page at 200 dpi."""
    words = []
    for at, text in enumerate(texts):
        left, above = 100 + 300 * (at % per_line), top + 40 * (at // per_line)
        words.append(word(text, left, above, left + 285, above + 30))
    return [line(*words[at : at + per_line]) for at in range(0, len(words), per_line)]


def a4(*lines: Line) -> AssembledPage:
    picture = Image.new("1", (1654, 2339), 1)
    return page_of(picture, reading(picture.size, *lines))


def test_every_vietnamese_letter_is_found_again_in_reading_order(tmp_path: Path) -> None:
    # More letters than a ToUnicode block may hold: readers drop what comes after the hundredth (traps.md).
    assert len(LETTERS) == 146 > BLOCK
    texts = ["".join(LETTERS[at : at + 5]) for at in range(0, len(LETTERS), 5)]
    path = built(tmp_path, a4(*lines_of(texts)))
    assert text_of(path).split() == texts
    check_pdfa_2u(path.read_bytes())


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


# --- the place of the mark ----------------------------------------------------------------------------------------


#: Where the mark of `MARK` will be on A4 at 200 dpi: 14 points from the right, 8 from the top, 200 × 40 points.
PLACE = (1654 - 39 - 556, 22, 1654 - 39, 22 + 111)


def strip(tmp_path: Path, picture: Image.Image, *lines: Line) -> float:
    """By how many points page 1 grew at the top; a second page alike must not."""
    page = page_of(picture, reading(picture.size, *lines))
    target = tmp_path / "made.pdf"
    grown = assemble([page, page], [page.reading] * 2, target, title="t", agency="a", mark_size=MARK)
    with pikepdf.open(target) as pdf:
        (width, first), (_, second) = ((float(side) for side in leaf.MediaBox[2:]) for leaf in pdf.pages)
    assert (width, second) == pytest.approx((595.44, 842.04), abs=0.1)
    assert grown == (first > second)
    return first - second


def paper(shade: int = 245) -> Image.Image:
    return Image.new("L", (1654, 2339), shade)


def printed(text: str, at: tuple[int, int], *, size_pt: float = 11, shade: int = 40) -> Image.Image:
    picture = paper()
    font = ImageFont.truetype("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf", size_pt * DPI / 72)
    ImageDraw.Draw(picture).text(at, text, font=font, fill=shade)
    return picture


def inked(box: tuple[int, int, int, int], picture: Image.Image | None = None, ink: Any = 40) -> Image.Image:
    picture = picture or paper()
    picture.paste(ink, box)
    return picture


BOXES = [(1500, 30, 1600, 60), (1070, 30, 1150, 60), (1500, 110, 1600, 150), (200, 30, 1600, 60), (0, 0, 1654, 400)]


def test_a_page_whose_top_right_is_free_is_not_changed(tmp_path: Path) -> None:
    assert strip(tmp_path, inked((200, 400, 1500, 2000)), *lines_of(["xa"], top=1000)) == 0


@pytest.mark.parametrize("box", BOXES)
def test_ink_where_the_mark_will_be_makes_room_above_it(tmp_path: Path, box: tuple[int, int, int, int]) -> None:
    # The mark must never cover what was scanned, read or not: handwriting and stamps are no words.
    assert strip(tmp_path, inked(box)) >= MARK[1] + 8


@pytest.mark.parametrize("box", BOXES[:4])
def test_words_where_the_mark_will_be_make_room_above_them(tmp_path: Path, box: tuple[int, int, int, int]) -> None:
    # A page number or “Số: 5” has less ink than the specks of a scan.
    assert strip(tmp_path, paper(), line(word("5", *box))) >= MARK[1] + 8


def test_a_number_alone_where_the_mark_will_be_is_not_covered(tmp_path: Path) -> None:
    picture = printed("Số: 5", (1400, 60))
    assert strip(tmp_path, picture, line(word("Số:", 1400, 62, 1440, 90), word("5", 1446, 62, 1460, 90))) > 0


@pytest.mark.parametrize("box", [(20, 20, 1000, 60), (1500, 180, 1600, 220)])
def test_ink_and_words_beside_and_below_the_mark_leave_the_page_alone(
    tmp_path: Path, box: tuple[int, int, int, int]
) -> None:
    assert strip(tmp_path, inked(box), line(word("chữ", *box))) == 0


def test_a_red_seal_where_the_mark_will_be_makes_room(tmp_path: Path) -> None:
    assert strip(tmp_path, inked((1400, 30, 1500, 110), Image.new("RGB", (1654, 2339), "white"), (255, 120, 120))) > 0


def test_specks_of_a_scanner_do_not_make_room(tmp_path: Path) -> None:
    picture = paper()
    for at in range(5):
        picture.paste(60, (1100 + 100 * at, 40 + 10 * at, 1103 + 100 * at, 43 + 10 * at))
    assert strip(tmp_path, picture) == 0


def test_a_black_mark_is_not_put_on_a_dark_page(tmp_path: Path) -> None:
    # A booklet's cover, or a copy with a black edge: the mark could not be read.
    assert strip(tmp_path, paper(40)) > 0


def ink_on_nothing() -> Image.Image:
    layers = np.zeros((2339, 1654, 2), np.uint8)
    layers[PLACE[1] : PLACE[3], PLACE[0] : PLACE[2], 1] = 255
    return Image.fromarray(layers)


def ink_of_16_bits() -> Image.Image:
    # What a scanner calls black is no zero.
    pixels = np.full((2339, 1654), 245 * 257, np.uint16)
    pixels[PLACE[1] : PLACE[3], PLACE[0] : PLACE[2]] = 60 * 257
    return Image.fromarray(pixels)


@pytest.mark.parametrize("made", [ink_on_nothing, ink_of_16_bits])
def test_ink_is_seen_however_it_is_stored(tmp_path: Path, made: Any) -> None:
    assert strip(tmp_path, made()) > 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("rotation", [0, 90])
def test_the_place_of_the_mark_is_that_of_the_upright_page(tmp_path: Path, orientation: int, rotation: int) -> None:
    # Ink at the top right of the page as it is filed, wherever that was on the scanner's glass.
    for box, grows in ((PLACE, True), ((20, 1000, 500, 1200), False)):
        upright = inked(box)
        scan = upright.rotate(rotation, expand=True)
        read = reading(scan.size, rotation=rotation)
        page = page_of(stored_as(scan, orientation), read, exif=orientation)
        with pikepdf.open(built(tmp_path, page)) as pdf:
            assert (float(pdf.pages[0].MediaBox[3]) > 843) == grows


def test_what_was_scanned_stays_where_it_was_below_the_strip(tmp_path: Path) -> None:
    picture = inked((1400, 30, 1600, 100), marked(1654, 2339), (0, 0, 0))
    seen = drawn(built(tmp_path, page_of(picture)), 50)
    added = seen.height - round(2339 / 4)
    assert added >= (MARK[1] + 8) * 50 / 72
    assert np.asarray(seen)[: added - 1].min() == 255
    assert far_apart(seen.crop((0, added, seen.width, seen.height)), picture) < 3


@pytest.mark.parametrize("size", [(674, 425), (300, 200), (200, 600)])
def test_a_small_paper_gets_room_for_a_mark_that_is_wider_than_it(tmp_path: Path, size: tuple[int, int]) -> None:
    # An identity card is 242 points wide (674 dots at 200 dpi); the mark of “UBND phường Tuy Phước” takes 266. What
    # cannot carry its mark cannot be sealed, and cards are in every other dossier.
    mark = (266.0, 48.0)
    path = built(tmp_path, page_of(marked(*size)), mark=mark)
    with pikepdf.open(path) as pdf:
        width, height = (float(each) for each in pdf.pages[0].MediaBox[2:])
    assert width >= mark[0] + 14  # the margin at which it is put
    assert height >= mark[1] + 8
    assert far_apart(scanned(path, size), marked(*size)) < 3


# --- PDF/A --------------------------------------------------------------------------------------------------------


def test_a_title_with_markup_and_odd_letters_does_no_harm(tmp_path: Path) -> None:
    title = 'a <b> & "c" ]]> </rdf:li> \0 \x0b \ufffe {level} <pdfaid:conformance>U</pdfaid:conformance>'
    data = built(tmp_path, page_of(marked()), title=title).read_bytes()
    check_pdfa_2u(data)
    with pikepdf.open(io.BytesIO(data)) as pdf, pdf.open_metadata() as metadata:
        assert "<b>" in str(metadata["dc:title"])


def test_a_file_says_what_it_is_and_in_which_language(tmp_path: Path) -> None:
    with pikepdf.open(built(tmp_path, page_of(marked()), title="TP01 – hồ sơ")) as pdf:
        assert "/Info" not in pdf.trailer  # nothing that could contradict the XMP
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "U")
            assert metadata["dc:title"] == "TP01 – hồ sơ"
        assert str(pdf.Root.Lang) == "vi-VN"


def test_qpdf_finds_nothing_wrong(tmp_path: Path) -> None:
    path = built(tmp_path, a4(*lines_of(["chữ"])), page_of(marked()))
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def spoiled(folder: Path, spoil: Any) -> bytes:
    buffer = io.BytesIO()
    with pikepdf.open(built(folder, a4(*lines_of(["chữ"])))) as pdf:
        spoil(pdf)
        pdf.save(buffer, **pikepdf.pdfa.resolve_save_kwargs("2b", deterministic_id=True))
    return buffer.getvalue()


def no_unicode(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Resources.Font["/T0"].ToUnicode


def a_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def no_profile(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def no_font_file(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Resources.Font["/T0"].DescendantFonts[0].FontDescriptor.FontFile2


@pytest.mark.parametrize("spoil", [no_unicode, a_script, no_profile, no_font_file])
def test_a_file_that_is_not_pdfa_2u_is_found_out(tmp_path: Path, spoil: Any) -> None:
    with pytest.raises(NotConforming) as caught:
        check_pdfa_2u(spoiled(tmp_path, spoil))
    assert caught.value.findings


def test_the_file_before_it_was_spoiled_was_one(tmp_path: Path) -> None:
    check_pdfa_2u(spoiled(tmp_path, lambda pdf: None))


def test_a_file_that_does_not_declare_its_level_is_not_one(tmp_path: Path) -> None:
    data = built(tmp_path, page_of(marked())).read_bytes()
    with pytest.raises(NotConforming):
        check_pdfa_2u(data.replace(b"<pdfaid:conformance>U<", b"<pdfaid:conformance>B<"))
