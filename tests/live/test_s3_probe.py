"""The probe believes a real server, and none that only says the words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ceph import fresh_prefix
from s3_helpers import KEEPING, Offices, impatient, offices, user, wrong_secret  # noqa: F401 -- a fixture
from s3_proxy import Lie, Reply, Request, before

from storage import StorageError, StoreRefused, StoreUnsound
from storage.s3 import BUCKETS, S3Store, bucket_named, probe, require_sound, set_up
from storage.s3.client import connect


@pytest.fixture
def office(tmp_path: Path) -> Offices:
    return offices(tmp_path)


def found(store: S3Store) -> set[tuple[str, str]]:
    return {(each.bucket.removeprefix(store.prefix), each.code) for each in probe(store)}


@pytest.mark.parametrize("mode", ["COMPLIANCE", "GOVERNANCE"])
def test_a_worker_s_key_proves_locks_and_versions(office: Offices, mode: Any) -> None:
    store = office.store("a-worker", replace(KEEPING, mode=mode))

    assert found(store) == {
        *((bucket, "versions-kept") for bucket in ("originals", "sealed", "work", "records")),
        *((bucket, "lock-proved") for bucket in ("originals", "sealed")),
    }
    require_sound(store)


def test_a_probe_may_be_repeated_and_leaves_nothing_among_the_objects(office: Offices) -> None:
    store = office.store("a-worker")
    assert found(store) == found(store)
    assert list(store.digests("originals")) == []


def test_an_administrator_s_key_is_told_to_be_too_strong(office: Offices) -> None:
    assert {code for _, code in found(office.store("owner"))} == {"versions-kept", "lock-proved", "rights-wide"}


def test_governance_does_not_bind_an_administrator_and_that_is_found(office: Offices) -> None:
    """Whoever owns the buckets may bypass such a lock, so with that key nothing is safe."""
    store = office.store("owner", replace(KEEPING, mode="GOVERNANCE"))

    assert ("sealed", "lock-bypassed") in found(store)


def is_probe(request: Request) -> bool:
    return ".probe/" in request.path


def says_deleted(request: Request, carry: Any) -> Reply:
    """Have no lock: take every removal."""
    return Reply(204) if request.method == "DELETE" else carry(request)


def ignores_the_lock(request: Request, carry: Any) -> Reply:
    """Take the words of the lock and set none."""
    reply = carry(request)
    return replace(reply, headers={name: text for name, text in reply.headers.items() if "object-lock" not in name})


def bypassed(request: Request, carry: Any) -> Reply:
    """Let everybody bypass a lock."""
    bypasses = any(name.lower() == "x-amz-bypass-governance-retention" for name in request.headers)
    return Reply(204) if request.method == "DELETE" and bypasses else carry(request)


def shortens(request: Request, carry: Any) -> Reply:
    """Make locks shorter when asked."""
    return Reply(200) if request.method == "PUT" and "retention=" in request.path else carry(request)


def loses_the_first(request: Request, carry: Any) -> Reply:
    """Keep one version only, and say otherwise."""
    reading = request.method == "GET" and is_probe(request)
    newest = re.sub(r"versionId=[^&]*", "", request.path)
    return carry(replace(request, path=newest) if reading else request)


def unversioned(request: Request, carry: Any) -> Reply:
    reply = carry(request)
    off = request.method == "GET" and "versioning" in request.path
    return replace(reply, body=reply.body.replace(b"Enabled", b"Suspended")) if off else reply


def no_versions(request: Request, carry: Any) -> Reply:
    """Say that there are versions, and give none."""
    reply = carry(request)
    return replace(reply, headers={name: text for name, text in reply.headers.items() if "version-id" not in name})


def refuses_and_removes(request: Request, carry: Any) -> Reply:
    """Say no to a removal, and do it."""
    if request.method == "GET" and is_probe(request):
        seen[request.path] = seen.get(request.path, 0) + 1
        if seen[request.path] > 1:
            body = b"<Error><Code>NoSuchKey</Code></Error>"
            return Reply(404, {"Content-Type": "application/xml"}, body)
    return carry(request)


seen: dict[str, int] = {}


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (says_deleted, "lock-broken"),
        (ignores_the_lock, "lock-ignored"),
        (bypassed, "lock-bypassed"),
        (shortens, "lock-shortened"),
        (loses_the_first, "overwritten"),
        (unversioned, "versioning-off"),
        (no_versions, "versioning-off"),
        (refuses_and_removes, "lock-broken"),
    ],
)
def test_a_server_that_lies_is_refused(office: Offices, lie: Lie, code: str) -> None:
    seen.clear()
    with before(user("a-worker"), lie) as server:
        store = office.store_at(server)
        assert ("originals", code) in found(store)
        seen.clear()
        with pytest.raises(StoreUnsound) as refused:
            require_sound(store)
    assert refused.value.code == code
    assert not refused.value.retry


def test_buckets_that_were_made_without_locks_are_refused(tmp_path: Path) -> None:
    prefix, owner = fresh_prefix(), user("owner")
    client = connect(owner)
    for bucket in BUCKETS:
        client.make_bucket(bucket_named(prefix, bucket))

    with pytest.raises(StoreUnsound) as found_it:
        set_up(owner, prefix, [])
    assert found_it.value.code == "lock-missing"
    with pytest.raises(StoreUnsound) as refused:
        require_sound(S3Store(owner, prefix=prefix, scratch=tmp_path))
    assert refused.value.code == "versioning-off"


def test_a_key_without_the_right_to_try_proves_nothing(office: Offices) -> None:
    """A refusal might come from its rights and not from the lock."""
    owner = connect(user("owner"))
    for bucket in ("originals", "sealed"):
        name = bucket_named(office.prefix, bucket)
        owner.set_bucket_policy(name, owner.get_bucket_policy(name).replace("DeleteObjectVersion", "GetObjectTagging"))

    with pytest.raises(StoreUnsound) as refused:
        require_sound(office.store("a-worker"))
    assert refused.value.code == "lock-unproved"


def test_a_key_that_is_wrong_is_said_to_be_refused(office: Offices) -> None:
    with pytest.raises(StoreRefused):
        require_sound(office.store_at(wrong_secret(user("a-worker"))))


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_away_proves_nothing_either_way(office: Offices) -> None:
    with pytest.raises(StorageError) as away:
        require_sound(office.store_at(replace(user("a-worker"), address="127.0.0.1:9")))
    assert away.value.retry


def test_a_key_that_may_hide_evidence_is_told_to_be_too_strong(office: Offices) -> None:
    owner, name = connect(user("owner")), bucket_named(office.prefix, "sealed")
    policy = json.loads(owner.get_bucket_policy(name))
    policy["Statement"] = [each for each in policy["Statement"] if "RemoveNoEvidence" not in each["Sid"]]
    for each in policy["Statement"]:
        each["Action"] += ["s3:DeleteObject"] if "ProveTheLock" in each["Sid"] else []
    owner.set_bucket_policy(name, json.dumps(policy))

    assert ("sealed", "rights-wide") in found(office.store("a-worker"))
