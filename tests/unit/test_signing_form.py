"""The strict forms: of encodings, and of the place a seal has in a PDF."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.verifying.der import NotDer, read, read_only
from signing.verifying.form import FormFault, place_of

DER = bytes.fromhex("30030201AB")


def pdf_with(string: bytes) -> tuple[bytes, list[int]]:
    """A stand-in for a PDF, and the /ByteRange around the hexadecimal *string* in it."""
    head, tail = b"/Contents ", b" trailer"
    data = head + string + tail
    return data, [0, len(head), len(head) + len(string), len(tail)]


def test_the_place_is_found_with_the_padding_cut_off() -> None:
    data, spans = pdf_with(b"<30030201AB0000>")
    place = place_of(data, spans, DER + b"\0\0")
    assert (place.cms, place.end) == (DER, len(data))


def test_letters_of_the_lower_case_alone_are_as_good() -> None:
    data, spans = pdf_with(b"<30030201ab>")
    assert place_of(data, spans, DER).cms == DER


@pytest.mark.parametrize(
    ("string", "contents", "reason"),
    [
        (b"<30030201Ab>", DER, "one case"),
        (b"<3003 0201AB>", DER, "one case"),
        (b"<30030201AB0>", DER, "one case"),
        (b"<30030201AB0001>", DER + b"\0\1", "padding"),
        (b"<30030201AB>", DER + b"\0", "not the string"),
        (b"(30030201AB)", DER, "more, or less"),
        (b"<30040201AB>", bytes.fromhex("30040201AB"), "no CMS structure"),
        (b"<>", b"", "no CMS structure"),
    ],
)
def test_a_loose_string_is_refused(string: bytes, contents: bytes, reason: str) -> None:
    data, spans = pdf_with(string)
    with pytest.raises(FormFault, match=reason):
        place_of(data, spans, contents)


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [0, 10, 22],
        [0, 10, 22, 8, 0, 0],
        [1, 10, 22, 8],
        [0, 22, 10, 8],
        [0, 10, 22, 9],
        [0, 10, 22, -1],
        [0, 0, 22, 8],
        ["a", 10, 22, 8],
    ],
)
def test_a_range_that_leaves_out_anything_else_is_refused(spans: list[object]) -> None:
    data, _ = pdf_with(b"<30030201AB>")
    with pytest.raises(FormFault, match="ByteRange"):
        place_of(data, spans, DER)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x01",
        b"\x30\x80\x00\x00",
        b"\x30\x81\x01\x00",
        b"\x30\x82\x00\x80" + bytes(128),
        b"\x1f\x01\x00",
        b"\x02\x01\x00\x00",
    ],
    ids=["empty", "no length", "cut", "endless", "long length", "padded length", "tag", "trailing"],
)
def test_other_encodings_than_der_are_refused(data: bytes) -> None:
    with pytest.raises(NotDer):
        read_only(data)


def test_a_primitive_element_has_no_parts() -> None:
    with pytest.raises(NotDer):
        read_only(b"\x02\x01\x00").children()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_octets_are_read_without_loss_or_refused(data: bytes) -> None:
    try:
        node, rest = read(data)
    except NotDer:
        return
    assert node.raw + rest == data
    assert node.raw.endswith(node.content)
