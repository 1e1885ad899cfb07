"""The store on a real object server, and on a line that fails."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from ceph import ceph, fresh_prefix
from s3_helpers import KEEPING, Offices, impatient, offices, user, wrong_secret  # noqa: F401 -- a fixture
from s3_proxy import Lie, Reply, Request, before, honest, own_certificate

from storage import Digest, ObjectChanged, StorageError, StoreFull, StoreRefused, StoreUnsound, digest_of
from storage.s3 import LAST_DAY, Keeping, S3Store, bucket_named, set_up
from storage.s3.client import connect
from storage.s3.store import PART

SCAN = b"scanned page " * 5000


@pytest.fixture
def office(tmp_path: Path) -> Offices:
    return offices(tmp_path)


@pytest.fixture
def store(office: Offices) -> S3Store:
    return office.store("a-worker")


def versions(store: S3Store, area: str, name: str) -> list[Any]:
    owner = S3Store(user("owner"), prefix=store.prefix, scratch=Path("unused")).client
    return list(owner.list_objects(bucket_named(store.prefix, area), prefix=name, include_version=True))


@pytest.mark.parametrize("area", ["originals", "work", "sealed"])
def test_the_same_bytes_again_make_no_second_version(store: S3Store, area: Any, tmp_path: Path) -> None:
    path = tmp_path / "scan"
    path.write_bytes(SCAN)
    for _ in range(2):
        store.put(area, SCAN)
        store.put_file(area, path)

    assert len(versions(store, area, digest_of(SCAN))) == 1


def test_a_record_keeps_every_version_of_itself(store: S3Store) -> None:
    store.write("steps/ab", b"1")
    store.write("steps/ab", b"2")

    assert len(versions(store, "records", "steps/ab")) == 2


def test_a_file_of_many_parts_goes_there_and_back_with_no_more_than_a_few_pieces_in_memory(
    store: S3Store, tmp_path: Path
) -> None:
    path, size = tmp_path / "long.pdf", 5 * PART + 1
    with path.open("wb") as file:
        for _ in range(5):
            file.write(os.urandom(PART))
        file.write(b"x")
    store.put("work", SCAN)  # what is loaded once is not counted
    tracemalloc.start()
    digest, sent = store.put_file("originals", path)
    with store.local("originals", digest) as lent:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        with lent.open("rb") as held:
            assert hashlib.file_digest(held, "sha256").hexdigest() == digest

    assert sent == size
    assert len(versions(store, "originals", digest)) == 1
    assert peak < 4 * PART
    assert store.check("originals", digest) == size


def test_a_file_that_changes_while_it_is_sent_is_not_stored_under_a_name_that_is_not_its_own(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the wrong bytes would be locked for ten years under the right name."""
    path = tmp_path / "scan.jpg"
    path.write_bytes(SCAN)
    first, taken = digest_of(SCAN), []

    def digest_then_change(read: Path) -> tuple[Digest, int]:
        data = read.read_bytes()
        taken.append(digest_of(data))
        if len(taken) == 1:
            read.write_bytes(b"X" + SCAN[1:])
        return digest_of(data), len(data)

    monkeypatch.setattr("storage.s3.store.digest_of_file", digest_then_change)
    stored, _ = store.put_file("originals", path)

    assert stored == digest_of(b"X" + SCAN[1:])
    assert store.check("originals", stored) == len(SCAN)
    assert not store.has("originals", first)


def test_a_file_that_never_stops_changing_is_an_error(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scan.jpg"
    path.write_bytes(SCAN)
    monkeypatch.setattr("storage.s3.store.digest_of_file", lambda _: (Digest("0" * 64), len(SCAN) + 1))

    with pytest.raises(StorageError, match="changes while it is read"):
        store.put_file("originals", path)
    assert list(store.digests("originals")) == []


@pytest.mark.parametrize("mode", ["COMPLIANCE", "GOVERNANCE"])
def test_evidence_is_locked_from_the_moment_it_is_stored(office: Offices, mode: Any) -> None:
    store = office.store("a-worker", replace(KEEPING, mode=mode))
    digest = store.put("originals", SCAN)
    said = store.client.stat_object(bucket_named(office.prefix, "originals"), digest).metadata or {}
    until = datetime.fromisoformat(said["x-amz-object-lock-retain-until-date"][:19]).replace(tzinfo=UTC)

    assert said["x-amz-object-lock-mode"] == mode
    assert abs(until - datetime.now(UTC) - KEEPING.period) < timedelta(minutes=1)


def locked_until(store: S3Store, digest: str) -> datetime:
    said = store.client.stat_object(bucket_named(store.prefix, "sealed"), digest).metadata or {}
    return datetime.fromisoformat(said["x-amz-object-lock-retain-until-date"][:19]).replace(tzinfo=UTC)


def test_evidence_that_lies_there_without_a_lock_is_locked_when_it_is_stored_again(store: S3Store) -> None:
    """So a crash between an upload in parts and its lock is mended by whoever comes next."""
    digest, sealed = digest_of(SCAN), bucket_named(store.prefix, "sealed")
    connect(user("owner")).put_object(sealed, digest, BytesIO(SCAN), len(SCAN))
    store.put("sealed", SCAN)

    assert locked_until(store, digest) > datetime.now(UTC)
    assert len(versions(store, "sealed", digest)) == 1


def test_a_lock_is_made_longer_and_never_shorter(store: S3Store) -> None:
    digest = store.put("sealed", SCAN)
    later = (datetime.now(UTC) + timedelta(days=9000)).replace(microsecond=0)
    store.keep("sealed", digest, later)
    store.keep("sealed", digest, datetime.now(UTC))

    assert locked_until(store, digest) == later


def test_a_date_beyond_what_servers_count_to_is_the_last_one_they_do(store: S3Store) -> None:
    """Ceph RGW 16.2, asked for 2200, said 2063: seconds in 32 bits."""
    digest = store.put("sealed", SCAN)
    store.keep("sealed", digest, datetime(2200, 1, 1, tzinfo=UTC))

    assert locked_until(store, digest) == LAST_DAY


def test_an_original_is_fetched_once_for_all_its_pages(office: Offices) -> None:
    digest = office.store("a-worker").put("originals", SCAN)
    asked: list[str] = []

    def counted(request: Request, carry: Any) -> Reply:
        asked.append(f"{request.method} {request.path}")
        return carry(request)

    with before(user("a-worker"), counted) as server:
        store = office.store_at(server)
        for _ in range(5):
            with store.local("originals", digest) as lent:
                assert lent.read_bytes() == SCAN
    assert len(asked) == 1


def failing(method: str, reply: Reply, times: int) -> tuple[Lie, list[str]]:
    failed: list[str] = []

    def lie(request: Request, carry: Any) -> Reply:
        if request.method == method and len(failed) < times:
            failed.append(request.path)
            return reply
        return carry(request)

    return lie, failed


def test_an_answer_that_breaks_off_is_asked_for_again(office: Offices) -> None:
    digest = office.store("a-worker").put("originals", SCAN)
    lie, failed = failing("GET", Reply(200, {}, SCAN, cut_after=1000), 2)

    with before(user("a-worker"), lie) as server:
        assert office.store_at(server).get("originals", digest) == SCAN
    assert len(failed) == 2


def test_a_line_that_breaks_off_every_time_is_an_error_and_not_half_an_object(office: Offices) -> None:
    digest = office.store("a-worker").put("originals", SCAN)
    lie, _ = failing("GET", Reply(200, {}, SCAN, cut_after=1000), 99)

    with before(user("a-worker"), lie) as server:
        store = office.store_at(server)
        with pytest.raises(StorageError):
            store.get("originals", digest)
        with pytest.raises(StorageError), store.local("originals", digest):
            pass


def test_a_server_that_is_busy_for_a_moment_is_asked_again(office: Offices) -> None:
    lie, failed = failing("PUT", Reply(503), 2)

    with before(user("a-worker"), lie) as server:
        store = office.store_at(server)
        digest = store.put("sealed", SCAN)
    assert len(failed) == 2
    assert office.store("a-worker").get("sealed", digest) == SCAN


def test_bytes_that_change_on_the_way_are_refused_by_the_server(office: Offices) -> None:
    def flips(request: Request, carry: Any) -> Reply:
        spoiled = request.method == "PUT" and request.body
        return carry(replace(request, body=b"X" + request.body[1:]) if spoiled else request)

    with before(user("a-worker"), flips) as server, pytest.raises(StorageError):
        office.store_at(server).put("sealed", SCAN)
    assert list(office.store("a-worker").digests("sealed")) == []


def test_over_tls_bytes_that_change_behind_it_are_refused_by_the_server(office: Offices, tmp_path: Path) -> None:
    """There the body is not signed, and the Content-MD5 alone speaks for it."""

    def flips(request: Request, carry: Any) -> Reply:
        assert request.method != "PUT" or "Content-MD5" in request.headers
        spoiled = request.method == "PUT" and request.body
        return carry(replace(request, body=b"X" + request.body[1:]) if spoiled else request)

    files = own_certificate(tmp_path)
    with before(user("a-worker"), flips, tls=files) as server, pytest.raises(StorageError, match="BadDigest"):
        office.store_at(replace(server, authorities=files.certificate)).put("sealed", SCAN)


def test_over_tls_a_store_works_when_it_knows_who_issued_the_certificate(office: Offices, tmp_path: Path) -> None:
    files = own_certificate(tmp_path)
    with before(user("a-worker"), honest, tls=files) as server:
        store = office.store_at(replace(server, authorities=files.certificate))
        assert store.get("sealed", store.put("sealed", SCAN)) == SCAN


@pytest.mark.usefixtures("impatient")
def test_a_server_with_a_certificate_that_nobody_knows_gets_nothing(office: Offices, tmp_path: Path) -> None:
    asked: list[str] = []

    def listens(request: Request, carry: Any) -> Reply:
        asked.append(request.path)
        return carry(request)

    with before(user("a-worker"), listens, tls=own_certificate(tmp_path)) as server, pytest.raises(StorageError):
        office.store_at(server).put("sealed", SCAN)
    assert asked == []


def test_bytes_that_change_on_the_way_back_are_found(office: Offices) -> None:
    digest = office.store("a-worker").put("sealed", SCAN)

    def flips(request: Request, carry: Any) -> Reply:
        reply = carry(request)
        return replace(reply, body=b"X" + reply.body[1:]) if request.method == "GET" else reply

    with before(user("a-worker"), flips) as server:
        store = office.store_at(server)
        with pytest.raises(ObjectChanged):
            store.get("sealed", digest)
        with pytest.raises(ObjectChanged), store.local("sealed", digest):
            pass


def test_a_record_that_changes_on_the_way_back_is_found(office: Offices) -> None:
    office.store("a-worker").write("steps/ab", b'{"done": true}')

    def flips(request: Request, carry: Any) -> Reply:
        reply = carry(request)
        return replace(reply, body=b"X" + reply.body[1:]) if request.method == "GET" else reply

    with before(user("a-worker"), flips) as server, pytest.raises(StorageError, match="not what was written"):
        office.store_at(server).read("steps/ab")


def test_a_server_that_says_it_stored_what_it_threw_away_is_found(office: Offices) -> None:
    def forgets(request: Request, carry: Any) -> Reply:
        said = {"ETag": f'"{hashlib.md5(request.body).hexdigest()}"', "x-amz-version-id": "v1"}
        return Reply(200, said) if request.method == "PUT" else carry(request)

    with before(user("a-worker"), forgets) as server, pytest.raises(StorageError):
        office.store_at(server).put("sealed", SCAN)


def test_a_server_that_drops_the_lock_of_what_it_stores_is_found_at_the_first_object(office: Offices) -> None:
    def unlocks(request: Request, carry: Any) -> Reply:
        reply = carry(request)
        kept = {name: text for name, text in reply.headers.items() if "object-lock" not in name.lower()}
        return replace(reply, headers=kept)

    with before(user("a-worker"), unlocks) as server, pytest.raises(StoreUnsound) as found:
        office.store_at(server).put("sealed", SCAN)
    assert found.value.code == "lock-ignored"


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_there_is_an_error_that_tells_no_secret(office: Offices) -> None:
    server = replace(user("a-worker"), address="127.0.0.1:9")
    with pytest.raises(StorageError) as found:
        office.store_at(server).put("work", SCAN)

    assert found.value.retry
    for text in (str(found.value), repr(found.value), repr(found.value.__cause__), repr(server)):
        assert server.secret not in text


def test_a_wrong_secret_is_said_to_be_refused_and_not_to_be_tried_again(office: Offices) -> None:
    server = wrong_secret(user("a-worker"))
    with pytest.raises(StoreRefused) as found:
        office.store_at(server).put("work", SCAN)

    assert not found.value.retry
    assert server.secret not in str(found.value)


def test_buckets_that_are_not_there_are_no_missing_objects(tmp_path: Path) -> None:
    """A HEAD answers the same to both; to take one for the other would lose a whole archive without a word."""
    store = S3Store(user("a-worker"), prefix=fresh_prefix(), scratch=tmp_path)
    for attempt in (
        lambda: store.has("sealed", digest_of(SCAN)),
        lambda: store.get("sealed", digest_of(SCAN)),
        lambda: store.read("steps/ab"),
        lambda: store.put("sealed", SCAN),
        lambda: list(store.digests("sealed")),
    ):
        with pytest.raises(StoreRefused):
            attempt()


def test_a_full_store_says_so(tmp_path: Path) -> None:
    prefix, small = fresh_prefix(), user("small")
    set_up(small, prefix, [])
    ceph().admin("quota", "set", "--quota-scope=user", "--uid=small", "--max-size=1000")
    ceph().admin("quota", "enable", "--quota-scope=user", "--uid=small")

    with pytest.raises(StoreFull):
        S3Store(small, prefix=prefix, scratch=tmp_path).put("work", SCAN)


def test_what_is_stored_is_encrypted_with_the_key_that_is_asked_for(office: Offices) -> None:
    store = office.store("a-worker", Keeping(encryption="kms:testkey"))
    digest = store.put("work", SCAN)
    said = store.client.stat_object(bucket_named(office.prefix, "work"), digest).metadata or {}

    assert said["x-amz-server-side-encryption"] == "aws:kms"
    assert store.get("work", digest) == SCAN


def test_a_server_that_takes_no_notice_of_encryption_is_found(office: Offices) -> None:
    """Ceph RGW 16.2 takes the header for a key of its own and stores the bytes as they are."""
    with pytest.raises(StoreUnsound) as found:
        office.store("a-worker", Keeping(encryption="s3")).put("work", SCAN)
    assert found.value.code == "encryption-ignored"


def test_a_server_that_lists_out_of_order_is_found(office: Offices) -> None:
    """Whoever goes through a store by its order would pass over what comes late."""
    for number in range(5):
        office.store("a-worker").put("work", str(number).encode())

    def shuffles(request: Request, carry: Any) -> Reply:
        reply = carry(request)
        parts = reply.body.split(b"<Contents>")
        mixed = [parts[0], *reversed(parts[1:-1]), parts[-1]]
        return replace(reply, body=b"<Contents>".join(mixed)) if len(parts) > 3 else reply

    with before(user("a-worker"), shuffles) as server, pytest.raises(StorageError, match="out of order"):
        list(office.store_at(server).digests("work"))


def test_a_server_that_answers_something_else_is_an_error_and_no_crash(office: Offices) -> None:
    digest = office.store("a-worker").put("work", SCAN)
    for answer in (b"<html>welcome</html>", b"", b"<ListBucketResult>", b"\xff\xfe"):
        nonsense = Reply(200, {"Content-Type": "text/html"}, answer)
        with before(user("a-worker"), lambda *_, said=nonsense: said) as server:
            store = office.store_at(server)
            for attempt in (
                lambda s=store: s.get("work", digest),
                lambda s=store: list(s.keys("")),
                lambda s=store: s.put("sealed", SCAN),
            ):
                with pytest.raises(StorageError):
                    attempt()


def test_what_a_hidden_name_holds_is_none_of_ours(office: Offices) -> None:
    """The probe leaves objects in the buckets."""
    store = office.store("a-worker")
    store.client.put_object(bucket_named(office.prefix, "sealed"), ".probe/lock", BytesIO(b"x"), 1)

    assert list(store.digests("sealed")) == []


@pytest.mark.usefixtures("impatient")
def test_a_store_goes_on_when_the_server_was_away(office: Offices) -> None:
    store = office.store("a-worker")
    digest = store.put("sealed", SCAN)
    ceph().stop_gateway()
    try:
        with pytest.raises(StorageError) as found:
            store.get("sealed", digest)
        assert found.value.retry
    finally:
        ceph().gateway()

    assert store.get("sealed", digest) == SCAN
