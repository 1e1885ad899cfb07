"""``sohoa serve`` over a bucket that a scanner drops into: sealed, and only then removed from there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import DOSSIER, ROOT, SAMPLES, _environment
from minio.error import S3Error
from s3_helpers import Offices, offices, user
from served import free_port, get

from pipeline.stages.file import latest
from storage.s3 import bucket_named
from storage.s3.client import connect
from workers.settling import Place

SCANS = SAMPLES / "dossiers" / DOSSIER
PLACE = Place("TP-01", DOSSIER)


class Counter:
    """A machine without a queue, whose store and inbox are on a server, and a scanner with a key of its own."""

    def __init__(self, home: Path, office: Offices) -> None:
        self.home, self.office, self.port = home, office, free_port()
        self.deposits = bucket_named(office.prefix, "deposits")
        worker = user("a-worker")
        (home / "secret").write_text(worker.secret)
        self.environment = _environment() | {
            "PYTHONPATH": str(ROOT),
            "SOHOA_STORE_URL": worker.url,
            "SOHOA_STORE_KEY": worker.key,
            "SOHOA_STORE_SECRET_FILE": str(home / "secret"),
            "SOHOA_STORE_PREFIX": office.prefix,
            "SOHOA_STORE_RETENTION": "1",
            "SOHOA_INBOX": f"s3://{self.deposits}",
            "SOHOA_INBOX_STEADY": "0",
            "SOHOA_HEALTH": f"127.0.0.1:{self.port}",
            "SOHOA_WEB": f"127.0.0.1:{free_port()}",
        }

    def start(self) -> subprocess.Popen[bytes]:
        with (self.home / "log").open("ab") as log:
            words = [sys.executable, "-m", "workers.cli", "serve"]
            return subprocess.Popen(words, cwd=self.home, env=self.environment, stderr=log)

    def drop(self) -> None:
        """Put the scans as a scanner does, its ticket in between."""
        client = connect(user("scanner-1"))
        for path in sorted(SCANS.iterdir()):
            client.fput_object(self.deposits, f"{PLACE.station}/{PLACE.dossier}/{path.name}", str(path))

    def lying(self) -> set[str]:
        """Return the files that lie in the inbox, as its owner sees them."""
        found = connect(user("owner")).list_objects(self.deposits, recursive=True)
        return {str(each.object_name).rpartition("/")[2] for each in found}

    def sealed(self) -> bool:
        return latest(self.office.store("a-worker"), DOSSIER) is not None


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path, offices(tmp_path))
    process = made.start()
    yield made
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_what_a_scanner_drops_into_a_bucket_is_sealed_and_removed_only_then(counter: Counter) -> None:
    ends = time.monotonic() + 240
    while get(counter.port, "/ready") != (200, "{}"):
        assert time.monotonic() < ends, (counter.home / "log").read_text()
        time.sleep(0.2)
    counter.drop()
    names = {path.name for path in SCANS.iterdir()}
    while (lying := counter.lying()) == names:
        assert time.monotonic() < ends, (counter.home / "log").read_text()
        time.sleep(0.1)
    # Something was removed since: so the record was there before.
    assert counter.sealed()
    while lying:
        assert time.monotonic() < ends
        time.sleep(0.1)
        lying = counter.lying()
    with pytest.raises(S3Error, match=r"Access ?Denied"):  # and the scanner never saw any of it
        list(connect(user("scanner-1")).list_objects(counter.deposits, recursive=True))
