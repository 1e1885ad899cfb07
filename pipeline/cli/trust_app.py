"""The words of ``sohoa trust`` on the command line; what they do is `pipeline.cli.trust`'s."""
# ruff: noqa: FBT002 -- typer reads flags from the parameters of functions that nobody else calls

from __future__ import annotations

import os
from typing import Annotated

import typer

from pipeline.messages import say
from pipeline.settings import read_settings

trust_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("help.trust-sets"))

AsJson = Annotated[bool, typer.Option("--json", help=say("help.json"))]
Name = Annotated[str, typer.Argument(metavar="NAME", help=say("help.trust-name"))]


@trust_app.command("list", help=say("help.trust-list"))
def trust_list(as_json: AsJson = False) -> None:
    """List the sets."""
    from pipeline.cli.trust import list_command  # noqa: PLC0415 -- loads pyHanko

    raise typer.Exit(list_command(read_settings(os.environ), as_json=as_json))


@trust_app.command("show", help=say("help.trust-show"))
def trust_show(name: Name, as_json: AsJson = False) -> None:
    """Show one set."""
    from pipeline.cli.trust import show_command  # noqa: PLC0415 -- as above

    raise typer.Exit(show_command(read_settings(os.environ), name, as_json=as_json))


@trust_app.command("add", help=say("help.trust-add"))
def trust_add(
    name: Name,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=say("help.trust-source"))],
    sha256: Annotated[list[str] | None, typer.Option("--sha256", metavar="HEX", help=say("help.trust-sha256"))] = None,
    crl: Annotated[list[str] | None, typer.Option("--crl", metavar="SOURCE", help=say("help.trust-crl"))] = None,
    as_json: AsJson = False,
) -> None:
    """Add a set, or show what it would be made of."""
    from pipeline.cli.trust import add_command  # noqa: PLC0415 -- as above

    settings = read_settings(os.environ)
    raise typer.Exit(add_command(settings, name, source, confirmed=sha256 or [], crls=crl or [], as_json=as_json))


@trust_app.command("update", help=say("help.trust-update"))
def trust_update(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=say("help.trust-name"))] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch sets again."""
    from pipeline.cli.trust import update_command  # noqa: PLC0415 -- as above

    raise typer.Exit(update_command(read_settings(os.environ), names or [], as_json=as_json))


@trust_app.command("undo", help=say("help.trust-undo"))
def trust_undo(name: Name, as_json: AsJson = False) -> None:
    """Return to the state before."""
    from pipeline.cli.trust import undo_command  # noqa: PLC0415 -- as above

    raise typer.Exit(undo_command(read_settings(os.environ), name, as_json=as_json))


@trust_app.command("remove", help=say("help.trust-remove"))
def trust_remove(name: Name, as_json: AsJson = False) -> None:
    """Forget a set."""
    from pipeline.cli.trust import remove_command  # noqa: PLC0415 -- as above

    raise typer.Exit(remove_command(read_settings(os.environ), name, as_json=as_json))
