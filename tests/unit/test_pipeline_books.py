"""Leases: one holder at a time, for as long as it goes on renewing."""

from __future__ import annotations

import pytest
from conftest import FixedClock

from pipeline import books
from pipeline.books import lease
from pipeline.errors import Interrupted
from storage import Ledger


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ledger(clock: FixedClock) -> Ledger:
    return Ledger("sqlite://", clock=clock)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renew at each call: its own clock is the machine's."""
    monkeypatch.setattr(books.time, "monotonic", iter(range(0, 10**6, 60)).__next__)
    monkeypatch.setattr(books.time, "sleep", lambda _: None)


def test_a_long_job_keeps_its_lease_by_renewing_it(ledger: Ledger, clock: FixedClock) -> None:
    with lease(ledger, "job") as hold:
        for _ in range(5):
            clock.move(seconds=books.LEASE_SECONDS - 1)
            hold.renew()
            assert ledger.take_lease("job", "somebody else", 1) is None


def test_whoever_lost_its_lease_is_told_before_it_goes_on(ledger: Ledger, clock: FixedClock) -> None:
    with lease(ledger, "job") as hold:
        clock.move(seconds=books.LEASE_SECONDS + 1)
        assert ledger.take_lease("job", "somebody else", 60)
        with pytest.raises(Interrupted, match="lease-busy"):
            hold.renew()


def test_a_lease_that_ran_out_and_was_used_meanwhile_is_not_simply_taken_again(
    ledger: Ledger, clock: FixedClock
) -> None:
    """The other may have done the work: only a look at the records tells."""
    with lease(ledger, "job") as hold:
        clock.move(seconds=books.LEASE_SECONDS + 1)
        ledger.take_lease("job", "somebody else", 60)
        ledger.release_lease("job", "somebody else")
        with pytest.raises(Interrupted, match="lease-busy"):
            hold.renew()


def test_a_lease_is_given_back(ledger: Ledger) -> None:
    with lease(ledger, "job"):
        pass
    assert ledger.take_lease("job", "somebody else", 1)
