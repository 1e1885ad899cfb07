"""From a PDF to a sealed PDF, from bytes to a detached seal; no verification, no redrawing.

The seal is one incremental update: the bytes that came in stay as they are, in front.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Literal

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.rw_common import find_inherited_value_in_tree
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import (
    PdfCMSEmbedder,
    SigIOSetup,
    SigMDPSetup,
    SigObjSetup,
)
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from signing.appearance import Mark, draw_mark, mark_size
from signing.blocking import in_turn
from signing.cms import DIGEST, digest_of, sign_digest
from signing.errors import DocumentUnsealable
from signing.keys import Identity, check_identity

#: Name of the signature field we add.
FIELD = "Seal"
#: Space between the mark and the right and the upper edge of the page, points.
RIGHT_MARGIN_PT = 14.0
TOP_MARGIN_PT = 8.0
#: Hexadecimal digits kept beyond a trial run: ECDSA signatures, serial numbers and nonces vary by
#: a few octets each, in the seal and again in its stamp.
SPARE_DIGITS = 256


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed PDF and what can be said of its seal without reading it again."""

    #: The whole file.
    pdf: bytes
    #: What the seal can prove.
    level: Literal["PAdES-B-B", "PAdES-B-T"]
    #: Common name of the signer's certificate.
    signer: str
    #: SHA-256 of the signer's certificate, hexadecimal.
    fingerprint: str
    #: The claimed time, as given by the caller.
    time: datetime


class _Writer(IncrementalPdfFileWriter):
    """Leaves /Info and the XMP packet alone.

    pyHanko adds itself as producer and the present time to both. They must agree word for word
    (ISO 19005-2, 6.6.2.2 and 6.7.3), and the assembled file's already do.
    """

    def _update_meta(self) -> None:
        return


@in_turn
def seal_pdf(
    pdf: bytes,
    *,
    identity: Identity,
    mark: Mark,
    name: str | None,
    reason: str | None,
    location: str | None,
    when: datetime,
) -> Sealed:
    """Seal *pdf* (PAdES) so that no later change is allowed, with *mark* on its first page.

    Args:
        pdf: a PDF without encryption, rotation of page 1, or earlier signature.
        identity: the key to use; checked first.
        mark: the visible text.
        name: who seals, as written into the signature dictionary.
        reason: why, likewise.
        location: where, likewise.
        when: the claimed time (aware).

    Raises:
        IdentityUnusable: the certificate may not be used at *when*.
        DocumentUnsealable: the PDF is broken, encrypted, signed, or too narrow for the mark.
        TimestampUnavailable: no time stamp could be had; try again.
    """
    check_identity(identity, when)
    pades, room = SigSeedSubFilter.PADES, _room(identity)
    placeholder = SignatureObject(when, pades, name, location, reason, bytes_reserved=room)
    try:
        sealed = _embed(pdf, placeholder, identity, mark)
    except (PdfError, SigningError, ValueError, KeyError, TypeError, AttributeError) as error:
        # pyHanko's reader lets KeyError and its like through on malformed files
        raise DocumentUnsealable(f"the PDF cannot be sealed: {error}; assemble it again from its originals") from error
    return Sealed(sealed, identity.level, identity.subject, identity.fingerprint, when)


@in_turn
def seal_bytes(data: bytes, *, identity: Identity, when: datetime) -> bytes:
    """Return a detached seal (CMS, CAdES-BES or -T, DER) over exactly *data*.

    Raises:
        IdentityUnusable: the certificate may not be used at *when* (aware).
        TimestampUnavailable: no time stamp could be had; try again.
    """
    check_identity(identity, when)
    return sign_digest(digest_of(data), identity=identity, signing_time=when)


@lru_cache(maxsize=16)
def _room(identity: Identity) -> int:
    """Return how many hexadecimal digits to keep free for a seal; the same for every document."""
    trial = sign_digest(bytes(32), identity=identity, signing_time=None, dry_run=True)
    return 2 * len(trial) + SPARE_DIGITS


def _embed(pdf: bytes, placeholder: SignatureObject, identity: Identity, mark: Mark) -> bytes:
    writer = _Writer(BytesIO(pdf))
    _refuse_odd(writer)
    # typed as whole points, but written as given
    spec = SigFieldSpec(FIELD, on_page=0, box=_place(writer, mark))  # type: ignore[arg-type]
    steps = PdfCMSEmbedder(spec).write_cms(FIELD, writer)
    field = next(steps).get_object()
    draw_mark(mark, writer, field)
    steps.send(
        SigObjSetup(
            sig_placeholder=placeholder,
            # Closes the replaced-text tricks that the signature alone would not show.
            mdp_setup=SigMDPSetup(DIGEST, certify=True, docmdp_perms=MDPPerm.NO_CHANGES),
        )
    )
    prepared, output = steps.send(SigIOSetup(DIGEST, in_place=True))
    steps.send(sign_digest(prepared.document_digest, identity=identity, signing_time=None))
    sealed: bytes = output.getvalue()
    return sealed


def _refuse_odd(writer: IncrementalPdfFileWriter) -> None:
    if writer.prev.encrypted:
        raise DocumentUnsealable("the PDF is encrypted; remove its password before sealing")
    if writer.prev.embedded_signatures or "/Perms" in writer.root:
        raise DocumentUnsealable("the PDF is signed already; file it as it is, never sign over")


def _place(writer: IncrementalPdfFileWriter, mark: Mark) -> tuple[float, float, float, float]:
    """Return the box of the mark on page 1, in page units."""
    page = writer.find_page_for_modification(0)[0].get_object()
    left, bottom, right, top = (float(side) for side in find_inherited_value_in_tree(page, "/MediaBox", "/Parent"))
    width, height = mark_size(mark)
    box = (
        right - RIGHT_MARGIN_PT - width,
        top - TOP_MARGIN_PT - height,
        right - RIGHT_MARGIN_PT,
        top - TOP_MARGIN_PT,
    )
    if box[0] < left or box[1] < bottom:
        raise DocumentUnsealable(
            f"the mark ({width:.0f} × {height:.0f} pt) does not fit page 1 "
            f"({right - left:.0f} × {top - bottom:.0f} pt); shorten its lines"
        )
    return box
