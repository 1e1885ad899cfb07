"""Our own small check: what it proves, what it refutes, and where it says that it does not know."""

from __future__ import annotations

import ast
import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from attacks.bytewise import ranges
from attacks.cases import office, sealed
from attacks.inside import structure_of, with_structure
from attacks.office import MANIFEST, Office, new_key, signed_by
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.blocking import wait_for
from signing.verifying import independent
from signing.verifying.independent import Opinion, opinion_at, opinion_on, opinion_on_stamp, spans_in
from signing.verifying.policy import current_policy, policy_from


@cache
def detached() -> bytes:
    return office().seal_bytes()


def opinion(pdf: bytes) -> Opinion:
    first, second, _, _ = ranges(pdf)
    return opinion_at(pdf, spans_in(pdf), gap=(first, second))


def test_it_shares_nothing_with_pyhanko() -> None:
    tree = ast.parse(Path(independent.__file__).read_text(encoding="utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [name for name in names if name and name.startswith("pyhanko")]


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_it_proves_our_own_seals(level: str) -> None:
    assert opinion(sealed(level)).answer == "passed"


def test_it_proves_the_stamp_over_a_document() -> None:
    pdf = sealed("B-LTA")
    spans = spans_in(pdf)
    assert [opinion_at(pdf, spans, gap=span.numbers[1:3]).answer for span in spans] == ["passed", "passed"]


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
def test_it_knows_rsa_with_every_usual_digest(digest: str) -> None:
    one = Office(agency_options={"key": new_key(2048)})
    assert opinion(signed_by(one.agency, digest=digest)).answer == "passed"


def test_it_refutes_other_bytes() -> None:
    other = sealed("B-B").replace(b"Ho so so 1", b"Ho so so 9")
    assert (opinion(other).answer, opinion(other).code) == ("failed", "HASH_FAILURE")


def test_it_refutes_another_signature() -> None:
    pdf = sealed("B-B")
    structure = structure_of(pdf)
    value = structure["content"]["signer_infos"][0]["signature"].native
    other = value[:-1] + bytes([value[-1] ^ 1])
    found = opinion(with_structure(pdf, structure.dump().replace(value, other)))
    assert (found.answer, found.code) == ("failed", "SIG_CRYPTO_FAILURE")


def test_it_does_not_know_a_place_that_no_range_leaves_out() -> None:
    pdf = sealed("B-B")
    assert opinion_at(pdf, spans_in(pdf), gap=(10, 20)).answer == "unknown"


def test_it_does_not_know_a_place_that_two_ranges_leave_out() -> None:
    first, second, length, _ = ranges(sealed("B-B"))
    pdf = sealed("B-B") + f"/ByteRange [0 {first} {second} {length}]".encode()
    assert opinion(pdf).answer == "unknown"


def test_a_range_in_another_object_is_refuted() -> None:
    """Two readers might take two different ones."""
    pdf = sealed("B-B").replace(b"/ByteRange", b"/ByteRanqe")
    first, second, length, _ = ranges(sealed("B-B"))
    pdf += f"9 0 obj <</ByteRange [0 {first} {second} {length}]>> endobj".encode()
    assert opinion_at(pdf, spans_in(pdf), gap=(first, second)).answer == "failed"


def test_a_detached_seal_is_proved_and_refuted() -> None:
    seal = detached()
    assert opinion_on(MANIFEST, seal).answer == "passed"
    assert opinion_on(MANIFEST + b" ", seal).code == "HASH_FAILURE"


def test_a_stamp_is_proved_over_its_own_bytes_alone() -> None:
    token = wait_for(office().stamper().async_timestamp(hashlib.sha256(MANIFEST).digest(), "sha256")).dump()
    assert opinion_on_stamp(token, MANIFEST).answer == "passed"
    assert opinion_on_stamp(token, MANIFEST + b" ").code == "HASH_FAILURE"
    assert opinion_on_stamp(b"", MANIFEST).answer == "unknown"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 255))
def test_no_altered_byte_of_a_detached_seal_raises(place: int, bits: int) -> None:
    seal = bytearray(detached())
    seal[place % len(seal)] ^= bits
    assert opinion_on(MANIFEST, bytes(seal)).answer in {"passed", "failed", "unknown"}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    spans = spans_in(data)
    assert opinion_at(data, spans, gap=(0, len(data))).answer == "unknown"
    assert opinion_on(data, data).answer == "unknown"


def test_a_digest_is_weak_after_its_last_day() -> None:
    policy = current_policy()
    assert policy.weak_digest("sha224", datetime(2029, 12, 31, 23, tzinfo=UTC)) is None
    assert policy.weak_digest("sha224", datetime(2030, 1, 1, tzinfo=UTC)) == "sha224"
    assert policy.weak_digest("sha1", datetime(2001, 1, 1, tzinfo=UTC)) == "sha1"


def test_another_policy_has_another_digest() -> None:
    text = Path(independent.__file__).with_name("policy.toml").read_bytes()
    assert policy_from(text) == current_policy()
    assert policy_from(text + b"\n").sha256 != current_policy().sha256
