"""Many records, one time stamp: a batch of digests under a hash tree, and the evidence that a record is in it.

What is stamped (RFC 3161) is the head of the tree, four lines of text with the size and the root; the size, because a
path alone fits trees of several sizes. The evidence of one record is a small JSON document that holds all but the
record itself, so it is checked offline and without the other records. It proves when a record existed, not who made
it: that is the record's own seal.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from signing.batches.merkle import HASH_SIZE, NoPath, Tree, climb, grow, leaf_hash
from signing.blocking import in_turn
from signing.errors import TimestampUnavailable
from signing.model import SignatureReport
from signing.sealing.cms import DIGEST, der_of, digest_of, stamp
from signing.trust import Trust
from signing.verifying.check import Grounds, ask, described, fault_in, judged
from signing.verifying.contents import signer_of, stamp_time
from signing.verifying.form import check_token
from signing.verifying.independent import opinion_on_stamp
from signing.verifying.judge import Findings
from signing.verifying.longterm import standing_of
from signing.verifying.policy import current_policy
from signing.verifying.revocation import Material

FORMAT = 1
TREE = "rfc6962"
#: Octets of one evidence; a path of 40 steps and a token of 20,000 octets take a third of it. Ours.
MOST_EVIDENCE = 100_000
#: How far the time in a stamp may be from ours, as for the stamps in seals.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that were stamped together."""

    tree: Tree
    #: The time stamp over `head_of` the tree: TimeStampToken, DER.
    token: bytes
    #: The time in it.
    time: datetime


class _Unreadable(ValueError):
    """The evidence is not in the one form it is written in; the message says why."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    root: bytes
    token: bytes


def head_of(size: int, root: bytes) -> bytes:
    """Return what is stamped for a tree of *size* leaves with *root*: ASCII, a line feed behind each line."""
    return f"sohoa batch {FORMAT}\n{DIGEST} {TREE}\n{size}\n{root.hex()}\n".encode()


def seal_batch(digests: Sequence[bytes], *, timestamper: TimeStamper, when: datetime) -> Batch:
    """Stamp *digests* together.

    Args:
        digests: SHA-256 of each record, 32 bytes, each once; their order is that of the indexes.
        timestamper: who stamps.
        when: the present time (aware).

    Raises:
        ValueError: there is no digest, one is no SHA-256, or one stands there twice.
        TimestampUnavailable: no stamp over this tree and of this time could be had; try again.
    """
    # of two equal records either path would prove both places
    if len(set(digests)) != len(digests) or any(len(digest) != HASH_SIZE for digest in digests):
        raise ValueError("a batch is made of different SHA-256 digests, 32 bytes each")
    tree = grow(leaf_hash(digest) for digest in digests)
    imprint = digest_of(head_of(tree.size, tree.root))
    token = stamp(imprint, timestamper)
    time = _time_of(token, imprint)
    if abs(time - when) > CLOCK_TOLERANCE:
        raise TimestampUnavailable(
            f"the stamp says {time:%Y-%m-%d %H:%M:%S %Z} and our clock {when:%Y-%m-%d %H:%M:%S %Z}; set the clock "
            "right or ask another authority; nothing was closed, the same call can be made again"
        )
    return Batch(tree, der_of(token), time)


def inclusion(batch: Batch, index: int) -> bytes:
    """Return the evidence (JSON) that record *index* (from 0) is in *batch*.

    Raises:
        IndexError: there is no such record.
    """
    tree = batch.tree
    path = tree.path(index)
    return _encoded(_Evidence(tree.levels[0][index], index, tree.size, path, tree.root, batch.token))


@in_turn
def evidence_end(evidence: bytes) -> datetime | None:
    """Return when the certificate behind the stamp in *evidence* ends; nothing for what cannot be read."""
    try:
        signer = signer_of(cms.ContentInfo.load(_decoded(evidence).token, strict=True)["content"])
        end: datetime | None = None if signer is None else signer.not_valid_after
    except Exception:  # noqa: BLE001 - asn1crypto raises what its parser stumbles on
        return None
    return end


@in_turn
def verify_inclusion(data: bytes, evidence: bytes, *, trust: Trust, now: datetime) -> SignatureReport:
    """Check that *evidence* proves when *data* existed; never raises for any bytes.

    Args:
        data: the record: exactly the bytes whose digest was stamped.
        evidence: what `inclusion` gave.
        trust: roots and revocation lists; what is not in them is unknown, never valid.
        now: the present time (aware).
    """
    try:
        told = _decoded(evidence)
        signed = cms.ContentInfo.load(told.token, strict=True)["content"]
        report = dataclasses.replace(described(signed, None), level="DOCUMENT-TIMESTAMP", covers_whole_file=True)
    except Exception as error:  # noqa: BLE001 - asn1crypto raises what its parser stumbles on
        said = f"{type(error).__name__} {error}".rstrip(".")
        return SignatureReport("TOTAL-FAILED", "FORMAT_FAILURE", f"The evidence cannot be read: {said}.")
    if fault := _contradiction(told, data):
        return dataclasses.replace(report, status="TOTAL-FAILED", code="HASH_FAILURE", detail=fault)
    grounds = Grounds(trust, Material(), current_policy(), now)
    try:
        return _judged(report, told, signed, grounds)
    except SignatureValidationError as error:
        return dataclasses.replace(report, code="GENERIC", detail=f"The time stamp does not hold: {error}.")
    except Exception as error:  # noqa: BLE001 - pyHanko raises raw exceptions on odd structures
        said = f"{type(error).__name__} {error}".rstrip(".")
        return dataclasses.replace(report, code="GENERIC", detail=f"The time stamp cannot be checked: {said}.")


def _contradiction(told: _Evidence, data: bytes) -> str | None:
    """Say why *told* does not lead from *data* to the root."""
    if told.leaf != leaf_hash(digest_of(data)):
        return "The evidence is not about this record, or the record was altered."
    try:
        root = climb(told.leaf, index=told.index, size=told.size, path=told.path)
    except NoPath as error:
        return f"The path does not fit the tree: {error}."
    return None if root == told.root else "The path does not lead to the root that was stamped."


def _judged(report: SignatureReport, told: _Evidence, signed: cms.SignedData, grounds: Grounds) -> SignatureReport:
    head = head_of(told.size, told.root)
    own = opinion_on_stamp(told.token, head)
    standing = standing_of(len(head), (), grounds.now)
    answers = ask(partial(_validated, signed, digest_of(head)), signed, grounds=grounds, existed=standing.existed)
    form = fault_in(partial(check_token, told.token, vouched=answers.signer.vouched))
    findings = Findings(answers.signer.part, None, stamp_time(signed), None, form, own)
    report = dataclasses.replace(report, own_check=own.answer)
    return judged(report, findings, answers, signed=signed, standing=standing, policy=grounds.policy)


async def _validated(
    signed: cms.SignedData, imprint: bytes, _: ValidationContext, stamps: ValidationContext
) -> TimestampSignatureStatus:
    """Let pyHanko validate the token *signed* over *imprint*, SHA-256."""

    def expected(algorithm: str) -> bytes:
        # an imprint of another kind is not over what we asked for
        return imprint if algorithm == DIGEST else b""

    return TimestampSignatureStatus(**await validate_tst_signed_data(signed, stamps, expected))


@in_turn
def _time_of(token: cms.ContentInfo, imprint: bytes) -> datetime:
    """Return the time in *token*, once it is seen to be over *imprint*: pyHanko compares the nonce only."""
    info = token["content"]["encap_content_info"]["content"].parsed
    if not isinstance(info, tsp.TSTInfo) or info["message_imprint"]["hashed_message"].native != imprint:
        raise TimestampUnavailable(
            "the authority stamped something else than it was given; nothing was closed, ask another authority"
        )
    time: datetime = info["gen_time"].native
    return time


def _encoded(evidence: _Evidence) -> bytes:
    content = {
        "format": FORMAT,
        "hash": DIGEST,
        "tree": TREE,
        "leaf": evidence.leaf.hex(),
        "index": evidence.index,
        "size": evidence.size,
        "path": [step.hex() for step in evidence.path],
        "root": evidence.root.hex(),
        "token": base64.b64encode(evidence.token).decode(),
    }
    return (json.dumps(content, indent=1) + "\n").encode()


def _decoded(data: bytes) -> _Evidence:
    """Return what stands in *data*, if it is written exactly as `_encoded` writes it."""
    if len(data) > MOST_EVIDENCE:
        raise _Unreadable(f"it has more than {MOST_EVIDENCE} octets")
    content: dict[str, Any] = json.loads(data)
    if content["format"] != FORMAT:
        raise _Unreadable(f"its format is {content['format']}, and this version reads {FORMAT}")
    try:
        evidence = _Evidence(
            leaf=bytes.fromhex(content["leaf"]),
            index=int(content["index"]),
            size=int(content["size"]),
            path=tuple(bytes.fromhex(step) for step in content["path"]),
            root=bytes.fromhex(content["root"]),
            token=base64.b64decode(content["token"], validate=True),
        )
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise _Unreadable("a part is missing or is not written as it must be") from error
    # two spellings of one thing would be bytes that could be altered unseen
    if _encoded(evidence) != data:
        raise _Unreadable("it is not written in the one form that evidence has")
    return evidence
