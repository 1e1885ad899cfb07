"""The next state of a set: gathered from its sources, decided purely, written by whoever asked (`TrustSets.write`).

What a person confirmed stays the measure: a renewal may bring new authorities below a confirmed root, new lists, and
whatever a confirmed signer of a trusted list puts into it; never a new root, nor anything from before what is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from signing.authorities.http import Fetcher, Unreachable
from signing.bundle import read_file
from signing.errors import TrustUnreadable
from signing.trust import MAX_TRUST_FILE
from signing.trusting.content import Content, look_into
from signing.trusting.model import Member, Refused, SetTrouble, TrustSet, facts_of
from signing.trusting.revocation_lists import taken

#: Seconds for one source; a list of 10 MB over a slow line, where time stamps have 10 s.
FETCH_TIMEOUT_S = 60.0
#: Gives the octets of a source; raises `Refused` (``source-unreachable``).
Obtain = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants a set to be."""

    name: str
    #: Address (http, https) or absolute path of the certificates, and of further revocation lists.
    source: str
    crl_sources: tuple[str, ...]
    #: SHA-256 (hex) of what that person compared.
    confirmed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """The next state of a set, and what was refused on the way."""

    set: TrustSet
    #: What the source gave; None when it gave nothing that could be used, and the certificates are the former ones.
    fetched: bytes | None = field(repr=False)
    troubles: tuple[SetTrouble, ...]


def obtain_with(fetcher: Fetcher) -> Obtain:
    """Return who gets the octets of a source: files are read, addresses asked if the list of hosts allows it."""

    def obtain(source: str) -> bytes:
        try:
            if is_address(source):
                return fetcher.fetch(source, send=None, accept="*/*")
            return read_file(Path(source), most=MAX_TRUST_FILE)
        except (Unreachable, TrustUnreadable) as error:
            raise Refused("source-unreachable", source, str(error)) from error

    return obtain


def is_address(source: str) -> bool:
    """Say whether *source* is an address rather than a path."""
    return urlsplit(source).scheme.lower() in {"http", "https"}


def offered(source: str, obtain: Obtain, now: datetime) -> Content:
    """Return what *source* holds, believed as it is, for a person to compare; nothing may be trusted on its strength.

    Raises:
        Refused: there is nothing, or nothing that could be trusted.
    """
    return look_into(obtain(source), source, signers=None, now=now)


def first_state(order: Order, obtain: Obtain, now: datetime) -> Change:
    """Return the set that *order* asks for.

    Raises:
        Refused: its source cannot be had or used, or does not hold every certificate that was confirmed.
    """
    data = obtain(order.source)
    content = look_into(data, order.source, signers=order.confirmed, now=now)
    members, strangers = _admitted(content, order.confirmed)
    crls, troubles = _lists(order.crl_sources, obtain, now)
    kept, refused = taken([*content.crls, *crls], (), [member.der for member in members])
    made = TrustSet(
        order.name,
        order.source,
        order.crl_sources,
        order.confirmed,
        members,
        kept,
        now,
        content.sha256,
        content.listed,
        tuple(member.sha256 for member in strangers),
    )
    return Change(made, data, (*content.troubles, *_unconfirmed(strangers), *troubles, *refused))


def next_state(present: TrustSet, obtain: Obtain, now: datetime) -> Change:
    """Return *present* renewed as far as its sources allow; what they refuse stays as it is. Never raises `Refused`."""
    renewed, data, found = present, None, list[bytes]()
    troubles: list[SetTrouble] = []
    try:
        data = obtain(present.source)
        content = look_into(data, present.source, signers=present.confirmed, now=now)
        _refuse_older(present, content)
        members, strangers = _admitted(content, present.confirmed)
        renewed = replace(
            present, members=members, fetched_at=now, fetched_sha256=content.sha256, listed=content.listed
        )
        troubles += content.troubles
        troubles += _unconfirmed(member for member in strangers if member.sha256 not in present.declined)
        found += content.crls
    except Refused as refused:
        data = None
        troubles.append(refused.trouble)
    crls, unread = _lists(present.crl_sources, obtain, now)
    kept, unfit = taken([*found, *crls], present.crls, [member.der for member in renewed.members])
    return Change(replace(renewed, crls=kept), data, (*troubles, *unread, *unfit))


def differs(one: TrustSet, other: TrustSet) -> bool:
    """Say whether two states of a set differ in more than when they were had."""
    return replace(one, fetched_at=other.fetched_at) != other


def _admitted(content: Content, confirmed: tuple[str, ...]) -> tuple[tuple[Member, ...], list[Member]]:
    """Return the certificates that may enter, and the roots that nobody confirmed."""
    if content.signer is not None:
        return content.members, []  # whoever signed was confirmed, and answers for all of it
    held = {member.sha256 for member in content.to_confirm}
    for fingerprint in confirmed:
        if fingerprint not in held:
            raise Refused("root-gone", fingerprint, f"the source holds {', '.join(sorted(held)) or 'no root'}")
    strangers = [member for member in content.to_confirm if member.sha256 not in confirmed]
    members = tuple(member for member in content.members if member not in strangers)
    return members, strangers


def _unconfirmed(strangers: Iterable[Member]) -> list[SetTrouble]:
    return [SetTrouble("root-unconfirmed", member.sha256, facts_of(member).subject) for member in strangers]


def _refuse_older(present: TrustSet, content: Content) -> None:
    """Refuse a trusted list from before the one that is held: somebody may be playing back what was withdrawn."""
    if (present.listed is None) != (content.listed is None):
        raise Refused("source-unreadable", present.source, "a trusted list and a bundle do not replace each other")
    if present.listed is None or content.listed is None:
        return
    was, is_now = present.listed, content.listed
    if (is_now.sequence, is_now.issued) < (was.sequence, was.issued):
        raise Refused("trusted-list-older", present.source, f"number {is_now.sequence} after {was.sequence}")


def _lists(sources: Iterable[str], obtain: Obtain, now: datetime) -> tuple[list[bytes], list[SetTrouble]]:
    """Return the revocation lists of *sources*; one that fails does not stop the others."""
    found: list[bytes] = []
    troubles: list[SetTrouble] = []
    for source in sources:
        try:
            crls = look_into(obtain(source), source, signers=(), now=now).crls
        except Refused as refused:
            troubles.append(refused.trouble)
            continue
        if not crls:
            troubles.append(SetTrouble("source-unreadable", source, "it holds no revocation list"))
        found += crls
    return found, troubles
