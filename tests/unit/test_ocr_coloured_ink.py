"""Pen strokes over print, and stamps: what has a colour is told from what has none."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr import ScriptedEngine, Word, read_page
from ocr.clean import flatten, grey
from ocr.fields import find_secrecy
from ocr.metrics import character_error_rate
from ocr.model import Box
from ocr.page import prepare
from ocr.pen import erase_signatures
from ocr.stamps import read_stamps
from ocr.tesseract import TesserocrEngine

FONT = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
BOLD = "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf"
BLUE, DULL, RED = (35, 45, 140), (30, 38, 78), (205, 35, 45)
DPI = 200.0
WORDS = "Nguyễn Thị Mẫu, sinh ngày 26 tháng 9"


def a_page(*, signed: bool, ink: tuple[int, int, int] = (20, 20, 20)) -> np.ndarray:
    picture = Image.new("RGB", (1000, 700), "white")
    drawing = ImageDraw.Draw(picture)
    face = ImageFont.truetype(FONT, 38)
    for row in range(4):
        drawing.text((100, 200 + 60 * row), WORDS, fill=ink, font=face)
    if signed:
        stroke = [(250, 420), (330, 170), (370, 430), (430, 240), (480, 400), (540, 230), (600, 410), (760, 300)]
        drawing.line(stroke, fill=BLUE, width=5, joint="curve")
    return np.asarray(picture)


def cleaned(page: np.ndarray) -> np.ndarray:
    return erase_signatures(flatten(grey(page).picture).picture, page, DPI).picture


def text_of(page: np.ndarray) -> list[str]:
    return [line.text for line in TesserocrEngine().recognise(cleaned(page), DPI)]


def test_print_below_a_signature_reads_nearly_as_if_nobody_had_signed():
    """Where stroke and print cross, a letter in thirty may go; with the stroke left in, a line in two does."""
    assert text_of(a_page(signed=False)) == [WORDS] * 4
    wanted = "\n".join([WORDS] * 4)
    assert character_error_rate(wanted, "\n".join(text_of(a_page(signed=True)))) <= 1 / 30
    left_in = TesserocrEngine().recognise(flatten(grey(a_page(signed=True)).picture).picture, DPI)
    assert character_error_rate(wanted, "\n".join(line.text for line in left_in)) > 1 / 6


def test_of_a_signature_beside_the_print_nothing_is_left():
    """On bare paper its remains are the darkest there is, and must not be taken for the print."""
    page = a_page(signed=False)
    signed = Image.fromarray(page.copy())
    stroke = [(250, 690), (330, 580), (370, 680), (430, 600), (480, 690), (540, 570), (600, 690), (760, 600)]
    ImageDraw.Draw(signed).line(stroke, fill=DULL, width=5, joint="curve")
    unsigned, left = cleaned(page), cleaned(np.asarray(signed))
    assert (left[560:] > 200).all(), "a stroke can still be seen"
    assert np.array_equal(left[:460], unsigned[:460])


def test_a_page_without_a_signature_is_not_touched():
    page = a_page(signed=False)
    flat = flatten(grey(page).picture).picture
    assert erase_signatures(flat, page, DPI).picture is flat


def test_what_is_filled_in_with_blue_ink_stays():
    """It is what a form is for: as high as writing on a line, where a signature is taller."""
    assert text_of(a_page(signed=False, ink=BLUE)) == [WORDS] * 4


def test_a_grey_page_has_no_coloured_ink():
    page = prepare(a_page(signed=True)[:, :, 0].copy(), (1000, 700), DPI)
    assert page.coloured is None
    assert "signatures" not in page.steps


def stamped(text: str, lean: float, colour: tuple[int, int, int] = RED) -> np.ndarray:
    picture = Image.new("RGB", (1654, 1200), "white")
    stamp = Image.new("RGB", (460, 120), "white")
    drawing = ImageDraw.Draw(stamp)
    drawing.text((40, 34), text, fill=colour, font=ImageFont.truetype(BOLD, 44))
    drawing.rectangle(
        (20, 20, 60 + drawing.textlength(text, ImageFont.truetype(BOLD, 44)), 98), outline=colour, width=4
    )
    picture.paste(stamp.rotate(lean, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC), (180, 160))
    return np.asarray(picture)


@pytest.mark.parametrize("lean", [-12, -3, 0, 5])
@pytest.mark.parametrize(("text", "colour"), [("MẬT", RED), ("TỐI MẬT", BLUE), ("BẢN SAO", RED)])
def test_a_stamp_is_read_however_it_was_stamped(text, colour, lean):
    (line,) = read_stamps(stamped(text, lean, colour), DPI, TesserocrEngine())
    assert line.text == text


def test_what_was_read_as_print_is_not_read_again_as_a_stamp():
    engine = ScriptedEngine(alone=(Word("MẬT", Box(0, 0, 10, 10), 0.9),))
    assert read_stamps(stamped("MẬT", 0, BLUE), DPI, engine, is_read=lambda *_: True) == ()
    assert engine.read_alone == []


def test_the_box_of_a_stamp_holds_its_ink():
    page = stamped("TỐI MẬT", 5)
    (line,) = read_stamps(page, DPI, TesserocrEngine())
    rows, columns = np.nonzero(page[:, :, 1] < 128)
    assert line.box.left <= columns.min() + 12
    assert line.box.right >= columns.max() - 12
    assert line.box.top <= rows.min() + 12
    assert line.box.bottom >= rows.max() - 12


def test_black_print_is_no_stamp():
    engine = ScriptedEngine(alone=(Word("MẬT", Box(0, 0, 10, 10), 0.9),))
    assert read_stamps(stamped("MẬT", 0, (20, 20, 20)), DPI, engine) == ()


def test_a_round_seal_is_not_read():
    picture = Image.new("RGB", (1654, 1200), "white")
    ImageDraw.Draw(picture).ellipse((300, 300, 580, 580), outline=RED, width=10)
    engine = ScriptedEngine(alone=(Word("MẬT", Box(0, 0, 10, 10), 0.9),))
    assert read_stamps(np.asarray(picture), DPI, engine) == ()
    assert engine.read_alone == []


def with_print(page: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(page)
    for row in range(5):
        ImageDraw.Draw(picture).text((200, 500 + 60 * row), WORDS, fill=(20, 20, 20), font=ImageFont.truetype(FONT, 38))
    return np.asarray(picture)


def test_a_stamp_stands_in_the_reading_as_a_block_of_its_own():
    page = with_print(stamped("BẢN SAO", 0))
    reading = read_page(page, dpi=(DPI, DPI), engine=TesserocrEngine(), rotation=0)
    assert reading.lines[-1].text == "BẢN SAO"
    assert [line.block for line in reading.lines].count(reading.lines[-1].block) == 1


@pytest.mark.parametrize("colour", [RED, BLUE, (20, 20, 20)])
@pytest.mark.parametrize(("text", "level"), [("MẬT", "MẬT"), ("TUYỆT MẬT", "TUYỆT MẬT")])
def test_a_mark_of_secrecy_is_seen_whatever_the_ink(text, level, colour):
    """State secrets must not get past because their stamp is red, as it mostly is."""
    page = with_print(stamped(text, 0, colour))
    mark = find_secrecy(read_page(page, dpi=(DPI, DPI), engine=TesserocrEngine(), rotation=0))
    assert mark is not None
    assert mark.level == level
