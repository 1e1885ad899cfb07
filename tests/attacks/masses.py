"""Attacks on the time of whoever verifies: more of something than the policy allows."""

from __future__ import annotations

import re
from functools import partial

from attacks.cases import add, office, on, sealed
from attacks.office import (
    signed_by,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

for _many in ("revisions", "signatures", "comparisons"):
    add(f"too many {_many}", partial(lambda what: on(too_many(what)), _many), "INDETERMINATE", "LIMIT_EXCEEDED")


def too_many(what: str) -> bytes:
    """More than the policy allows, by empty signature dictionaries or by revisions without content."""
    from attacks.office import updated
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NumberObject
    from pyhanko.pdf_utils.generic import pdf_name as name
    from pyhanko.pdf_utils.generic import pdf_string as text

    from signing.verifying.policy import current_policy

    def fields(writer: IncrementalPdfFileWriter) -> None:
        array = writer.root["/AcroForm"]["/Fields"]
        for number in range(current_policy().signatures):
            value = DictionaryObject({name("/Type"): name("/Sig"), name("/ByteRange"): ArrayObject([NumberObject(0)])})
            field = {name("/FT"): name("/Sig"), name("/T"): text(f"S{number}"), name("/V"): writer.add_object(value)}
            array.append(writer.add_object(DictionaryObject(field)))
        writer.update_container(array)
        writer.update_container(writer.root["/AcroForm"])

    policy = current_policy()
    if what == "signatures":
        return updated(sealed("B-B"), fields)
    pdf, more = sealed("B-B"), policy.revisions
    if what == "comparisons":
        more = policy.revisions - 20
        for number in range(policy.comparisons // more + 1):
            pdf = signed_by(office().agency, pdf=pdf, field=f"More{number}", certify=False)
    trailer = pdf[pdf.rindex(b"trailer") : pdf.rindex(b"startxref")]
    for _ in range(more):
        before = pdf[pdf.rindex(b"startxref") :].split()[1]
        again = re.sub(rb"/Prev \d+", b"/Prev " + before, trailer)
        pdf += b"xref\n0 1\n0000000000 65535 f \n" + again + f"startxref\n{len(pdf)}\n%%EOF\n".encode()
    return pdf
