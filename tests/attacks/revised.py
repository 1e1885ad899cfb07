"""Attacks by a later revision: the signed bytes stay as they are, and another picture is laid over them.

Our seals allow no change at all, so each of these must be found by comparing objects alone, without drawing a page.
"""

from __future__ import annotations

from collections.abc import Callable

from attacks.cases import add, attack, office, sealed
from attacks.changes import (
    Writer,
    add_page,
    allow_more,
    annotation,
    attached,
    change_content,
    change_content_in_its_place,
    change_encoding,
    change_font,
    change_title,
    covering_field,
    crop_page,
    draw_fields_anew,
    forget_certification,
    hide_mark,
    in_root,
    layers,
    metadata,
    move_mark,
    other_pages,
    redraw_mark,
    remove_page,
    script,
    swap_pages,
    turn_page,
)
from attacks.office import Office, paper, quiet, signed_by, updated, with_stamp, with_store
from pyhanko.pdf_utils.generic import pdf_string as text
from pyhanko.sign.signers import PdfTimeStamper

CHANGED = ("TOTAL-FAILED", "DOCUMENT_CHANGED")

REVISIONS: dict[str, Callable[[Writer], None]] = {
    "content replaced": change_content,
    "content stream swapped in its place": change_content_in_its_place,
    "shadow by another font": change_font,
    "shadow by another encoding": change_encoding,
    "page turned": turn_page,
    "page cropped": crop_page,
    "page added": add_page,
    "text annotation laid over": annotation("/FreeText"),
    "stamp annotation laid over": annotation("/Stamp"),
    "shadow by a form field laid over": annotation("/Widget"),
    "mark hidden": hide_mark,
    "mark moved over the page": move_mark,
    "mark drawn anew": redraw_mark,
    "more changes allowed afterwards": allow_more,
    "certification forgotten": forget_certification,
    "fields to be drawn anew": draw_fields_anew,
    "script that runs at opening": in_root("/OpenAction", script),
    "other pages": in_root("/Pages", other_pages),
    "file attached": in_root("/Names", attached),
    "layers added": in_root("/OCProperties", layers),
    "metadata replaced": in_root("/Metadata", metadata),
    "language changed": in_root("/Lang", lambda _: text("en")),
}
for _name, _change in REVISIONS.items():
    add(_name, lambda change=_change: updated(sealed(), change), *CHANGED)
add("title changed", lambda: updated(sealed(), change_title), *CHANGED)


@attack(*CHANGED)
def page_removed() -> bytes:
    return updated(office().seal(pdf=paper(2)), remove_page)


@attack(*CHANGED)
def pages_swapped() -> bytes:
    return updated(office().seal(pdf=paper(2)), swap_pages)


@attack(*CHANGED)
def content_replaced_after_the_validation_data() -> bytes:
    return updated(sealed("B-LT"), change_content)


@attack(*CHANGED)
def content_replaced_after_the_last_stamp() -> bytes:
    return updated(sealed("B-LTA"), change_content)


@attack(*CHANGED)
def content_replaced_and_stamped_over() -> bytes:
    """A later stamp makes the change provable, not allowed."""
    return with_stamp(updated(sealed("B-LTA"), change_content), office().stamper())


@attack(*CHANGED)
def content_replaced_together_with_more_validation_data() -> bytes:
    return with_store(updated(sealed(), change_content), [office().agency], office().lists())


@attack(*CHANGED)
def a_second_signature_where_none_is_allowed() -> bytes:
    return signed_by(office().agency, pdf=sealed(), field="Second", certify=False)


@attack(*CHANGED)
def an_empty_field_that_shows_something() -> bytes:
    return updated(sealed(), covering_field)


@attack(*CHANGED)
def a_stamp_of_the_document_that_shows_something() -> bytes:
    """A time stamp may be added; a picture over the page may not, though it be the stamp's."""
    stamper = PdfTimeStamper(office().stamper(), field_name="Shown")
    return bytes(stamper.timestamp_pdf(quiet(updated(sealed("B-LT"), covering_field)), "sha256").read())


@attack(*CHANGED)
def two_signatures_and_then_other_content() -> bytes:
    return updated(approved_twice(office()), change_content)


def approved_twice(second: Office) -> bytes:
    """A paper signed by an officer and then by an agency, neither forbidding the other."""
    words = {"certify": False, "stamper": office().stamper()}
    once = signed_by(office().agency, field="Officer", box=(50, 50, 150, 80), **words)
    return signed_by(second.agency, pdf=once, field="Agency", box=(200, 50, 300, 80), **words)


@attack("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
def a_second_signer_nobody_knows() -> bytes:
    return approved_twice(Office())
