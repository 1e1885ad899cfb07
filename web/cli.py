"""The command ``sohoa web``: answer, or make a token for somebody who may ask."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pipeline.messages import say
from pipeline.settings import read_settings

web_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None, help=say("help.web"))


@web_app.callback()
def web(context: typer.Context) -> None:
    """Answer until told to end."""
    if context.invoked_subcommand:
        return
    from pipeline.cli.show import aside, safe  # noqa: PLC0415 -- loads rich
    from web.serve import run  # noqa: PLC0415 -- loads the server and SQLAlchemy

    settings = read_settings(os.environ)
    aside().print(safe(say("web.serves", address=settings.web)))
    if not settings.web_tokens_file:
        aside().print(safe(say("web.serves-here-only")))
    run(settings)


@web_app.command("token", help=say("help.web-token"))
def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help=say("help.web-token-name"))],
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help=say("help.web-token-role"))] = "reader",
    as_json: Annotated[bool, typer.Option("--json", help=say("help.json"))] = False,  # noqa: FBT002 -- a flag
) -> None:
    """Make a token; it is shown this once and kept nowhere."""
    from pipeline.cli.show import aside, put_json, safe  # noqa: PLC0415 -- loads rich
    from web.tokens import line_of, new_token  # noqa: PLC0415 -- only here

    made = new_token()
    line = line_of(name, role, made)
    if as_json:
        put_json({"format": 1, "exit": 0, "name": name, "role": role, "token": made, "line": line})
        return
    aside().print(safe(say("web.token-made", name=name)))
    sys.stdout.write(f"{made}\n")
    aside().print(safe(say("web.token-line")))
    sys.stdout.write(f"{line}\n")
