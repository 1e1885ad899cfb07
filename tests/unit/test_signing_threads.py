"""Sealing and verifying from several threads at once, as the hands of one process do."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from signing import Trust, check_identity, development_identity, seal_bytes, verify_bytes

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
THREADS = 8


@pytest.fixture(autouse=True)
def hasty_threads():
    """Let Python change threads a thousand times as often, so that a race is met in seconds and not in months."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 1000)
    yield
    sys.setswitchinterval(usual)


def test_threads_that_look_at_a_new_certificate_at_once_all_see_it_whole(tmp_path):
    """Each round loads the identity anew, so that nothing of it is parsed when the threads fall upon it."""
    for _ in range(15):
        identity = development_identity(tmp_path / "identity", agency="UBND phường Tuy Phước", clock=lambda: NOW)
        start = Barrier(THREADS)

        def look(identity=identity, start=start):
            start.wait()
            assert (identity.trial, identity.subject) == (True, "TRIAL – UBND phường Tuy Phước")
            check_identity(identity, NOW)
            seal = seal_bytes(b"bytes", identity=identity, when=NOW)
            return verify_bytes(b"bytes", seal, trust=Trust(identity.chain, identity.crls), now=NOW).code

        with ThreadPoolExecutor(THREADS) as pool:
            looks = [pool.submit(look) for _ in range(THREADS)]
            assert {each.result() for each in looks} == {"OK"}
