"""Sealing under a lease: who lost it while the authorities took their time records nothing."""

from __future__ import annotations

from conftest import a_ticket, complete_files

from pipeline import works
from pipeline.books import LEASE_SECONDS


def test_a_sealer_whose_lease_was_taken_over_records_nothing(bureau, monkeypatch):
    """Two machines have the key; one waits so long for a stamp that the other begins the same file."""
    really, ledger = works.seal, bureau.ledger
    leases, lost = [], []

    def taken(lent, name):
        leases.append(name)
        return lease(lent, name)

    def overtaken(*words, **named):
        made = really(*words, **named)
        if not lost:
            lost.append(leases[-1])
            bureau.clock.move(seconds=LEASE_SECONDS + 1)
            assert ledger.take_lease(lost[0], "the other machine", 60) is not None
        return made

    lease = works.lease
    monkeypatch.setattr(works, "lease", taken)
    monkeypatch.setattr(works, "seal", overtaken)
    folder = bureau.deposit(ticket=a_ticket(("TP01", ["1.jpg"])), **{"1_jpg": complete_files()["1_jpg"]})
    outcome = bureau.driver.run(folder)

    key = lost[0].removeprefix("seal/")
    assert outcome.error is not None
    assert outcome.error.code == "lease-busy"
    assert bureau.store.read(f"steps/{key[:2]}/{key}") is None

    ledger.release_lease(lost[0], "the other machine")
    assert bureau.driver.run(folder).error is None, "the next run seals it"
