"""The whole service in one process, with a real object server for its store; then what it handed out, in a bucket."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from ceph import fresh_prefix
from conftest import COMPLETE, DOSSIER, Bureau, a_ticket, complete_files
from s3_helpers import Offices, offices, user

from pipeline.audit import audit
from pipeline.buckets import check_bucket, is_bucket
from pipeline.checking import Check
from pipeline.errors import Usage
from pipeline.handout import hand_out
from pipeline.judging import OwnJudge
from signing import Trust
from storage import ObjectMissing
from storage.s3 import S3Store, bucket_named
from storage.s3.client import connect


@pytest.fixture
def office(tmp_path: Path) -> Offices:
    return offices(tmp_path)


def trust_of(bureau: Bureau) -> Trust:
    identity = bureau.driver.identity_of("")
    return Trust(identity.chain, identity.crls)


def test_a_worker_s_key_is_enough_for_all_that_the_service_does(
    office: Offices, make_bureau: Callable[..., Bureau], tmp_path: Path
) -> None:
    bureau = make_bureau(store=office.store("a-worker"))
    folder = bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())
    first, again = bureau.driver.run(folder), bureau.driver.run(folder)

    assert (first.error, first.exit_code) == (None, 0)
    assert again.fresh == 0
    found = audit(bureau.store, bureau.ledger, trust_of(bureau), bureau.clock(), lambda: None)
    assert found.troubles == ()
    for digest in bureau.store.digests("originals"):
        assert len(versions(office, "originals", digest)) == 1


def versions(office: Offices, area: str, name: str) -> list[str | None]:
    client, bucket = connect(user("owner")), bucket_named(office.prefix, area)
    return [each.version_id for each in client.list_objects(bucket, prefix=name, include_version=True)]


def test_an_auditor_s_key_is_enough_for_an_audit(office: Offices, make_bureau: Callable[..., Bureau]) -> None:
    bureau = make_bureau(store=office.store("a-worker"))
    bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
    found = audit(office.store("an-auditor"), bureau.ledger, trust_of(bureau), bureau.clock(), lambda: None)

    assert found.troubles == ()
    assert found.objects > 0


def test_the_web_s_key_is_enough_to_hand_out(
    office: Offices, make_bureau: Callable[..., Bureau], tmp_path: Path
) -> None:
    bureau = make_bureau(store=office.store("a-worker"))
    outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
    folder = hand_out(office.store("a-web"), outcome.verdict, tmp_path / "out")

    assert (folder / "manifest.json").is_file()


def test_what_an_administrator_hides_is_missed_and_still_there(
    office: Offices, make_bureau: Callable[..., Bureau]
) -> None:
    """A removal without a version hides an object; the locked version stays below it."""
    bureau = make_bureau(store=office.store("a-worker"))
    bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
    digest = next(bureau.store.digests("originals"))
    owner, bucket = connect(user("owner")), bucket_named(office.prefix, "originals")
    owner.remove_object(bucket, digest)
    found = audit(bureau.store, bureau.ledger, trust_of(bureau), bureau.clock(), lambda: None)

    assert f"originals/{digest}" in {each.object for each in found.troubles}
    with pytest.raises(ObjectMissing):
        bureau.store.get("originals", digest)
    hidden = list(owner.list_objects(bucket, prefix=digest, include_version=True))
    marker = next(each for each in hidden if each.is_delete_marker)
    owner.remove_object(bucket, digest, version_id=marker.version_id)
    assert bureau.store.check("originals", digest) > 0


# --- verifying a bucket -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """A dossier as it was handed out, and what its seals are verified with."""

    folder: Path
    trust: Trust
    at: datetime


@dataclass(frozen=True)
class Handed:
    """A bucket in which a dossier lies that was handed out, twice."""

    bucket: str
    results: Results
    scratch: Path

    def put(self, name: str, data: bytes) -> None:
        connect(user("owner")).put_object(self.bucket, name, BytesIO(data), len(data))

    def checked(self, prefix: str) -> list[Check]:
        path = Path(f"s3://{self.bucket}/{prefix}")
        assert is_bucket(path)
        judge = OwnJudge(self.results.trust, self.results.at)
        with ThreadPoolExecutor(2) as hands:
            return list(check_bucket(path, judge, lambda: None, hands, server=user("owner"), scratch=self.scratch))

    def troubles(self, prefix: str) -> dict[str, set[str]]:
        """Return what does not hold, by the name of the file below the prefix."""
        found: dict[str, set[str]] = {}
        for each in self.checked(prefix):
            if each.result != "passed":
                name = str(each.path).removeprefix(f"s3:/{self.bucket}/{prefix}/")
                found.setdefault(name, set()).add(each.code)
        return found


@pytest.fixture(scope="module")
def made_once() -> list[Results]:
    """Hold the results once they are made: by the first test that asks, whose service they come from."""
    return []


@pytest.fixture
def results(made_once: list[Results], request: pytest.FixtureRequest, tmp_path: Path) -> Results:
    if not made_once:
        bureau: Bureau = request.getfixturevalue("bureau")
        outcome = bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
        folder = hand_out(bureau.store, outcome.verdict, tmp_path / "out")
        made_once.append(Results(folder, trust_of(bureau), bureau.clock()))
    return made_once[0]


@pytest.fixture
def handed(results: Results, tmp_path: Path) -> Handed:
    folder = results.folder
    made = Handed(bucket_named(fresh_prefix(), "handed"), results, tmp_path / "fetched")
    connect(user("owner")).make_bucket(made.bucket)
    for code in (DOSSIER, "H15.50.05.13-261120-0009"):
        for path in folder.iterdir():
            made.put(f"2026/{code}/{path.name}", path.read_bytes())
    made.put("2026/", b"")  # as consoles make folders
    return made


def test_a_bucket_of_dossiers_is_verified_like_a_folder_of_them(handed: Handed) -> None:
    checks = handed.checked("2026")

    assert {each.result for each in checks} == {"passed"}
    assert {each.path.parent.name for each in checks} == {DOSSIER, "H15.50.05.13-261120-0009"}
    assert all(str(each.path).startswith(f"s3:/{handed.bucket}/2026/") for each in checks)
    assert list(handed.scratch.iterdir()) == []


def test_one_dossier_of_a_bucket_is_verified_alone(handed: Handed) -> None:
    assert {each.result for each in handed.checked(f"2026/{DOSSIER}")} == {"passed"}


def test_a_changed_file_in_a_bucket_is_found(handed: Handed) -> None:
    pdf = (handed.results.folder / "TP01-01.pdf").read_bytes()
    handed.put(f"2026/{DOSSIER}/TP01-01.pdf", pdf[:-10] + bytes([pdf[-10] ^ 1]) + pdf[-9:])

    assert "hash-differs" in handed.troubles("2026")[f"{DOSSIER}/TP01-01.pdf"]


def test_a_missing_file_in_a_bucket_is_found(handed: Handed) -> None:
    connect(user("owner")).remove_object(handed.bucket, f"2026/{DOSSIER}/TP02-01.pdf")

    assert handed.troubles("2026") == {f"{DOSSIER}/TP02-01.pdf": {"file-missing"}}


@pytest.mark.parametrize(
    "name", ["stray.pdf", f"{DOSSIER}/a//b.pdf", f"{DOSSIER}/{'x' * 300}", f"{DOSSIER}/TP01-01.pdf/inner.pdf"]
)
def test_what_does_not_belong_or_could_not_be_a_file_is_told(handed: Handed, name: str) -> None:
    handed.put(f"2026/{name}", b"%PDF-")

    assert {"file-extra"} in handed.troubles("2026").values()


def test_a_folder_in_a_dossier_of_a_bucket_is_told(handed: Handed) -> None:
    handed.put(f"2026/{DOSSIER}/more/extra.pdf", b"%PDF-")

    assert handed.troubles("2026") == {f"{DOSSIER}/more": {"file-extra"}}


def test_a_prefix_with_nothing_in_it_is_the_caller_s_error(handed: Handed) -> None:
    with pytest.raises(Usage) as told:
        handed.checked("2027")
    assert told.value.code == "bucket-missing"


def test_a_store_s_own_buckets_are_no_dossiers(office: Offices, handed: Handed) -> None:
    """Whoever points the command at the wrong bucket is told so for every object, not that all is well."""
    store = S3Store(user("owner"), prefix=office.prefix, scratch=handed.scratch)
    store.put("work", b"something")
    judge = OwnJudge(handed.results.trust, handed.results.at)
    with ThreadPoolExecutor(1) as hands:
        path = Path(f"s3://{bucket_named(office.prefix, 'work')}")
        found = list(check_bucket(path, judge, lambda: None, hands, server=user("owner"), scratch=handed.scratch))
    assert {(each.result, each.code) for each in found} == {("failed", "file-extra")}
