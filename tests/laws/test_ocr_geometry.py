from __future__ import annotations

from operator import add

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.geometry import (
    Affine,
    frame_size,
    scaled_size,
    to_frame,
    to_picture,
    turned_size,
    turning,
)

sides = st.integers(1, 6000)
sizes = st.tuples(sides, sides)
resolutions = st.floats(50, 1200)
quarters = st.sampled_from([0, 90, 180, 270])
skews = st.integers(-150, 150).map(lambda tenths: tenths / 10)
scans = st.fixed_dictionaries(
    {
        "dpi": st.tuples(resolutions, resolutions),
        "frame_dpi": st.just(200.0),
        "turn": st.builds(add, quarters, skews),
    }
)
modest = settings(deadline=None, max_examples=60)


@modest
@given(sizes, scans, st.floats(0, 1), st.floats(0, 1))
def test_a_point_comes_back_from_the_frame(size, scan, u, v):
    point = (u * size[0], v * size[1])
    there = to_frame(*size, **scan).at(*point)
    assert to_picture(*size, **scan).at(*there) == pytest.approx(point, abs=1e-6)


@modest
@given(sizes, scans)
def test_the_frame_holds_every_corner_and_wastes_less_than_a_pixel(size, scan):
    way = to_frame(*size, **scan)
    corners = [way.at(x, y) for x in (0, size[0]) for y in (0, size[1])]
    for canvas, places in zip(frame_size(*size, **scan), zip(*corners, strict=True), strict=True):
        assert min(places) >= -1e-5
        assert max(places) <= canvas + 1e-5
        assert canvas - (max(places) - min(places)) < 1


@modest
@given(sizes, scans)
def test_the_middle_of_the_picture_is_the_middle_of_the_frame(size, scan):
    there = to_frame(*size, **scan).at(size[0] / 2, size[1] / 2)
    middle = tuple(side / 2 for side in frame_size(*size, **scan))
    assert there == pytest.approx(middle, abs=1e-6)


@modest
@given(sizes, quarters, skews)
def test_turning_upright_and_then_level_is_turning_once(size, quarter, skew):
    # The engine reads the upright page; the frame is made in one go. Both must be one place.
    upright = turned_size(*size, quarter)
    assert turned_size(*upright, skew) == turned_size(*size, quarter + skew)
    twice = turning(*size, quarter).then(turning(*upright, skew))
    once = turning(*size, quarter + skew)
    for corner in ((size[0], 0), (0, size[1])):
        assert twice.at(*corner) == pytest.approx(once.at(*corner), abs=1e-6)


def test_a_quarter_turn_clockwise_brings_the_top_left_corner_to_the_top_right():
    assert turning(300, 200, 90).at(0, 0) == (200.0, 0.0)
    assert turned_size(300, 200, 90) == (200, 300)


def test_a_page_at_the_frames_own_resolution_keeps_its_pixels():
    way = to_frame(1654, 2339, dpi=(200, 200), frame_dpi=200, turn=0)
    assert way == Affine(1, 0, 0, 0, 1, 0)


def test_a_fax_with_flat_pixels_gets_square_ones():
    assert scaled_size(1728, 1078, dpi=(204, 98), frame_dpi=204) == (1728, 2244)


@pytest.mark.parametrize(("width", "height", "dpi"), [(0, 10, (200, 200)), (10, 10, (0, 200)), (10, 10, (200, -1))])
def test_a_picture_without_size_or_resolution_is_refused(width, height, dpi):
    with pytest.raises(ValueError, match="no picture has"):
        scaled_size(width, height, dpi=dpi, frame_dpi=200)
