"""The law of seals: whatever single byte is altered, the seal no longer passes.

An exhaustive scan (every octet of a B-T seal with six patterns of bits, every octet of a sealed
PDF) found no exception; here a sample of it runs each time, the dangerous places more often.
"""

from __future__ import annotations

import dataclasses
import io
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from hypothesis import given, settings
from hypothesis import strategies as st

from signing import (
    Identity,
    Mark,
    Trust,
    development_identity,
    seal_bytes,
    seal_pdf,
    verify_bytes,
    verify_pdf,
)

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
MANIFEST = b'{"format":1,"files":[]}'

#: A place as a share of the length, and the bits to turn there.
PLACES = st.integers(0, 10**9)
BITS = st.one_of(st.sampled_from([1 << bit for bit in range(8)]), st.integers(1, 255))


@cache
def identity() -> Identity:
    with TemporaryDirectory() as folder:
        return development_identity(Path(folder) / "keys", agency="UBND A", clock=lambda: WHEN)


@cache
def sealed(stamped: bool) -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(file)
    who = identity() if stamped else dataclasses.replace(identity(), timestamper=None)
    mark = Mark(("BẢN SAO",), "THỬ", FONT)
    return seal_pdf(file.getvalue(), identity=who, mark=mark, name=None, reason=None, location=None, when=WHEN).pdf


@cache
def seal() -> bytes:
    return seal_bytes(MANIFEST, identity=identity(), when=WHEN)


def trust() -> Trust:
    return Trust(identity().chain, identity().crls)


def altered(data: bytes, place: int, bits: int) -> bytes:
    place %= len(data)
    return data[:place] + bytes([data[place] ^ bits]) + data[place + 1 :]


def passes(pdf: bytes) -> bool:
    return verify_pdf(pdf, trust=trust(), now=WHEN).status == "TOTAL-PASSED"


def seal_passes(data: bytes, p7s: bytes) -> bool:
    return verify_bytes(data, p7s, trust=trust(), now=WHEN).status == "TOTAL-PASSED"


def test_what_the_laws_alter_passes_unaltered() -> None:
    assert passes(sealed(stamped=True))
    assert passes(sealed(stamped=False))
    assert seal_passes(MANIFEST, seal())


@settings(max_examples=150, deadline=None)
@given(PLACES, BITS, st.booleans())
def test_a_flipped_byte_of_a_sealed_pdf_is_found(place: int, bits: int, stamped: bool) -> None:
    assert not passes(altered(sealed(stamped), place, bits))


@settings(max_examples=150, deadline=None)
@given(PLACES, BITS)
def test_a_flipped_digit_of_the_signature_is_found(place: int, bits: int) -> None:
    pdf = sealed(stamped=True)
    start = pdf.index(b"/Contents <") + len(b"/Contents ")
    end = pdf.index(b">", start) + 1
    broken = altered(pdf[start:end], place, bits)
    assert not passes(pdf[:start] + broken + pdf[end:])


@settings(max_examples=150, deadline=None)
@given(PLACES, BITS)
def test_a_flipped_byte_of_a_detached_seal_is_found(place: int, bits: int) -> None:
    assert not seal_passes(MANIFEST, altered(seal(), place, bits))


@settings(max_examples=30, deadline=None)
@given(PLACES, BITS)
def test_a_flipped_byte_of_the_content_is_found(place: int, bits: int) -> None:
    assert not seal_passes(altered(MANIFEST, place, bits), seal())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), PLACES, st.integers(0, 64))
def test_nothing_that_is_put_in_or_cut_out_makes_verification_raise(noise: bytes, place: int, cut: int) -> None:
    pdf = sealed(stamped=True)
    place %= len(pdf) + 1
    odd = pdf[:place] + noise + pdf[place + cut :]
    assert odd == pdf or not passes(odd)
