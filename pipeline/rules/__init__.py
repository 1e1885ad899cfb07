"""What the law asks of a digitised copy, as data with effective dates and citations (`digitised-copy.toml`).

A paper is digitised under the rule of the day on which that happens, whenever the dossier was handed in. The rule's
name is part of the name of each step that it shapes, and stands in the manifest.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for digitised copies, as it holds from one day to another."""

    id: str
    effective_from: date
    citation: str  # Vietnamese
    least_dpi: float  # dots per inch
    mark_size_pt: float  # points
    effective_to: date | None = None  # first day on which it no longer holds

    def holds(self, day: date) -> bool:
        """Say whether this is the rule of *day*."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, oldest first."""
    text = files(__package__).joinpath("digitised-copy.toml").read_text(encoding="utf-8")
    return tuple(sorted((Rule(**raw) for raw in tomllib.loads(text)["rule"]), key=lambda rule: rule.effective_from))


def in_force(day: date | None = None) -> Rule:
    """Return the rule of *day*; of today when None.

    Raises:
        LookupError: there is none; a test sees to it that there is one from the first to the last day and just one.
    """
    wanted = day or date.today()  # noqa: DTZ011 -- the law's day is the day at the counter
    for rule in rules():
        if rule.holds(wanted):
            return rule
    raise LookupError(f"no rule for digitised copies holds on {wanted}")
