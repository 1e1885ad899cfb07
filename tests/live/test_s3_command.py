"""The command on a real object server, from setting it up to verifying what lies in a bucket."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from ceph import fresh_prefix
from conftest import DOSSIER, SAMPLES, Shell, _environment
from s3_helpers import user
from s3_proxy import Reply, Request, before

from pipeline.cli.storage import setup_command
from pipeline.doctor import examine
from pipeline.errors import Usage
from pipeline.settings import Settings, read_settings
from storage.s3 import S3Store, Server, bucket_named
from storage.s3.client import connect

SMALLEST = SAMPLES / "dossiers" / DOSSIER


@dataclass(frozen=True)
class Place:
    """A working folder, and buckets that were set up for its worker."""

    home: Path
    prefix: str

    def named(self, server: Server) -> dict[str, str]:
        secret = self.home / f"{server.key}.secret"
        secret.write_text(server.secret)
        return {
            "SOHOA_VAR": str(self.home / "var"),
            "SOHOA_STORE_URL": server.url,
            "SOHOA_STORE_KEY": server.key,
            "SOHOA_STORE_SECRET_FILE": str(secret),
            "SOHOA_STORE_PREFIX": self.prefix,
            "SOHOA_STORE_RETENTION": "1",
        }

    def shell(self, server: Server) -> Shell:
        return Shell(self.home, _environment() | self.named(server))

    def settings(self, server: Server) -> Settings:
        return read_settings(self.named(server))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = Place(tmp_path_factory.mktemp("place"), fresh_prefix())
    user("a-worker"), user("scanner-1")
    done = made.shell(user("owner"))("setup-storage", "--worker", "a-worker", "--scanner", "TP-01=scanner-1", "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["buckets"]) == 6
    return made


def test_a_dossier_is_digitised_and_verified_with_nothing_kept_in_a_folder(place: Place) -> None:
    worker = place.shell(user("a-worker"))
    assert worker("run", SMALLEST, "--json").returncode == 0
    store = S3Store(user("a-worker"), prefix=place.prefix, scratch=place.home / "scratch")

    assert not (place.home / "var" / "store").exists()
    assert {path.read_bytes() for path in SMALLEST.glob("*.jpg")} <= {
        store.get("originals", each) for each in store.digests("originals")
    }
    client, bucket = connect(user("owner")), bucket_named(fresh_prefix(), "handed")
    client.make_bucket(bucket)
    for path in (place.home / "out" / DOSSIER).iterdir():
        client.fput_object(bucket, f"2026/{DOSSIER}/{path.name}", str(path))
    assert place.shell(user("owner"))("verify", "out", f"s3://{bucket}/2026").returncode == 0


def says_deleted(request: Request, carry: Callable[[Request], Reply]) -> Reply:
    """Have no lock: take every removal, and nothing else but probes."""
    if request.method == "PUT" and ".probe/" not in request.path:
        raise AssertionError(f"{request.path} was entrusted to a server without locks")
    return Reply(204) if request.method == "DELETE" else carry(request)


def test_a_server_whose_lock_lies_is_refused_before_anything_is_entrusted_to_it(place: Place) -> None:
    with before(user("a-worker"), says_deleted) as server:
        run = place.shell(server)("run", SMALLEST, "--json")
    assert run.returncode == 1
    assert json.loads(run.stdout)["error"]["code"] == "store-unsound"


def store_finding(settings: Settings) -> tuple[str, str]:
    return next((each.state, each.detail) for each in examine(settings) if each.what == "store")


def test_the_doctor_proves_the_lock_or_says_what_does_not_hold(place: Place) -> None:
    def has_no_lock(request: Request, carry: Callable[[Request], Reply]) -> Reply:
        return Reply(204) if request.method == "DELETE" else carry(request)

    state, detail = store_finding(place.settings(user("a-worker")))
    assert state == "works"
    assert place.prefix in detail

    with before(user("a-worker"), has_no_lock) as server:
        state, detail = store_finding(place.settings(server))
    assert state == "fails"
    assert "phiên bản đã khóa vẫn xóa được" in detail


@pytest.mark.parametrize("text", ["TP-01", "=scanner-1", "TP-*=scanner-1", "TP-01="])
def test_a_scanner_that_is_not_named_rightly_is_refused_before_anything_is_done(place: Place, text: str) -> None:
    away = Server("127.0.0.1:9", "nobody", "nothing", secure=False)
    with pytest.raises(Usage) as refused:
        setup_command(place.settings(away), workers=[], webs=[], auditors=[], scanners=[text], as_json=True)
    assert refused.value.code == "holder-invalid"
