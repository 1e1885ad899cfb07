"""One detached seal over bytes: the checks between reading it and the verdict."""

from __future__ import annotations

import dataclasses
from functools import partial

from asn1crypto import cms
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.generic_cms import extract_self_reported_ts

from signing.model import SignatureReport
from signing.verifying.check import USAGE, Grounds, ask, described, fault_in, judged
from signing.verifying.contents import stamp_time, token_in
from signing.verifying.form import check_form
from signing.verifying.independent import Opinion
from signing.verifying.judge import Findings
from signing.verifying.longterm import standing_of


def describe_detached(signed: cms.SignedData, signer: cms.SignerInfo) -> SignatureReport:
    """Say what the seal claims, before anything is checked."""
    return dataclasses.replace(
        described(signed, extract_self_reported_ts(signer)),
        level="CAdES-B-B" if token_in(signer) is None else "CAdES-B-T",
        covers_whole_file=True,
    )


def check_detached(
    report: SignatureReport, *, p7s: bytes, data: bytes, signed: cms.SignedData, own: Opinion, grounds: Grounds
) -> SignatureReport:
    """Return *report* with the verdict on the seal *p7s* over *data*.

    Args:
        report: what `describe_detached` gave.
        p7s: the seal, DER.
        data: the sealed bytes.
        signed: the signed data in *p7s*, parsed.
        own: the answer of our own small check.
        grounds: what to trust.
    """
    token = token_in(signed["signer_infos"][0])
    standing = standing_of(len(data), (), grounds.now)
    answers = ask(
        lambda signers, stamps: async_validate_detached_cms(data, signed, signers, stamps, key_usage_settings=USAGE),
        signed,
        grounds=grounds,
        existed=standing.existed,
    )
    stamp = answers.stamp
    check = partial(
        check_form, p7s, vouched=answers.signer.vouched, token_vouched=stamp.vouched if stamp else frozenset()
    )
    findings = Findings(
        answers.signer.part,
        stamp.part if stamp else None,
        None if token is None else stamp_time(token),
        None,
        fault_in(check),
        own,
        report.signing_time,
    )
    return judged(report, findings, answers, signed=signed, standing=standing, policy=grounds.policy)
