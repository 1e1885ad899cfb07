"""Reading what to trust, from files that people pass around."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from authority import issue
from trust_helpers import crl, p7b

from signing import Trust, TrustUnreadable, development_identity, load_trust, seal_bytes
from signing import trust as trust_module
from signing.identity.keys import to_asn1

WHEN = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    development_identity(tmp_path / "keys", agency="A", clock=lambda: WHEN)
    return tmp_path / "keys"


def octets(trust: Trust) -> tuple[list[bytes], tuple[bytes, ...]]:
    return [each.dump() for each in trust.roots], trust.crls


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


def test_files_as_authorities_hand_them_out_are_read_as_well(tmp_path: Path) -> None:
    root = issue("Root", None, ca=True)
    listed = crl(root)
    for name, data in {"a.cer": root.der, "a.p7b": p7b(root, crls=(listed,)), "a.crl": listed}.items():
        (tmp_path / name).write_bytes(data)
    for names in (("a.cer", "a.crl"), ("a.p7b",)):
        assert octets(load_trust(tmp_path / name for name in names)) == ([root.der], (listed,))


def test_parts_are_joined_each_thing_once() -> None:
    root, other = (to_asn1(issue(name, None, ca=True).certificate) for name in ("Root", "Other"))
    one, two = Trust((root,), (b"a",), (), (other,)), Trust((root, other), (b"a", b"b"), (other,))
    assert Trust.joined([one, two]) == Trust((root, other), (b"a", b"b"), (other,), (other,))


def test_words_around_the_blocks_of_a_pem_file_are_skipped(folder: Path, tmp_path: Path) -> None:
    told = "Subject: Gốc\n".encode() + (folder / "trust.pem").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "told.pem").write_bytes(told)
    assert octets(load_trust([tmp_path / "told.pem"])) == octets(load_trust([folder / "trust.pem"]))


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


def test_trust_that_travelled_to_a_new_process_still_judges(tmp_path: Path) -> None:
    """Children of the verifier get it by pickle, before they have parsed a certificate of their own.

    asn1crypto encodes some certificates anew when it is asked for their octets, by chance of a length that ends in
    0x80: it is made to, since the certificate of this test mostly has none.
    """
    identity = development_identity(tmp_path / "keys", agency="UBND A", clock=lambda: WHEN)
    trust = load_trust([tmp_path / "keys" / "trust.pem"])
    seal = seal_bytes(b"manifest", identity=identity, when=WHEN)
    (tmp_path / "sent").write_bytes(pickle.dumps((trust, seal, WHEN)))

    judged = subprocess.run(
        [sys.executable, "-c", _JUDGE, tmp_path / "sent"], capture_output=True, text=True, check=True, timeout=60
    )
    assert judged.stdout.split() == ["True", "TOTAL-PASSED"]


_JUDGE = """
import pickle, sys
from signing import verify_bytes
trust, seal, when = pickle.load(open(sys.argv[1], "rb"))
root = trust.roots[0]
print(root.dump(force=True) == root.dump())
print(verify_bytes(b"manifest", seal, trust=trust, now=when).status)
"""
