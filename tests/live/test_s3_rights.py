"""What each key may do and may not, asked of the real server with the real keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import urllib3
from minio import Minio
from minio.error import S3Error
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig
from s3_helpers import Offices, offices, user

from storage.s3 import BUCKETS, ROLES, Holder, bucket_named, bucket_policies, role_policy, set_up
from storage.s3.client import connect

SCAN = b"scanned page " * 5000
MINE = "TP-01/H15.50.05.13-261120-0001/001.jpg"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Offices:
    return offices(tmp_path_factory.mktemp("rights"))


def put(client: Minio, bucket: str, name: str, data: bytes = SCAN) -> str:
    version = client.put_object(bucket, name, BytesIO(data), len(data)).version_id
    assert version
    return version


def read(client: Minio, bucket: str, name: str, version: str | None = None) -> bytes:
    response = client.get_object(bucket, name, version_id=version)
    try:
        return response.read()
    finally:
        response.close()
        response.release_conn()


def refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except S3Error as error:
        assert error.code == "AccessDenied", error
        return True
    return False


# --- scanner ------------------------------------------------------------------------------------------------------


def test_a_scanner_puts_below_its_own_station(office: Offices) -> None:
    deposits = bucket_named(office.prefix, "deposits")
    put(connect(user("scanner-1")), deposits, MINE)

    assert read(connect(user("a-worker")), deposits, MINE) == SCAN


def test_a_scanner_puts_a_long_document_in_parts(office: Offices) -> None:
    deposits, size = bucket_named(office.prefix, "deposits"), 6 << 20
    connect(user("scanner-1")).put_object(deposits, "TP-01/x/long.pdf", BytesIO(bytes(size)), size, part_size=5 << 20)

    assert connect(user("a-worker")).stat_object(deposits, "TP-01/x/long.pdf").size == size


@pytest.mark.parametrize("name", ["TP-02/x/001.jpg", "TP-01x/x/001.jpg", "TP-01", "001.jpg"])
def test_a_scanner_puts_nowhere_else(office: Offices, name: str) -> None:
    assert refused(lambda: put(connect(user("scanner-1")), bucket_named(office.prefix, "deposits"), name))


@pytest.mark.parametrize("bucket", sorted(set(BUCKETS) - {"deposits"}))
def test_a_scanner_puts_into_no_other_bucket(office: Offices, bucket: str) -> None:
    assert refused(lambda: put(connect(user("scanner-1")), bucket_named(office.prefix, bucket), MINE))


@pytest.mark.parametrize("whose", ["scanner-1", "scanner-2"])
def test_a_scanner_cannot_read_what_was_put_not_even_its_own(office: Offices, whose: str) -> None:
    deposits, scanner = bucket_named(office.prefix, "deposits"), connect(user(whose))
    version = put(connect(user("scanner-1")), deposits, MINE)

    assert refused(lambda: read(scanner, deposits, MINE))
    assert refused(lambda: read(scanner, deposits, MINE, version))
    assert refused(lambda: scanner.stat_object(deposits, MINE))
    assert refused(lambda: scanner.get_object_tags(deposits, MINE))


def test_a_scanner_cannot_copy_a_deposit_to_where_it_could_read_it(office: Offices) -> None:
    deposits, scanner = bucket_named(office.prefix, "deposits"), connect(user("scanner-1"))
    put(scanner, deposits, MINE)
    own = f"scanner-own-{office.prefix}x"
    scanner.make_bucket(own)

    source = {"x-amz-copy-source": f"/{deposits}/{MINE}"}
    assert refused(lambda: scanner._execute("PUT", own, "copy", headers=dict(source)))


@pytest.mark.parametrize(
    "opening",
    [{"x-amz-acl": "public-read"}, {"x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'},
     {"x-amz-grant-read": "id=scanner-2"}],
)  # fmt: skip
def test_a_scanner_cannot_open_what_it_puts_to_others(office: Offices, opening: dict[str, str]) -> None:
    """It owns its object, and a list of access rights is taken with it; the bucket must not heed that."""
    deposits, scanner = bucket_named(office.prefix, "deposits"), connect(user("scanner-1"))
    scanner._execute("PUT", deposits, "TP-01/x/open.jpg", body=SCAN, headers=dict(opening))
    address = f"{user('scanner-1').url}/{deposits}/TP-01/x/open.jpg"

    assert urllib3.request("GET", address).status == 403
    assert refused(lambda: read(connect(user("scanner-2")), deposits, "TP-01/x/open.jpg"))
    assert read(connect(user("a-worker")), deposits, "TP-01/x/open.jpg") == SCAN


def test_a_scanner_cannot_list(office: Offices) -> None:
    deposits, scanner = bucket_named(office.prefix, "deposits"), connect(user("scanner-1"))
    put(scanner, deposits, MINE)

    for versions in (False, True):
        for prefix in ("", "TP-01/", "TP-02/"):
            assert refused(lambda p=prefix, v=versions: list(scanner.list_objects(deposits, p, include_version=v)))


def test_what_a_scanner_puts_over_a_deposit_leaves_the_first_as_it_was(office: Offices) -> None:
    """S3 has no right to make but not to replace: the bucket keeps versions, of which a scanner can remove none."""
    deposits = bucket_named(office.prefix, "deposits")
    scanner, worker = connect(user("scanner-1")), connect(user("a-worker"))
    name = "TP-01/over/001.jpg"
    first = put(scanner, deposits, name)
    second = put(scanner, deposits, name, b"something else")
    kept = {each.version_id for each in worker.list_objects(deposits, name, include_version=True)}

    assert kept == {first, second}
    assert read(worker, deposits, name, first) == SCAN
    for version in (None, first, second):
        assert refused(lambda v=version: scanner.remove_object(deposits, name, version_id=v))


def test_a_scanner_can_change_no_rule_of_the_bucket(office: Offices) -> None:
    assert_rules_stand(connect(user("scanner-1")), bucket_named(office.prefix, "deposits"))


# --- worker -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("area", ["originals", "sealed"])
@pytest.mark.parametrize("bypass", [False, True])
def test_a_worker_cannot_remove_evidence(office: Offices, area: Any, bypass: bool) -> None:
    worker, bucket = office.store("a-worker"), bucket_named(office.prefix, area)
    digest = worker.put(area, f"{area} {bypass}".encode() + SCAN)
    version = worker.client.stat_object(bucket, digest).version_id
    headers = {"x-amz-bypass-governance-retention": "true"} if bypass else {}

    assert refused(lambda: worker.client.remove_object(bucket, digest))
    assert refused(
        lambda: worker.client._execute(
            "DELETE", bucket, digest, headers=dict(headers), query_params={"versionId": version or ""}
        )
    )
    assert worker.check(area, digest)


def test_not_even_the_owner_of_the_buckets_can_remove_a_locked_version(office: Offices) -> None:
    owner, sealed = office.store("owner"), bucket_named(office.prefix, "sealed")
    digest = owner.put("sealed", b"for good" + SCAN)
    version = owner.client.stat_object(sealed, digest).version_id

    headers = {"x-amz-bypass-governance-retention": "true"}
    assert refused(
        lambda: owner.client._execute(
            "DELETE", sealed, digest, headers=headers, query_params={"versionId": version or ""}
        )
    )


def test_a_worker_cannot_shorten_a_lock(office: Offices) -> None:
    worker, sealed = office.store("a-worker"), bucket_named(office.prefix, "sealed")
    digest = worker.put("sealed", b"short" + SCAN)
    shorter = worker.clock() + worker.keeping.period / 2

    for mode in ("COMPLIANCE", "GOVERNANCE"):
        assert refused(lambda m=mode: worker.client.set_object_retention(sealed, digest, Retention(m, shorter)))


def test_a_worker_removes_a_deposit_and_its_bytes_stay_for_a_while(office: Offices) -> None:
    deposits, worker = bucket_named(office.prefix, "deposits"), connect(user("a-worker"))
    version = put(connect(user("scanner-1")), deposits, "TP-01/taken/001.jpg")
    worker.remove_object(deposits, "TP-01/taken/001.jpg")

    assert list(worker.list_objects(deposits, "TP-01/taken/", recursive=True)) == []
    assert read(worker, deposits, "TP-01/taken/001.jpg", version) == SCAN
    assert refused(lambda: worker.remove_object(deposits, "TP-01/taken/001.jpg", version_id=version))


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_worker_can_change_no_rule(office: Offices, bucket: str) -> None:
    assert_rules_stand(connect(user("a-worker")), bucket_named(office.prefix, bucket))


@pytest.mark.parametrize("bucket", ["work", "records", "quarantine"])
def test_a_worker_removes_nothing_that_it_made(office: Offices, bucket: str) -> None:
    name, worker = bucket_named(office.prefix, bucket), connect(user("a-worker"))
    version = put(worker, name, "made")

    assert refused(lambda: worker.remove_object(name, "made"))
    assert refused(lambda: worker.remove_object(name, "made", version_id=version))


# --- web and auditor ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a-web", "an-auditor"])
def test_those_who_read_can_read_what_is_sealed(office: Offices, name: str) -> None:
    digest = office.store("a-worker").put("sealed", b"to read" + SCAN)
    office.store("a-worker").write("steps/ab", b"{}")
    store = office.store(name)

    assert store.get("sealed", digest) == b"to read" + SCAN
    assert digest in list(store.digests("sealed"))
    assert store.read("steps/ab") == b"{}"


@pytest.mark.parametrize("name", ["a-web", "an-auditor"])
@pytest.mark.parametrize("bucket", BUCKETS)
def test_those_who_read_change_nothing(office: Offices, name: str, bucket: str) -> None:
    where, reader = bucket_named(office.prefix, bucket), connect(user(name))
    version = put(connect(user("owner")), where, "TP-01/x/kept")

    assert refused(lambda: put(reader, where, "TP-01/x/new"))
    assert refused(lambda: reader.remove_object(where, "TP-01/x/kept"))
    assert refused(lambda: reader.remove_object(where, "TP-01/x/kept", version_id=version))
    assert_rules_stand(reader, where)


@pytest.mark.parametrize("bucket", ["deposits", "originals", "work", "quarantine"])
def test_the_web_door_does_not_see_what_is_not_sealed(office: Offices, bucket: str) -> None:
    where, web = bucket_named(office.prefix, bucket), connect(user("a-web"))
    put(connect(user("owner")), where, "TP-01/x/hidden")

    assert refused(lambda: read(web, where, "TP-01/x/hidden"))
    assert refused(lambda: list(web.list_objects(where)))


def test_an_auditor_reads_the_originals_and_their_locks_and_no_deposits(office: Offices) -> None:
    digest = office.store("a-worker").put("originals", b"to audit" + SCAN)
    auditor, deposits = office.store("an-auditor"), bucket_named(office.prefix, "deposits")

    assert auditor.check("originals", digest)
    assert connect(user("an-auditor")).get_bucket_versioning(bucket_named(office.prefix, "sealed")).status == "Enabled"
    assert refused(lambda: list(auditor.client.list_objects(deposits)))


# --- the documents ------------------------------------------------------------------------------------------------


def assert_rules_stand(client: Minio, bucket: str) -> None:
    assert refused(lambda: client.set_bucket_policy(bucket, '{"Version": "2012-10-17", "Statement": []}'))
    assert refused(lambda: client.delete_bucket_policy(bucket))
    assert refused(lambda: client.set_bucket_versioning(bucket, VersioningConfig("Suspended")))
    assert refused(lambda: client.delete_bucket_lifecycle(bucket))
    assert refused(lambda: client.remove_bucket(bucket))


def test_setting_up_again_changes_nothing_and_drops_the_rights_of_who_is_gone(office: Offices) -> None:
    again = Offices(office.prefix, office.scratch)
    done = set_up(user("owner"), again.prefix, [Holder("worker", "a-worker")])
    try:
        deposits = bucket_named(office.prefix, "deposits")
        assert refused(lambda: put(connect(user("scanner-1")), deposits, MINE))
        assert done == {bucket_named(office.prefix, bucket): True for bucket in BUCKETS}
    finally:
        set_up(user("owner"), office.prefix, [
            Holder("worker", "a-worker"), Holder("web", "a-web"), Holder("auditor", "an-auditor"),
            Holder("scanner", "scanner-1", "TP-01"), Holder("scanner", "scanner-2", "TP-02"),
        ])  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_no_document_gives_everything(role: Any) -> None:
    for statement in role_policy(role, "sohoa-", "TP-01")["Statement"]:
        assert not any("*" in action for action in statement["Action"])
        assert all(place.startswith("arn:aws:s3:::sohoa-") for place in statement.get("Resource", ()))
        assert "Principal" not in statement  # it could be given to a user as it is


def test_only_the_probe_s_own_objects_may_be_removed_for_good() -> None:
    for bucket, policy in bucket_policies(
        "sohoa-", [Holder(role, "one", "TP-01" * (role == "scanner")) for role in ROLES]
    ).items():
        for statement in policy["Statement"]:
            if statement["Effect"] == "Allow" and "s3:DeleteObjectVersion" in statement["Action"]:
                assert statement["Resource"] == [f"arn:aws:s3:::sohoa-{bucket}/.probe/*"]


@pytest.mark.parametrize("station", ["", "*", "TP/01", "TP-01/*", "${x}", "../TP-02", "TP?"])
def test_what_could_reach_other_stations_is_no_station(station: str) -> None:
    with pytest.raises(ValueError, match="no station"):
        Holder("scanner", "one", station)


@pytest.mark.parametrize("name", ["", "*", "a b", "arn:aws:iam::*", 'x"', "a/b"])
def test_what_could_be_everybody_is_no_user(name: str) -> None:
    with pytest.raises(ValueError, match="no user"):
        Holder("worker", name)


def test_a_province_of_stations_fits_into_what_a_bucket_takes() -> None:
    holders = [Holder("scanner", f"may-quet-{number:03d}", f"TP-{number:03d}") for number in range(34)]
    policy = bucket_policies("sohoa-", [Holder("worker", "a-worker"), *holders])["deposits"]

    assert len(json.dumps(policy)) < 20 * 1024  # AWS; others take more
    assert len({each["Sid"] for each in policy["Statement"]}) == len(policy["Statement"])
