"""Whose keys sign, who stamps and who is asked about revocation, as the settings have it.

The agency's key seals; with `SOHOA_SEAL_PROFILE=officer-agency` the key of an officer signs before it, and where either
cannot be used neither is. Both are held, checked and stamped alike.

A key that is no trial's signs only with what makes a seal last: an authority that stamps, and answers on revocation.
To seal with less, the level must be asked for by name (`SOHOA_SEAL_LEVEL`); otherwise nothing is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

from asn1crypto.x509 import Certificate

from pipeline.clock import now
from pipeline.errors import Interrupted, Misconfigured
from pipeline.messages import say
from pipeline.secret import secret_in
from pipeline.settings import BOTH_SIGN, Settings
from pipeline.trust_sets import configured_trust
from signing import (
    AuthorityTimestamper,
    Fetcher,
    Identity,
    IdentityUnusable,
    KeyUnavailable,
    KnownLists,
    OnlineRevocation,
    csc_identity,
    development_identity,
    pkcs11_identity,
    pkcs12_identity,
)

#: Whose key: as the names of its settings begin (``SOHOA_SIGNING_P12``, ``SOHOA_OFFICER_P12``).
Signer = Literal["signing", "officer"]
#: Told of each question to an authority for stamps: ``granted`` or ``failed``, and seconds.
Stamped = Callable[[str, float], None]
#: The level that a key of the agency seals at when none is named.
_BEST = "B-LTA"
#: The same for the development identity, whose seals need not last.
_TRIAL = "B-T"


def nobody(ending: str, seconds: float) -> None:
    """Hear of a stamp, and keep nothing of it."""


def identities(settings: Settings, stamped: Stamped = nobody) -> Callable[[str], Identity]:
    """Return who gives the identity that seals for an agency, by its name; *stamped* hears of every stamp.

    What is returned raises Misconfigured (``identity-unusable``, ``setting-needed``) when the key cannot be used or
    the level cannot be reached, and Interrupted (``sealing-failed``) when the token or the service is not there.
    """
    return _holder(settings, "signing", lambda agency: agency, stamped)


def officers(settings: Settings, stamped: Stamped = nobody) -> Callable[[str], Identity | None]:
    """Return who gives the identity that signs before an agency's, by the agency's name; nobody in most profiles.

    What is returned raises as that of `identities`; and Misconfigured (``setting-needed``) when the profile and the
    keys that are named contradict each other: a trial signature beside a real one would be taken for a real one.
    """
    keys = {signer: keys_named(settings, signer) for signer in ("signing", "officer")}
    held_for = _holder(settings, "officer", lambda agency: say("mark.trial-officer", agency=agency), stamped)

    def officer_of(agency: str) -> Identity | None:
        if settings.seal_profile != BOTH_SIGN:
            if keys["officer"]:
                raise Misconfigured("setting-needed", name="SOHOA_SEAL_PROFILE", why=keys["officer"][0])
            return None
        if len({bool(named) for named in keys.values()}) > 1:
            lacking = "SOHOA_SIGNING_P12" if keys["officer"] else "SOHOA_OFFICER_P12"
            raise Misconfigured("setting-needed", name=lacking, why=f"SOHOA_SEAL_PROFILE={BOTH_SIGN}")
        return held_for(agency)

    return officer_of


def keys_named(settings: Settings, signer: Signer = "signing") -> Sequence[str]:
    """Return the settings that name a key, of which there may be one: none of them means the development identity."""
    named = (f"{signer}_p12", f"{signer}_pkcs11", f"{signer}_csc")
    return [f"SOHOA_{name.upper()}" for name in named if getattr(settings, name)]


def _holder(
    settings: Settings, signer: Signer, trial_name: Callable[[str], str], stamped: Stamped
) -> Callable[[str], Identity]:
    """Return who holds the key of *signer*; *trial_name* says whom a trial certificate is made out to, by agency."""

    @cache
    def held_for(agency: str) -> Identity:
        try:
            held = _held(settings, signer, trial_name(agency))
        except IdentityUnusable as error:
            raise Misconfigured("identity-unusable", problem=str(error)) from error
        except KeyUnavailable as error:
            raise Interrupted("sealing-failed", problem=str(error)) from error
        return _at_level(held, settings, named=bool(keys_named(settings, signer)), stamped=stamped)

    # a key is one and the same whatever a ticket calls the agency: a token is logged in to once
    return (lambda _agency: held_for("")) if keys_named(settings, signer) else held_for


def _held(settings: Settings, signer: Signer, trial_name: str) -> Identity:
    named = keys_named(settings, signer)
    if len(named) > 1:
        raise Misconfigured("setting-invalid", name=named[1], problem=f"{named[0]} ({' | '.join(named)})")
    if not named:
        return development_identity(settings.var / "identity", agency=trial_name, clock=now)

    def given(what: str) -> str:
        return str(getattr(settings, f"{signer}_{what}") or "")

    def needed(what: str) -> str:
        return _needed(settings, f"{signer}_{what}", named[0])

    def secret(what: str) -> str:
        return secret_in(f"{signer}_{what}", needed(what))

    if given("p12"):
        return pkcs12_identity(Path(given("p12")), secret("p12_password_file") if given("p12_password_file") else None)
    if given("pkcs11"):
        return pkcs11_identity(
            Path(given("pkcs11")),
            token=needed("token"),
            pin=secret("pin_file"),
            label=given("key") or None,
            issuers=_issuers(settings),
        )
    return csc_identity(
        given("csc"),
        credential=needed("key"),
        client=needed("client"),
        secret=secret("client_secret_file"),
        pin=secret("pin_file") if given("pin_file") else None,
        issuers=_issuers(settings),
    )


def _at_level(held: Identity, settings: Settings, *, named: bool, stamped: Stamped) -> Identity:
    """Return *held* with the authorities that its level needs, and without those it does not."""
    level = settings.seal_level or (_BEST if named else _TRIAL)
    if named:
        held = _with_authorities(held, settings, level, stamped)
    elif level == _BEST:
        held = replace(held, revocation=KnownLists(held.crls))
    if level == "B-B":
        return replace(held, timestamper=None, revocation=None)
    return replace(held, revocation=None) if level == "B-T" else held


def _with_authorities(held: Identity, settings: Settings, level: str, stamped: Stamped) -> Identity:
    if level == "B-B":
        return held
    for name in ("tsa", "fetch_allow", "trust"):
        if not getattr(settings, name):  # who stamps, who may be asked, and whose roots count, nobody can guess
            raise Misconfigured("setting-needed", name=f"SOHOA_{name.upper()}", why=f"SOHOA_SEAL_LEVEL={level}")
    trust = configured_trust(settings)
    fetcher = Fetcher(settings.fetch_allow)
    revocation = OnlineRevocation(fetcher, lists=(*trust.crls, *held.crls))
    stamper = AuthorityTimestamper(
        settings.tsa,
        fetcher,
        roots=(*trust.roots, *trust.stampers),
        others=trust.intermediates,
        revocation=revocation,
        clock=now,
        told=stamped,
    )
    return replace(held, timestamper=stamper, revocation=revocation, trust=trust)


def _issuers(settings: Settings) -> tuple[Certificate, ...]:
    trust = configured_trust(settings)
    return (*trust.intermediates, *trust.roots)


def _needed(settings: Settings, name: str, why: str) -> str:
    if value := getattr(settings, name):
        return str(value)
    raise Misconfigured("setting-needed", name=f"SOHOA_{name.upper()}", why=why)
