"""Seal the manifest: a detached CMS signature over the exact bytes of `manifest.json` (CAdES)."""

from __future__ import annotations

from datetime import datetime

from pipeline.errors import Interrupted, Misconfigured
from pipeline.stage import versions
from signing import (
    Identity,
    IdentityUnusable,
    KeyUnavailable,
    RevocationUnavailable,
    TimestampUnavailable,
    seal_bytes,
)

VERSION = 1


def tools() -> tuple[str, ...]:
    """Return "name version" of the programs that shape the seal."""
    return versions("pyhanko", "cryptography")


def seal_manifest(manifest: bytes, *, identity: Identity, when: datetime) -> bytes:
    """Return the seal of *manifest*, DER.

    Raises:
        Misconfigured: ``identity-unusable``; nothing is sealed.
        Interrupted: ``sealing-failed``, an authority or the key did not answer; the dossier waits.
    """
    try:
        return seal_bytes(manifest, identity=identity, when=when)
    except IdentityUnusable as error:
        raise Misconfigured("identity-unusable", problem=str(error)) from error
    except (TimestampUnavailable, RevocationUnavailable, KeyUnavailable) as error:
        raise Interrupted("sealing-failed", problem=str(error)) from error
