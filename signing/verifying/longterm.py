"""What keeps a signature provable for decades: validation data in the file and stamps over all of it.

The stamps are judged from the last to the first. The last must hold now; the time in it is then the
moment at which everything it covers existed, hence at which the stamp before it must hold; and so on
down to the signature (EN 319 102-1, 5.6, for files whose proofs are nested as PAdES nests them).
Not here: the judgement of one signature or stamp.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.bundle import UNREADABLE
from signing.model import Level, StampSeen
from signing.verifying.revocation import Material, is_answer, is_list

#: Most certificates, lists, or answers taken from one file; ours hold about ten after twenty years.
MAX_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Proof:
    """A stamp over the whole document as it was then."""

    #: How far what it proves reaches, octets: the beginning of the stamp itself.
    reach: int
    #: What is said of it; its time counts only when it passed.
    seen: StampSeen
    #: End of the stamp's certificate.
    until: datetime | None

    @property
    def holds(self) -> bool:
        """Whether its time is proved."""
        return self.seen.status == "TOTAL-PASSED"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stamps over the document prove about one signature in it."""

    #: When it existed at the latest: the earliest such stamp that holds, else the present.
    existed: datetime
    #: Whether `existed` is from a stamp.
    proved: bool
    #: All stamps that cover it, sound or not, the earliest first.
    stamps: tuple[StampSeen, ...]
    #: End of the last sound stamp's certificate.
    until: datetime | None


def standing_of(end: int, proofs: Sequence[Proof], now: datetime) -> Standing:
    """Return what *proofs* say about a signature whose signed part ends at octet *end*."""
    covering = [proof for proof in proofs if proof.reach >= end]
    sound = sorted((proof for proof in covering if proof.holds), key=lambda proof: proof.seen.time)
    stamps = tuple(sorted((proof.seen for proof in covering), key=lambda seen: seen.time))
    if not sound:
        return Standing(now, proved=False, stamps=stamps, until=None)
    return Standing(min(sound[0].seen.time, now), proved=True, stamps=stamps, until=sound[-1].until)


def material_in(root: Any) -> Material:
    """Return the validation data in the catalogue *root* (/DSS); what cannot be read is left out.

    Every piece is signed by somebody and used only if that signature leads to a trusted root, so a broken or foreign
    one can take nothing away but itself.
    """
    try:
        store = root["/DSS"]  # `get` would give a mere reference
    except KeyError:
        return Material()
    certificates = (_certificate(data) for data in _streams(store, "/Certs", DecodePurpose.CERTIFICATE))
    return Material(
        tuple(each for each in certificates if each is not None),
        tuple(filter(is_list, _streams(store, "/CRLs", DecodePurpose.CRL))),
        tuple(filter(is_answer, _streams(store, "/OCSPs", DecodePurpose.OCSP_RESPONSE))),
    )


@lru_cache(maxsize=256)
def _certificate(der: bytes) -> x509.Certificate | None:
    """Return the certificate; files of one agency hold the same few, and parsing them was a tenth of a check."""
    try:
        certificate: x509.Certificate = x509.Certificate.load(der, strict=True)
        # asn1crypto is lazy, and would fail later, in the middle of a check
        _ = certificate.native, certificate.subject.hashable, certificate.issuer.hashable
    except UNREADABLE:
        return None
    return certificate


def level_of(embedded: EmbeddedPdfSignature, base: Level, stamps: Sequence[EmbeddedPdfSignature]) -> Level:
    """Return the level that the whole file gives the signature *embedded* of level *base*, by its form.

    Args:
        embedded: a signature, no stamp of the document.
        base: its level by itself.
        stamps: the stamps of the document that come later.
    """
    if base not in {"PAdES-B-B", "PAdES-B-T"}:
        return base
    if any(_store_in(embedded, stamp.signed_revision) for stamp in stamps):
        return "PAdES-B-LTA"
    if base == "PAdES-B-B" and not stamps:
        return base
    last = embedded.reader.xrefs.total_revisions - 1
    return "PAdES-B-LT" if _store_in(embedded, last) else "PAdES-B-T"


def _store_in(embedded: EmbeddedPdfSignature, revision: int) -> bool:
    """Say whether revocation data lies in the file as it was in *revision*."""
    return material_in(embedded.reader.get_historical_root(revision)).speaks_of_revocation


def _streams(store: Any, key: str, purpose: DecodePurpose) -> Iterator[bytes]:
    """Yield the contents of the streams in the array at *key*, each once."""
    seen: set[bytes] = set()
    items = list(store[key])[:MAX_ITEMS] if key in store else []
    for item in items:
        try:
            data = bytes(item.get_object().read_data(purpose))
        except Exception:  # noqa: BLE001, S112 - pyHanko raises KeyError, AssertionError … on odd files
            continue
        if data not in seen:
            seen.add(data)
            yield data
