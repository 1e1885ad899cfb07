"""The CMS structure every seal is: what is signed, and in which attributes. Not its verification.

CAdES-BES with two additions: algorithm protection (RFC 6211), without which the algorithm
identifiers are bytes that no signature covers; and, outside PDFs, the signing time, which PAdES
forbids here (EN 319 142-1: the PDF's own /M says it) and CAdES wants.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TypeVar

from asn1crypto import algos, cms, core
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from signing.blocking import wait_for
from signing.errors import TimestampUnavailable
from signing.keys import Identity

Value = TypeVar("Value", bound=core.Asn1Value)

#: Digest of everything we seal, in the spelling of asn1crypto.
DIGEST = "sha256"


def digest_of(data: bytes) -> bytes:
    """Return the digest a seal over *data* is made of, 32 bytes."""
    return hashlib.sha256(data).digest()


def sign_digest(digest: bytes, *, identity: Identity, signing_time: datetime | None, dry_run: bool = False) -> bytes:
    """Return a detached CMS signature (DER) over *digest*, time-stamped if the identity can.

    Args:
        digest: SHA-256 of the content, 32 bytes.
        identity: the key to use, already checked.
        signing_time: the claimed time, or nothing inside a PDF.
        dry_run: give something of the same size (± a few bytes) without using the key.

    Raises:
        TimestampUnavailable: the time-stamping authority did not answer, or not with a stamp.
    """
    work = identity.signer.async_sign_prescribed_attributes(
        DIGEST,
        _signed_attributes(digest, identity, signing_time),
        dry_run=dry_run,
        timestamper=identity.timestamper,
    )
    try:
        sealed: bytes = wait_for(work).dump()
    except (TimestampRequestError, OSError) as error:
        raise TimestampUnavailable(
            f"no time stamp: {error}; nothing was sealed, the same call can be made again"
        ) from error
    return sealed


def _signed_attributes(digest: bytes, identity: Identity, signing_time: datetime | None) -> cms.CMSAttributes:
    mechanism = identity.signer.get_signature_mechanism_for_digest(DIGEST)
    protection = cms.CMSAlgorithmProtection(
        {
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": DIGEST}),
            "signature_algorithm": mechanism,
        }
    )
    attributes = [
        simple_cms_attribute("content_type", "data"),
        simple_cms_attribute("message_digest", digest),
        simple_cms_attribute("signing_certificate_v2", _settled(as_signing_certificate_v2(identity.certificate))),
        simple_cms_attribute("cms_algorithm_protection", _settled(protection)),
    ]
    if signing_time is not None:
        stamp = cms.Time({"utc_time": core.UTCTime(signing_time)})
        attributes.append(simple_cms_attribute("signing_time", stamp))
    return _settled(cms.CMSAttributes([_settled(attribute) for attribute in attributes]))


def _settled(value: Value) -> Value:
    """Return *value* read back from its encoding.

    asn1crypto encodes what it built anew, level within level, at every use: 20 ms a seal.
    """
    settled: Value = type(value).load(value.dump())
    return settled
