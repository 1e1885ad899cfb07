"""What tests on the real object server share: buckets of their own, and users with roles in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from ceph import ceph, fresh_prefix

from storage.s3 import Holder, Keeping, S3Store, Server, set_up

#: What holds nothing after a test: the server is thrown away, so the dates do no harm.
KEEPING = Keeping("COMPLIANCE", timedelta(days=30))


@cache
def user(name: str) -> Server:
    """Return how to come as a user of the server, made when first asked for."""
    return ceph().user(name)


@dataclass(frozen=True)
class Offices:
    """The buckets of one test, and who has which key."""

    prefix: str
    scratch: Path

    def store(self, name: str, keeping: Keeping = KEEPING) -> S3Store:
        return self.store_at(user(name), keeping)

    def store_at(self, server: Server, keeping: Keeping = KEEPING) -> S3Store:
        return S3Store(server, prefix=self.prefix, scratch=self.scratch, keeping=keeping)


def offices(folder: Path) -> Offices:
    """Make buckets whose rights are as `sohoa setup-storage` gives them."""
    made = Offices(fresh_prefix(), folder / "scratch")
    roles = (Holder("worker", "a-worker"), Holder("web", "a-web"), Holder("auditor", "an-auditor"))
    scanners = (Holder("scanner", "scanner-1", "TP-01"), Holder("scanner", "scanner-2", "TP-02"))
    for holder in (*roles, *scanners):
        user(holder.user)
    set_up(user("owner"), made.prefix, (*roles, *scanners))
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have clients that are made from here on try again at once."""
    monkeypatch.setattr("storage.s3.client._BACK_OFF", 0.0)


def wrong_secret(server: Server) -> Server:
    return replace(server, secret="not the secret")
