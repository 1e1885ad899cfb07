"""How long a detached seal can be proved, and whether it still holds on the day when another takes its place.

A detached seal cannot grow as a PDF does: before it ends, its bytes and those it seals are sealed anew (RFC 4998 calls
that a chain of evidence). Whoever does that must have seen that the old seal held; nothing here makes the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, x509
from pyhanko.sign.general import extract_signer_info

from signing.authorities.evidence import NoPath, Purpose, together, vouch
from signing.authorities.revocation import NoAnswer, Revocation, Revoked
from signing.authorities.tsa import certificates_of
from signing.blocking import in_turn
from signing.errors import DocumentUnsealable, RevocationUnavailable
from signing.identity.keys import Identity
from signing.model import SignatureReport
from signing.sealing.cms import digest_of, stamp
from signing.trust import Trust
from signing.verifying.check import Grounds
from signing.verifying.contents import certificates_in, signer_of, token_in
from signing.verifying.detached import check_detached, describe_detached
from signing.verifying.independent import opinion_on
from signing.verifying.policy import current_policy
from signing.verifying.revocation import Material
from signing.verifying.verify import verify_bytes


@dataclass(frozen=True, slots=True)
class _Parts:
    """Whose certificates a seal rests on."""

    signer: x509.Certificate
    #: The authority of its stamp; nothing when there is none.
    stamper: x509.Certificate | None
    #: All certificates that lie in it.
    held: tuple[x509.Certificate, ...]


@in_turn
def seal_end(seal: bytes) -> datetime | None:
    """Return when the first of the certificates behind a detached seal (DER) ends; nothing for what is no seal.

    After the signer's own end no later list need speak of it any more (RFC 5280, 3.3), so the seal is replaced before,
    however long its stamp holds.
    """
    parts = _parts(seal)
    if parts is None:
        return None
    return min(_end_of(certificate) for certificate in (parts.signer, parts.stamper) if certificate is not None)


def next_end(identity: Identity) -> datetime:
    """Return when a detached seal that *identity* made now would end; asks for a stamp over nothing to know.

    Raises:
        TimestampUnavailable: no time stamp could be had; try again.
    """
    ends = [_end_of(identity.certificate)]
    if identity.timestamper is not None:
        leaf, _, _ = certificates_of(stamp(digest_of(b""), identity.timestamper))
        ends.append(_end_of(leaf))
    return min(ends)


def trust_of(identity: Identity) -> Trust:
    """Return what seals of *identity*, and those it renews, are verified with."""
    return identity.trust or Trust(identity.chain[-1:], identity.crls, identity.chain[:-1])


def check_seal(data: bytes, seal: bytes, *, trust: Trust, revocation: Revocation | None, now: datetime) -> None:
    """See that a detached seal holds now, asking about revocation where the lists at hand do not say.

    Args:
        data: what it seals.
        seal: what `seal_bytes` gave, DER.
        trust: where the paths of its certificates must end.
        revocation: whom to ask; nobody to go by the lists in *trust*.
        now: the present time (aware).

    Raises:
        DocumentUnsealable: it does not hold, or can be proved no more.
        RevocationUnavailable: nobody says whether a certificate is revoked; try again.
    """
    report = verify_bytes(data, seal, trust=trust, now=now)
    parts = _parts(seal)
    if report.code == "TRY_LATER" and parts is not None and revocation is not None:
        report = _verified(data, seal, trust, _asked(parts, trust, revocation, now), now)
    if report.status != "TOTAL-PASSED":
        raise DocumentUnsealable(
            f"the seal is not replaced, since it does not hold ({report.code}): {report.detail} "
            "Look at its report; give the revocation list of its time to trust, when that is what lacks"
        )


def _asked(parts: _Parts, trust: Trust, revocation: Revocation, now: datetime) -> Material:
    others = (*parts.held, *trust.intermediates)
    wanted: list[tuple[x509.Certificate, Purpose, Sequence[x509.Certificate]]] = [(parts.signer, "seal", trust.roots)]
    if parts.stamper is not None:
        wanted.append((parts.stamper, "time-stamp", (*trust.roots, *trust.stampers)))
    try:
        checks = [
            vouch(leaf, others=others, roots=roots, revocation=revocation, purpose=purpose, when=now)
            for leaf, purpose, roots in wanted
        ]
    except NoAnswer as error:
        raise RevocationUnavailable(f"{error}; nothing was sealed, the same call can be made again") from error
    except (NoPath, Revoked) as error:
        raise DocumentUnsealable(f"the seal is not replaced, since it does not hold: {error}") from error
    found = together(checks)
    return Material(parts.held, found.crls, found.ocsps)


@in_turn
def _verified(data: bytes, seal: bytes, trust: Trust, material: Material, now: datetime) -> SignatureReport:
    """Verify a seal that can be read as `verify_bytes` does, and with *material* besides."""
    try:
        signed = cms.ContentInfo.load(seal, strict=True)["content"]
        report = describe_detached(signed, extract_signer_info(signed))
        grounds = Grounds(trust, material, current_policy(), now)
        return check_detached(report, p7s=seal, data=data, signed=signed, own=opinion_on(data, seal), grounds=grounds)
    except Exception as error:  # noqa: BLE001 - pyHanko raises raw exceptions on odd structures
        return SignatureReport("INDETERMINATE", "GENERIC", f"It cannot be checked: {type(error).__name__}.")


@in_turn
def _parts(seal: bytes) -> _Parts | None:
    try:
        signed = cms.ContentInfo.load(seal, strict=True)["content"]
        signer = signer_of(signed)
        token = token_in(extract_signer_info(signed))
        stamper = None if token is None else signer_of(token)
        return None if signer is None else _Parts(signer, stamper, tuple(certificates_in(signed)))
    except Exception:  # noqa: BLE001 - asn1crypto raises what its parser stumbles on
        return None


@in_turn
def _end_of(certificate: x509.Certificate) -> datetime:
    end: datetime = certificate.not_valid_after
    return end
