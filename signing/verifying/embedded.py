"""One signature inside a PDF: where it stands, what it covers, what came after it.

Not here: finding the signatures, and turning what goes wrong into reports (`signing.verifying.verify`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial

from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)

from signing.model import Level, SignatureReport
from signing.verifying.afterwards import changes_after, revision_fault
from signing.verifying.check import USAGE, Answers, Grounds, Validate, ask, described, fault_in, judged
from signing.verifying.contents import stamp_time, token_in
from signing.verifying.form import FormFault, Place, check_form, check_token, place_of
from signing.verifying.independent import Opinion
from signing.verifying.judge import Findings
from signing.verifying.longterm import Proof, level_of, standing_of


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one signature shares with the others of its file."""

    #: The whole file.
    data: bytes
    #: What our own small check says of this signature.
    own: Opinion
    #: Names of all filled signature fields.
    names: frozenset[str]
    #: The signatures and stamps made later.
    later: tuple[EmbeddedPdfSignature, ...]
    #: The stamps over the document that are judged already.
    proofs: tuple[Proof, ...]


def gap_of(embedded: EmbeddedPdfSignature) -> tuple[int, int] | None:
    """Return what its /ByteRange leaves out, octets; nothing where it is not four numbers."""
    numbers = [int(value) for value in embedded.byte_range if isinstance(value, int)]
    return (numbers[1], numbers[2]) if len(numbers) == len(embedded.byte_range) == 4 else None  # noqa: PLR2004


def describe_embedded(embedded: EmbeddedPdfSignature, later: tuple[EmbeddedPdfSignature, ...]) -> SignatureReport:
    """Say what the signature claims, given those made later, before anything is checked."""
    allowed = embedded.docmdp_level
    stamps = [each for each in later if each.sig_object_type == "/DocTimeStamp"]
    is_stamp = embedded.sig_object_type == "/DocTimeStamp"
    return dataclasses.replace(
        described(
            embedded.signed_data,
            stamp_time(embedded.signed_data) if is_stamp else embedded.self_reported_timestamp,
        ),
        level=level_of(embedded, _level(embedded), stamps),
        docmdp=None if allowed is None else allowed.value,
    )


def check_embedded(
    report: SignatureReport, *, embedded: EmbeddedPdfSignature, around: Surroundings, grounds: Grounds
) -> SignatureReport:
    """Return *report* with the verdict on *embedded*.

    Args:
        report: what `describe_embedded` gave.
        embedded: the signature as read.
        around: what it shares with the others.
        grounds: what to trust.
    """
    data = around.data
    try:
        place = place_of(data, embedded.byte_range, embedded.pkcs7_content)
    except FormFault as fault:
        return dataclasses.replace(report, status="TOTAL-FAILED", code="FORMAT_FAILURE", detail=f"{fault}.")
    whole = place.end == len(data)
    report = dataclasses.replace(report, covers_whole_file=whole, changed_after=not whole)
    standing = standing_of(place.end, around.proofs, grounds.now)
    answers = ask(_validation(embedded), embedded.signed_data, grounds=grounds, existed=standing.existed)
    if not whole:
        report = dataclasses.replace(report, changes=changes_after(embedded, around.later, around.names, data))
    is_stamp = report.level == "DOCUMENT-TIMESTAMP"
    token = embedded.signed_data if is_stamp else token_in(embedded.signer_info)
    findings = Findings(
        answers.signer.part,
        answers.stamp.part if answers.stamp else None,
        None if token is None else stamp_time(token),
        None if whole else revision_fault(embedded, around.names, data),
        _form_fault(place, answers, is_stamp=is_stamp),
        around.own,
        None if is_stamp else report.signing_time,
    )
    return judged(report, findings, answers, signed=embedded.signed_data, standing=standing, policy=grounds.policy)


def _form_fault(place: Place, answers: Answers, *, is_stamp: bool) -> str | None:
    vouched, stamp = answers.signer.vouched, answers.stamp
    if is_stamp:
        return fault_in(partial(check_token, place.cms, vouched=vouched))
    token_vouched: frozenset[bytes] = stamp.vouched if stamp else frozenset()
    return fault_in(partial(check_form, place.cms, vouched=vouched, token_vouched=token_vouched))


def _level(embedded: EmbeddedPdfSignature) -> Level:
    if embedded.sig_object_type == "/DocTimeStamp":
        return "DOCUMENT-TIMESTAMP"
    if embedded.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        return "PKCS#7"
    return "PAdES-B-B" if token_in(embedded.signer_info) is None else "PAdES-B-T"


def _validation(embedded: EmbeddedPdfSignature) -> Validate:
    if embedded.sig_object_type == "/DocTimeStamp":
        return lambda _, stamps: async_validate_pdf_timestamp(embedded, stamps)
    return lambda signers, stamps: async_validate_pdf_signature(embedded, signers, stamps, key_usage_settings=USAGE)
