"""The resolution of a scan: believed when a paper could have it, worked out when not, refused below 200 dpi."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_helpers import gate, page, refused, write
from PIL import Image

from pipeline.errors import Rejected
from pipeline.pictures import check_dpi, resolution

A4_300 = (2480, 3508)
A4_200 = (1654, 2339)


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
