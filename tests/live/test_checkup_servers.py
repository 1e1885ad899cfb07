"""What ``sohoa doctor`` says of a queue and of an inbox in a bucket, on the real servers with the real keys."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import redis
from ceph import fresh_prefix
from rabbit import the_rabbit
from redis_server import the_redis
from s3_helpers import Offices, offices, user

from pipeline.errors import Interrupted, Misconfigured
from pipeline.settings import Settings
from storage.s3 import bucket_named
from storage.s3.client import connect
from workers.checkup import tries
from workers.inbox_bucket import BucketInbox


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Offices:
    made = offices(tmp_path_factory.mktemp("office"))
    key = "TP-01/H1/1.jpg"
    connect(user("scanner-1")).put_object(bucket_named(made.prefix, "deposits"), key, io.BytesIO(b"scan"), 4)
    return made


def inbox(office: Offices, name: str) -> BucketInbox:
    return BucketInbox(connect(user(name)), bucket_named(office.prefix, "deposits"))


def test_the_workers_key_may_list_read_and_remove_and_nothing_of_what_lies_there_is_touched(office: Offices) -> None:
    assert inbox(office, "a-worker").prove() == 1
    assert inbox(office, "a-worker").prove() == 1


@pytest.mark.parametrize(("name", "problem"), [("scanner-1", "cannot-list"), ("an-auditor", "cannot-list")])
def test_a_key_without_the_rights_is_refused_and_told_which_is_lacking(
    office: Offices, name: str, problem: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        inbox(office, name).prove()
    assert (refused.value.code, refused.value.facts["problem"]) == ("inbox-refused", problem)


def test_a_bucket_that_is_not_there_is_no_matter_of_rights() -> None:
    with pytest.raises(Interrupted, match="inbox-unreachable"):
        BucketInbox(connect(user("owner")), f"{fresh_prefix()}none").prove()


def queue_finding(address: str, password: Path | None = None) -> tuple[str, str]:
    (_, attempt), *_ = tries(Settings(queue=address, queue_password_file=password))
    return attempt()


def test_rabbitmq_that_answers_works_and_its_time_limit_is_named(tmp_path: Path) -> None:
    state, detail = queue_finding(the_rabbit().address)
    assert state == "works"
    assert "consumer_timeout" in detail


def test_rabbitmq_with_another_password_does_not_work(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong\n")
    with pytest.raises(Interrupted, match="queue-unreachable"):
        queue_finding(the_rabbit().address, tmp_path / "password")


def test_a_redis_that_throws_messages_away_when_it_is_full_is_told() -> None:
    assert queue_finding(the_redis().address)[0] == "works"
    with redis.Redis(port=the_redis().port) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            state, detail = queue_finding(the_redis().address)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert state == "warns"
    assert "allkeys-lru" in detail
