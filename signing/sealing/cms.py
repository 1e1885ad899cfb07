"""The CMS structure every seal is: what is signed, and in which attributes. Not its verification.

CAdES-BES with two additions: algorithm protection (RFC 6211), without which the algorithm
identifiers are bytes that no signature covers; and, outside PDFs, the signing time, which PAdES
forbids here (EN 319 142-1: the PDF's own /M says it) and CAdES wants.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from asn1crypto import algos, cms, core
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from signing.authorities.tsa import AuthorityTimestamper
from signing.blocking import in_turn, wait_for
from signing.errors import TimestampUnavailable
from signing.identity.keys import Identity

Value = TypeVar("Value", bound=core.Asn1Value)

#: Digest of everything we seal, in the spelling of asn1crypto.
DIGEST = "sha256"


@dataclass(frozen=True, slots=True)
class Signed:
    """A detached CMS signature and the stamp inside it."""

    #: ContentInfo, DER.
    der: bytes
    #: The time-stamp token, when there is one.
    token: cms.ContentInfo | None


def digest_of(data: bytes) -> bytes:
    """Return the digest a seal over *data* is made of, 32 bytes."""
    return hashlib.sha256(data).digest()


def sign_digest(
    digest: bytes,
    *,
    identity: Identity,
    signing_time: datetime | None,
    timestamper: TimeStamper | None,
    dry_run: bool = False,
) -> Signed:
    """Return a detached CMS signature over *digest*; not under anybody's turn, since stamps may take a while.

    Args:
        digest: SHA-256 of the content, 32 bytes.
        identity: the key to use, already checked.
        signing_time: the claimed time, or nothing inside a PDF.
        timestamper: who stamps the signature, if anybody.
        dry_run: give something of the same size (± a few bytes) without using the key.

    Raises:
        TimestampUnavailable: no time-stamping authority answered with a stamp.
    """
    unstamped = _sign(digest, identity, signing_time, dry_run)
    if timestamper is None:
        return Signed(der_of(unstamped), None)
    token = stamp(digest_of(_signature_in(unstamped)), timestamper)
    return Signed(_with_stamp(unstamped, token), token)


def stamp(digest: bytes, timestamper: TimeStamper) -> cms.ContentInfo:
    """Return a time-stamp token over *digest*, 32 bytes of SHA-256.

    Raises:
        TimestampUnavailable: no time-stamping authority answered with a stamp.
    """
    if isinstance(timestamper, AuthorityTimestamper):
        # takes its turns itself, and lets others have theirs while it waits for the network
        return timestamper.stamp(digest, DIGEST)
    return _stamp_here(digest, timestamper)


@in_turn
def der_of(value: core.Asn1Value) -> bytes:
    """Return the encoding of *value*."""
    der: bytes = value.dump()
    return der


@in_turn
def _stamp_here(digest: bytes, timestamper: TimeStamper) -> cms.ContentInfo:
    try:
        return wait_for(timestamper.async_timestamp(digest, DIGEST))
    except (TimestampRequestError, OSError) as error:
        raise TimestampUnavailable(
            f"no time stamp: {error}; nothing was sealed, the same call can be made again"
        ) from error


@in_turn
def _sign(digest: bytes, identity: Identity, signing_time: datetime | None, dry_run: bool) -> cms.ContentInfo:  # noqa: FBT001 - handed through
    attributes = _signed_attributes(digest, identity, signing_time)
    return wait_for(identity.signer.async_sign_prescribed_attributes(DIGEST, attributes, dry_run=dry_run))


@in_turn
def _signature_in(seal: cms.ContentInfo) -> bytes:
    signature: bytes = seal["content"]["signer_infos"][0]["signature"].native
    return signature


@in_turn
def _with_stamp(seal: cms.ContentInfo, token: cms.ContentInfo) -> bytes:
    signer = seal["content"]["signer_infos"][0]
    signer["unsigned_attrs"] = cms.CMSAttributes([simple_cms_attribute("signature_time_stamp_token", token)])
    der: bytes = seal.dump()
    return der


def _signed_attributes(digest: bytes, identity: Identity, signing_time: datetime | None) -> cms.CMSAttributes:
    attributes = [*_own_attributes(identity), simple_cms_attribute("message_digest", digest)]
    if signing_time is not None:
        claimed = cms.Time({"utc_time": core.UTCTime(signing_time)})
        attributes.append(simple_cms_attribute("signing_time", claimed))
    return _settled(cms.CMSAttributes(attributes))


@lru_cache(maxsize=16)
def _own_attributes(identity: Identity) -> tuple[cms.CMSAttribute, ...]:
    """Return the attributes that are the same in every seal by *identity*."""
    mechanism = identity.signer.get_signature_mechanism_for_digest(DIGEST)
    protection = cms.CMSAlgorithmProtection(
        {
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": DIGEST}),
            "signature_algorithm": mechanism,
        }
    )
    attributes = (
        simple_cms_attribute("content_type", "data"),
        simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(identity.certificate)),
        simple_cms_attribute("cms_algorithm_protection", protection),
    )
    return tuple(_settled(attribute) for attribute in attributes)


def _settled(value: Value) -> Value:
    """Return *value* read back from its encoding.

    asn1crypto encodes what it built anew, level within level, at every use: 20 ms a seal.
    """
    settled: Value = type(value).load(value.dump())
    return settled
