"""What came into a PDF after one of its signatures was made, and whether that signature allows it.

Objects are compared, by pyHanko; what pages look like is not (a text can be replaced by a form or a
font that the comparison lets pass, unless the signature forbids all changes, as ours do).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.model import Change
from signing.verifying.longterm import material_in

#: Most pages compared to tell an annotation from other content; what lies beyond counts as content.
MAX_PAGES = 2000


def revision_fault(embedded: EmbeddedPdfSignature, names: frozenset[str], data: bytes) -> str | None:
    """Say what later revisions did that the signature does not allow.

    Args:
        embedded: the signature, put to pyHanko already.
        names: names of all filled signature fields: filling these later is signing again.
        data: the whole file.
    """
    changes = embedded.diff_result
    if not isinstance(changes, DiffResult):
        return f"The document was changed after signing: {changes}."
    if not _explained(embedded, data):
        return "Bytes that no revision explains follow the signed part."
    if embedded.docmdp_level == MDPPerm.NO_CHANGES and (fault := _slipped_through(embedded)):
        return f"The document was changed after signing, which the signature forbids: {fault}."
    return _forbidden(changes, embedded.docmdp_level, names)


def _forbidden(changes: DiffResult, allowed: MDPPerm | None, names: frozenset[str]) -> str | None:
    level = changes.modification_level
    if level <= ModificationLevel.LTA_UPDATES:
        return None  # stamps and validation data add to the proof and show nothing
    if allowed is not None and level.value > allowed.value:
        return "The document was changed after signing, which the signature forbids."
    if level > ModificationLevel.FORM_FILLING or not changes.changed_form_fields <= names:
        return "The document was changed after signing, not only signed again."
    return None


def changes_after(
    embedded: EmbeddedPdfSignature, later: Sequence[EmbeddedPdfSignature], names: frozenset[str], data: bytes
) -> tuple[Change, ...]:
    """Return the classes of what came after *embedded*, put to pyHanko already; *later* are later signatures."""
    return tuple(dict.fromkeys(_changes(embedded, later, names, data)))


def _slipped_through(embedded: EmbeddedPdfSignature) -> str | None:
    """Say what pyHanko lets pass as part of adding proofs, and is none (ISO 32000-2, 12.8.2.2: only DSS and stamps).

    Seen to pass: another title, other XMP, all fields to be drawn anew. A visible field laid over the page is looked
    for as well.
    """
    before, after = _roots(embedded)
    if _metadata(before) != _metadata(after):
        return "its metadata is another"
    if _information(embedded, embedded.signed_revision) != _information(embedded, _last(embedded)):
        return "its title, author or the like is another"
    old, new = _form(before), _form(after)
    if {**old, "/Fields": None, "/SigFlags": None} != {**new, "/Fields": None, "/SigFlags": None}:
        return "its form is treated otherwise"
    known = {_shape(field) for field in _raw_items(before)}
    if any(_shows(field.get_object()) for field in _raw_items(after) if _shape(field) not in known):
        return "a field that shows something was added"
    return None


def _metadata(root: Any) -> bytes | None:
    return bytes(root["/Metadata"].data) if "/Metadata" in root else None


def _information(embedded: EmbeddedPdfSignature, revision: int) -> dict[str, str]:
    """Return /Info as text, without what every program that saves may set."""
    resolver = embedded.reader.get_historical_resolver(revision)
    try:
        place = resolver.trailer_view.raw_get("/Info")
    except KeyError:
        return {}
    # the trailer's references lead to objects of the last revision
    entries: Any = resolver(place.reference) if hasattr(place, "reference") else place
    return {key: repr(entries[key]) for key in entries if key not in {"/ModDate", "/Producer"}}


def _form(root: Any) -> dict[str, Any]:
    form = _at(root, "/AcroForm")
    return {} if form is None else {key: _shape(form.raw_get(key)) for key in form}


def _raw_items(root: Any) -> list[Any]:
    """Return the fields of the form, references left as they are."""
    form = _at(root, "/AcroForm")
    fields = None if form is None else _at(form, "/Fields")
    return [] if fields is None else [fields.raw_get(place) for place in range(len(fields))]


def _shows(field: Any) -> bool:
    """Say whether *field* is more than a stamp that nobody sees."""
    box = _at(field, "/Rect")
    left, bottom, right, top = (0, 0, 0, 0) if box is None else (float(side) for side in box)
    return "/Kids" in field or (left != right and bottom != top)


def _at(dictionary: Any, key: str) -> Any:
    """Return what stands at *key*, references followed, which pyHanko's `get` does not do everywhere."""
    return dictionary[key] if key in dictionary else None  # noqa: SIM401


def _changes(
    embedded: EmbeddedPdfSignature, later: Sequence[EmbeddedPdfSignature], names: frozenset[str], data: bytes
) -> Iterator[Change]:
    before, after = _roots(embedded)
    if material_in(before) != material_in(after):
        yield "validation-data"
    for signature in later:
        yield "timestamp" if signature.sig_object_type == "/DocTimeStamp" else "signature"
    changes = embedded.diff_result
    if not isinstance(changes, DiffResult):
        if _explained(embedded, data):
            yield "annotation" if _annotations_only(before, after) else "content"
    elif changes.changed_form_fields - names:
        yield "form"
    if not _explained(embedded, data):
        yield "unexplained"


def _explained(embedded: EmbeddedPdfSignature, data: bytes) -> bool:
    """Say whether the bytes after the signed part are revisions; pyHanko sees no change in others."""
    return embedded.signed_revision < _last(embedded) and data.rstrip(b"\r\n").endswith(b"%%EOF")


def _roots(embedded: EmbeddedPdfSignature) -> tuple[Any, Any]:
    reader = embedded.reader
    return reader.get_historical_root(embedded.signed_revision), reader.get_historical_root(_last(embedded))


def _last(embedded: EmbeddedPdfSignature) -> int:
    revisions: int = embedded.reader.xrefs.total_revisions
    return revisions - 1


def _annotations_only(before: Any, after: Any) -> bool:
    """Say whether pages differ in their annotations and in nothing else."""
    old, new = list(_pages(before)), list(_pages(after))
    if len(old) != len(new):
        return False
    differ = False
    for one, other in zip(old, new, strict=True):
        for key in set(one) | set(other):
            if one.get(key) == other.get(key):
                continue
            if key != "/Annots":
                return False
            differ = True
    return differ


def _pages(root: Any) -> Iterator[dict[str, Any]]:
    """Yield the keys and values of each page, references left as they are."""
    waiting, seen = [root.raw_get("/Pages")], 0
    while waiting and seen < MAX_PAGES:
        seen += 1
        node = waiting.pop().get_object()
        if "/Kids" in node:
            kids = node["/Kids"]
            waiting += [kids.raw_get(place) for place in range(len(kids))]
        else:
            yield {key: _shape(node.raw_get(key)) for key in node}


def _shape(value: Any) -> Any:
    """Return something that equals itself across revisions: references by number, the rest by its text."""
    reference = getattr(value, "idnum", None)
    return repr(value) if reference is None else (reference, value.generation)
