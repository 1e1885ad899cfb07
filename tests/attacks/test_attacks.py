"""No attack on a sealed file passes, and each is called by its name."""

from __future__ import annotations

import attacks.answers
import attacks.bytewise
import attacks.inside
import attacks.masses
import attacks.proofs
import attacks.revised  # noqa: F401 - each registers its attacks
import pytest
from attacks.cases import ATTACKS, Attack, office, on, sealed
from attacks.office import MANIFEST, WHEN, Office

from signing import verify_bytes


@pytest.mark.parametrize("one", ATTACKS, ids=lambda one: one.name.replace("_", " "))
def test_an_attack_is_found_and_called_by_its_name(one: Attack) -> None:
    report = one.make().report()
    assert report.status == one.status, report.detail
    assert report.code in one.codes, report.detail


def test_there_are_at_least_sixty_different_attacks() -> None:
    assert len({one.name for one in ATTACKS}) == len(ATTACKS) >= 60


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_what_the_attacks_alter_passes_unaltered(level: str) -> None:
    assert on(sealed(level)).report().status == "TOTAL-PASSED"


def test_the_seal_of_other_bytes_is_found() -> None:
    report = verify_bytes(MANIFEST + b" ", office().seal_bytes(), trust=office().trust(), now=WHEN)
    assert (report.status, report.code) == ("TOTAL-FAILED", "HASH_FAILURE")
    assert (report.own_check, report.pyhanko_check) == ("failed", "failed")


def test_the_seal_of_a_stranger_is_found() -> None:
    report = verify_bytes(MANIFEST, Office().seal_bytes(), trust=office().trust(), now=WHEN)
    assert (report.status, report.code) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
