"""Attacks on the bytes of a sealed file: flips, cuts, /ByteRange and /Contents bent."""

from __future__ import annotations

import io
import re
from functools import partial

import pikepdf
from attacks.cases import add, attack, sealed
from attacks.office import paper

BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)( *)\]")


def flipped(pdf: bytes, near: bytes, offset: int = 0, bits: int = 1) -> bytes:
    """Return *pdf* with one byte altered, so far behind the beginning of the text *near*."""
    place = pdf.index(near) + offset
    return pdf[:place] + bytes([pdf[place] ^ bits]) + pdf[place + 1 :]


#: One place in each kind of object: where, how far behind it, which bits.
FLIPS = {
    "page size": (b"/MediaBox [ 0 0 595 842 ]", 16, 1),
    "text": (b"Ho so so 1", 9, 1),
    "font name": (b"/BaseFont /Helvetica", 14, 2),
    "title": (b"Giay chung nhan", 3, 1),
    "claimed time": (b"/M (D", 12, 1),
    "changes allowed": (b"/P 1", 3, 2),
    "way of signing": (b"/ETSI.CAdES.detached", 2, 0x20),
    "box of the mark": (b"/Rect [", 8, 1),
    "free entry of the table": (b"65535 f", 4, 1),
    "comment with binary bytes": (b"%PDF-", 11, 1),
}
for _name, (_near, _offset, _bits) in FLIPS.items():
    add(
        f"flip in {_name}",
        partial(lambda near, offset, bits: flipped(sealed("B-B"), near, offset, bits), _near, _offset, _bits),
        "TOTAL-FAILED",
        "HASH_FAILURE",
        "FORMAT_FAILURE",
        "SIG_CRYPTO_FAILURE",
    )


@attack("TOTAL-FAILED", "HASH_FAILURE")
def flip_in_the_validation_data_under_a_stamp() -> bytes:
    pdf = sealed("B-LTA")
    start = pdf.index(b"/DSS", len(sealed("B-T")) // 2)
    stream = pdf.index(b"stream", start - 3000 if start > 3000 else start)
    return flipped(pdf, pdf[stream : stream + 40], 30)


@attack("TOTAL-FAILED", "HASH_FAILURE", "SIG_CRYPTO_FAILURE")
def flip_in_the_signature_value() -> bytes:
    """The last octet of the signer's ECDSA value, before the padding."""
    pdf = sealed("B-B")
    first, second, _, _ = ranges(pdf)
    digits = pdf[first + 1 : second - 1]
    last = first + len(digits.rstrip(b"0"))
    return pdf[:last] + (b"1" if pdf[last : last + 1] != b"1" else b"2") + pdf[last + 1 :]


def ranges(pdf: bytes) -> tuple[int, int, int, int]:
    """End of the first part, start and length of the second, and the width of the blanks behind."""
    found = BYTE_RANGE.search(pdf)
    assert found is not None
    return int(found[1]), int(found[2]), int(found[3]), len(found[4])


def with_range(numbers: str) -> bytes:
    """Return the sealed file with another /ByteRange in the same room."""
    pdf = sealed("B-B")
    found = BYTE_RANGE.search(pdf)
    assert found is not None
    room = found.end() - found.start()
    text = f"/ByteRange [{numbers}".encode()
    return pdf[: found.start()] + text.ljust(room - 1) + b"]" + pdf[found.end() :]


def bent() -> dict[str, str]:
    first, second, length, _ = ranges(sealed("B-B"))
    return {
        "begins late": f"1 {first - 1} {second} {length}",
        "leaves more out before": f"0 {first - 9} {second} {length}",
        "leaves more out behind": f"0 {first} {second + 9} {length - 9}",
        "leaves less out": f"0 {first + 1} {second} {length}",
        "overlaps": f"0 {second + 5} {second} {length}",
        "ends early": f"0 {first} {second} {length - 5}",
        "ends beyond the file": f"0 {first} {second} {length + 5}",
        "is empty in front": f"0 0 {second} {length}",
        "is the whole file": f"0 {first + second + length} 0 0",
        "is negative": f"0 {first} {second} -1",
        "has three numbers": f"0 {first} {second}",
        "has two more numbers": f"0 {first} {second} 9 0 0",
        "holds a name": f"0 {first} /X {length}",
    }


for _name in (
    "begins late", "leaves more out before", "leaves more out behind", "leaves less out", "overlaps",
    "ends beyond the file", "is empty in front", "is the whole file", "is negative", "has three numbers",
    "has two more numbers", "holds a name",
):  # fmt: skip
    add(
        f"byte range {_name}",
        partial(lambda name: with_range(bent()[name]), _name),
        "TOTAL-FAILED",
        "FORMAT_FAILURE",
        "HASH_FAILURE",
    )
# covers what it says, but says less than the file: other bytes follow which nobody signed
add("byte range ends early", lambda: with_range(bent()["ends early"]), "TOTAL-FAILED", "HASH_FAILURE", "FORMAT_FAILURE")


def with_digits(change: bytes, place: int) -> bytes:
    """Return the sealed file with *change* over the digits of /Contents, so far from their start (or end)."""
    pdf = sealed("B-B")
    first, second, _, _ = ranges(pdf)
    start = first + 1 + place if place >= 0 else second - 1 + place
    return pdf[:start] + change + pdf[start + len(change) :]


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def letters_of_both_cases_in_the_digits() -> bytes:
    pdf = sealed("B-B")
    first, second, _, _ = ranges(pdf)
    digits = pdf[first + 1 : second - 1]
    place = next(at for at, digit in enumerate(digits) if digit in b"abcdefABCDEF")
    return with_digits(bytes([digits[place]]).swapcase(), place)


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def blanks_in_the_digits() -> bytes:
    return with_digits(b"  ", -2)


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def something_in_the_padding() -> bytes:
    return with_digits(b"DEADBEEF", -8)


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def another_structure_in_front() -> bytes:
    return with_digits(b"04", 0)


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def nothing_but_padding() -> bytes:
    pdf = sealed("B-B")
    first, second, _, _ = ranges(pdf)
    return with_digits(b"0" * (second - first - 2), 0)


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def a_text_instead_of_digits() -> bytes:
    pdf = sealed("B-B")
    first, second, _, _ = ranges(pdf)
    return pdf[:first] + b"(" + b"A" * (second - first - 2) + b")" + pdf[second:]


@attack("TOTAL-FAILED", "FORMAT_FAILURE")
def no_byte_range() -> bytes:
    return sealed("B-B").replace(b"/ByteRange", b"/ByteRanqe")


@attack("TOTAL-FAILED", "FORMAT_FAILURE", "NO_SIGNATURE")
def no_contents() -> bytes:
    return sealed("B-B").replace(b"/Contents <", b"/Kontents <")


@attack("TOTAL-FAILED", "FORMAT_FAILURE", "NO_SIGNATURE")
def cut_in_the_middle_of_the_signature() -> bytes:
    pdf = sealed("B-B")
    return pdf[: ranges(pdf)[0] + 500]


@attack("TOTAL-FAILED", "FORMAT_FAILURE", "HASH_FAILURE")
def cut_at_the_end() -> bytes:
    return sealed("B-B")[:-3]


@attack("TOTAL-FAILED", "DOCUMENT_CHANGED")
def a_remark_behind_the_end() -> bytes:
    return sealed("B-B") + b"% a remark\n"


@attack("TOTAL-FAILED", "DOCUMENT_CHANGED", "FORMAT_FAILURE")
def an_end_behind_the_end() -> bytes:
    return sealed("B-B") + b"%%EOF\n"


@attack("TOTAL-FAILED", "FORMAT_FAILURE", "NO_SIGNATURE", "DOCUMENT_CHANGED")
def another_file_behind_the_end() -> bytes:
    return sealed("B-B") + paper(text="Ho so khac")


@attack("TOTAL-FAILED", "FORMAT_FAILURE", "HASH_FAILURE")
def another_file_in_front() -> bytes:
    return paper(text="Ho so khac") + sealed("B-B")


@attack("TOTAL-FAILED", "FORMAT_FAILURE", "HASH_FAILURE")
def written_anew_by_another_program() -> bytes:
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed("B-B"))) as pdf:
        pdf.save(output)
    return output.getvalue()


@attack("TOTAL-FAILED", "NO_SIGNATURE")
def the_seal_taken_out() -> bytes:
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed("B-B"))) as pdf:
        del pdf.Root.AcroForm
        del pdf.Root.Perms
        del pdf.pages[0].Annots
        pdf.save(output)
    return output.getvalue()
