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
from pipeline.messages import catalogue, reason, say

#: Exit code after Ctrl-C, as shells have it.
INTERRUPTED = 130
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
    "review": "yellow",
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
    return f"[{colour}]{safe(text)}[/{colour}]" if colour else safe(text)


def table(heading: str, *columns: str) -> Table:
    """Return an empty table with a heading and column heads."""
    made = Table(title=escape(heading), title_justify="left", expand=False)
    for column in columns:
        made.add_column(escape(column), overflow="fold")
    return made


def put_json(value: Mapping[str, Any]) -> None:
    """Write a command's result for machines."""
    # A path that is not UTF-8 must not make the whole answer unreadable.
    said = json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace").decode()
    sys.stdout.write(said + "\n")


def error_json(error: SohoaError) -> dict[str, Any]:
    """Return an error for machines."""
    said = {"code": error.code, "reason": reason(error.code, error.facts), "retry": error.retry}
    return said | {"detail": detail_of(error)}


def detail_of(error: SohoaError) -> str | None:
    """Return what a tool said of an error, in English, for whoever looks after the machine."""
    problem = error.facts.get("problem")
    return None if problem is None or f"problem.{problem}" in catalogue() else str(problem)


def safe(text: object) -> str:
    """Return *text* for the terminal: no markup, and no letter that could forge a line or turn its direction."""
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(text))
    return escape(shown)


def fault(error: SohoaError, *, as_json: bool) -> int:
    """Show an error that ended the command; return its exit code."""
    if as_json:
        put_json({"format": 1, "exit": error.exit_code, "error": error_json(error)})
    else:
        said = say("fault.heading", code=error.code, reason=reason(error.code, error.facts))
        aside().print(f"[red]{safe(said)}[/red]")
        if detail := detail_of(error):
            aside().print(f"[dim]{safe(say('fault.detail', detail=detail))}[/dim]")
    return error.exit_code
