"""The inbox in a bucket, on a real object server."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from ceph import ceph, fresh_prefix
from minio import Minio

from pipeline.errors import Interrupted
from storage.s3.client import connect
from workers.inbox import Changed, fetch
from workers.inbox_bucket import BucketInbox
from workers.settling import Place

PLACE = Place("TP-01", "H15.50.05.13-261120-0001")
FOLDER = f"{PLACE.station}/{PLACE.dossier}"


@pytest.fixture
def bucket() -> Iterator[tuple[Minio, str]]:
    name = fresh_prefix()
    client = connect(ceph().user(name))
    client.make_bucket(f"{name}deposits")
    yield client, f"{name}deposits"


def put(bucket: tuple[Minio, str], key: str, data: bytes = b"scan") -> None:
    bucket[0].put_object(bucket[1], key, io.BytesIO(data), len(data))


def test_deposits_are_listed_by_station_and_dossier(bucket: tuple[Minio, str]) -> None:
    put(bucket, f"{FOLDER}/001.jpg", b"one")
    put(bucket, f"{FOLDER}/giấy tờ.pdf", b"twenty")
    put(bucket, "TP-02/H1/001.jpg")
    found = BucketInbox(*bucket).listing()
    assert set(found) == {PLACE, Place("TP-02", "H1")}
    assert [(seen.name, seen.size, seen.problem) for seen in found[PLACE]] == [
        ("001.jpg", 3, ""),
        ("giấy tờ.pdf", 6, ""),
    ]
    assert BucketInbox(*bucket).look(PLACE) == found[PLACE]


def test_below_a_prefix_only_that_is_listed(bucket: tuple[Minio, str]) -> None:
    put(bucket, f"inbox/{FOLDER}/001.jpg")
    put(bucket, "other/H1/001.jpg")
    inbox = BucketInbox(*bucket, prefix="inbox/")
    assert set(inbox.listing()) == {PLACE}
    assert len(inbox.look(PLACE)) == 1


def test_keys_that_are_nobodys_deposit_are_left_alone_and_odd_names_are_told(bucket: tuple[Minio, str]) -> None:
    for key in (
        "loose.jpg",
        "TP-01/loose.jpg",
        "TP-01/.x/x.jpg",
        ".hidden/H1/x.jpg",
        f"{FOLDER}/",
        f"{FOLDER}/Thumbs.db",
    ):
        put(bucket, key)
    assert BucketInbox(*bucket).listing() == {}
    put(bucket, f"{FOLDER}/deeper/x.jpg")
    put(bucket, f"{FOLDER}/two\nlines.jpg")
    assert {seen.problem for seen in BucketInbox(*bucket).look(PLACE)} == {"file-name-unsafe"}
    assert all(seen.name.isprintable() for seen in BucketInbox(*bucket).look(PLACE))


def test_an_object_is_fetched_as_it_was_listed_or_not_at_all(bucket: tuple[Minio, str], tmp_path: Path) -> None:
    put(bucket, f"{FOLDER}/001.jpg", b"first")
    inbox = BucketInbox(*bucket)
    (seen,) = inbox.look(PLACE)
    kept = fetch(inbox, PLACE, seen, tmp_path)
    assert (tmp_path / "001.jpg").read_bytes() == b"first"
    put(bucket, f"{FOLDER}/001.jpg", b"FIRST")  # the same size
    (tmp_path / "001.jpg").unlink()
    with pytest.raises(Changed):
        fetch(inbox, PLACE, seen, tmp_path)
    assert not inbox.remove(PLACE, kept)
    assert inbox.look(PLACE) != ()


def test_the_very_object_that_was_taken_is_removed(bucket: tuple[Minio, str], tmp_path: Path) -> None:
    put(bucket, f"{FOLDER}/001.jpg")
    inbox = BucketInbox(*bucket)
    kept = fetch(inbox, PLACE, inbox.look(PLACE)[0], tmp_path)
    assert inbox.remove(PLACE, kept)
    assert inbox.listing() == {}
    assert not inbox.remove(PLACE, kept)


def test_a_bucket_that_is_not_there_is_no_empty_inbox(bucket: tuple[Minio, str]) -> None:
    with pytest.raises(Interrupted, match="inbox-unreachable"):
        BucketInbox(bucket[0], "nobodys").listing()
