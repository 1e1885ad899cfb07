"""The store that the settings name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import Misconfigured
from pipeline.messages import catalogue
from pipeline.settings import Settings, read_settings
from pipeline.stores import proof_of, require_kept, server_of, store_of
from storage import FolderStore
from storage.s3 import CODES, S3Store

SECRET = "s3cret-of-the-key"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    return {
        "SOHOA_VAR": str(tmp_path / "var"),
        "SOHOA_STORE_URL": "https://s3.example.vn:9000",
        "SOHOA_STORE_KEY": "worker-1",
        "SOHOA_STORE_SECRET_FILE": str(tmp_path / "secret"),
    }


def test_without_a_server_the_store_is_a_folder_that_has_nothing_to_prove(tmp_path: Path) -> None:
    store = store_of(Settings(var=tmp_path))

    assert isinstance(store, FolderStore)
    assert store.location == str(tmp_path / "store")
    assert list(proof_of(store)) == []
    require_kept(store)


def test_a_server_is_taken_from_its_settings(environment: dict[str, str]) -> None:
    more = {
        "SOHOA_STORE_REGION": "hn-1",
        "SOHOA_STORE_PREFIX": "tinh-",
        "SOHOA_STORE_LOCK": "governance",
        "SOHOA_STORE_RETENTION": "30",
        "SOHOA_STORE_ENCRYPTION": "kms:store/key-1",
    }
    store = store_of(read_settings(environment | more))

    assert isinstance(store, S3Store)
    assert (store.server.url, store.server.key, store.server.secret) == (
        "https://s3.example.vn:9000",
        "worker-1",
        SECRET,
    )
    assert (store.server.region, store.prefix) == ("hn-1", "tinh-")
    assert (store.keeping.mode, store.keeping.period) == ("GOVERNANCE", timedelta(days=30))
    assert store.keeping.encryption == "kms:store/key-1"


def test_evidence_is_locked_for_ten_years_against_everybody_unless_told_otherwise(environment: dict[str, str]) -> None:
    store = store_of(read_settings(environment))

    assert isinstance(store, S3Store)
    assert store.keeping.mode == "COMPLIANCE"
    assert timedelta(days=3652) <= store.keeping.period <= timedelta(days=3654)


def test_the_secret_is_shown_nowhere(environment: dict[str, str]) -> None:
    settings = read_settings(environment)
    assert SECRET not in repr(settings) + repr(server_of(settings)) + repr(store_of(settings))


@pytest.mark.parametrize("name", ["SOHOA_STORE_KEY", "SOHOA_STORE_SECRET_FILE"])
def test_a_server_without_a_key_is_told(environment: dict[str, str], name: str) -> None:
    del environment[name]
    with pytest.raises(Misconfigured) as told:
        store_of(read_settings(environment))
    assert (told.value.code, told.value.facts["name"]) == ("setting-needed", name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SOHOA_STORE_URL", "s3.example.vn"),
        ("SOHOA_STORE_URL", "ftp://s3.example.vn"),
        ("SOHOA_STORE_URL", "https://key:secret@s3.example.vn"),
        ("SOHOA_STORE_URL", "https://s3.example.vn/bucket"),
        ("SOHOA_STORE_PREFIX", "Tỉnh-"),
        ("SOHOA_STORE_PREFIX", "-tinh"),
        ("SOHOA_STORE_LOCK", "none"),
        ("SOHOA_STORE_RETENTION", "0"),
        ("SOHOA_STORE_RETENTION", "-1"),
        ("SOHOA_STORE_RETENTION", "36500"),
        ("SOHOA_STORE_ENCRYPTION", "kms:"),
        ("SOHOA_STORE_ENCRYPTION", "yes"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(name: str, text: str) -> None:
    with pytest.raises(Misconfigured) as told:
        read_settings({name: text})
    assert (told.value.code, told.value.facts["name"]) == ("setting-invalid", name)


def test_whatever_a_probe_finds_has_a_sentence() -> None:
    assert [code for code in CODES if f"problem.{code}" not in catalogue()] == []


def test_an_address_of_s3_means_tls() -> None:
    assert read_settings({"SOHOA_STORE_URL": "s3://s3.example.vn:9000/"}).store_url == "https://s3.example.vn:9000"
