"""What tests ask of a ledger and the product does not."""

from __future__ import annotations

from storage import Ledger


def tried(ledger: Ledger, step_key: str) -> int:
    """Return how often a step was tried, also by processes that did not live to say so."""
    return sum(each.step_key == step_key for each in ledger.attempts())
