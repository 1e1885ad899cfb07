"""What you see is what was signed: tricks that make signed pages look different, and what rightly changes them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfTimeStamper
from seen_helpers import (
    BLANK,
    OVER_TEXT,
    TEXT,
    WHEN,
    differences,
    kinds,
    paper,
    redrawn,
    refilled,
    seen,
    sign,
    updated,
    with_prepared_field,
    with_text_field,
)

from signing import Identity, Mark, Trust, development_identity, seal_pdf, verify_pdf

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return development_identity(tmp_path_factory.mktemp("keys") / "k", agency="UBND A", clock=lambda: WHEN)


@pytest.fixture(scope="module")
def signed(identity: Identity) -> bytes:
    return sign(identity, paper(), "Officer")


# --- tricks ----------------------------------------------------------------------------------------------------------


def test_a_shadow_replace_through_a_prepared_field_is_found(identity: Identity) -> None:
    """The known attack: the receiver was drawn by a field that waits for a signature, and it names another one now.

    Every signature is intact and every change after the first is one that pyHanko allows.
    """
    shadow = with_prepared_field(b"BT /F1 8 Tf 60 10 Td (Nguyen Van An) Tj ET", "Nguoi nhan:")
    replaced = sign(identity, sign(identity, shadow, "Officer"), "Director", says="Tran Van Binh", there=True)
    checked = verify_pdf(replaced, trust=Trust(identity.chain, identity.crls), now=datetime.now(UTC)).signatures
    assert [each.pyhanko_check for each in checked] == ["passed", "passed"]
    report = seen(replaced)
    assert (report.status, kinds(report)) == ("different", {("content", False)})
    assert report.revisions[1].status == "same", "the second signer saw what is shown"


def test_a_prepared_cover_that_is_taken_away_is_found(identity: Identity) -> None:
    """The field hides the text with white paper until it is signed; nothing is erased, and yet another text appears."""
    prepared = sign(identity, with_prepared_field(b"1 g 0 0 230 22 re f"), "Officer")
    revealed = sign(identity, prepared, "Director", says="", there=True)
    assert seen(revealed).status == "different"


def test_a_mark_over_the_text_is_no_mark(identity: Identity, signed: bytes) -> None:
    hidden = sign(identity, signed, "Director", box=OVER_TEXT, drawn=b"1 g 0 0 230 22 re f")
    assert ("content", False) in kinds(seen(hidden))


def test_a_mark_as_large_as_the_page_is_no_mark(identity: Identity, signed: bytes) -> None:
    drawn = sign(identity, signed, "Director", box=(0, 0, 595, 400), drawn=b"0 0 1 rg 9 9 50 50 re f")
    assert kinds(seen(drawn)) == {("content", False)}


def test_a_form_that_nobody_allowed_to_fill_is_found(identity: Identity) -> None:
    filled = updated(sign(identity, with_text_field("An"), "Officer"), refilled("Binh"))
    report = seen(filled)
    assert (report.status, kinds(report)) == ("different", {("form", False)})


def test_a_field_that_was_moved_is_not_filled_in(identity: Identity) -> None:
    def move(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0].get_object()
        field["/Rect"] = generic.ArrayObject(generic.NumberObject(side) for side in (72, 690, 222, 740))
        writer.update_container(field)

    report = seen(updated(sign(identity, with_text_field("An"), "Officer", filling=True), move))
    assert ("content", False) in kinds(report)


def test_other_text_on_the_page_is_found_where_it_stands(signed: bytes) -> None:
    report = seen(updated(signed, redrawn(TEXT.replace("An", "Anh"))))
    assert report.status == "different"
    # upper left corner of the page: 842 - 700 = 142 points down to the base line
    for left, top, right, bottom in (each.box for each in differences(report)):
        assert 72 < left < right < 260
        assert 130 < top < bottom < 146
    assert 0 < report.revisions[0].pages[0].changed < 0.01


@pytest.mark.parametrize(("old", "new"), [("1.2", "7.2"), ("1.2", "1,2"), ("Van", "Vam"), ("dong", "dang")])
def test_one_other_letter_in_small_print_is_found(signed: bytes, old: str, new: str) -> None:
    assert seen(updated(signed, redrawn(TEXT.replace(old, new, 1)))).status == "different"


def test_another_font_below_the_same_text_is_found(signed: bytes) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        font = page["/Resources"]["/Font"]["/F1"]
        numbers = [generic.NumberObject(ord("1")), pdf_name("/nine")]
        font["/Encoding"] = generic.DictionaryObject({pdf_name("/Differences"): generic.ArrayObject(numbers)})
        writer.update_container(font)

    assert seen(updated(signed, change)).status == "different"


def test_an_annotation_over_the_text_is_found(signed: bytes) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0].get_object()
        box = generic.ArrayObject(generic.NumberObject(side) for side in OVER_TEXT)
        colour = generic.ArrayObject([generic.NumberObject(1)] * 3)
        entries = {"/Type": pdf_name("/Annot"), "/Subtype": pdf_name("/Square"), "/Rect": box, "/IC": colour}
        note = generic.DictionaryObject({pdf_name(key): value for key, value in entries.items()})
        page["/Annots"] = generic.ArrayObject([*page.get("/Annots", []), writer.add_object(note)])
        writer.update_container(page)

    assert kinds(seen(updated(signed, change))) == {("content", False)}


def test_a_page_more_is_found(identity: Identity, signed: bytes) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0].get_object()
        kids = writer.root["/Pages"]
        new = generic.DictionaryObject({key: value for key, value in page.items() if key != "/Annots"})
        kids["/Kids"].append(writer.add_object(new))
        kids["/Count"] = generic.NumberObject(2)
        writer.update_container(kids)

    (revision,) = seen(updated(signed, change)).revisions
    assert (revision.status, revision.pages_signed != revision.pages_last) == ("different", True)
    assert [(page.status, page.reason) for page in revision.pages] == [("same", None), ("different", "page-added")]


def test_a_page_less_is_found(identity: Identity) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        kids = writer.root["/Pages"]
        kids["/Kids"].pop()
        kids["/Count"] = generic.NumberObject(1)
        writer.update_container(kids)

    (revision,) = seen(updated(sign(identity, paper("one", "two"), "Officer"), change)).revisions
    assert (revision.status, revision.pages[1].reason) == ("different", "page-removed")


def test_a_page_that_was_turned_is_found(signed: bytes) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0].get_object()
        page["/Rotate"] = generic.NumberObject(90)
        writer.update_container(page)

    (revision,) = seen(updated(signed, change)).revisions
    assert (revision.status, revision.pages[0].reason) == ("different", "page-size")


def test_every_signed_revision_is_compared_with_the_last(identity: Identity, signed: bytes) -> None:
    both = sign(identity, signed, "Director", box=BLANK, says="Director")
    report = seen(updated(both, redrawn("Something else")))
    assert [(each.fields, each.status) for each in report.revisions] == [
        (("Officer",), "different"),
        (("Director",), "different"),
    ]


# --- what rightly changes a signed file ------------------------------------------------------------------------------


def test_our_sealed_file_is_what_was_signed(identity: Identity) -> None:
    mark = Mark(("BẢN SAO",), None, FONT)
    sealed = seal_pdf(paper(), identity=identity, mark=mark, name=None, reason=None, location=None, when=WHEN).pdf
    report = seen(sealed)
    assert (report.status, report.reason) == ("same", None)
    assert report.revisions[0].end == len(sealed)


def test_a_second_signature_with_its_mark_is_permitted(identity: Identity, signed: bytes) -> None:
    report = seen(sign(identity, signed, "Director", box=BLANK, says="Director"))
    assert (report.status, kinds(report)) == ("permitted", {("signature-mark", True)})
    for left, top, right, bottom in (each.box for each in differences(report)):
        assert 299 <= left < right <= 451
        assert 842 - 151 <= top < bottom <= 842 - 99


def test_a_seal_that_lets_the_print_below_it_show_is_permitted(identity: Identity, signed: bytes) -> None:
    """NĐ 30/2020: the agency's seal covers a third of the signature. Ink stays ink."""
    drawn = b"0.8 0.1 0.1 RG 2 w 4 4 200 14 re S"
    assert seen(sign(identity, signed, "Director", box=OVER_TEXT, drawn=drawn)).status == "permitted"


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_mark_is_found_on_pages_that_are_turned_and_cropped(identity: Identity, degrees: int) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Rotate = degrees
        pdf.pages[0].CropBox = Array([50, 30, 580, 800])

    first = sign(identity, paper(change=change), "Officer")
    second = sign(identity, first, "Director", box=BLANK, drawn=b"0 0 1 rg 0 0 150 50 re f")
    assert seen(second).status == "permitted"
    assert seen(updated(second, redrawn("Else"))).status == "different"


def test_a_form_that_may_be_filled_in_is_permitted(identity: Identity) -> None:
    filled = updated(sign(identity, with_text_field("An"), "Officer", filling=True), refilled("Binh"))
    report = seen(filled)
    assert (report.status, kinds(report)) == ("permitted", {("form", True)})


def test_a_time_stamp_over_the_document_changes_nothing(identity: Identity, signed: bytes) -> None:
    assert identity.timestamper is not None
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    stamped = PdfTimeStamper(identity.timestamper).timestamp_pdf(writer, "sha256").read()
    report = seen(stamped)
    assert [each.status for each in report.revisions] == ["same", "same"]
    assert report.revisions[0].end == len(signed)
