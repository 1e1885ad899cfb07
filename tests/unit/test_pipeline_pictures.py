"""The gate opens pictures: by content and not by name, sizes before memory, resolution by reason."""

from __future__ import annotations

import io
import random
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from pipeline.errors import Rejected
from pipeline.pictures import MOST_PIXELS, Media, PageFacts, check_dpi, examine, media_of, opened_page, resolution

A4_300 = (2480, 3508)
A4_200 = (1654, 2339)
ORIENTATION = 0x0112


def page(mode: str = "L", size: tuple[int, int] = (413, 584)) -> Image.Image:
    """A quarter of A4 at 100 dpi, of any mode, with something on it."""
    pixels = np.full((size[1], size[0]), 255, np.uint8)
    pixels[50:80, 40:300] = 0
    grey = Image.fromarray(pixels)
    if mode == "I;16":
        return Image.fromarray(pixels.astype(np.uint16) * 257)
    return grey.convert("RGB").convert(mode) if mode in {"CMYK", "RGBA", "P"} else grey.convert(mode)


def write(folder: Path, picture: Image.Image, kind: str, dpi: float | None = 200, **save: Any) -> Path:
    path = folder / "scan.bin"  # the name says nothing
    picture.save(path, kind, **({"dpi": (dpi, dpi)} if dpi else {}), **save)
    return path


def gate(path: Path) -> list[PageFacts]:
    return examine(path, media_of(path))


def refused(path: Path) -> Rejected:
    with pytest.raises(Rejected) as caught:
        gate(path)
    return caught.value


# --- resolution ---------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=100)
@given(
    dpi=st.sampled_from([100.0, 150.0, 199.9, 200.0, 240.0, 300.0, 400.0, 600.0]),
    long_mm=st.floats(60, 1_150),
    ratio=st.floats(0.2, 1.0),
)
def test_a_resolution_that_makes_a_paper_is_believed(dpi: float, long_mm: float, ratio: float) -> None:
    long_px = round(long_mm / 25.4 * dpi)
    assert resolution((dpi, dpi), long_px, round(long_px * ratio)) == ((dpi, dpi), "declared")


@pytest.mark.parametrize("dpi", [72, 96, 72.0, 96.0])
@pytest.mark.parametrize("size", [A4_200, A4_300, A4_300[::-1]])
def test_what_software_writes_when_it_knows_nothing_is_not_believed(dpi: float, size: tuple[int, int]) -> None:
    # A4 at 96 dpi has 1,123 dots; a picture with 2,339 and more is a scan whose resolution got lost.
    (across, down), source = resolution((dpi, dpi), *size)
    assert source == "assumed-a4"
    assert across == down == pytest.approx(max(size) * 25.4 / 297, abs=0.01)


@pytest.mark.parametrize("dpi", [72, 96])
def test_a_picture_that_is_as_small_as_it_says_is_believed_and_refused(dpi: int) -> None:
    # A web picture of an A4 page: nothing is gained by assuming that it is better than it says.
    (across, _), source = resolution((dpi, dpi), round(8.27 * dpi), round(11.69 * dpi))
    assert (across, source) == (dpi, "declared")


@pytest.mark.parametrize(
    "declared",
    [
        None,
        (1, 1),
        (0, 0),
        (-300, -300),
        (9_999, 9_999),
        (float("nan"),) * 2,
        (float("inf"),) * 2,
        ("x", "y"),
        300,
        (300,),
    ],
)
def test_an_absurd_resolution_means_a4(declared: Any) -> None:
    (across, down), source = resolution(declared, *A4_300)
    assert (round(across), round(down), source) == (300, 300, "assumed-a4")


@settings(deadline=None, max_examples=100)
@given(
    declared=st.none() | st.tuples(st.floats(), st.floats()),
    width=st.integers(1, 60_000),
    height=st.integers(1, 60_000),
)
def test_whatever_a_file_says_there_is_a_resolution_that_a_paper_can_have(
    declared: Any, width: int, height: int
) -> None:
    (across, down), source = resolution(declared, width, height)
    assert across > 0
    assert down > 0
    if source == "declared":
        assert 40 / 25.4 - 1e-3 <= max(width / across, height / down) <= 1_200 / 25.4 + 1e-3  # a card to A0
    else:
        assert (across, source) == (down, "assumed-a4")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("dpi", [72, 96])
def test_a_resolution_that_got_lost_is_not_believed_in_any_format(tmp_path: Path, kind: str, dpi: int) -> None:
    # PNG counts dots a metre: 96 dpi comes back as 96.012.
    path = write(tmp_path, Image.new("1", A4_300, 1) if kind != "JPEG" else Image.new("L", A4_300, 255), kind, dpi)
    (facts,) = gate(path)
    assert facts.dpi_source == "assumed-a4"
    assert facts.dpi_x == pytest.approx(300, abs=0.1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_200_dpi_are_enough_in_any_format(tmp_path: Path, kind: str) -> None:
    # Formats that count in metres or centimetres give 199.9 back.
    (facts,) = gate(write(tmp_path, page(), kind, 200))
    assert facts.dpi_source == "declared"
    assert facts.dpi_x == pytest.approx(200, abs=0.5)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_less_than_200_dpi_is_refused_with_the_figures(tmp_path: Path, kind: str) -> None:
    # NĐ 30/2020 Annex I and TT 05/2025: at least 200 dpi.
    error = refused(write(tmp_path, page(), kind, 150))
    assert error.code == "dpi-too-low"
    assert (error.facts["page"], error.facts["dpi"], error.facts["least"]) == (1, 150, 200)


def test_the_lesser_of_two_resolutions_counts() -> None:
    with pytest.raises(Rejected) as caught:
        check_dpi((300.0, 150.0), 1)  # a fax
    assert caught.value.facts["dpi"] == 150


def test_a_picture_without_a_resolution_is_taken_for_a4(tmp_path: Path) -> None:
    (facts,) = gate(write(tmp_path, Image.new("1", A4_300, 1), "PNG", None))
    assert (round(facts.dpi_x), facts.dpi_source) == (300, "assumed-a4")


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
