"""The crash law: kill the service at any write, start it again, and nothing is lost, doubled or half-done."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from conftest import COMPLETE, FixedClock, a_ticket, complete_files
from crash_helpers import Killed, mortal

from pipeline.books import LEASE_SECONDS
from pipeline.house import posting
from storage import Ledger, MemoryStore


def run_until_killed(make_bureau, store, ledger, folder_of, left):
    mortal_store, mortal_ledger, life = mortal(store, ledger, left)
    bureau = make_bureau(store=mortal_store, ledger=mortal_ledger, sidecars=("txt",))
    yard = replace(bureau.driver.yard, tell=posting(mortal_ledger))
    bureau.driver = replace(bureau.driver, yard=yard)
    life.left = left  # what setting up wrote does not count
    try:
        return bureau.driver.run(folder_of(bureau)), bureau
    except Killed:
        return None, bureau


@pytest.mark.parametrize("stride", range(4))
def test_a_crash_at_any_write_loses_nothing_and_repeats_only_what_it_hit(make_bureau, stride):
    """Kills the service before and after each of its writes in turn; four tests share the places between them."""

    def folder_of(bureau):
        return bureau.deposit(ticket=a_ticket(COMPLETE[0]), **{"1_jpg": complete_files()["1_jpg"]})

    place = stride
    while True:
        clock = FixedClock()
        store, ledger = MemoryStore(), Ledger("sqlite://", clock=clock)
        killed, _ = run_until_killed(make_bureau, store, ledger, folder_of, place)
        if killed is not None:
            break
        clock.move(seconds=LEASE_SECONDS + 1)  # whoever was killed while sealing keeps its lease so long
        after, bureau = run_until_killed(make_bureau, store, ledger, folder_of, 10**9)
        assert after.error is None, place
        assert after.verdict.manifest["version"] == 1, place
        assert len(list(store.keys("dossiers/"))) == 1, place
        assert ledger.dossier(after.verdict.version.dossier).manifest == after.verdict.version.manifest, place
        tries = Counter(attempt.step_key for attempt in ledger.attempts())
        repeated = sum(tries.values()) - len(tries)
        assert repeated <= 2, place  # the two hands that were at work
        assert bureau.driver.run(folder_of(bureau)).fresh == 0, place
        (notice,) = (json.loads(row.message.body) for row in ledger.take_messages())
        assert notice["manifest"] == after.verdict.version.manifest, place
        place += 4
    # The loop did go through the writes of gate, page, description, assembly, sidecar, seal, manifest and ledger.
    assert place > 35
