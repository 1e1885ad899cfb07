"""The drawing of the chain stays in its frame, whatever years certificates and signers tell."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from hypothesis import given, settings
from report_helpers import BARE, CHAIN, EVIL, FULL, NOW, signatures

from pipeline.reports.trail import WIDTH, Label, Rect, Stroke, trail


@settings(max_examples=80, deadline=None)
@given(signatures())
def test_every_shape_lies_inside_the_frame(report):
    drawing = trail(report, NOW)
    for shape in drawing.shapes if drawing else ():
        if isinstance(shape, Rect):
            corners = [(shape.x, shape.y), (shape.x + shape.width, shape.y + shape.height)]
        elif isinstance(shape, Stroke):
            corners = [(shape.x1, shape.y1), (shape.x2, shape.y2)]
        else:
            corners = [(shape.x, shape.y)]
        assert all(0 <= x <= WIDTH + 2 and 0 <= y <= drawing.height for x, y in corners)


def test_without_a_path_to_a_root_there_is_nothing_to_draw():
    assert trail(BARE, NOW) is None


def test_a_certificate_that_is_out_of_its_dates_is_drawn_faint():
    over = dataclasses.replace(CHAIN[0], not_after=NOW.replace(year=2020), not_before=NOW.replace(year=2018))
    bars = [each for each in trail(dataclasses.replace(FULL, chain=(over, *CHAIN[1:])), NOW).shapes if tone(each)]
    assert [each.tone for each in bars] == ["bar-over", "bar", "bar"]


def tone(shape):
    return isinstance(shape, Rect) and shape.tone.startswith("bar")


def test_a_time_that_only_the_signer_tells_is_dashed_and_a_stamp_is_not():
    claimed = dataclasses.replace(
        FULL, timestamps=(), timestamp_time=None, best_time=None, signing_time=NOW.replace(year=2020)
    )
    lines = [each for each in trail(claimed, NOW).shapes if isinstance(each, Stroke) and each.y1 == 18]
    assert [each.dashed for each in lines] == [True, False]


def test_a_claimed_year_9999_does_not_squeeze_the_rest():
    far = dataclasses.replace(FULL, signing_time=datetime.max.replace(tzinfo=UTC))
    bars = [each for each in trail(far, NOW).shapes if tone(each)]
    assert bars[0].width > 20


def test_a_long_name_is_cut_to_its_box():
    link = dataclasses.replace(CHAIN[0], subject=EVIL)
    drawing = trail(dataclasses.replace(FULL, chain=(link,)), NOW)
    assert max(len(each.text) for each in drawing.shapes if isinstance(each, Label) and each.bold) < 40


def test_a_chain_and_stamps_without_end_are_cut_short():
    endless = dataclasses.replace(FULL, chain=CHAIN * 100, timestamps=FULL.timestamps * 100)
    drawing = trail(endless, NOW)
    assert drawing.height < 1_500
