"""One detached seal over bytes: the checks between reading it and the verdict."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from functools import partial

from asn1crypto import cms
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.generic_cms import extract_self_reported_ts

from signing.check import USAGE, ask, described, fault_in, judged, stamp_time
from signing.form import check_form
from signing.judge import Findings
from signing.model import SignatureReport
from signing.trust import Trust


def describe_detached(signed: cms.SignedData, signer: cms.SignerInfo) -> SignatureReport:
    """Say what the seal claims, before anything is checked."""
    return dataclasses.replace(
        described(signed, extract_self_reported_ts(signer)),
        level="CAdES-B-B" if stamp_time(signer) is None else "CAdES-B-T",
        covers_whole_file=True,
    )


def check_detached(
    report: SignatureReport,
    *,
    p7s: bytes,
    data: bytes,
    signed: cms.SignedData,
    signer: cms.SignerInfo,
    trust: Trust,
    now: datetime,
) -> SignatureReport:
    """Return *report* with the verdict on the seal *p7s* over *data*.

    Args:
        report: what `describe_detached` gave.
        p7s: the seal, DER.
        data: the sealed bytes.
        signed: the signed data in *p7s*, parsed.
        signer: its only signer, parsed.
        trust: roots and revocation lists.
        now: the present time (aware).
    """
    stamped = stamp_time(signer)
    answers = ask(
        lambda signers, stamps: async_validate_detached_cms(data, signed, signers, stamps, key_usage_settings=USAGE),
        trust=trust,
        moment=stamped or now,
        now=now,
    )
    check = partial(check_form, p7s, vouched=answers.vouched, token_vouched=answers.token_vouched)
    findings = Findings(answers.signer, answers.stamp, stamped, None, fault_in(check))
    return judged(report, findings, answers, now)
