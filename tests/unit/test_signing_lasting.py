"""How long a detached seal lasts, and that nothing takes the place of one that does not hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime

import pytest
from authority import DAY, START, Authority

from signing import (
    DocumentUnsealable,
    Identity,
    RevocationUnavailable,
    TimestampUnavailable,
    check_seal,
    next_end,
    seal_bytes,
    seal_end,
    trust_of,
)

DATA = b"what is sealed"


@pytest.fixture
def authority() -> Iterator[Authority]:
    made = Authority()
    yield made
    made.close()


def identity(authority: Authority, **more: object) -> Identity:
    return authority.identity(authority.fetcher(timeout_s=5), **more)  # type: ignore[arg-type]


def check(authority: Authority, seal: bytes, *, data: bytes = DATA, now: datetime | None = None) -> None:
    authority.now = now or authority.now
    held = identity(authority)
    check_seal(data, seal, trust=trust_of(held), revocation=held.source, now=authority.now)


@pytest.mark.parametrize(("years", "first"), [(2, "stamp"), (0.5, "signer")])
def test_a_seal_ends_with_the_first_of_its_certificates(authority: Authority, years: float, first: str) -> None:
    """The stamps' certificate lasts a year from the day before the start."""
    life = years * 365 * DAY
    seal = seal_bytes(DATA, identity=identity(authority, life=life), when=START)
    assert seal_end(seal) == START - DAY + (life if first == "signer" else 365 * DAY)


def test_a_seal_without_a_stamp_ends_with_its_signer(authority: Authority) -> None:
    bare = dataclasses.replace(identity(authority, life=9 * DAY), timestamper=None)
    assert seal_end(seal_bytes(DATA, identity=bare, when=START)) == START + 8 * DAY
    assert next_end(bare) == START + 8 * DAY


@pytest.mark.parametrize("data", [b"", b"no seal", b"\x30\x80", b"\x30\x03\x02\x01\x00"])
def test_what_is_no_seal_has_no_end_and_does_not_hold(authority: Authority, data: bytes) -> None:
    assert seal_end(data) is None
    with pytest.raises(DocumentUnsealable):
        check(authority, data)


def test_the_next_seal_ends_with_whoever_stamps_it(authority: Authority) -> None:
    held = identity(authority, life=3 * 365 * DAY)
    assert next_end(held) == START + 364 * DAY
    authority.moods |= {"tsa/1": "down", "tsa/2": "down"}
    with pytest.raises(TimestampUnavailable):
        next_end(identity(authority))


def test_a_seal_holds_when_those_who_know_say_so_today(authority: Authority) -> None:
    """No list lies at hand: they are asked, as the seal carries no answers itself."""
    seal = seal_bytes(DATA, identity=identity(authority), when=START)
    check(authority, seal, now=START + 90 * DAY)


@pytest.mark.parametrize(
    ("moods", "error"),
    [
        ({"ocsp": "revoked", "crl/middle": "revoked"}, DocumentUnsealable),
        ({"ocsp": "down", "crl/middle": "down"}, RevocationUnavailable),
        ({"crl/root": "down"}, RevocationUnavailable),
    ],
)
def test_a_seal_that_is_revoked_or_of_which_nobody_knows_is_not_replaced(
    authority: Authority, moods: dict[str, str], error: type[Exception]
) -> None:
    seal = seal_bytes(DATA, identity=identity(authority), when=START)
    authority.moods |= moods
    with pytest.raises(error):
        check(authority, seal)


def test_a_seal_over_other_bytes_is_not_replaced(authority: Authority) -> None:
    seal = seal_bytes(DATA, identity=identity(authority), when=START)
    with pytest.raises(DocumentUnsealable, match="HASH_FAILURE"):
        check(authority, seal, data=DATA + b".")


def test_a_seal_of_a_stranger_is_not_replaced(authority: Authority) -> None:
    other = Authority()
    try:
        seal = seal_bytes(DATA, identity=identity(other), when=START)
        with pytest.raises(DocumentUnsealable, match="NO_CERTIFICATE_CHAIN_FOUND"):
            check(authority, seal)
    finally:
        other.close()


def test_a_seal_left_too_long_is_not_replaced(authority: Authority) -> None:
    seal = seal_bytes(DATA, identity=identity(authority, life=30 * DAY), when=START)
    with pytest.raises(DocumentUnsealable):
        check(authority, seal, now=START + 60 * DAY)
