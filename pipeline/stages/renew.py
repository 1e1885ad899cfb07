"""Renew one sealed PDF: proofs of its last time stamp, and a new stamp over all of it, before that one ends.

Not repeatable (time, nonce): `pipeline.renewal` does it under a lease and looks again after taking it. Which files are
due is asked here too; where they are kept is not known.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.errors import Interrupted, Misconfigured
from pipeline.stage import versions
from signing import (
    DocumentUnsealable,
    Identity,
    IdentityUnusable,
    KeyUnavailable,
    RevocationUnavailable,
    TimestampUnavailable,
    check_seal,
    next_end,
    renew_pdf,
    trust_of,
)

VERSION = 1


def tools() -> tuple[str, ...]:
    """Return "name version" of the programs that shape a renewal."""
    return versions("pyhanko", "cryptography")


def renew(data: bytes, *, identity: Identity, now: datetime, window: timedelta) -> bytes | None:
    """Return the sealed PDF *data* renewed; None when nothing would be gained now.

    Args:
        data: A PDF that is due within *window*.
        identity: Whose stamps, answers and roots are used; its key is not.
        now: The present time (aware).
        window: How long before its end a stamp is renewed.

    Raises:
        Misconfigured: ``renewal-unproved``, the file does not verify and stays as it is;
            ``authorities-needed``.
        Interrupted: ``renewal-failed``, an authority did not answer; the file waits.
    """
    if identity.timestamper is None or identity.source is None:
        raise Misconfigured("authorities-needed")
    trust = trust_of(identity)
    try:
        return renew_pdf(
            data, trust=trust, timestamper=identity.timestamper, revocation=identity.source, now=now, window=window
        )
    except DocumentUnsealable as error:
        raise Misconfigured("renewal-unproved", problem=str(error)) from error
    except (TimestampUnavailable, RevocationUnavailable) as error:
        raise Interrupted("renewal-failed", problem=str(error)) from error


def check_former(manifest: bytes, seal: bytes, *, identity: Identity, now: datetime) -> None:
    """See that the seal of a manifest holds, before another version takes its place.

    Raises:
        Misconfigured: ``renewal-unproved``; the dossier stays as it is.
        Interrupted: ``renewal-failed``, nobody says whether its certificates are revoked.
    """
    try:
        check_seal(manifest, seal, trust=trust_of(identity), revocation=identity.source, now=now)
    except DocumentUnsealable as error:
        raise Misconfigured("renewal-unproved", problem=str(error)) from error
    except RevocationUnavailable as error:
        raise Interrupted("renewal-failed", problem=str(error)) from error


def end_of_next(identity: Identity) -> datetime:
    """Return when the seal of a manifest that is made now would end.

    Raises:
        Misconfigured: ``identity-unusable``.
        Interrupted: ``renewal-failed``.
    """
    try:
        return next_end(identity)
    except IdentityUnusable as error:
        raise Misconfigured("identity-unusable", problem=str(error)) from error
    except (TimestampUnavailable, KeyUnavailable) as error:
        raise Interrupted("renewal-failed", problem=str(error)) from error
