"""From a PDF to a sealed PDF, from bytes to a detached seal; no verification, no redrawing.

The seal is one incremental update: the bytes that came in stay as they are, in front. With a first signature there is
one more update before it. What stands in the PDF for a signature is in `signing.sealing.fields`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import SEEK_END, BytesIO
from typing import BinaryIO

from asn1crypto import cms
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper

from signing.authorities.evidence import Evidence, together
from signing.errors import DocumentUnsealable, IdentityUnusable, TimestampUnavailable
from signing.identity.keys import Identity, SealLevel, check_identity
from signing.sealing.cms import Signed, digest_of, sign_digest
from signing.sealing.extend import ATTEMPTS, SPARE_DIGITS, add_proofs, add_stamped_proofs, check_stamp
from signing.sealing.fields import Part, Words, prepared, seal_alone, two_signatures
from signing.sealing.layout import Mark

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
class Approval:
    """A signature that comes before the seal and is not seen on the page."""

    #: Whose key.
    identity: Identity
    #: Who approves, and why, as written into the signature dictionary.
    name: str | None
    reason: str | None


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
    first: Approval | None = None,
) -> Sealed:
    """Return *pdf*, a whole file, sealed as `seal_file` seals it in place."""
    file = BytesIO(pdf)
    words = {"name": name, "reason": reason, "location": location}
    seal = seal_file(file, identity=identity, mark=mark, when=when, level=level, first=first, **words)
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
    first: Approval | None = None,
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
        first: who else signs, before the seal; both signatures are of the same level, and neither is made when the
            other cannot be.

    Raises:
        IdentityUnusable: a certificate may not be used at *when*, or not for this level.
        DocumentUnsealable: the PDF is broken, encrypted, signed, or too narrow for the mark.
        TimestampUnavailable, RevocationUnavailable: those who vouch for us cannot be asked; try again.
        KeyUnavailable: a token or a signing service is not there; try again.
    """
    seal = Words(name, reason, location, when)
    signers, parts = [identity], [seal_alone(seal, mark)]
    if first is not None:
        _refuse_one_for_two(first.identity, identity)
        signers = [first.identity, identity]
        parts = [*two_signatures(Words(first.name, first.reason, location, when), seal, mark)]
    wanted = identity.level if level is None else level
    evidence = together([_permitted(who, wanted, when) for who in signers])
    try:
        signed = [
            _signed(file, part, who, stamped=wanted != "PAdES-B-B") for part, who in zip(parts, signers, strict=True)
        ]
        if wanted in LONG_TERM:
            evidence = _extended(file, signed, signers, wanted, when)
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


def _refuse_one_for_two(one: Identity, other: Identity) -> None:
    if one.fingerprint == other.fingerprint:
        raise IdentityUnusable("both signatures would be by one certificate; give each signer a key of their own")


def _permitted(identity: Identity, level: SealLevel, when: datetime) -> Evidence:
    """Return why *identity* may sign now; refuse one that may not, or cannot reach *level*."""
    evidence = check_identity(identity, when)
    if level != "PAdES-B-B" and identity.timestamper is None:
        raise IdentityUnusable(f"{level} needs time stamps; configure an authority, or seal as PAdES-B-B")
    if level in LONG_TERM and evidence.revocation != "good":
        raise IdentityUnusable(f"{level} needs answers on revocation; configure who is asked, or seal as PAdES-B-T")
    return evidence


def _extended(
    file: BinaryIO, signed: Sequence[Signed], identities: Sequence[Identity], level: SealLevel, when: datetime
) -> Evidence:
    """Bring the sealed file to its long-term level; return all that was found out about certificates for it.

    One store and one stamp serve all signatures: the stamp is over the whole file, and so over each of them.
    """
    checks = [check_identity(identity, when) for identity in identities]
    checks += [_check(each.token, who, when) for each, who in zip(signed, identities, strict=True)]
    proofs, identity = together(checks), identities[-1]
    if level == "PAdES-B-LT":
        add_proofs(file, proofs)
        return proofs
    if identity.timestamper is None:
        raise TypeError("a long-term level without a stamp")
    digits = 2 * len(signed[-1].der) + SPARE_DIGITS
    last = _check(add_stamped_proofs(file, proofs, timestamper=identity.timestamper, digits=digits), identity, when)
    if set(last.certificates) <= set(proofs.certificates):
        return proofs
    # another authority took over between the two stamps
    add_proofs(file, last)
    return together([proofs, last])


def _check(token: cms.ContentInfo | None, identity: Identity, when: datetime) -> Evidence:
    if token is None:
        raise TypeError("a long-term level without a stamp")
    trust = identity.trust
    return check_stamp(
        token,
        roots=identity.chain[-1:] if trust is None else (*trust.roots, *trust.stampers),
        others=identity.chain if trust is None else (*identity.chain, *trust.intermediates),
        revocation=identity.source,
        memory=identity.memory,
        when=when,
    )


def _signed(file: BinaryIO, part: Part, identity: Identity, *, stamped: bool) -> Signed:
    timestamper = identity.timestamper if stamped else None
    digits = _room(identity, timestamper)
    size = file.seek(0, SEEK_END)
    for _ in range(ATTEMPTS):
        file.truncate(size)
        steps, digest = prepared(file, part, digits)
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
