"""``sohoa setup-storage``: make the buckets of an object server and give each key its rights; for an administrator."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.cli.show import coloured, people, put_json, safe, table
from pipeline.errors import Usage
from pipeline.messages import say
from pipeline.settings import Settings
from pipeline.stores import server_of
from pipeline.translate import ours
from storage.s3 import Holder, Role, set_up

FORMAT = 1


def setup_command(
    settings: Settings,
    *,
    workers: Sequence[str],
    webs: Sequence[str],
    auditors: Sequence[str],
    scanners: Sequence[str],
    as_json: bool,
) -> int:
    """Set the object server up; return 0.

    Args:
        settings: With the address, and the key of whoever shall own the buckets.
        workers: Users of workers.
        webs: Users of the web door.
        auditors: Users of auditors.
        scanners: ``station=user``.
        as_json: For machines.

    Raises:
        Usage: ``holder-invalid``; nothing is done.
        SohoaError: the server cannot be reached, does not let us, or has a bucket that can never be locked.
    """
    named: list[tuple[Role, Sequence[str]]] = [("worker", workers), ("web", webs), ("auditor", auditors)]
    holders = [_holder(role, user) for role, users in named for user in users]
    holders += [_holder("scanner", *_parted(text)) for text in scanners]
    server = server_of(settings)
    with ours():
        done = set_up(server, settings.store_prefix, holders)
    if as_json:
        users = [{"role": each.role, "user": each.user, "station": each.station or None} for each in holders]
        put_json({"format": FORMAT, "exit": 0, "server": server.url, "buckets": list(done), "holders": users})
        return 0
    console = people()
    heads = (say(f"setup-storage.column-{column}") for column in ("bucket", "state"))
    shown = table(say("setup-storage.heading", server=server.url), *heads)
    for bucket, before in done.items():
        shown.add_row(safe(bucket), coloured("works", say("setup-storage.there" if before else "setup-storage.made")))
    console.print(shown)
    names = ", ".join(each.user for each in holders)
    said = say("setup-storage.done", count=len(holders), names=names) if holders else say("setup-storage.nobody")
    console.print(safe(said), soft_wrap=True)
    return 0


def _parted(text: str) -> tuple[str, str]:
    station, equals, user = text.partition("=")
    if not equals or not station:
        raise Usage("holder-invalid", text=text)
    return user, station


def _holder(role: Role, user: str, station: str = "") -> Holder:
    try:
        return Holder(role, user, station)
    except ValueError as error:
        raise Usage("holder-invalid", text=f"{station}={user}" if station else user) from error
