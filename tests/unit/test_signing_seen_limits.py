"""Looking at hostile files: what is named as active, what is given up and why, and the picture for a report."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from seen_helpers import (
    BLANK,
    LIMITS,
    SIZE,
    TEXT,
    WHEN,
    differences,
    paper,
    redrawn,
    seen,
    sign,
    updated,
    words,
)

from signing import Identity, development_identity
from signing.seeing import confined as confinement
from signing.seeing.seen_model import Limits, SeenReport
from signing.seeing.seen_picture import FOUND, picture_of


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return development_identity(tmp_path_factory.mktemp("keys") / "k", agency="UBND A", clock=lambda: WHEN)


@pytest.fixture(scope="module")
def signed(identity: Identity) -> bytes:
    return sign(identity, paper(), "Officer")


# --- what is active --------------------------------------------------------------------------------------------------


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def layers(pdf: pikepdf.Pdf) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Hidden")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))


def states(pdf: pikepdf.Pdf) -> None:
    looks = Dictionary(N=Dictionary(On=Stream(pdf, b""), Off=Stream(pdf, b"")), D=Stream(pdf, b""))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([9, 9, 20, 20]), AP=looks, AS=Name.On, F=4)
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])


def screen_only(pdf: pikepdf.Pdf) -> None:
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([9, 9, 20, 20]), AP=Dictionary(N=Stream(pdf, b""))
    )
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])


def xfa(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=Stream(pdf, b"<xdp/>"), NeedAppearances=True)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (script, {"javascript", "open-action"}),
        (layers, {"layers"}),
        (states, {"appearance-states"}),
        (screen_only, {"screen-or-print"}),
        (xfa, {"xfa", "drawn-by-viewer"}),
        (lambda _: None, set()),
    ],
    ids=["script", "layers", "states", "screen-only", "xfa", "nothing"],
)
def test_what_can_look_different_to_others_is_named(change: Callable[[pikepdf.Pdf], None], expected: set[str]) -> None:
    report = seen(paper(change=change))
    assert {each.kind for each in report.active} == expected


def test_what_became_active_after_signing_is_told_apart(identity: Identity) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        entries = {"/S": pdf_name("/Launch"), "/F": generic.TextStringObject("x")}
        writer.add_object(generic.DictionaryObject({pdf_name(key): value for key, value in entries.items()}))
        writer.update_root()

    report = seen(updated(sign(identity, paper(change=layers), "Officer"), change))
    assert {(each.kind, each.added_later) for each in report.active} == {("layers", False), ("launch", True)}


# --- hostile files and limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\xff" * 500, b"%PDF-1.4\ntrailer<<>>\n%%EOF"])
def test_bytes_that_are_no_pdf_are_not_compared(data: bytes) -> None:
    assert (seen(data).status, seen(data).reason) == ("not-compared", "unreadable")


def test_a_file_without_signature_is_not_compared() -> None:
    assert (seen(paper()).status, seen(paper()).reason) == ("not-compared", "no-signature")


def test_a_signature_that_ends_beyond_the_file_leaves_nothing_compared(signed: bytes) -> None:
    begin = signed.index(b"/ByteRange")
    end = signed.index(b"]", begin)
    odd = signed[:begin] + b"/ByteRange [0 1 2 9999999]".ljust(end + 1 - begin) + signed[end + 1 :]
    assert (seen(odd).status, seen(odd).reason) == ("not-compared", "odd-byte-range")


def changed_later(identity: Identity, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """A hostile paper that was signed, with a revision behind it, so that it must be drawn."""
    return updated(sign(identity, paper(change=change), "Officer"), redrawn(TEXT))


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(octets=1000), "too-large"),
        (Limits(pages=0), "too-many-pages"),
        (Limits(revisions=0), "too-many-revisions"),
        (Limits(pixels=1000), "page-too-large"),
        (Limits(memory=20 << 20), "unreadable"),
    ],
)
def test_what_exceeds_a_limit_is_not_compared_and_says_why(identity: Identity, limits: Limits, reason: str) -> None:
    report = seen(changed_later(identity, lambda _: None), limits)
    assert (report.status, report.reason) == ("not-compared", reason)


def test_a_page_for_which_there_is_no_memory_is_not_compared(identity: Identity) -> None:
    """Poppler then draws one white pixel and says nothing: two such pages are the same."""

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].MediaBox = Array([0, 0, 14_400, 14_400])

    hostile = changed_later(identity, change)
    assert seen(hostile).reason == "page-too-large"
    assert seen(hostile, Limits(pixels=10**9)).reason == "undrawable"


def test_something_new_that_cannot_be_drawn_here_is_not_passed(signed: bytes) -> None:
    """Another viewer may know how to draw it."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0].get_object()
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=words(TEXT) + b" /Unknown Do"))
        writer.update_container(page)

    report = seen(updated(signed, change))
    assert (report.status, report.reason) == ("not-compared", "errors-added")


def test_thousands_of_pages_are_not_compared(identity: Identity) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        for _ in range(2000):
            pdf.add_blank_page(page_size=(10, 10))

    assert seen(sign(identity, paper(change=change), "Officer")).reason == "too-many-pages"


def test_a_page_that_takes_for_ever_is_given_up(identity: Identity) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        # each form draws the next ten times: 10^9 drawings
        form = Stream(pdf, b"0 0 9 9 re f")
        for _ in range(9):
            form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, *SIZE])
            inner = pdf.make_indirect(form)
            form = Stream(pdf, b"/X Do " * 10)
            form.Resources = Dictionary(XObject=Dictionary(X=inner))
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, *SIZE])
        pdf.pages[0].Resources.XObject = Dictionary(X=pdf.make_indirect(form))
        pdf.pages[0].Contents = Stream(pdf, b"/X Do")

    endless = sign(identity, paper(change=change), "Officer")

    def touch(writer: IncrementalPdfFileWriter) -> None:
        writer.update_root()

    report = seen(updated(endless, touch), Limits(seconds=1.5))
    assert (report.status, report.reason) == ("not-compared", "too-slow")


def test_without_poppler_nothing_is_compared(
    identity: Identity, signed: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(confinement, "SEARCHED", str(tmp_path))
    assert seen(updated(signed, redrawn("x"))).reason == "program-missing"


def test_nothing_is_left_behind(signed: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert seen(updated(signed, redrawn("x"))).status == "different"
    assert list(tmp_path.iterdir()) == []


def test_every_beginning_of_a_file_and_every_flipped_byte_gives_a_report(identity: Identity, signed: bytes) -> None:
    second = sign(identity, signed, "Director", box=BLANK, says="Director")

    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 10**9), st.integers(0, 255), st.booleans())
    def law(place: int, bits: int, cut: bool) -> None:
        at = place % len(second)
        odd = second[:at] if cut else second[:at] + bytes([second[at] ^ bits]) + second[at + 1 :]
        assert isinstance(seen(odd), SeenReport)

    law()


# --- the picture -----------------------------------------------------------------------------------------------------


def test_the_picture_shows_both_pages_with_the_difference_in_red(signed: bytes) -> None:
    changed = updated(signed, redrawn(TEXT.replace("An", "Binh")))
    report = seen(changed)
    png = picture_of(changed, report=report, revision=0, page=1, limits=LIMITS)
    assert png is not None
    with Image.open(io.BytesIO(png)) as picture:
        left, top, _, _ = differences(report)[0].box
        for offset in (0, picture.width - 827):
            around = (offset + round(left * 100 / 72) - 6, round(top * 100 / 72) - 6)
            corner = picture.crop((*around, around[0] + 12, around[1] + 12))
            assert FOUND in {colour for _, colour in corner.getcolors() or []}


def test_below_the_pages_stands_the_place_of_the_difference_larger(signed: bytes) -> None:
    """Eight-point print on half a page's width can hardly be read."""
    changed = updated(signed, redrawn(TEXT.replace("An", "Binh")))
    report = seen(changed)
    png = picture_of(changed, report=report, revision=0, page=1, limits=LIMITS)
    assert png is not None
    _, top, _, bottom = differences(report)[0].box
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.width == 2 * 827 + 12
        below = picture.crop((0, 1170 + 12, 827, picture.height))
    ink = below.convert("L").point(lambda shade: 255 * (shade < 128)).getbbox()
    assert ink is not None
    assert ink[3] - ink[1] > 2 * (bottom - top) * 100 / 72 * 0.8


def test_a_page_that_changed_all_over_is_not_shown_larger(signed: bytes) -> None:
    everywhere = b"BT /F1 8 Tf 20 20 Td (a) Tj 540 790 Td (b) Tj ET"

    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0].get_object()
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=everywhere))
        writer.update_container(page)

    changed = updated(signed, change)
    png = picture_of(changed, report=seen(changed), revision=0, page=1, limits=LIMITS)
    assert png is not None
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.size == (2 * 827 + 12, 1170)


def test_a_page_that_is_nowhere_has_no_picture(signed: bytes) -> None:
    assert picture_of(signed, report=seen(signed), revision=0, page=2, limits=LIMITS) is None
