"""What lets a seal outlive its certificate: validation data and a stamp, added to a sealed PDF.

Each is an incremental update that even a seal which allows no change allows (ISO 32000-2, 12.8.2.2):
a document security store (DSS), and over it a time stamp of the whole document. Whether the file
deserves it is for the caller to know (`signing.sealing.seal`, `signing.sealing.renew`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import SEEK_END
from typing import BinaryIO

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, enumerate_sig_fields
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from signing.authorities.evidence import Evidence, Memory, NoPath, vouch
from signing.authorities.revocation import NoAnswer, Revocation, Revoked
from signing.authorities.tsa import certificates_of
from signing.blocking import in_turn
from signing.errors import RevocationUnavailable, TimestampUnavailable
from signing.sealing.cms import DIGEST, der_of, stamp

#: Hexadecimal digits kept beyond what was needed last: ECDSA signatures, serial numbers and nonces
#: vary by a few octets each, in the seal and again in its stamp.
SPARE_DIGITS = 256
#: How often a place is made larger: with each authority that answers with a longer stamp than the last.
ATTEMPTS = 4


class QuietWriter(IncrementalPdfFileWriter):
    """Leaves /Info and the XMP packet alone.

    pyHanko adds itself as producer and the present time to both. They must agree word for word
    (ISO 19005-2, 6.6.2.2 and 6.7.3), and the assembled file's already do.
    """

    def _update_meta(self) -> None:
        return


def add_proofs(file: BinaryIO, proofs: Evidence) -> None:
    """Append *proofs* to the security store of a PDF, open for reading and writing, as one update."""
    _with_store(file, proofs).write_in_place()  # type: ignore[no-untyped-call]


def add_stamped_proofs(file: BinaryIO, proofs: Evidence, *, timestamper: TimeStamper, digits: int) -> cms.ContentInfo:
    """Append *proofs* to a PDF and, over them and all else, a time stamp; both in one update. Return the stamp.

    Args:
        file: the PDF, open for reading and writing; left with half an update when no stamp is to be had.
        proofs: what the signatures and stamps in it rest on.
        timestamper: who stamps.
        digits: hexadecimal digits to keep free for the stamp at first.

    Raises:
        TimestampUnavailable: no time-stamping authority answered with a stamp.
    """
    size = file.seek(0, SEEK_END)
    for _ in range(ATTEMPTS):
        file.truncate(size)
        writer = _with_store(file, proofs)
        name = f"Stamp{sum(1 for _ in enumerate_sig_fields(writer))}"
        steps = PdfCMSEmbedder(SigFieldSpec(name)).write_cms(name, writer)
        next(steps)
        steps.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=digits)))
        prepared, _output = steps.send(SigIOSetup(DIGEST, in_place=True))
        token = stamp(prepared.document_digest, timestamper)
        der = der_of(token)
        if 2 * len(der) <= digits:
            steps.send(der)
            return token
        digits = 2 * len(der) + SPARE_DIGITS
    raise TimestampUnavailable("every time stamp was longer than the last; nothing was sealed, try again")


def check_stamp(
    token: cms.ContentInfo,
    *,
    roots: Sequence[x509.Certificate],
    others: Sequence[x509.Certificate],
    revocation: Revocation | None,
    memory: Memory,
    when: datetime,
) -> Evidence:
    """Return why the authority that made *token* may be trusted at *when* (aware).

    Args:
        token: the time stamp.
        roots: where its path must end.
        others: certificates that may stand between, besides those in the token.
        revocation: whom to ask for revocations; nobody to ask nobody.
        memory: where checks that were passed are kept.
        when: the moment at which it must hold.

    Raises:
        TimestampUnavailable: its certificate cannot be trusted.
        RevocationUnavailable: nobody said whether it is revoked.
    """
    leaf, held, key = certificates_of(token)
    passed = memory.recall(key, when)
    if passed is not None:
        return passed
    try:
        evidence = vouch(
            leaf, others=(*held, *others), roots=roots, revocation=revocation, purpose="time-stamp", when=when
        )
    except NoAnswer as error:
        raise RevocationUnavailable(f"{error}; nothing was sealed, the same call can be made again") from error
    except (NoPath, Revoked) as error:
        raise TimestampUnavailable(
            f"the certificate of the time-stamping authority may not be used: {error}; "
            "give its root to trust, or use another authority"
        ) from error
    memory.keep(key, evidence)
    return evidence


@in_turn
def _with_store(file: BinaryIO, proofs: Evidence) -> QuietWriter:
    """Open a PDF for an update that adds *proofs*, none of them twice."""
    writer = QuietWriter(file)
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        # no /VRI: EN 319 142-1, 5.4.2.3 advises against it, and validators look into the store as a whole
        None,
        certs=[x509.Certificate.load(der) for der in proofs.certificates],
        ocsps=[ocsp.OCSPResponse.load(der) for der in proofs.ocsps],
        crls=[crl.CertificateList.load(der) for der in proofs.crls],
    )
    return writer
