"""What all commands share of showing: the two consoles, the colours of a state, faults, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.errors import SohoaError
from pipeline.messages import reason, say

COLOURS: Mapping[str, str] = {
    "digitised": "green",
    "exempt": "cyan",
    "missing": "yellow",
    "rejected": "red",
    "complete": "green",
    "incomplete": "yellow",
    "passed": "green",
    "failed": "red",
    "indeterminate": "yellow",
    "sealed": "green",
    "works": "green",
    "warns": "yellow",
    "fails": "red",
}


def people() -> Console:
    """Return the console for results."""
    return Console(highlight=False)


def aside() -> Console:
    """Return the console for progress and faults: what must not stand among a command's results."""
    return Console(stderr=True, highlight=False)


def coloured(state: str, text: str) -> str:
    """Return *text*, which may be anything, in the colour of *state*."""
    colour = COLOURS.get(state)
    return f"[{colour}]{escape(text)}[/{colour}]" if colour else escape(text)


def table(heading: str, *columns: str) -> Table:
    """Return an empty table with a heading and column heads."""
    made = Table(title=escape(heading), title_justify="left", expand=False)
    for column in columns:
        made.add_column(escape(column), overflow="fold")
    return made


def put_json(value: Mapping[str, Any]) -> None:
    """Write a command's result for machines."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def error_json(error: SohoaError) -> dict[str, Any]:
    """Return an error for machines."""
    return {"code": error.code, "reason": reason(error.code, error.facts), "retry": error.retry}


def fault(error: SohoaError, *, as_json: bool) -> int:
    """Show an error that ended the command; return its exit code."""
    if as_json:
        put_json({"format": 1, "exit": error.exit_code, "error": error_json(error)})
    else:
        said = say("fault.heading", code=error.code, reason=reason(error.code, error.facts))
        aside().print(f"[red]{escape(said)}[/red]")
    return error.exit_code
