"""The gate opens pictures: by content and not by name, and sizes before memory."""

from __future__ import annotations

import io
import random
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from picture_helpers import gate, page, refused, write
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from pipeline.errors import Rejected
from pipeline.pictures import MOST_PIXELS, Media, PageFacts, media_of, opened_page

ORIENTATION = 0x0112


# --- what is opened -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "media"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("TIFF", "image/tiff"), ("PDF", "application/pdf")],
)
def test_a_file_is_what_its_bytes_are(tmp_path: Path, kind: str, media: Media) -> None:
    path = tmp_path / "scan.jpg"
    page().save(path, kind)
    assert media_of(path) == media


@pytest.mark.parametrize("data", ["Đây không phải ảnh".encode(), b"", b"GIF89a", b"BM", b"\xff\xd8", b"PK\x03\x04"])
def test_what_is_none_of_the_four_is_refused_whatever_its_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "001.jpg"
    path.write_bytes(data)
    with pytest.raises(Rejected) as caught:
        media_of(path)
    assert caught.value.code == "format-unknown"


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *(("L", "JPEG"), ("RGB", "JPEG"), ("CMYK", "JPEG")),
        *(("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG")),
        *(("1", "TIFF"), ("L", "TIFF"), ("RGB", "TIFF"), ("CMYK", "TIFF"), ("I;16", "TIFF")),
    ],
)
def test_every_kind_of_picture_that_scanners_make_passes(tmp_path: Path, mode: str, kind: str) -> None:
    (facts,) = gate(write(tmp_path, page(mode), kind, 300))
    assert (facts.width, facts.height, facts.exif, facts.form) == (413, 584, 1, "picture")
    assert facts.dpi_x == pytest.approx(300, abs=0.1)


@pytest.mark.parametrize("compression", ["raw", "group4", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_every_compression_of_tiff_that_scanners_use_passes(tmp_path: Path, compression: str) -> None:
    assert len(gate(write(tmp_path, page("1"), "TIFF", 300, compression=compression))) == 1


def test_every_page_of_a_tiff_is_told(tmp_path: Path) -> None:
    pages = [page("1"), page("L", (500, 400)), page("RGB")]
    path = write(tmp_path, pages[0], "TIFF", 300, save_all=True, append_images=pages[1:])
    assert [(each.width, each.height) for each in gate(path)] == [(413, 584), (500, 400), (413, 584)]


def test_the_page_that_is_too_coarse_is_named(tmp_path: Path) -> None:
    path = tmp_path / "two.tif"
    with AppendingTiffWriter(str(path), new=True) as writer:
        for dpi in (300, 150):
            buffer = io.BytesIO()
            page().save(buffer, "TIFF", dpi=(dpi, dpi))
            writer.write(buffer.getvalue())
            writer.newFrame()
    error = refused(path)
    assert (error.code, error.facts["page"]) == ("dpi-too-low", 2)


def test_a_page_is_lent_as_it_is_stored(tmp_path: Path) -> None:
    first, second = page("L"), page("L", (500, 400))
    path = write(tmp_path, first, "TIFF", 300, save_all=True, append_images=[second])
    with opened_page(path, "image/tiff", 1) as lent:
        assert lent.size == (500, 400)
        assert lent.tobytes() == second.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_exif_orientation_is_told_and_not_applied(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / "scan.jpg"
    page().save(path, "JPEG", dpi=(300, 200), exif=exif)
    (facts,) = gate(path)
    assert (facts.width, facts.height, facts.exif) == (413, 584, orientation)
    # dots an inch are told of the upright page; 5 to 8 lie on their side
    assert (facts.dpi_x, facts.dpi_y) == ((300, 200) if orientation < 5 else (200, 300))


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_there_is_not_means_upright(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / "scan.jpg"
    page().save(path, "JPEG", dpi=(200, 200), exif=exif)
    assert gate(path)[0].exif == 1


# --- what is broken -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_picture_that_was_cut_off_is_refused(tmp_path: Path, kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (400, 400), np.uint8))
    whole = write(tmp_path, noise, kind, 200).read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refused(path).code == "picture-broken"


def test_a_jpeg_that_lost_its_end_is_refused(tmp_path: Path) -> None:
    # A copy that broke off leaves grey below; Pillow could be told to let it pass.
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (400, 400), np.uint8))
    whole = write(tmp_path, noise, "JPEG").read_bytes()
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole[:-2000])
    error = refused(path)
    assert (error.code, error.facts["page"]) == ("picture-broken", 1)


def test_the_page_of_a_tiff_that_is_broken_is_named(tmp_path: Path) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (400, 400), np.uint8))
    path = write(tmp_path, noise, "TIFF", 200, save_all=True, append_images=[noise], compression="tiff_adobe_deflate")
    data = bytearray(path.read_bytes())
    with Image.open(path) as picture:
        picture.seek(1)
        at = picture.tag_v2[273][0]
    data[at : at + 50] = b"\0" * 50
    path.write_bytes(bytes(data))
    error = refused(path)
    assert (error.code, error.facts["page"]) == ("picture-broken", 2)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_picture_damaged_anywhere_is_taken_or_refused_never_a_crash(tmp_path: Path, kind: str) -> None:
    # House rule 7: what Pillow raises is translated where it enters; whatever else comes out here is a fault of ours.
    chance = random.Random(20261120)
    whole = write(tmp_path, page(size=(250, 330)), kind).read_bytes()
    path = tmp_path / "damaged"
    for number in range(150):
        at = chance.randrange(len(whole)) if number % 3 else chance.randrange(min(len(whole), 120))
        path.write_bytes(whole[:at] + chance.randbytes(chance.choice([1, 2, 4])) + whole[at + 2 :])
        try:
            gate(path)
        except Rejected:
            continue


# --- sizes before memory ------------------------------------------------------------------------------------------


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header says more; its data, were it looked at, are no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"never looked at") + chunk(b"IEND", b"")


def test_a_picture_bomb_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(30_000, 30_000))
    tracemalloc.start()
    before = time.monotonic()
    try:
        error = refused(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.code == "picture-too-large"  # and not picture-broken: the data were never looked at
    assert (error.facts["width"], error.facts["height"]) == (30_000, 30_000)
    assert error.facts["most_mpx"] == 150
    assert peak < 5_000_000
    assert time.monotonic() - before < 2


def test_a_bomb_on_a_later_page_is_refused_too(tmp_path: Path) -> None:
    path = write(tmp_path, page("1"), "TIFF", 200, save_all=True, append_images=[page("1")])
    data = bytearray(path.read_bytes())
    with Image.open(path) as picture:
        picture.seek(1)
        ifd = picture._frame_pos[1]
    entries = int.from_bytes(data[ifd : ifd + 2], "little")
    for at in range(ifd + 2, ifd + 2 + 12 * entries, 12):
        if int.from_bytes(data[at : at + 2], "little") in {256, 257}:  # width, length
            data[at + 2 : at + 4] = (4).to_bytes(2, "little")
            data[at + 8 : at + 12] = (40_000).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    error = refused(path)
    assert (error.code, error.facts["page"]) == ("picture-too-large", 2)


def test_a0_at_300_dpi_is_not_too_large(tmp_path: Path) -> None:
    # 841 × 1189 mm: maps and drawings come at 300 dpi (TT 05/2025).
    assert round(841 / 25.4 * 300) * round(1189 / 25.4 * 300) <= MOST_PIXELS


def test_facts_of_a_page_survive_the_record() -> None:
    facts = PageFacts(2480, 3508, 300.0, 299.5, "declared", 6, "picture")
    assert PageFacts.from_json(facts.to_json()) == facts
