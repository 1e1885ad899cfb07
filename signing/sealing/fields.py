"""What stands in a PDF for a signature: its field, its words, what it allows later, its place. Nothing is signed here.

A seal alone is a certifying signature that allows no later change. When somebody else signs first, both are approval
signatures, for a certification that allows nothing would forbid the second; the second then locks the document as
tightly (ISO 32000-2, 12.7.5.5: /Lock with /P 1), so that nothing but proofs may follow it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.rw_common import find_inherited_value_in_tree
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from signing.blocking import in_turn
from signing.errors import DocumentUnsealable
from signing.sealing.appearance import draw_mark
from signing.sealing.cms import DIGEST
from signing.sealing.extend import QuietWriter
from signing.sealing.layout import Mark, mark_size

#: Names of the signature fields we add: the seal's, and that of who signs before it.
SEAL_FIELD = "Seal"
FIRST_FIELD = "Approval"


@dataclass(frozen=True, slots=True)
class Words:
    """What is written into the signature dictionary."""

    name: str | None
    reason: str | None
    location: str | None
    #: The claimed time.
    when: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """One signature of a file."""

    field: str
    words: Words
    #: Nothing for a signature that is not seen.
    mark: Mark | None
    #: What it allows later, and how; nothing where the next signature says so.
    mdp: SigMDPSetup | None
    #: Signatures of ours that the file has already.
    before: int = 0


def seal_alone(words: Words, mark: Mark) -> Part:
    """Return the seal of a file that nobody else signs."""
    # Closes the replaced-text tricks that the signature alone would not show.
    closed = SigMDPSetup(DIGEST, certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    return Part(SEAL_FIELD, words, mark, closed)


def two_signatures(first: Words, seal: Words, mark: Mark) -> tuple[Part, Part]:
    """Return the signature of who signs before the seal, and the seal after it."""
    locked = SigMDPSetup(DIGEST, field_lock=FieldMDPSpec(FieldMDPAction.ALL), docmdp_perms=MDPPerm.NO_CHANGES)
    return Part(FIRST_FIELD, first, None, None), Part(SEAL_FIELD, seal, mark, locked, before=1)


@in_turn
def prepared(file: BinaryIO, part: Part, digits: int) -> tuple[Generator[Any, Any, None], bytes]:
    """Make room for a signature; return the steps that fill it in, and the digest to sign.

    Args:
        file: the PDF, open for reading and writing; gets longer.
        part: the signature.
        digits: hexadecimal digits to keep free for it.

    Raises:
        DocumentUnsealable: the PDF is encrypted, has other signatures than ours, or is too narrow for the mark.
    """
    writer, words, mdp = QuietWriter(file), part.words, part.mdp
    _refuse_odd(writer, part.before)
    # whose words /ETSI.CAdES.detached, /DSS and /DocTimeStamp are (EN 319 142-1, 5.1)
    writer.ensure_output_version((1, 7))  # type: ignore[no-untyped-call]
    writer.register_extension(ESIC_EXTENSION_1)
    box = None if part.mark is None else _place(writer, part.mark)
    lock = None if mdp is None else mdp.field_lock
    # the box is typed as whole points, but written as given
    spec = SigFieldSpec(
        part.field,
        on_page=0,
        box=box,  # type: ignore[arg-type]
        field_mdp_spec=lock,
        doc_mdp_update_value=None if mdp is None or lock is None else mdp.docmdp_perms,
    )
    steps = PdfCMSEmbedder(spec).write_cms(part.field, writer)
    field = next(steps).get_object()
    if part.mark is not None:
        draw_mark(part.mark, writer, field)
    pades = SigSeedSubFilter.PADES
    placeholder = SignatureObject(words.when, pades, words.name, words.location, words.reason, bytes_reserved=digits)
    steps.send(SigObjSetup(sig_placeholder=placeholder, mdp_setup=mdp))
    ready, _output = steps.send(SigIOSetup(DIGEST, in_place=True))
    return steps, ready.document_digest


def _refuse_odd(writer: IncrementalPdfFileWriter, before: int) -> None:
    """Refuse a file that is encrypted, or has other signatures than the *before* we have just made."""
    if writer.prev.encrypted:
        raise DocumentUnsealable("the PDF is encrypted; remove its password before sealing")
    if len(writer.prev.embedded_signatures) != before or "/Perms" in writer.root:
        raise DocumentUnsealable("the PDF is signed already; file it as it is, never sign over")


def _place(writer: IncrementalPdfFileWriter, mark: Mark) -> tuple[float, float, float, float]:
    """Return the box of the mark on page 1, in page units."""
    page = writer.find_page_for_modification(0)[0].get_object()
    left, bottom, right, top = (float(side) for side in find_inherited_value_in_tree(page, "/MediaBox", "/Parent"))
    width, height = mark_size(mark)
    right, top = right - mark.right_pt, top - mark.top_pt
    box = (right - width, top - height, right, top)
    if box[0] < left or box[1] < bottom:
        raise DocumentUnsealable(
            f"the mark ({width:.0f} × {height:.0f} pt) does not fit page 1 "
            f"({right - left:.0f} × {top - bottom:.0f} pt); shorten its lines"
        )
    return box
