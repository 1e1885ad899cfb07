"""Records of renewals and batches: found by the object's name, and believed only when they are about it."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import Misconfigured
from pipeline.keeping import InBatch, batch_key, in_batch, renewal_key, renewals_of
from pipeline.plan import Output, Step, StepRecord
from storage import MemoryStore

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def renewed(store: MemoryStore, before: str, after: str, *, key: str | None = None) -> None:
    step = Step("renew", 1, (("sealed", before),), {}, ())
    output = Output("sealed", after, "application/pdf", 1)
    record = StepRecord(step, (output,), {}, None, "2026-11-20T03:00:00+00:00")
    store.write(renewal_key(key or before), record.to_json())


def test_renewals_are_followed_to_the_newest() -> None:
    store = MemoryStore()
    renewed(store, A, B)
    renewed(store, B, C)
    assert [record.outputs[0].sha256 for record in renewals_of(store, A)] == [B, C]
    assert [record.outputs[0].sha256 for record in renewals_of(store, B)] == [C]
    assert renewals_of(store, C) == ()


def test_a_record_under_another_name_is_not_believed() -> None:
    """Whoever can write records must not be able to put one dossier's file in another's place unseen."""
    store = MemoryStore()
    renewed(store, B, C, key=A)
    with pytest.raises(Misconfigured, match="record-broken"):
        renewals_of(store, A)


def test_a_circle_of_renewals_ends() -> None:
    store = MemoryStore()
    renewed(store, A, B)
    renewed(store, B, A)
    with pytest.raises(Misconfigured, match="record-broken"):
        renewals_of(store, A)


def test_a_manifest_is_found_in_its_batch() -> None:
    store = MemoryStore()
    found = InBatch(A, B, C, 7, "2026-11-20T03:00:00+00:00")
    store.write(batch_key(A), found.to_json())
    assert in_batch(store, A) == found
    assert in_batch(store, B) is None


@pytest.mark.parametrize(
    "data",
    [b"{", b"[]", b"{}", b'"x"', json.dumps({"manifest": B, "evidence": B, "root": C, "size": 1, "time": ""}).encode()],
)
def test_a_broken_record_of_a_batch_is_told(data: bytes) -> None:
    store = MemoryStore()
    store.write(batch_key(A), data)
    with pytest.raises(Misconfigured, match="record-broken"):
        in_batch(store, A)
