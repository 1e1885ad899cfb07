"""What is filed stays locked for as long as the catalogue says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.locking import lock_for_retention
from pipeline.rules.retention import retentions
from pipeline.stages.file import Version
from storage import MemoryStore

NOW = datetime(2028, 2, 29, 3, 0, tzinfo=UTC)
TEN_YEARS = datetime(2038, 2, 28, 3, 0, tzinfo=UTC)


def filed(store: MemoryStore, retention: str, *, trial: bool = False) -> tuple[Version, dict[str, Any]]:
    pdf, text = store.put("sealed", b"pdf"), store.put("sealed", b"text")
    scan, ticket = store.put("originals", b"scan"), store.put("originals", b"ticket")
    file = {"name": "TP01-01.pdf", "sha256": pdf, "sidecars": [{"file": "TP01-01.txt", "sha256": text}],
            "originals": [{"name": "1.jpg", "sha256": scan, "size": 4}]}  # fmt: skip
    manifest = {
        "procedure": {"retention": retention},
        "trial": trial,
        "ticket": {"name": "dossier.json", "sha256": ticket, "size": 6},
        "components": [{"files": [file]}],
    }
    version = Version(
        "H15.50.05.13-261120-0001", 1, "0" * 64, store.put("sealed", b"manifest"), store.put("sealed", b"seal"),
        "complete", None,
    )  # fmt: skip
    return version, manifest


def test_everything_that_a_version_names_is_locked() -> None:
    store = MemoryStore()
    lock_for_retention(store, *filed(store, "06"), NOW)

    assert set(store.kept) == set(store.blobs)
    assert set(store.kept.values()) == {TEN_YEARS}


def test_what_is_kept_for_ever_is_locked_until_the_last_moment_there_is() -> None:
    store = MemoryStore()
    lock_for_retention(store, *filed(store, "01"), NOW)

    assert {each.year for each in store.kept.values()} == {9999}


@pytest.mark.parametrize("retention", ["02", "07"])
def test_a_period_without_a_number_leaves_the_lock_that_everything_has(retention: str) -> None:
    store = MemoryStore()
    lock_for_retention(store, *filed(store, retention), NOW)

    assert store.kept == {}


def test_what_was_sealed_for_trial_is_not_locked_for_ever() -> None:
    store = MemoryStore()
    lock_for_retention(store, *filed(store, "01", trial=True), NOW)

    assert store.kept == {}


def test_a_lost_file_does_not_leave_the_others_open() -> None:
    """A renewal files a version although one of its files is lost, and has said so."""
    store = MemoryStore()
    version, manifest = filed(store, "06")
    lost = manifest["components"][0]["files"][0]["sha256"]
    del store.blobs["sealed", lost]
    lock_for_retention(store, version, manifest, NOW)

    assert set(store.kept) == set(store.blobs)


def test_every_period_has_a_source_and_an_end() -> None:
    for retention in retentions().values():
        assert "05/2025/TT-BNV" in retention.citation
        assert retention.end(NOW) > NOW
