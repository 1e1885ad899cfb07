"""Measure what an audit takes of memory and time as dossiers grow: synthetic rows, a store that makes up its objects.

Run it by hand: ``.venv/bin/python tests/bench/audit_growth.py 1000 100000``. Verifying is left out (its cost is per
manifest and known from ``make bench``); what is measured is what could grow: rows, keys, names.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from pipeline.audit import audit
from pipeline.rebuild import rebuild
from pipeline.stages.file import Version
from signing import Trust
from storage import Digest, Ledger, MemoryStore

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def _digest(*words: object) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()


class MadeUpStore(MemoryStore):
    """Dossiers of one paper, by their number; a manifest is made when it is asked for."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def keys(self, prefix: str) -> Iterator[str]:
        if prefix == "dossiers/":
            return (f"dossiers/{_code(number)}/000001" for number in range(self.count))
        if prefix.startswith("dossiers/"):
            return iter([f"{prefix}000001"])
        return super().keys(prefix)

    def read(self, key: str) -> bytes | None:
        if not key.startswith("dossiers/"):
            return super().read(key)
        code = key.split("/")[1]
        made = Version(code, 1, _digest("d", code), _digest("m", code), _digest("s", code), "complete", None)
        return made.to_json()

    def get(self, area: Any, digest: Digest) -> bytes:
        return _manifest(digest)

    def has(self, area: Any, digest: Digest) -> bool:
        return True

    def check(self, area: Any, digest: Digest) -> int:
        return 1000


def _code(number: int) -> str:
    return f"H15.50.05.13-{260101 + number // 10_000:06d}-{number % 10_000:04d}"


def _manifest(digest: str) -> bytes:
    files = [{"name": "TP01-01.pdf", "sha256": _digest("f", digest), "size": 1000, "page_count": 1, "review": [],
              "sidecars": [], "steps": [], "received_signed": True, "originals": []}]  # fmt: skip
    said = {"created": "2026-11-21T08:00:00+07:00", "rejections": [], "channel": "post", "agency": {"code": "H15"},
            "procedure": {"code": "1.001193", "version": 1}, "components": [{"code": "", "files": files}]}  # fmt: skip
    return json.dumps(said).encode()


def _passed(*_: object, **__: object) -> SimpleNamespace:
    """Stand in for verifying; a mock would remember each call."""
    return SimpleNamespace(status="TOTAL-PASSED")


def measure(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Ledger(f"sqlite:///{Path(folder)}/ledger.db") as ledger:
        store = MadeUpStore(count)
        for what in ("rebuild", "audit"):
            began = time.monotonic()
            if what == "rebuild":
                rebuild(store, ledger, clock=lambda: NOW, actor="cli:bench", step=lambda _: None)
            else:
                with patch("pipeline.audit.verify_bytes", _passed):
                    found = audit(store, ledger, Trust(()), NOW, lambda: None)
                assert (found.manifests, found.objects, found.troubles) == (count, count, ())
            seconds = time.monotonic() - began
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            told = f"{what:8} {count:8,} dossiers  {seconds:7.1f} s  {seconds / count * 1e3:6.2f} ms each"
            print(f"{told}  {peak:6.0f} MB")  # noqa: T201 -- its purpose


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=int, nargs="+")
    for each in parser.parse_args().counts:
        measure(each)
