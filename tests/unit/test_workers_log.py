"""The log of long-running processes: which of them writes a line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import structlog

from workers import log
from workers.model import Errand, Lane


@contextmanager
def logging_as(process: str) -> Iterator[None]:
    log.set_up(process)
    try:
        yield
    finally:
        structlog.reset_defaults()
        for name in log._LIBRARIES:
            logging.getLogger(name).handlers = []
            logging.getLogger(name).propagate = True


def test_a_line_says_which_process_wrote_it_whatever_thread_did(capsys: pytest.CaptureFixture[str]) -> None:
    """Errands are done in threads of the queue's library: without a name, nobody knows whose machine to look at."""
    with logging_as("sealer"), ThreadPoolExecutor(1) as thread:
        thread.submit(log.errand, Errand(Lane.SEALING, "H1"), "done", "", 0.5).result()
        log.died("reader-1", -9)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["process"] for line in lines] == ["sealer", "sealer"]
