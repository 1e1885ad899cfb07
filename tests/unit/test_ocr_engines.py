from __future__ import annotations

import os
import pickle
import signal

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr import EngineFailed, EngineMissing, EngineTimedOut
from ocr.metrics import character_error_rate
from ocr.models import PACKAGES, called, find_tessdata
from ocr.portable import PytesseractEngine
from ocr.tesseract import TesserocrEngine

FONT = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf"
TEXT = (
    "Kính gửi: Ủy ban nhân dân phường Tuy Phước",
    "Họ và tên người yêu cầu: Nguyễn Thị Mẫu",
    "Tôi cam đoan lời khai trên đây là đúng sự thật",
)
BLANK = np.full((400, 400), 255, np.uint8)


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    picture = Image.new("L", (1000, 360), 255)
    drawing = ImageDraw.Draw(picture)
    for number, line in enumerate(TEXT):
        drawing.text((60, 80 + 60 * number), line, fill=0, font=ImageFont.truetype(FONT, 36))
    return np.asarray(picture)


@pytest.fixture(scope="module", params=[TesserocrEngine, PytesseractEngine])
def engine(request):
    return request.param()


def test_three_lines_are_read_as_three_lines(engine, page):
    lines = engine.recognise(page, 200)
    assert [line.text for line in lines] == list(TEXT)


def test_words_stand_where_they_were_printed(engine, page):
    lines = engine.recognise(page, 200)
    for number, line in enumerate(lines):
        assert 55 <= line.box.left <= 70
        assert 75 + 60 * number <= line.box.top <= line.box.bottom <= 135 + 60 * number
        assert all(word.box.bottom <= line.box.bottom for word in line.words)


def test_confidences_are_shares(engine, page):
    words = [word for line in engine.recognise(page, 200) for word in line.words]
    assert all(0.5 < word.confidence <= 1 for word in words)


def test_a_blank_page_has_no_lines_and_no_orientation(engine):
    assert engine.recognise(BLANK, 200) == ()
    assert engine.orientation(BLANK, 200).confidence == 0


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (5, 900)])
def test_a_scrap_of_a_picture_is_a_blank_page_or_a_failure_of_the_page(engine, shape):
    try:
        assert engine.recognise(np.zeros(shape, np.uint8), 200) == ()
    except EngineFailed as failure:
        assert "Tesseract" in str(failure)


def test_the_version_names_program_and_model(engine):
    assert "tesseract 5" in engine.version
    assert "vie " in engine.version


def test_an_engine_out_of_patience_says_so(page):
    hasty = (TesserocrEngine(patience=0.001), PytesseractEngine(patience=0.001))
    big = np.tile(page, (5, 1))
    for engine in hasty:
        with pytest.raises(EngineTimedOut, match=r"not read within 0\.001 s"):
            engine.recognise(big, 200)


def test_models_in_an_empty_folder_are_missed_with_advice(tmp_path, page):
    for engine in (TesserocrEngine(tmp_path), PytesseractEngine(tmp_path)):
        with pytest.raises(EngineMissing, match="install the Debian package tesseract-ocr-vie"):
            _ = engine.version
    with pytest.raises(EngineMissing, match="tesseract-ocr-vie"):
        TesserocrEngine(tmp_path).recognise(page, 200)


def test_a_missing_program_is_missed_with_advice(monkeypatch, page):
    engine = PytesseractEngine()
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", "/nowhere/tesseract")
    for ask in (engine.recognise, engine.orientation):
        with pytest.raises(EngineMissing, match="install the Debian package tesseract-ocr"):
            ask(page, 200)


def test_the_folder_named_by_the_environment_comes_first(monkeypatch, tmp_path):
    for name in PACKAGES:
        (tmp_path / f"{name}.traineddata").write_bytes(b"model")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert find_tessdata() == tmp_path


def test_a_folder_that_lacks_a_model_is_passed_by(monkeypatch, tmp_path):
    (tmp_path / "vie.traineddata").write_bytes(b"model")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert find_tessdata() != tmp_path


def test_both_engines_read_the_same(page):
    # The wheel brings its own library, Debian another: they may part over a letter in a hundred.
    one, other = (
        "\n".join(line.text for line in engine.recognise(page, 200))
        for engine in (TesserocrEngine(), PytesseractEngine())
    )
    assert character_error_rate(one, other) <= 0.01


def test_both_engines_turn_a_page_the_same_way():
    picture = Image.new("L", (1000, 1000), 255)
    drawing = ImageDraw.Draw(picture)
    for number in range(12):
        drawing.text((40, 60 * number + 40), TEXT[number % 3], 0, ImageFont.truetype(FONT, 36))
    lying = np.ascontiguousarray(np.rot90(np.asarray(picture)))  # a quarter to the left
    for engine in (TesserocrEngine(), PytesseractEngine()):
        assert engine.orientation(lying, 200).degrees == 90


def test_an_engine_travels_to_another_process(page):
    engine = TesserocrEngine()
    here = engine.recognise(page, 200)
    assert pickle.loads(pickle.dumps(engine)).recognise(page, 200) == here


def test_a_forked_child_loads_models_of_its_own(page):
    engine = TesserocrEngine()
    engine.recognise(page, 200)
    mine = engine._reader()
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        fine = engine._reader() is not mine and len(engine.recognise(page, 200)) == 3
        os._exit(0 if fine else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_model_of_a_script_may_lie_in_a_folder_of_its_own(monkeypatch, tmp_path):
    """As upstream has it; Debian puts it beside the languages."""
    (tmp_path / "script").mkdir()
    for name in ("vie", "osd", "script/Vietnamese"):
        (tmp_path / f"{name}.traineddata").write_bytes(b"model")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert find_tessdata() == tmp_path
    assert called(tmp_path, "Vietnamese") == "script/Vietnamese"


@pytest.mark.parametrize("second", [False, True])
def test_both_engines_read_the_same_words_on_a_line_alone(page, second):
    (line,) = TesserocrEngine().recognise(page[:200], 200)[:1]
    cut = page[round(line.box.top) - 6 : round(line.box.bottom) + 6]
    one, other = (
        [word.text for word in engine.recognise_line(cut, 200, second=second)]
        for engine in (TesserocrEngine(), PytesseractEngine())
    )
    assert one == other == line.text.split()
