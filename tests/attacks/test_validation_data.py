"""The validation data of a B-LT file lies where no stamp covers it: what may be altered there, and what that may do.

EN 319 102-1 (5.5.4) takes such data as it takes data from elsewhere: each list is signed by whoever made it and is used
only if that signature holds. So a broken one takes itself away and nothing else: the signature is not altered by it
(never TOTAL-FAILED), and passes only while somebody else, or what is left, says that nothing is revoked.
"""

from __future__ import annotations

import re
from functools import cache

from attacks.bytewise import ranges
from attacks.cases import Case, office, on, sealed
from attacks.proofs import trusting
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.verifying.longterm import material_in

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


@cache
def places() -> list[int]:
    """Every octet of the streams behind the signature: certificates and lists, compressed or not."""
    pdf = sealed("B-LT")
    _, second, length, _ = ranges(pdf)
    return [place for found in STREAM.finditer(pdf, second + length) for place in range(*found.span(1))]


def altered(place: int, bits: int) -> bytes:
    pdf = sealed("B-LT")
    return pdf[:place] + bytes([pdf[place] ^ bits]) + pdf[place + 1 :]


def lists_that_hold(pdf: bytes) -> int:
    """How many lists in the file the office's root has signed, by `cryptography` alone."""
    from io import BytesIO

    reader = PdfFileReader(BytesIO(pdf))
    held = 0
    for item in reader.root["/DSS"]["/CRLs"]:
        try:
            read = x509.load_der_x509_crl(item.get_object().data)
            held += read.is_signature_valid(office().root.certificate.public_key())  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001 - pyHanko and cryptography raise what their parsers stumble on
            continue
    return held


FLIPS = st.tuples(st.integers(0, 10**6), st.integers(1, 255))


def test_the_file_has_validation_data_that_nothing_covers() -> None:
    assert len(places()) > 500
    assert lists_that_hold(sealed("B-LT")) == 1


class Stream:
    """A stream of a PDF that holds *data*."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def get_object(self) -> Stream:
        return self

    def read_data(self, _purpose: object) -> bytes:
        return self.data


def test_a_certificate_with_any_one_bit_altered_is_left_out_or_can_be_read_to_its_end() -> None:
    """Parsed late it would raise in the middle of a check: a bit string whose length became 0 did (IndexError)."""
    whole = office().agency.certificate.public_bytes(Encoding.DER)
    bits = [(place, 1 << bit) for place in range(len(whole)) for bit in range(8)]
    altered = [whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :] for place, bit in bits]
    left = [material_in({"/DSS": {"/Certs": [Stream(each)]}}).certificates for each in altered]
    assert all(each.native and each.subject.hashable for (each,) in filter(None, left))
    assert 0 < len([each for each in left if not each]) < len(left)


@settings(max_examples=40, deadline=None)
@given(FLIPS)
def test_broken_validation_data_takes_nothing_from_a_verifier_who_has_lists_of_his_own(flip: tuple[int, int]) -> None:
    report = on(altered(places()[flip[0] % len(places())], flip[1])).report()
    assert (report.status, report.code) == ("TOTAL-PASSED", "OK"), report.detail


@settings(max_examples=40, deadline=None)
@given(FLIPS)
def test_without_other_lists_it_passes_only_while_one_in_the_file_holds(flip: tuple[int, int]) -> None:
    pdf = altered(places()[flip[0] % len(places())], flip[1])
    report = Case(pdf, trusting(office().root)).report()
    if lists_that_hold(pdf):
        assert report.status == "TOTAL-PASSED", report.detail
    else:
        assert (report.status, report.code) == ("INDETERMINATE", "TRY_LATER"), report.detail
