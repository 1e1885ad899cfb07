"""``sohoa trust``: the named sets of certificates that signatures are verified with, and their dates."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pipeline.cli.show import coloured, error_json, people, put_json, safe, table
from pipeline.clock import now
from pipeline.errors import SohoaError
from pipeline.messages import reason, say
from pipeline.reports.plain import day, local
from pipeline.settings import Settings
from pipeline.trust_sets import REFUSALS, Renewal, add, offer, remove, renew, set_named, sets_of, undo
from signing.trusting import CertificateFacts, Content, Listed, Member, SetTrouble, TrustSet, facts_of, list_facts

FORMAT = 1
INCOMPLETE, NOT_ADDED = 1, 3


def list_command(settings: Settings, *, as_json: bool) -> int:
    """List the sets with their dates; return 0, or 1 when one of them is damaged."""
    at = now()
    held: dict[str, TrustSet | SohoaError] = {}
    for name in sets_of(settings).names():
        try:
            held[name] = set_named(settings, name)
        except SohoaError as error:
            held[name] = error
    code = INCOMPLETE if any(isinstance(each, SohoaError) for each in held.values()) else 0
    if as_json:
        told = [
            {"name": name, "error": error_json(each)} if isinstance(each, SohoaError) else _set_json(each, at)
            for name, each in held.items()
        ]
        put_json({"format": FORMAT, "exit": code, "sets": told})
        return code
    if not held:
        people().print(safe(say("trust.none")))
        return code
    columns = ("set", "certificates", "valid-until", "fresh-until", "fetched-at", "source")
    shown = table(say("trust.heading"), *(say(f"trust.column-{column}") for column in columns))
    for name, each in held.items():
        if isinstance(each, SohoaError):
            shown.add_row(safe(name), coloured("failed", say("trust.damaged")), "", "", "", "")
        else:
            shown.add_row(*_row(each, at))
    people().print(shown)
    return code


def show_command(settings: Settings, name: str, *, as_json: bool) -> int:
    """Show every certificate and list of one set; return the exit code.

    Raises:
        Usage: ``trust-set-unknown``, ``trust-unreadable``.
    """
    held, at = set_named(settings, name), now()
    if as_json:
        certificates = [_certificate_json(facts_of(each)) for each in held.members]
        lists = [
            {
                "issuer": each.issuer,
                "this_update": each.this_update.isoformat(),
                "next_update": _iso(each.next_update),
                "sha256": each.sha256,
            }
            for each in map(list_facts, held.crls)
        ]
        put_json({"format": FORMAT, "exit": 0, "set": _set_json(held, at), "members": certificates, "lists": lists})
        return 0
    console = people()
    console.print(f"[bold]{safe(held.name)}[/bold] {safe(held.source)}", soft_wrap=True)
    console.print(safe(say("trust.fetched", at=local(held.fetched_at), sha256=held.fetched_sha256)), soft_wrap=True)
    for sha256 in held.confirmed:
        console.print(safe(say("trust.confirmed", sha256=sha256)), soft_wrap=True)
    if held.listed is not None:
        console.print(_listed(held.listed, at))
    _show_members(((each, each.role) for each in held.members), at)
    if held.crls:
        shown = table(say("trust.lists"), *(say(f"trust.column-{column}") for column in ("issuer", "made", "due")))
        for each in map(list_facts, held.crls):
            shown.add_row(safe(each.issuer), day(each.this_update), _due(each.next_update, at))
        console.print(shown)
    return 0


def add_command(
    settings: Settings, name: str, source: str, *, confirmed: Sequence[str], crls: Sequence[str], as_json: bool
) -> int:
    """Add a set of what *confirmed* names, or only show what *source* holds; return the exit code.

    It is 3 when nothing was added, 1 when something that a person asked for is not in the set.

    Raises:
        SohoaError: see `pipeline.trust_sets.add`; then nothing was added.
    """
    at = now()
    if not confirmed:
        found = offer(settings, source, at)
        return _offer(name, source, found, crls, at, as_json=as_json)
    change = add(settings, name, source, crls=crls, confirmed=confirmed, now=at)
    code = INCOMPLETE if any(each.code != "root-unconfirmed" for each in change.troubles) else 0
    if as_json:
        told = _set_json(change.set, at)
        put_json({"format": FORMAT, "exit": code, "set": told, "refused": _refused(change.troubles)})
        return code
    facts = {"name": name, "count": len(change.set.members), "lists": len(change.set.crls)}
    people().print(coloured("works", say("trust.added", **facts)))
    for line in _reasons(change.troubles):
        people().print(coloured("warns", line), soft_wrap=True)
    return code


def update_command(settings: Settings, names: Sequence[str], *, as_json: bool) -> int:
    """Fetch sets again; return 0, or 1 when something was refused or could not be had.

    Raises:
        Usage: ``trust-set-unknown``; then nothing was fetched.
    """
    at = now()
    done = list(renew(settings, names, at))
    code = INCOMPLETE if any(isinstance(each, SohoaError) or each.change.troubles for _, each in done) else 0
    if as_json:
        told = [
            {"name": name, "state": _state(each), "error": error_json(each)}
            if isinstance(each, SohoaError)
            else _set_json(each.change.set, at) | {"state": _state(each), "refused": _refused(each.change.troubles)}
            for name, each in done
        ]
        put_json({"format": FORMAT, "exit": code, "sets": told})
        return code
    if not done:
        people().print(safe(say("trust.none")))
        return code
    shown = table(say("trust.heading"), *(say(f"trust.column-{column}") for column in ("set", "state", "refused")))
    for name, each in done:
        lines = [reason(each.code, each.facts)] if isinstance(each, SohoaError) else _reasons(each.change.troubles)
        colour = "fails" if lines else "works"
        shown.add_row(safe(name), coloured(colour, say(f"trust.{_state(each)}")), "\n".join(map(safe, lines)))
    people().print(shown)
    return code


def undo_command(settings: Settings, name: str, *, as_json: bool) -> int:
    """Return a set to what it was before its last change; return the exit code.

    Raises:
        Usage: ``trust-set-unknown``, ``trust-nothing-to-undo``.
    """
    held = undo(settings, name)
    if as_json:
        put_json({"format": FORMAT, "exit": 0, "set": _set_json(held, now())})
    else:
        people().print(coloured("works", say("trust.undone", name=name, at=local(held.fetched_at))))
    return 0


def remove_command(settings: Settings, name: str, *, as_json: bool) -> int:
    """Forget a set; return the exit code.

    Raises:
        Usage: ``trust-set-unknown``.
    """
    remove(settings, name)
    if as_json:
        put_json({"format": FORMAT, "exit": 0, "removed": name})
    else:
        people().print(coloured("works", say("trust.removed", name=name)))
    return 0


def _offer(name: str, source: str, found: Content, crls: Sequence[str], at: datetime, *, as_json: bool) -> int:
    """Show what a source holds and how to confirm it."""
    if as_json:
        told = [_certificate_json(facts_of(each)) for each in found.members]
        to_confirm = [_certificate_json(facts_of(each)) for each in found.to_confirm]
        put_json({"format": FORMAT, "exit": NOT_ADDED, "added": False, "to_confirm": to_confirm, "members": told})
        return NOT_ADDED
    console = people()
    console.print(safe(say("trust.offered", source=source)), soft_wrap=True)
    if found.listed is not None:
        console.print(_listed(found.listed, at))
    others = (each for each in found.members if each not in found.to_confirm)
    _show_members([*((each, "to-confirm") for each in found.to_confirm), *((each, each.role) for each in others)], at)
    if not found.to_confirm:
        console.print(coloured("fails", say("trust.nothing-to-trust")))
        return NOT_ADDED
    console.print(coloured("warns", say("trust.not-added")), soft_wrap=True)
    words = ["sohoa", "trust", "add", name, source, *(word for each in crls for word in ("--crl", each))]
    # not the fingerprint itself: what can be pasted is not compared
    console.print(safe(f"{shlex.join(words)} --sha256 …"), soft_wrap=True)
    return NOT_ADDED


def _row(held: TrustSet, at: datetime) -> list[str]:
    dates = (_due(held.valid_until, at), _due(held.next_update, at), day(held.fetched_at))
    return [safe(held.name), str(len(held.members)), *dates, safe(held.source)]


def _show_members(members: Iterable[tuple[Member, str]], at: datetime) -> None:
    """Show certificates, each with its use; fingerprints on one line, where they can be compared."""
    console = people()
    for member, use in members:
        facts = facts_of(member)
        console.print(f"\n[bold]{safe(say(f'trust.role-{use}'))}[/bold]: {safe(facts.subject)}", soft_wrap=True)
        console.print(f"  SHA-256 {facts.sha256}", soft_wrap=True)
        dates = f"{day(facts.not_before)} – {_due(facts.not_after, at)}"
        console.print(f"  {dates}, {safe(facts.key)}", soft_wrap=True)
    console.print()


def _due(when: datetime | None, at: datetime) -> str:
    """Return a date by which something ends, red once it has."""
    if when is None:
        return "–"
    return day(when) if at <= when else coloured("fails", say("trust.stale", when=day(when)))


def _listed(listed: Listed, at: datetime) -> str:
    facts = {"territory": listed.territory, "sequence": listed.sequence, "issued": day(listed.issued)}
    return f"{safe(say('trust.trusted-list', **facts))} – {_due(listed.next_update, at)}"


def _state(done: Renewal | SohoaError) -> str:
    """Return how a renewal went, for machines and as a key of sentences."""
    if isinstance(done, SohoaError):
        return "failed"
    if done.change.troubles:
        return "partly" if done.renewed or done.change.fetched is not None else "failed"
    return "renewed" if done.renewed else "unchanged"


def _reasons(troubles: Iterable[SetTrouble]) -> list[str]:
    return [reason(REFUSALS[each.code], {"what": each.what}) for each in troubles]


def _refused(troubles: Sequence[SetTrouble]) -> list[dict[str, str]]:
    return [
        {"code": REFUSALS[each.code], "what": each.what, "reason": said, "detail": each.detail}
        for each, said in zip(troubles, _reasons(troubles), strict=True)
    ]


def _set_json(held: TrustSet, at: datetime) -> dict[str, Any]:
    listed = held.listed
    return {
        "name": held.name,
        "source": held.source,
        "crl_sources": list(held.crl_sources),
        "confirmed": list(held.confirmed),
        "certificates": len(held.members),
        "lists": len(held.crls),
        "valid_until": _iso(held.valid_until),
        "fresh_until": _iso(held.next_update),
        "stale": held.stale_at(at),
        "fetched_at": held.fetched_at.isoformat(),
        "fetched_sha256": held.fetched_sha256,
        "trusted_list": listed
        and {"territory": listed.territory, "sequence": listed.sequence, "issued": listed.issued.isoformat()},
    }


def _certificate_json(facts: CertificateFacts) -> dict[str, str]:
    return {
        "role": facts.role,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "sha256": facts.sha256,
        "not_before": facts.not_before.isoformat(),
        "not_after": facts.not_after.isoformat(),
        "key": facts.key,
    }


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()
