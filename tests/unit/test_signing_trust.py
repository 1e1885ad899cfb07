"""Reading what to trust, from files that people pass around."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from signing import TrustUnreadable, development_identity, load_trust
from signing import trust as trust_module

WHEN = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    development_identity(tmp_path / "keys", agency="A", clock=lambda: WHEN)
    return tmp_path / "keys"


def test_roots_and_lists_are_told_apart(folder: Path) -> None:
    trust = load_trust([folder / "trust.pem"])
    assert (len(trust.roots), len(trust.crls), len(trust.intermediates)) == (1, 1, 0)


def test_several_files_add_up(folder: Path) -> None:
    assert len(load_trust([folder / "trust.pem", folder / "trust.pem"]).roots) == 2


def test_a_certificate_that_another_issued_is_no_root(folder: Path, tmp_path: Path) -> None:
    agency = development_identity(folder, agency="A", clock=lambda: WHEN)
    (tmp_path / "leaf.pem").write_bytes(agency.certificate_pem)
    trust = load_trust([tmp_path / "leaf.pem"])
    assert (len(trust.roots), len(trust.intermediates)) == (0, 1)


def test_no_file_is_no_trust() -> None:
    assert load_trust([]).roots == ()


def test_a_private_key_is_nothing_to_trust(folder: Path) -> None:
    with pytest.raises(TrustUnreadable, match="PRIVATE KEY"):
        load_trust([folder / "root.pem"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x00\xff" * 99,
        b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        b"-----BEGIN X509 CRL-----\nMAMCAQE=\n-----END X509 CRL-----\n",
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.pem").write_bytes(data)
    with pytest.raises(TrustUnreadable, match=r"odd\.pem"):
        load_trust([tmp_path / "odd.pem"])


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(TrustUnreadable, match=r"none\.pem"):
        load_trust([tmp_path / "none.pem"])


def test_a_file_too_large_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust_module, "MAX_TRUST_FILE", 10)
    with pytest.raises(TrustUnreadable, match="octets"):
        load_trust([folder / "trust.pem"])
