"""Keeping a sealed PDF provable: a new stamp before the certificate behind the last one ends.

Each renewal puts the answers about the last stamp into the file, and a new stamp over all of it, so
that every stamp is proved by the next (EN 319 142-1, 5.5). Pure but for the questions asked: which
files are due, and where they are kept, is for the caller. A file whose state does not verify is
left as it is, since a new stamp would lend it a look it does not deserve.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError

from signing.authorities.evidence import Evidence, Memory, together
from signing.authorities.revocation import Revocation
from signing.authorities.tsa import certificates_of
from signing.blocking import in_turn
from signing.errors import DocumentUnsealable, TimestampUnavailable
from signing.model import Status
from signing.sealing.cms import der_of, digest_of, stamp
from signing.sealing.extend import SPARE_DIGITS, add_proofs, add_stamped_proofs, check_stamp
from signing.trust import Trust
from signing.verifying.verify import verify_pdf

#: How long before the end of a stamp's certificate a file is renewed: time to notice that it failed.
RENEW_BEFORE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class _LastStamp:
    """The last document time stamp of a file."""

    token: cms.ContentInfo
    #: End of its authority's certificate.
    not_after: datetime
    #: Certificates in the file's security store.
    held: tuple[x509.Certificate, ...]


def stamp_end(data: bytes) -> datetime | None:
    """Return when the certificate behind the last document time stamp of the PDF *data* ends.

    Nothing for a file without such stamps, and for what cannot be read.
    """
    last = _last_stamp(data)
    return None if last is None else last.not_after


def renew_pdf(
    data: bytes,
    *,
    trust: Trust,
    timestamper: TimeStamper,
    revocation: Revocation,
    now: datetime,
    window: timedelta = RENEW_BEFORE,
) -> bytes | None:
    """Return *data* with answers about its last stamp and a new stamp over them.

    Nothing when it is not due, or when a new stamp would end no later than the last one: it would prove nothing more,
    and the file would grow at every try until the authority has a new certificate.

    Args:
        data: a PDF sealed as PAdES-B-LTA.
        trust: where the paths of the stamps must end, also of those made long ago.
        timestamper: who stamps.
        revocation: whom to ask about the last stamp's certificate.
        now: the present time (aware).
        window: how long before its end the last stamp is renewed.

    Raises:
        DocumentUnsealable: the file does not verify, before or after; it stays as it is.
        TimestampUnavailable: no time stamp could be had; try again.
        RevocationUnavailable: nobody says whether the last stamp's certificate is revoked; try again.
    """
    last = _last_stamp(data)
    if last is None or last.not_after - window > now:
        return None
    # before its last stamp is asked about, no more can be said than that nothing is broken
    _refuse(data, trust, now, unless={"TOTAL-PASSED", "INDETERMINATE"})
    before = _check(last.token, last, trust, revocation, now)
    # a stamp for nothing tells whose the next one will be, and how long
    scout = stamp(digest_of(data), timestamper)
    if _end_of(scout) <= last.not_after:
        return None
    proofs = together([before, _check(scout, last, trust, revocation, now)])
    with_proofs = BytesIO(data)
    add_proofs(with_proofs, proofs)
    _refuse(with_proofs.getvalue(), trust, now, unless={"TOTAL-PASSED"})
    digits = 2 * len(der_of(scout)) + SPARE_DIGITS
    stamped = BytesIO(data)
    add_stamped_proofs(stamped, proofs, timestamper=timestamper, digits=digits)
    renewed = stamped.getvalue()
    _refuse(renewed, trust, now, unless={"TOTAL-PASSED"})
    return renewed


def _check(token: cms.ContentInfo, last: _LastStamp, trust: Trust, revocation: Revocation, now: datetime) -> Evidence:
    try:
        return check_stamp(
            token,
            roots=(*trust.roots, *trust.stampers),
            others=(*trust.intermediates, *last.held),
            revocation=revocation,
            memory=Memory(),
            when=now,
        )
    except TimestampUnavailable as error:
        if token is not last.token:
            raise
        # no other try will help: the stamp that is there proves nothing any more
        raise DocumentUnsealable(f"the file is not renewed, since its last stamp is lost: {error}") from error


@in_turn
def _end_of(token: cms.ContentInfo) -> datetime:
    leaf, _, _ = certificates_of(token)
    end: datetime = leaf.not_valid_after
    return end


def _refuse(data: bytes, trust: Trust, now: datetime, *, unless: Collection[Status]) -> None:
    report = verify_pdf(data, trust=trust, now=now)
    if report.status in unless:
        return
    raise DocumentUnsealable(
        f"the file is not renewed, since it does not verify ({report.code}): {report.detail} "
        "Look at its report, and keep it as it is"
    )


@in_turn
def _last_stamp(data: bytes) -> _LastStamp | None:
    """Return the last document time stamp in *data*; nothing when there is none that can be read."""
    try:
        reader = PdfFileReader(BytesIO(data), strict=True)
        stamps = reader.embedded_timestamp_signatures
        if not stamps:
            return None
        last = max(stamps, key=lambda stamp: stamp.signed_revision)
        token = cms.ContentInfo.load(last.pkcs7_content)
        leaf = extract_certificate_info(token["content"]).signer_cert
        return _LastStamp(token, leaf.not_valid_after, _held(reader))
    except Exception:  # noqa: BLE001 - pyHanko raises KeyError, AssertionError … on odd files
        return None


def _held(reader: PdfFileReader) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(DocumentSecurityStore.read_dss(reader).load_certs())
    except NoDSSFoundError:
        return ()
