"""The command ``sohoa`` with what needs the queue: ``serve`` and ``retry`` beside the commands of `pipeline.cli`.

The entry point of the installed command: `pipeline` knows nothing of the queue, so its door is widened from here, and
``web`` is put beside it. Only here do `workers` and `web` meet: one machine without a queue has both in one tree.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import main as pipeline_main
from pipeline.cli.app import also_examined, app
from pipeline.errors import Usage
from pipeline.messages import say
from pipeline.settings import read_settings
from web.cli import web_app

if TYPE_CHECKING:
    from pipeline.doctor import Try
    from pipeline.settings import Settings

__all__ = ["main"]

app.add_typer(web_app, name="web")


def _tries(settings: Settings) -> Sequence[Try]:
    from workers.checkup import tries  # noqa: PLC0415 -- loads everything

    return tries(settings)


also_examined.append(_tries)


@app.command(help=say("help.serve"))
def serve(
    roles: Annotated[str, typer.Option("--roles", metavar="ROLES", help=say("help.serve-roles"))] = "",
) -> None:
    """Digitise what is dropped into the inboxes."""
    from pipeline.cli.show import aside, safe  # noqa: PLC0415 -- loads rich
    from web.serve import run as run_web  # noqa: PLC0415 -- loads the server
    from workers.plant import make_plant  # noqa: PLC0415 -- loads everything
    from workers.serve import Role  # noqa: PLC0415 -- as above
    from workers.serve import serve as run_tree  # noqa: PLC0415 -- as above

    settings = read_settings(os.environ)
    parts = _parts(settings, roles)
    _prepare(settings, parts)
    host, _, port = settings.health.rpartition(":")
    if "watch" in parts and settings.inbox:
        aside().print(safe(say("serve.watches", inbox=", ".join(settings.inbox), address=settings.health)))
    beside = () if settings.queue else (Role("web", partial(run_web, settings)),)
    if beside:
        aside().print(safe(say("web.serves", address=settings.web)))
    run_tree(
        partial(make_plant, settings, with_key="seal" in parts),
        count=settings.worker_count,
        address=(host.strip("[]"), int(port)),
        shared=settings.var / "metrics",
        has_broker=bool(settings.queue),
        parts=parts,
        beside=beside,
    )


@app.command(help=say("help.retry"))
def retry(
    dossier: Annotated[str, typer.Argument(metavar="DOSSIER", help=say("help.retry-dossier"))],
    as_json: Annotated[bool, typer.Option("--json", help=say("help.json"))] = False,  # noqa: FBT002 -- as in `app`
) -> None:
    """Open again a dossier that waits for people."""
    from pipeline.cli.show import people, put_json, safe  # noqa: PLC0415 -- loads rich
    from pipeline.house import open_house  # noqa: PLC0415 -- loads SQLAlchemy
    from pipeline.wiring import actor  # noqa: PLC0415 -- loads SQLAlchemy

    ledger = open_house(read_settings(os.environ), make=False).ledger

    def work() -> None:
        if not ledger.retry_item(dossier):
            raise Usage("not-waiting", dossier=dossier)
        ledger.event(actor(), "retried", dossier)

    ledger.together(work)
    if as_json:
        put_json({"format": 1, "exit": 0, "dossier": dossier})
    else:
        people().print(safe(say("serve.retried", dossier=dossier)))


def main() -> None:
    """Run the command line of this process and exit."""
    pipeline_main()


def _parts(settings: Settings, roles: str) -> Sequence[str]:
    """Return what this machine is there for.

    Raises:
        Usage: ``role-unknown``; ``queue-needed`` when others are to do the rest and there is no queue.
        Misconfigured: an address cannot be one; here, where somebody looks, and not in each child again.
    """
    from workers.broker import make_broker  # noqa: PLC0415 -- loads dramatiq
    from workers.plant import inbox_at  # noqa: PLC0415 -- loads everything
    from workers.receiver import receiver_of, require_address  # noqa: PLC0415 -- as above
    from workers.serve import PARTS  # noqa: PLC0415 -- as above

    named = [each.strip() for each in roles.split(",") if each.strip()]
    for each in named:
        if each not in PARTS:
            raise Usage("role-unknown", role=each, known=", ".join(PARTS))
    if named and set(named) != set(PARTS) and not settings.queue:
        raise Usage("queue-needed")
    make_broker(settings.queue, settings.queue_password_file).close()
    for address in settings.inbox:
        inbox_at(settings, address)
    parts = named or PARTS
    if settings.notify_url:
        require_address(settings)
        if "turns" in parts:  # only there, notices are sent, and the secret need be
            receiver_of(settings)
    return parts


def _prepare(settings: Settings, parts: Sequence[str]) -> None:
    """Make store and ledger before several processes ask for them, and say whether our seals are for trial."""
    from pipeline.house import open_house  # noqa: PLC0415 -- loads everything
    from pipeline.identities import identities, keys_named  # noqa: PLC0415 -- loads pyHanko
    from pipeline.lanes import announce  # noqa: PLC0415 -- loads everything
    from pipeline.translate import ours  # noqa: PLC0415 -- loads SQLAlchemy
    from pipeline.wiring import seed  # noqa: PLC0415 -- loads everything

    house = open_house(settings, make=True)
    with house.ledger, ours():
        seed(house)
        if "seal" in parts:
            # Whichever agency: without a key of theirs, all of them have one for trials.
            announce(house.store, trial=not keys_named(settings) or identities(settings)("").trial)


if __name__ == "__main__":
    main()
