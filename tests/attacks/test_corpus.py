"""Every kind of answer that fuzzing has met is met again in seconds: nothing raises, hangs, or begins to pass."""

from __future__ import annotations

import time

import pytest
from attacks.cases import office
from attacks.seeds import CORPUS, MOST_CORPUS, Seed, seeds

SEEDS = [pytest.param(path.name, seed, id=path.name.removesuffix(".gz")) for path, seed in seeds()]


@pytest.mark.parametrize(("name", "seed"), SEEDS)
def test_a_seed_is_judged_in_time_and_what_did_not_pass_still_does_not(name: str, seed: Seed) -> None:
    """Which of our reasons is given may change; that there is one may not."""
    began = time.monotonic()
    report = seed.judged(office().trust())
    assert time.monotonic() - began < 10
    assert report.status != "TOTAL-PASSED" or "TOTAL-PASSED" in name, report.detail


def test_the_corpus_stays_small_and_wide() -> None:
    assert sum(path.stat().st_size for path in CORPUS.iterdir()) < MOST_CORPUS + 10_000
    statuses = {path.name.rsplit("-", 2)[0] for path, _ in seeds()}
    assert statuses == {"TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"}
    assert {seed.seal for _, seed in seeds()} == {True, False}
    assert len(SEEDS) >= 50
