"""Evidence of batches: one time stamp over many records, and whatever must not pass for its proof."""

from __future__ import annotations

import base64
import dataclasses
import json
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from asn1crypto import tsp
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.sign.timestamps import TimeStamper

from signing import Identity, Trust, development_identity
from signing.batches.batch import Batch, evidence_end, head_of, inclusion, seal_batch, verify_inclusion
from signing.batches.merkle import leaf_hash
from signing.errors import TimestampUnavailable
from signing.sealing.cms import digest_of

WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
RECORDS = [b'{"format":1,"dossier":%d}' % number for number in range(11)]
PLACES = st.integers(0, 10**9)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return development_identity(tmp_path_factory.mktemp("keys") / "k", agency="UBND A", clock=lambda: WHEN)


@pytest.fixture(scope="module")
def trust(identity: Identity) -> Trust:
    return Trust(identity.chain, identity.crls)


@cache
def of_the_laws() -> tuple[Batch, Trust]:
    with TemporaryDirectory() as folder:
        identity = development_identity(Path(folder) / "k", agency="UBND A", clock=lambda: WHEN)
    return closed(identity), Trust(identity.chain, identity.crls)


@pytest.fixture(scope="module")
def batch(identity: Identity) -> Batch:
    return closed(identity)


def stamper(identity: Identity) -> TimeStamper:
    assert identity.timestamper is not None
    return identity.timestamper


def closed(identity: Identity, records: list[bytes] = RECORDS) -> Batch:
    return seal_batch([digest_of(record) for record in records], timestamper=stamper(identity), when=WHEN)


def changed(evidence: bytes, **entries: object) -> bytes:
    return (json.dumps(json.loads(evidence) | entries, indent=1) + "\n").encode()


def verdict(data: bytes, evidence: bytes, trust: Trust, now: datetime = WHEN) -> tuple[str, str]:
    report = verify_inclusion(data, evidence, trust=trust, now=now)
    return report.status, report.code


def test_every_record_of_a_batch_is_proved_to_have_existed(batch: Batch, identity: Identity, trust: Trust) -> None:
    for index, record in enumerate(RECORDS):
        report = verify_inclusion(record, inclusion(batch, index), trust=trust, now=WHEN)
        assert (report.status, report.code) == ("TOTAL-PASSED", "OK")
        assert (report.best_time, report.best_time_proof) == (WHEN, "document-timestamp")
        assert (report.own_check, report.pyhanko_check, report.trial) == ("passed", "passed", True)
    assert batch.time == WHEN


def test_another_record_is_not_proved(batch: Batch, trust: Trust) -> None:
    assert verdict(RECORDS[4], inclusion(batch, 3), trust) == ("TOTAL-FAILED", "HASH_FAILURE")
    assert verdict(RECORDS[3] + b" ", inclusion(batch, 3), trust) == ("TOTAL-FAILED", "HASH_FAILURE")


def test_a_stamp_of_another_batch_proves_nothing(batch: Batch, identity: Identity, trust: Trust) -> None:
    other = closed(identity, RECORDS[:5])
    forged = changed(inclusion(batch, 3), token=base64.b64encode(other.token).decode())
    assert verdict(RECORDS[3], forged, trust)[0] == "TOTAL-FAILED"


def test_a_record_that_was_never_stamped_cannot_be_put_in(batch: Batch, trust: Trust) -> None:
    stranger = b"made later"
    leaf = leaf_hash(digest_of(stranger)).hex()
    forged = changed(inclusion(batch, 0), leaf=leaf)
    assert verdict(stranger, forged, trust) == ("TOTAL-FAILED", "HASH_FAILURE")
    alone = changed(inclusion(batch, 0), leaf=leaf, root=leaf, size=1, path=[])
    assert verdict(stranger, alone, trust)[0] == "TOTAL-FAILED"


def test_the_size_of_the_tree_is_stamped_too(identity: Identity, trust: Trust) -> None:
    """The first of three has a path of two steps, as the first of four has: only the stamp tells them apart."""
    three = closed(identity, RECORDS[:3])
    evidence = inclusion(three, 0)
    assert verdict(RECORDS[0], evidence, trust)[0] == "TOTAL-PASSED"
    assert verdict(RECORDS[0], changed(evidence, size=4), trust)[0] == "TOTAL-FAILED"


def test_an_unknown_root_is_not_valid(batch: Batch) -> None:
    assert verdict(RECORDS[0], inclusion(batch, 0), Trust(())) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


def test_unknown_revocation_is_not_valid(batch: Batch, trust: Trust) -> None:
    bare = dataclasses.replace(trust, crls=())
    assert verdict(RECORDS[0], inclusion(batch, 0), bare) == ("INDETERMINATE", "TRY_LATER")


def test_a_stamp_from_the_future_proves_nothing(batch: Batch, trust: Trust) -> None:
    early = WHEN - timedelta(hours=1)
    assert verdict(RECORDS[0], inclusion(batch, 0), trust, early)[0] == "INDETERMINATE"


@pytest.mark.parametrize(
    "evidence",
    [b"", b"{}", b"null", b"[1]", b'{"format":1}', b'{"format":2}', b"\xff", b"[" * 5000, b"1" * 200_000],
)
def test_bytes_that_are_no_evidence_are_reported(evidence: bytes, trust: Trust) -> None:
    assert verdict(RECORDS[0], evidence, trust) == ("TOTAL-FAILED", "FORMAT_FAILURE")


@pytest.mark.parametrize(
    "entries",
    [
        {"index": True}, {"index": -1}, {"index": "0"}, {"index": 1e400}, {"size": 10**30}, {"size": 0}, {"path": []},
        {"path": "00"}, {"path": [1]}, {"root": "é"}, {"leaf": "A" * 64}, {"token": "****"}, {"token": "MAA="},
        {"hash": "sha1"}, {"tree": "other"}, {"more": 1}, {"format": 1.0},
    ],
    ids=str,
)  # fmt: skip
def test_evidence_with_anything_else_in_it_does_not_pass(
    batch: Batch, trust: Trust, entries: dict[str, object]
) -> None:
    assert verdict(RECORDS[0], changed(inclusion(batch, 0), **entries), trust)[0] == "TOTAL-FAILED"


@settings(max_examples=120, deadline=None)
@given(PLACES, st.integers(1, 255))
def test_a_flipped_byte_of_the_evidence_never_passes(place: int, bits: int) -> None:
    batch, trust = of_the_laws()
    evidence = bytearray(inclusion(batch, 3))
    evidence[place % len(evidence)] ^= bits
    assert verdict(RECORDS[3], bytes(evidence), trust)[0] != "TOTAL-PASSED"


@pytest.mark.parametrize("digests", [[], [bytes(31)], [bytes(32), bytes(32)]], ids=["none", "short", "twice"])
def test_what_is_no_batch_is_not_stamped(identity: Identity, digests: list[bytes]) -> None:
    with pytest.raises(ValueError, match=r"digests|leaf"):
        seal_batch(digests, timestamper=stamper(identity), when=WHEN)


def test_a_record_that_is_not_there_has_no_evidence(batch: Batch) -> None:
    with pytest.raises(IndexError):
        inclusion(batch, len(RECORDS))


class Liar(TimeStamper):
    """Stamps another digest than the one it was asked to."""

    def __init__(self, honest: TimeStamper) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._honest = honest

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        req["message_imprint"]["hashed_message"] = bytes(32)
        return await self._honest.async_request_tsa_response(tsp.TimeStampReq.load(req.dump(force=True)))


def test_a_stamp_over_something_else_closes_no_batch(identity: Identity) -> None:
    with pytest.raises(TimestampUnavailable, match="something else"):
        seal_batch([bytes(32)[:31] + b"1"], timestamper=Liar(stamper(identity)), when=WHEN)


def test_a_stamp_of_another_time_closes_no_batch(identity: Identity) -> None:
    with pytest.raises(TimestampUnavailable, match="clock"):
        seal_batch([bytes(32)], timestamper=stamper(identity), when=WHEN + timedelta(hours=1))


def test_openssl_verifies_the_stamp_over_the_head(batch: Batch, identity: Identity, tmp_path: Path) -> None:
    """Whoever has no Sohoa checks with common tools: four lines of text, and a token over them."""
    (tmp_path / "head").write_bytes(head_of(batch.tree.size, batch.tree.root))
    (tmp_path / "token").write_bytes(batch.token)
    root = base64.encodebytes(identity.chain[-1].dump()).decode()
    (tmp_path / "root.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{root}-----END CERTIFICATE-----\n")
    words = ["openssl", "ts", "-verify", "-data", "head", "-in", "token", "-token_in", "-CAfile", "root.pem"]
    run = subprocess.run(
        [*words, "-attime", str(int(WHEN.timestamp()))], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Verification: OK" in run.stdout, run.stderr


def test_of_ten_thousand_records_each_has_its_evidence(identity: Identity, trust: Trust) -> None:
    digests = [digest_of(number.to_bytes(4, "big")) for number in range(10_000)]
    batch = seal_batch(digests, timestamper=stamper(identity), when=WHEN)
    evidence = [inclusion(batch, index) for index in range(len(digests))]
    record = (9_999).to_bytes(4, "big")
    assert verify_inclusion(record, evidence[-1], trust=trust, now=WHEN).status == "TOTAL-PASSED"


def test_evidence_ends_with_the_certificate_of_its_stamp(batch: Batch, identity: Identity) -> None:
    end = evidence_end(inclusion(batch, 3))
    assert end is not None
    assert timedelta(days=9 * 365) < end - WHEN <= timedelta(days=10 * 365)


@pytest.mark.parametrize("evidence", [b"", b"{}", b"\x00" * 20])
def test_what_is_no_evidence_has_no_end(evidence: bytes) -> None:
    assert evidence_end(evidence) is None
