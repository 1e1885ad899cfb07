"""Whose key seals, who stamps and who is asked about revocation, as the settings have it.

A key of the agency seals only with what makes a seal last: an authority that stamps, and answers on revocation. To
seal with less, the level must be asked for by name (`SOHOA_SEAL_LEVEL`); otherwise nothing is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from asn1crypto.x509 import Certificate

from pipeline.errors import Interrupted, Misconfigured
from pipeline.settings import Settings
from signing import (
    AuthorityTimestamper,
    Fetcher,
    Identity,
    IdentityUnusable,
    KeyUnavailable,
    KnownLists,
    OnlineRevocation,
    Trust,
    TrustUnreadable,
    csc_identity,
    development_identity,
    load_trust,
    pkcs11_identity,
    pkcs12_identity,
)

#: The level that a key of the agency seals at when none is named.
_BEST = "B-LTA"
#: The same for the development identity, whose seals need not last.
_TRIAL = "B-T"


def now() -> datetime:
    """Return the present time, UTC."""
    return datetime.now(UTC)


def identities(settings: Settings) -> Callable[[str], Identity]:
    """Return who gives the identity that seals for an agency, by its name.

    What is returned raises Misconfigured (``identity-unusable``, ``setting-needed``) when the key cannot be used or
    the level cannot be reached, and Interrupted (``sealing-failed``) when the token or the service is not there.
    """

    @cache
    def held_for(agency: str) -> Identity:
        try:
            held = _held(settings, agency)
        except IdentityUnusable as error:
            raise Misconfigured("identity-unusable", problem=str(error)) from error
        except KeyUnavailable as error:
            raise Interrupted("sealing-failed", problem=str(error)) from error
        return _at_level(held, settings)

    # a key of the agency is one and the same whatever a ticket calls the agency: a token is logged in to once
    return (lambda _agency: held_for("")) if keys_named(settings) else held_for


def keys_named(settings: Settings) -> Sequence[str]:
    """Return the settings that name a key, of which there may be one: none of them means the development identity."""
    named = ("signing_p12", "signing_pkcs11", "signing_csc")
    return [f"SOHOA_{name.upper()}" for name in named if getattr(settings, name)]


def _held(settings: Settings, agency: str) -> Identity:
    named = keys_named(settings)
    if len(named) > 1:
        raise Misconfigured("setting-invalid", name=named[1], problem=f"{named[0]} ({' | '.join(named)})")
    if settings.signing_p12 is not None:
        locked = settings.signing_p12_password_file is not None
        return pkcs12_identity(settings.signing_p12, _secret(settings, "signing_p12_password_file") if locked else None)
    if settings.signing_pkcs11 is not None:
        return pkcs11_identity(
            settings.signing_pkcs11,
            token=_needed(settings, "signing_token"),
            pin=_secret(settings, "signing_pin_file"),
            label=settings.signing_key or None,
            issuers=_issuers(settings),
        )
    if settings.signing_csc:
        return csc_identity(
            settings.signing_csc,
            credential=_needed(settings, "signing_key"),
            client=_needed(settings, "signing_client"),
            secret=_secret(settings, "signing_client_secret_file"),
            pin=_secret(settings, "signing_pin_file") if settings.signing_pin_file else None,
            issuers=_issuers(settings),
        )
    return development_identity(settings.var / "identity", agency=agency, clock=now)


def _at_level(held: Identity, settings: Settings) -> Identity:
    """Return *held* with the authorities that its level needs, and without those it does not."""
    level = settings.seal_level or (_BEST if keys_named(settings) else _TRIAL)
    if keys_named(settings):
        held = _with_authorities(held, settings, level)
    elif level == _BEST:
        held = replace(held, revocation=KnownLists(held.crls))
    if level == "B-B":
        return replace(held, timestamper=None, revocation=None)
    return replace(held, revocation=None) if level == "B-T" else held


def _with_authorities(held: Identity, settings: Settings, level: str) -> Identity:
    if level == "B-B":
        return held
    for name in ("tsa", "fetch_allow", "trust"):
        if not getattr(settings, name):  # who stamps, who may be asked, and whose roots count, nobody can guess
            raise Misconfigured("setting-needed", name=f"SOHOA_{name.upper()}", why=f"SOHOA_SEAL_LEVEL={level}")
    trust = _known(settings)
    fetcher = Fetcher(settings.fetch_allow)
    revocation = OnlineRevocation(fetcher, lists=(*trust.crls, *held.crls))
    stamper = AuthorityTimestamper(
        settings.tsa, fetcher, roots=trust.roots, others=trust.intermediates, revocation=revocation, clock=now
    )
    return replace(held, timestamper=stamper, revocation=revocation, trust=trust)


def _known(settings: Settings) -> Trust:
    """Return the roots, issuers and lists of `SOHOA_TRUST`; nothing without it."""
    if settings.trust is None:
        return Trust(())
    try:
        return load_trust([settings.trust])
    except TrustUnreadable as error:
        raise Misconfigured("identity-unusable", problem=str(error)) from error


def _issuers(settings: Settings) -> tuple[Certificate, ...]:
    trust = _known(settings)
    return (*trust.intermediates, *trust.roots)


def _needed(settings: Settings, name: str) -> str:
    if value := getattr(settings, name):
        return str(value)
    raise Misconfigured("setting-needed", name=f"SOHOA_{name.upper()}", why=keys_named(settings)[0])


def _secret(settings: Settings, name: str) -> str:
    """Return the first line of the file that *name* names; an empty PIN would cost a token one of its tries.

    Raises:
        Misconfigured: ``setting-needed``, ``setting-invalid``; what stands in the file is in neither.
    """
    path, problem = Path(_needed(settings, name)), "empty"
    try:
        secret = path.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        secret, problem = "", type(error).__name__
    if not secret:
        raise Misconfigured("setting-invalid", name=f"SOHOA_{name.upper()}", problem=problem)
    return secret
