"""Backup and restore of docs/backup.md: taken in the middle of work, used elsewhere, nothing sealed twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ceph import fresh_prefix
from conftest import DOSSIER, SAMPLES, Shell, _environment
from postgres import the_server
from s3_helpers import user

from pipeline.plan import StepRecord
from pipeline.stages.file import versions_of
from storage import Digest, FolderStore, Ledger
from storage.s3 import Keeping, S3Store, bucket_named
from storage.s3.client import connect

SMALLEST = SAMPLES / "dossiers" / DOSSIER
SEALS = 4


def start_and_wait(sohoa: Shell, url: str, begun: int) -> subprocess.Popen[bytes]:
    """Start a run, and come back when *begun* of its steps have begun."""
    process = sohoa.start("run", SMALLEST)
    deadline = time.monotonic() + 120
    while attempts(url) < begun and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert process.poll() is None, "it was over before anybody could copy it"
    return process


def attempts(url: str) -> int:
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).is_file():
        return 0
    with Ledger(url) as ledger:
        return len(ledger.attempts())


def elsewhere(sohoa: Shell, backup: Path) -> Shell:
    """Restore a backup as another machine would: the folder, and whom it trusts."""
    home = sohoa.home / "elsewhere"
    shutil.copytree(backup, home / "var")
    shutil.copytree(sohoa.home / "var" / "identity", home / "var" / "identity")
    return replace(sohoa, home=home)


def sealed_once(store: FolderStore) -> None:
    records = [StepRecord.from_json(store.read(key) or b"") for key in store.keys("steps/")]
    assert Counter(record.step.stage for record in records)["seal"] == SEALS
    (version,) = versions_of(store, DOSSIER)
    manifest = json.loads(store.get("sealed", Digest(version.manifest)))
    listed = {file["sha256"] for part in manifest["components"] for file in part["files"]}
    assert listed <= {record.outputs[0].sha256 for record in records if record.step.stage == "seal"}


def completes(restored: Shell) -> None:
    """The restored service is sound as it is, and goes on from where the copy was taken."""
    assert restored.json("audit", "--catch-up")["troubles"] == []
    audit = restored.json("audit")
    assert (audit["exit"], audit["troubles"]) == (0, [])
    run = restored("run", SMALLEST, "--json")
    assert run.returncode == 0, run.stderr
    assert restored("audit").returncode == 0


def test_a_copy_taken_in_the_middle_of_work_is_whole(sohoa: Shell) -> None:
    process = start_and_wait(sohoa, f"sqlite:///{sohoa.home}/var/ledger.sqlite", 14)
    done = sohoa("backup", "copy")
    assert done.returncode == 0, done.stdout + done.stderr
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    restored = elsewhere(sohoa, sohoa.home / "copy")
    completes(restored)
    sealed_once(FolderStore(restored.home / "var" / "store"))


def test_a_second_copy_takes_only_what_is_new(copy_of_digitised: Shell) -> None:
    sohoa = copy_of_digitised
    first = sohoa.json("backup", "copy")
    assert (first["exit"], first["there"]) == (0, 0)
    second = sohoa.json("backup", "copy")
    assert (second["records"], second["objects"], second["there"]) == (0, 0, first["records"] + first["objects"])
    assert sohoa("backup", "var").returncode == 2, "the folder in use"


def test_a_changed_original_is_told_by_the_copy(copy_of_digitised: Shell) -> None:
    sohoa = copy_of_digitised
    path = sorted((sohoa.home / "var" / "store" / "originals").rglob("?" * 64))[0]
    path.chmod(0o644)
    path.write_bytes(b"other")
    told = sohoa.json("backup", "copy")
    assert told["exit"] == 4
    assert [each["object"] for each in told["troubles"]] == [f"originals/{path.name}"]


def test_a_ledger_on_a_server_is_dumped_first_and_restored(sohoa: Shell) -> None:
    server = the_server()
    with server.database() as lived, server.database() as fresh:
        sohoa.environment["SOHOA_LEDGER"] = server.url(lived)
        Ledger(server.url(lived)).close()
        process = start_and_wait(sohoa, server.url(lived), 12)
        dump = sohoa.home / "ledger.dump"
        subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", server.conninfo(lived)], check=True, timeout=60)
        assert "pg_dump" in sohoa("backup", "copy").stdout, "people are told that the ledger is not in it"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

        command = ["pg_restore", "--no-owner", "--exit-on-error", "--dbname", server.conninfo(fresh), str(dump)]
        subprocess.run(command, check=True, timeout=60)
        sohoa.environment["SOHOA_LEDGER"] = server.url(fresh)
        restored = elsewhere(sohoa, sohoa.home / "copy")
        completes(restored)
        sealed_once(FolderStore(restored.home / "var" / "store"))


# --- the ledger is lost altogether -----------------------------------------------------------------------------------


def shown(sohoa: Shell) -> dict[str, object]:
    """What people see of every dossier."""
    dossiers = sohoa.json("status")["dossiers"]
    return {each["dossier"]: sohoa.json("status", each["dossier"])["files"] for each in dossiers} | {
        "rows": sorted((each | {"updated": ""} for each in dossiers), key=lambda each: each["dossier"])
    }


def test_a_lost_ledger_is_rebuilt_on_a_server(copy_of_digitised: Shell) -> None:
    sohoa = copy_of_digitised
    assert sohoa("batch").returncode == 0
    before = shown(sohoa)
    (sohoa.home / "var" / "ledger.sqlite").unlink()
    with the_server().database() as name:
        sohoa.environment["SOHOA_LEDGER"] = the_server().url(name)
        try:
            told = sohoa("audit", "--rebuild")
            assert told.returncode == 0, told.stdout + told.stderr
            assert "nhật ký sự kiện cũ" in told.stdout
            assert shown(sohoa) == before
            assert sohoa.json("audit")["troubles"] == []
            run = sohoa.json("run", SMALLEST)["dossiers"][0]
            assert (run["exit"], run["steps_done"], run["version"]) == (0, 0, 1)
            assert sohoa("audit", "--rebuild").returncode == 2, "it has dossiers"
        finally:
            sohoa.environment.pop("SOHOA_LEDGER", None)


def test_on_an_object_server_a_ledger_is_rebuilt_and_a_lock_that_is_gone_is_found(tmp_path: Path) -> None:
    prefix, worker = fresh_prefix(), user("a-worker")
    secret = tmp_path / "secret"

    def shell(server: object) -> Shell:
        secret.write_text(server.secret)  # type: ignore[attr-defined]
        named = {"URL": server.url, "KEY": server.key, "PREFIX": prefix, "RETENTION": "1"}  # type: ignore[attr-defined]
        settings = {f"SOHOA_STORE_{name}": text for name, text in named.items()}
        return Shell(tmp_path, _environment() | settings | {"SOHOA_STORE_SECRET_FILE": str(secret)})

    assert shell(user("owner"))("setup-storage", "--worker", "a-worker").returncode == 0
    sohoa = shell(worker)
    run = sohoa("run", SMALLEST)
    assert run.returncode == 0, run.stdout + run.stderr
    before = shown(sohoa)
    for path in (tmp_path / "var").glob("ledger.sqlite*"):
        path.unlink()
    assert sohoa("audit", "--rebuild").returncode == 0
    assert shown(sohoa) == before
    assert sohoa.json("audit")["troubles"] == []

    done = sohoa.json("backup", "copy")  # out of the server, into a folder that works without it
    assert done["exit"] == 0
    sealed_once(FolderStore(tmp_path / "copy" / "store"))

    store = S3Store(worker, prefix=prefix, scratch=tmp_path / "scratch", keeping=Keeping())
    loose = tmp_path / "loose"
    loose.write_bytes(b"evidence that somebody put there without a lock")
    digest = Digest("c" * 64)
    connect(worker).fput_object(bucket_named(prefix, "sealed"), digest, str(loose))
    assert store.locked_until("sealed", digest) is None
    held = store.locked_until("originals", next(store.digests("originals")))
    assert held is not None
