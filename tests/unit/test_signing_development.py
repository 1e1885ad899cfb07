"""The trial identity: made once, renewed in time, safe between processes, and honest."""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

import signing.identity.development
from signing import IdentityUnusable, development_identity, is_trial, load_trust
from signing.identity.development import AGENCY_LIFE, CRL_RENEW, RENEW_BEFORE, WARNING

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
AGENCY = "UBND phường Tuy Phước"


def fingerprint_at(folder: Path, now: datetime = NOW, agency: str = AGENCY) -> str:
    return development_identity(folder, agency=agency, clock=lambda: now).fingerprint


def crl_in(folder: Path) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl((folder / "trust.pem").read_bytes())


def _report_fingerprints(folder: Path, start: Any, answers: multiprocessing.Queue[tuple[str, ...]]) -> None:
    write = signing.identity.development._write

    def slow_write(*given: Any) -> None:
        time.sleep(0.05)  # a slow disk: the others see for long that nothing is there yet
        write(*given)

    signing.identity.development._write = slow_write
    start.wait(60)
    made = [development_identity(folder, agency=f"{AGENCY} {number}", clock=lambda: NOW) for number in range(3)]
    answers.put((made[0].chain[0].sha256.hex(), *(identity.fingerprint for identity in made)))


def test_it_is_made_once(tmp_path: Path) -> None:
    assert fingerprint_at(tmp_path / "keys") == fingerprint_at(tmp_path / "keys")


def test_it_says_everywhere_that_it_is_for_trial(tmp_path: Path) -> None:
    identity = development_identity(tmp_path / "keys", agency=AGENCY, clock=lambda: NOW)
    assert identity.trial
    assert all(is_trial(held) for held in (identity.certificate, *identity.chain))
    assert WARNING in identity.certificate.subject.human_friendly
    assert identity.subject == f"TRIAL – {AGENCY}"


def test_each_agency_has_a_certificate_below_the_same_root(tmp_path: Path) -> None:
    one = development_identity(tmp_path / "keys", agency="A", clock=lambda: NOW)
    other = development_identity(tmp_path / "keys", agency="B", clock=lambda: NOW)
    assert one.fingerprint != other.fingerprint
    assert one.chain[0].sha256 == other.chain[0].sha256


def test_a_name_longer_than_a_certificate_takes_is_cut(tmp_path: Path) -> None:
    identity = development_identity(tmp_path / "keys", agency="Ủy ban nhân dân " * 20, clock=lambda: NOW)
    assert identity.subject.startswith("TRIAL – Ủy ban")
    assert len(identity.subject.encode()) <= 64


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    fingerprint_at(tmp_path / "keys")
    private = {p.name.split("-")[0]: p for p in (tmp_path / "keys").iterdir()}
    assert private.keys() == {"root.pem", "tsa.pem", "agency", "trust.pem"}
    for name in ("root.pem", "tsa.pem", "agency"):
        assert private[name].stat().st_mode & 0o077 == 0
    assert b"PRIVATE" not in private["trust.pem"].read_bytes()


def test_nothing_is_left_beside_the_folder(tmp_path: Path) -> None:
    fingerprint_at(tmp_path / "keys")
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_an_auditor_can_read_what_to_trust(tmp_path: Path) -> None:
    identity = development_identity(tmp_path / "keys", agency=AGENCY, clock=lambda: NOW)
    trust = load_trust([tmp_path / "keys" / "trust.pem"])
    assert [root.sha256 for root in trust.roots] == [identity.chain[0].sha256]
    assert trust.crls == identity.crls


def test_the_list_is_signed_again_after_a_day_and_not_before(tmp_path: Path) -> None:
    fingerprint_at(tmp_path / "keys")
    first = crl_in(tmp_path / "keys")
    fingerprint_at(tmp_path / "keys", NOW + CRL_RENEW / 2)
    assert crl_in(tmp_path / "keys") == first
    fingerprint_at(tmp_path / "keys", NOW + CRL_RENEW)
    assert crl_in(tmp_path / "keys").last_update_utc > first.last_update_utc


def test_a_certificate_about_to_end_is_replaced_below_the_same_root(tmp_path: Path) -> None:
    old = development_identity(tmp_path / "keys", agency=AGENCY, clock=lambda: NOW)
    later = NOW + AGENCY_LIFE - RENEW_BEFORE
    new = development_identity(tmp_path / "keys", agency=AGENCY, clock=lambda: later)
    assert new.fingerprint != old.fingerprint
    assert new.chain[0].sha256 == old.chain[0].sha256


def test_processes_that_start_at_once_share_one_root_and_one_certificate_an_agency(tmp_path: Path) -> None:
    """Else one seals with a key that the folder no longer holds, and each paper is sealed twice."""
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[tuple[str, ...]] = context.Queue()
    start = context.Barrier(3)
    work = {"target": _report_fingerprints, "args": (tmp_path / "keys", start, answers)}
    workers = [context.Process(**work) for _ in range(3)]
    for worker in workers:
        worker.start()
    told = {answers.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join(60)
    assert len(told) == 1


@pytest.mark.parametrize("name", ["root.pem", "tsa.pem", "trust.pem"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    fingerprint_at(tmp_path / "keys")
    (tmp_path / "keys" / name).write_bytes(b"nonsense")
    with pytest.raises(IdentityUnusable, match=name):
        fingerprint_at(tmp_path / "keys")


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "letter.txt").write_text("mine")
    with pytest.raises(IdentityUnusable, match="keys"):
        fingerprint_at(tmp_path / "keys")
    assert (tmp_path / "keys" / "letter.txt").read_text() == "mine"


def test_its_certificates_live_for_the_time_they_say(tmp_path: Path) -> None:
    identity = development_identity(tmp_path / "keys", agency=AGENCY, clock=lambda: NOW)
    life = identity.certificate.not_valid_after - identity.certificate.not_valid_before
    assert life - AGENCY_LIFE < timedelta(hours=1)
