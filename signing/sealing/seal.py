"""From a PDF to a sealed PDF, from bytes to a detached seal; no verification, no redrawing.

The seal is one incremental update: the bytes that came in stay as they are, in front.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import SEEK_END, BytesIO
from typing import Any, BinaryIO

from asn1crypto import cms
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
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.timestamps import TimeStamper

from signing.authorities.evidence import Evidence, together
from signing.blocking import in_turn
from signing.errors import DocumentUnsealable, IdentityUnusable, TimestampUnavailable
from signing.identity.keys import Identity, SealLevel, check_identity
from signing.sealing.appearance import Mark, draw_mark, mark_size
from signing.sealing.cms import DIGEST, Signed, digest_of, sign_digest
from signing.sealing.extend import ATTEMPTS, SPARE_DIGITS, QuietWriter, add_proofs, add_stamped_proofs, check_stamp

#: Name of the signature field we add.
FIELD = "Seal"
#: Space between the mark and the right and the upper edge of the page, points.
RIGHT_MARGIN_PT = 14.0
TOP_MARGIN_PT = 8.0
#: Levels with validation data inside, which therefore must be had.
LONG_TERM: frozenset[SealLevel] = frozenset({"PAdES-B-LT", "PAdES-B-LTA"})


@dataclass(frozen=True, slots=True)
class Seal:
    """What can be said of a seal without reading the file again."""

    #: What the seal can prove.
    level: SealLevel
    #: Common name of the signer's certificate.
    signer: str
    #: SHA-256 of the signer's certificate, hexadecimal.
    fingerprint: str
    #: The claimed time, as given by the caller.
    time: datetime
    #: Why the certificate was found usable, and at long-term levels those of the stamps.
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Sealed(Seal):
    """A sealed PDF."""

    #: The whole file.
    pdf: bytes


@dataclass(frozen=True, slots=True)
class _Words:
    """What is written into the signature dictionary."""

    name: str | None
    reason: str | None
    location: str | None
    when: datetime


def seal_pdf(
    pdf: bytes,
    *,
    identity: Identity,
    mark: Mark,
    name: str | None,
    reason: str | None,
    location: str | None,
    when: datetime,
    level: SealLevel | None = None,
) -> Sealed:
    """Return *pdf*, a whole file, sealed as `seal_file` seals it in place."""
    file = BytesIO(pdf)
    seal = seal_file(
        file, identity=identity, mark=mark, name=name, reason=reason, location=location, when=when, level=level
    )
    return Sealed(seal.level, seal.signer, seal.fingerprint, seal.time, seal.evidence, file.getvalue())


def seal_file(
    file: BinaryIO,
    *,
    identity: Identity,
    mark: Mark,
    name: str | None,
    reason: str | None,
    location: str | None,
    when: datetime,
    level: SealLevel | None = None,
) -> Seal:
    """Seal a PDF (PAdES) so that no later change is allowed, with *mark* on its first page.

    What is added is appended, so a long file need not be in memory. When it fails, *file* is left with half an update:
    seal a copy.

    Args:
        file: a PDF without encryption, rotation of page 1, or earlier signature, open for reading and writing.
        identity: the key to use; checked first.
        mark: the visible text.
        name: who seals, as written into the signature dictionary.
        reason: why, likewise.
        location: where, likewise.
        when: the claimed time (aware), which must be the present.
        level: what the seal is to prove; nothing for the most that *identity* can.

    Raises:
        IdentityUnusable: the certificate may not be used at *when*, or not for this level.
        DocumentUnsealable: the PDF is broken, encrypted, signed, or too narrow for the mark.
        TimestampUnavailable, RevocationUnavailable: those who vouch for us cannot be asked; try again.
    """
    evidence = check_identity(identity, when)
    wanted = identity.level if level is None else level
    _refuse_level(wanted, identity, evidence)
    timestamper = None if wanted == "PAdES-B-B" else identity.timestamper
    try:
        signed = _signed(file, _Words(name, reason, location, when), identity, mark, timestamper)
        if wanted in LONG_TERM:
            evidence = _extended(file, signed, wanted, identity, when)
    except (PdfError, SigningError, ValueError, KeyError, TypeError, AttributeError) as error:
        # pyHanko's reader lets KeyError and its like through on malformed files
        raise DocumentUnsealable(f"the PDF cannot be sealed: {error}; assemble it again from its originals") from error
    return Seal(wanted, identity.subject, identity.fingerprint, when, evidence)


def seal_bytes(data: bytes, *, identity: Identity, when: datetime) -> bytes:
    """Return a detached seal (CMS, CAdES-BES or -T, DER) over exactly *data*.

    The evidence for keeping beside it is what `check_identity` returns, at no further cost.

    Raises:
        IdentityUnusable: the certificate may not be used at *when* (aware).
        TimestampUnavailable: no time stamp could be had; try again.
        RevocationUnavailable: nobody says whether the certificate is revoked; try again.
    """
    check_identity(identity, when)
    return sign_digest(digest_of(data), identity=identity, signing_time=when, timestamper=identity.timestamper).der


def _refuse_level(level: SealLevel, identity: Identity, evidence: Evidence) -> None:
    if level != "PAdES-B-B" and identity.timestamper is None:
        raise IdentityUnusable(f"{level} needs time stamps; configure an authority, or seal as PAdES-B-B")
    if level in LONG_TERM and evidence.revocation != "good":
        raise IdentityUnusable(f"{level} needs answers on revocation; configure who is asked, or seal as PAdES-B-T")


def _extended(file: BinaryIO, signed: Signed, level: SealLevel, identity: Identity, when: datetime) -> Evidence:
    """Bring the sealed file to its long-term level; return all that was found out about certificates for it."""
    if signed.token is None or identity.timestamper is None:
        raise TypeError("a long-term level without a stamp")
    proofs = together([check_identity(identity, when), _check(signed.token, identity, when)])
    if level == "PAdES-B-LT":
        add_proofs(file, proofs)
        return proofs
    digits = 2 * len(signed.der) + SPARE_DIGITS
    last = _check(add_stamped_proofs(file, proofs, timestamper=identity.timestamper, digits=digits), identity, when)
    if set(last.certificates) <= set(proofs.certificates):
        return proofs
    # another authority took over between the two stamps
    add_proofs(file, last)
    return together([proofs, last])


def _check(token: cms.ContentInfo, identity: Identity, when: datetime) -> Evidence:
    trust = identity.trust
    return check_stamp(
        token,
        roots=identity.chain[-1:] if trust is None else trust.roots,
        others=identity.chain if trust is None else (*identity.chain, *trust.intermediates),
        revocation=identity.source,
        memory=identity.memory,
        when=when,
    )


def _signed(file: BinaryIO, words: _Words, identity: Identity, mark: Mark, timestamper: TimeStamper | None) -> Signed:
    digits = _room(identity, timestamper)
    size = file.seek(0, SEEK_END)
    for _ in range(ATTEMPTS):
        file.truncate(size)
        steps, digest = _prepared(file, words, mark, digits)
        signed = sign_digest(digest, identity=identity, signing_time=None, timestamper=timestamper)
        if 2 * len(signed.der) <= digits:
            steps.send(signed.der)
            return signed
        digits = 2 * len(signed.der) + SPARE_DIGITS
    raise TimestampUnavailable("every time stamp was longer than the last; nothing was sealed, try again")


@lru_cache(maxsize=16)
def _room(identity: Identity, timestamper: TimeStamper | None) -> int:
    """Return how many hexadecimal digits to keep free for a seal; the same for every document."""
    trial = sign_digest(bytes(32), identity=identity, signing_time=None, timestamper=timestamper, dry_run=True)
    return 2 * len(trial.der) + SPARE_DIGITS


@in_turn
def _prepared(file: BinaryIO, words: _Words, mark: Mark, digits: int) -> tuple[Generator[Any, Any, None], bytes]:
    """Make room for the seal; return the steps that fill it in, and the digest to seal."""
    writer = QuietWriter(file)
    _refuse_odd(writer)
    # whose words /ETSI.CAdES.detached, /DSS and /DocTimeStamp are (EN 319 142-1, 5.1)
    writer.ensure_output_version((1, 7))  # type: ignore[no-untyped-call]
    writer.register_extension(ESIC_EXTENSION_1)
    # typed as whole points, but written as given
    spec = SigFieldSpec(FIELD, on_page=0, box=_place(writer, mark))  # type: ignore[arg-type]
    steps = PdfCMSEmbedder(spec).write_cms(FIELD, writer)
    field = next(steps).get_object()
    draw_mark(mark, writer, field)
    pades = SigSeedSubFilter.PADES
    placeholder = SignatureObject(words.when, pades, words.name, words.location, words.reason, bytes_reserved=digits)
    steps.send(
        SigObjSetup(
            sig_placeholder=placeholder,
            # Closes the replaced-text tricks that the signature alone would not show.
            mdp_setup=SigMDPSetup(DIGEST, certify=True, docmdp_perms=MDPPerm.NO_CHANGES),
        )
    )
    prepared, _output = steps.send(SigIOSetup(DIGEST, in_place=True))
    return steps, prepared.document_digest


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
