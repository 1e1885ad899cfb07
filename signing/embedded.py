"""One signature inside a PDF: where it stands, what it covers, what came after it.

Not here: finding the signatures, and turning what goes wrong into reports (`signing.verify`).
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from functools import partial

from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)

from signing.check import USAGE, Answers, Validate, ask, described, fault_in, judged, stamp_time
from signing.form import FormFault, check_form, check_token, place_of
from signing.judge import Findings
from signing.model import Level, SignatureReport
from signing.trust import Trust


def describe_embedded(embedded: EmbeddedPdfSignature) -> SignatureReport:
    """Say what the signature claims, before anything is checked."""
    allowed = embedded.docmdp_level
    return dataclasses.replace(
        described(embedded.signed_data, embedded.self_reported_timestamp),
        level=_level(embedded),
        docmdp=None if allowed is None else allowed.value,
    )


def check_embedded(
    report: SignatureReport,
    *,
    embedded: EmbeddedPdfSignature,
    data: bytes,
    names: frozenset[str],
    trust: Trust,
    now: datetime,
) -> SignatureReport:
    """Return *report* with the verdict on *embedded*.

    Args:
        report: what `describe_embedded` gave.
        embedded: the signature as read.
        data: the whole file.
        names: names of all filled signature fields: filling these later is signing again.
        trust: roots and revocation lists.
        now: the present time (aware).
    """
    try:
        place = place_of(data, embedded.byte_range, embedded.pkcs7_content)
    except FormFault as fault:
        return dataclasses.replace(report, status="TOTAL-FAILED", code="FORMAT_FAILURE", detail=f"{fault}.")
    whole = place.end == len(data)
    report = dataclasses.replace(report, covers_whole_file=whole, changed_after=not whole)
    stamped = stamp_time(embedded.signer_info)
    answers = ask(_validation(embedded), trust=trust, moment=stamped or now, now=now)
    vouched, token_vouched = answers.vouched, answers.token_vouched
    if report.level == "DOCUMENT-TIMESTAMP":
        stamped = answers.raw.timestamp
        check = partial(check_token, place.cms, vouched=vouched)
    else:
        check = partial(check_form, place.cms, vouched=vouched, token_vouched=token_vouched)
    revision_fault = None if whole else _revision_fault(embedded, answers, names, data)
    findings = Findings(answers.signer, answers.stamp, stamped, revision_fault, fault_in(check))
    return judged(report, findings, answers, now)


def _level(embedded: EmbeddedPdfSignature) -> Level:
    if embedded.sig_object_type == "/DocTimeStamp":
        return "DOCUMENT-TIMESTAMP"
    if embedded.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        return "PKCS#7"
    return "PAdES-B-B" if stamp_time(embedded.signer_info) is None else "PAdES-B-T"


def _validation(embedded: EmbeddedPdfSignature) -> Validate:
    if embedded.sig_object_type == "/DocTimeStamp":
        return lambda _, stamps: async_validate_pdf_timestamp(embedded, stamps)
    return lambda signers, stamps: async_validate_pdf_signature(embedded, signers, stamps, key_usage_settings=USAGE)


def _revision_fault(embedded: EmbeddedPdfSignature, answers: Answers, names: frozenset[str], data: bytes) -> str | None:
    """Say what later revisions did that the signature does not allow."""
    changes = answers.raw.diff_result
    if not isinstance(changes, DiffResult):
        return f"The document was changed after signing: {changes}."
    level, allowed = changes.modification_level, embedded.docmdp_level
    # pyHanko compares objects, and sees no change in bytes that belong to none
    if level == ModificationLevel.NONE or not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        return "Bytes that no revision explains follow the signed part."
    if level <= ModificationLevel.LTA_UPDATES:
        return None  # stamps and validation data add to the proof and show nothing
    if allowed is not None and level.value > allowed.value:
        return "The document was changed after signing, which the signature forbids."
    if level > ModificationLevel.FORM_FILLING or not changes.changed_form_fields <= names:
        return "The document was changed after signing, not only signed again."
    return None
