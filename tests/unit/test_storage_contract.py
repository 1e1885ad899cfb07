from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from ceph import ceph, fresh_prefix

from storage import (
    AREAS,
    EVIDENCE,
    Area,
    Digest,
    FolderStore,
    MemoryStore,
    ObjectChanged,
    ObjectMissing,
    ObjectStore,
    StorageError,
    copy_out,
    digest_of,
    digest_of_file,
)
from storage.s3 import S3Store, Server, bucket_named, set_up

SCAN = b"scanned page " * 5000
NOWHERE = Digest("0" * 64)


@dataclass(frozen=True)
class Kind:
    """A store, and a hand that reaches past it to spoil what it keeps."""

    store: ObjectStore
    damage: Callable[[Area, Digest, bytes], None]


def folder_kind(tmp_path: Path) -> Kind:
    root = tmp_path / "store"

    def damage(area: Area, digest: Digest, data: bytes) -> None:
        path = root / area / digest[:2] / digest[2:4] / digest
        path.chmod(0o644)
        path.write_bytes(data)

    return Kind(FolderStore(root), damage)


def memory_kind(tmp_path: Path) -> Kind:
    store = MemoryStore()

    def damage(area: Area, digest: Digest, data: bytes) -> None:
        store.blobs[area, digest] = data

    return Kind(store, damage)


@cache
def bucket_owner() -> Server:
    return ceph().user("contract")


def s3_kind(tmp_path: Path) -> Kind:
    prefix = fresh_prefix()
    set_up(bucket_owner(), prefix, [])
    store = S3Store(bucket_owner(), prefix=prefix, scratch=tmp_path / "scratch")

    def damage(area: Area, digest: Digest, data: bytes) -> None:
        store.client.put_object(bucket_named(prefix, area), digest, BytesIO(data), len(data))

    return Kind(store, damage)


@pytest.fixture(params=[folder_kind, memory_kind, s3_kind], ids=["folder", "memory", "s3"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    made: Kind = request.param(tmp_path)
    return made


@pytest.fixture
def store(kind: Kind) -> ObjectStore:
    return kind.store


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_an_object_is_named_by_the_sha256_of_its_bytes(store: ObjectStore) -> None:
    assert store.put("work", SCAN) == hashlib.sha256(SCAN).hexdigest()


def test_a_file_gets_the_same_name_as_its_bytes(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "001.jpg"
    path.write_bytes(SCAN)

    assert store.put_file("originals", path) == (digest_of(SCAN), len(SCAN))
    assert store.get("originals", digest_of(SCAN)) == SCAN
    assert digest_of_file(path) == (digest_of(SCAN), len(SCAN))


def test_an_empty_file_is_kept_like_any_other(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    digest, size = store.put_file("originals", path)

    assert size == 0
    assert store.check("originals", digest) == 0


@pytest.mark.parametrize("area", AREAS)
def test_storing_the_same_bytes_again_is_harmless(store: ObjectStore, area: Area) -> None:
    assert store.put(area, SCAN) == store.put(area, SCAN)
    assert list(store.digests(area)) == [digest_of(SCAN)]


def test_a_file_that_is_not_there_is_the_callers_error(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.put_file("originals", tmp_path / "gone.jpg")


def test_areas_do_not_share_objects(store: ObjectStore) -> None:
    digest = store.put("work", SCAN)

    assert store.has("work", digest)
    assert not store.has("sealed", digest)


def test_a_missing_object_is_said_to_be_missing(store: ObjectStore) -> None:
    with pytest.raises(ObjectMissing):
        store.get("work", NOWHERE)
    with pytest.raises(ObjectMissing):
        store.check("work", NOWHERE)
    with pytest.raises(ObjectMissing), store.local("work", NOWHERE):
        pass


def test_a_flipped_byte_is_found(kind: Kind) -> None:
    digest = kind.store.put("sealed", SCAN)
    kind.damage("sealed", digest, flipped(SCAN))

    with pytest.raises(ObjectChanged) as read:
        kind.store.get("sealed", digest)
    with pytest.raises(ObjectChanged):
        kind.store.check("sealed", digest)
    assert (read.value.area, read.value.digest) == ("sealed", digest)


@pytest.mark.parametrize("area", sorted(EVIDENCE))
def test_changed_evidence_is_reported_and_left_as_it_is(kind: Kind, area: Area) -> None:
    """Writing over it would destroy the trace of whoever changed it."""
    digest = kind.store.put(area, SCAN)
    kind.damage(area, digest, flipped(SCAN))

    with pytest.raises(ObjectChanged):
        kind.store.put(area, SCAN)
    with pytest.raises(ObjectChanged):
        kind.store.get(area, digest)


def test_changed_work_is_mended_by_storing_it_again(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(SCAN)
    digest = kind.store.put("work", SCAN)
    kind.damage("work", digest, SCAN[:100])
    kind.store.put("work", SCAN)
    assert kind.store.get("work", digest) == SCAN

    kind.damage("work", digest, flipped(SCAN))
    kind.store.put_file("work", path)
    assert kind.store.get("work", digest) == SCAN


def test_a_lent_path_can_be_read_and_not_written_by_mistake(store: ObjectStore) -> None:
    digest = store.put("originals", SCAN)

    with store.local("originals", digest) as path:
        assert path.read_bytes() == SCAN
        assert path.stat().st_mode & 0o222 == 0
    assert store.get("originals", digest) == SCAN


def test_digests_come_sorted_and_each_once(store: ObjectStore) -> None:
    names = [store.put("work", str(number).encode()) for number in range(50)]

    assert list(store.digests("work")) == sorted(names)
    assert list(store.digests("sealed")) == []


def test_a_record_is_replaced_as_a_whole(store: ObjectStore) -> None:
    store.write("steps/ab", b"a long first record")
    store.write("steps/ab", b"short")

    assert store.read("steps/ab") == b"short"


def test_a_record_that_was_never_written_is_none(store: ObjectStore) -> None:
    store.write("steps/ab", b"{}")

    assert store.read("steps/cd") is None
    assert store.read("steps") is None
    assert store.read("steps/ab/cd") is None


def test_keys_follow_any_prefix_not_only_folders(store: ObjectStore) -> None:
    for key in ("steps/abc", "steps/abd", "steps/b", "stepson/abc", "manifests/abc"):
        store.write(key, b"{}")

    assert list(store.keys("steps/ab")) == ["steps/abc", "steps/abd"]
    assert list(store.keys("steps")) == ["steps/abc", "steps/abd", "steps/b", "stepson/abc"]
    assert list(store.keys("nothing/")) == []
    assert len(list(store.keys(""))) == 5


def test_keys_sort_as_text_as_an_object_server_sorts_them(store: ObjectStore) -> None:
    """A slash sorts after ``-`` and ``.``: sorting each folder by itself gives another order."""
    keys = ["a/b", "a-b/c", "a.b", "ab", "a/b-c", "a0/x"]
    for key in keys:
        store.write(key, b"{}")

    assert list(store.keys("")) == sorted(keys)


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b/c", "a/b"), ("a/b/c", "a")])
def test_a_key_cannot_run_through_another(store: ObjectStore, first: str, second: str) -> None:
    """A folder cannot hold both, so no store may: dossiers must be able to move between them."""
    store.write(first, b"1")

    with pytest.raises(StorageError):
        store.write(second, b"2")
    assert store.read(first) == b"1"


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.b", ".partial-x", "a b", "ệ", "a\\b",
     "a\nb", "a\0b", "a" * 201, "a/" * 256 + "b", "abc\n"],
)  # fmt: skip
def test_a_key_that_could_lead_astray_is_refused(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a record key"):
        store.write(key, b"x")
    with pytest.raises(ValueError, match="not a record key"):
        store.read(key)


@pytest.mark.parametrize("prefix", ["/", "../", "a/../", "a//", "./", "~", "a/.git/"])
def test_a_prefix_that_could_lead_astray_is_refused(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(ValueError, match="not a record key"):
        store.keys(prefix)


@pytest.mark.parametrize("digest", ["", "ab", "A" * 64, "g" * 64, "0" * 63 + "\n", "../" * 22])
def test_what_is_no_digest_is_refused(store: ObjectStore, digest: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.get("work", Digest(digest))
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.has("work", Digest(digest))


def test_what_is_no_area_is_refused(store: ObjectStore) -> None:
    records: Area = "records"  # type: ignore[assignment]
    with pytest.raises(ValueError, match="not an area"):
        store.put(records, SCAN)
    with pytest.raises(ValueError, match="not an area"):
        store.digests(records)


def test_threads_that_store_the_same_bytes_do_not_disturb_each_other(store: ObjectStore) -> None:
    def work() -> None:
        for number in range(20):
            store.put("sealed", str(number).encode())
            store.write("steps/one", str(number).encode() * 1000)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(list(store.digests("sealed"))) == 20
    assert store.read("steps/one") == b"19" * 1000
    assert all(store.check("sealed", digest) > 0 for digest in store.digests("sealed"))


@pytest.mark.parametrize("area", sorted(EVIDENCE))
def test_what_is_kept_until_a_date_is_as_it_was(store: ObjectStore, area: Area) -> None:
    digest = store.put(area, SCAN)
    store.keep(area, digest, datetime.now(UTC) + timedelta(days=20 * 365))
    store.keep(area, digest, datetime.now(UTC))

    assert store.get(area, digest) == SCAN


def test_what_is_not_there_cannot_be_kept(store: ObjectStore) -> None:
    with pytest.raises(ObjectMissing):
        store.keep("sealed", NOWHERE, datetime.now(UTC))


def test_only_evidence_is_kept_until_a_date(store: ObjectStore) -> None:
    with pytest.raises(ValueError, match="not an area of evidence"):
        store.keep("work", store.put("work", SCAN), datetime.now(UTC))


def test_a_store_with_nothing_left_behind_has_nothing_to_sweep(store: ObjectStore) -> None:
    store.put("work", SCAN)

    assert store.sweep(timedelta()) == 0
    assert store.get("work", digest_of(SCAN)) == SCAN


def test_an_object_is_copied_out_byte_for_byte(store: ObjectStore, tmp_path: Path) -> None:
    copy_out(store, "sealed", store.put("sealed", SCAN), tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == SCAN


def test_a_copy_of_other_bytes_than_were_stored_is_told(kind: Kind, tmp_path: Path) -> None:
    digest = kind.store.put("sealed", SCAN)
    kind.damage("sealed", digest, flipped(SCAN))

    with pytest.raises(ObjectChanged):
        copy_out(kind.store, "sealed", digest, tmp_path / "copy")


def test_an_object_that_is_not_there_cannot_be_copied_out(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing):
        copy_out(store, "sealed", NOWHERE, tmp_path / "copy")


def test_an_error_about_an_object_survives_the_way_out_of_a_child_process() -> None:
    error = pickle.loads(pickle.dumps(ObjectChanged("sealed", NOWHERE)))

    assert (error.area, error.digest) == ("sealed", NOWHERE)
    assert NOWHERE in str(error)
