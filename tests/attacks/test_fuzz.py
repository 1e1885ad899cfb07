"""A small sample of what `fuzz.py` does for minutes: no bytes make verification raise, and none altered pass."""

from __future__ import annotations

import random

from attacks.cases import on, sealed
from attacks.fuzz import CHANGES
from hypothesis import given, settings
from hypothesis import strategies as st

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


@settings(max_examples=120, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(LEVELS), st.sampled_from(CHANGES))
def test_altered_files_are_reported_and_do_not_pass(chance: random.Random, level: str, change: object) -> None:
    """What lies behind the last signature's proof may be cut off: then a sound earlier revision is left."""
    whole = sealed(level)
    assert callable(change)
    altered = change(whole, chance, [sealed(other) for other in LEVELS])
    status = on(altered or b"%").report().status
    assert status != "TOTAL-PASSED" or altered == whole or level in {"B-LT", "B-LTA"}
