"""What people and monitors see of notices: the log, the numbers, and an installation that is set up for them or not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from one_stop import SECRET_TEXT

from pipeline.errors import Interrupted
from pipeline.house import open_house
from pipeline.notices import Notice
from pipeline.settings import Settings
from workers import log, metrics
from workers.plant import HousePlant

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NOTICE = Notice("review", START, "a" * 64, "H15.50.05.13-261120-0975", code="deposit-empty")


@contextmanager
def logged() -> Iterator[None]:
    log.set_up("test")
    try:
        yield
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
        for name in ("dramatiq", "pika", "urllib3", "opentelemetry", "aiohttp", "asyncio"):
            logging.getLogger(name).handlers = []
            logging.getLogger(name).propagate = True


def test_the_log_tells_which_notice_waits_why_and_how_often_it_was_tried(capsys: pytest.CaptureFixture[str]) -> None:
    with logged():
        log.notice(NOTICE.body(), Interrupted("notice-refused", status=410), 3)
        log.notice(NOTICE.body(), Interrupted("notice-unreachable", problem="https://mot-cua.example.vn/?khoa=1"), 4)
        log.notice(None, Interrupted("ledger-busy"), 0)
    refused, unreachable, away = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (refused["event"], refused["code"], refused["status"]) == ("notice", "notice-refused", 410)
    assert (refused["notice"], refused["tries"]) == (NOTICE.id, 3)
    assert refused["trace"] == log.trace_of(NOTICE.deposit)
    assert unreachable["code"] == "notice-unreachable"
    assert "khoa" not in json.dumps(unreachable)
    assert away["code"] == "ledger-busy"


def settings_of(folder: Path, *, told: bool) -> Settings:
    (folder / "secret").write_text(SECRET_TEXT + "\n")
    more = {"notify_url": "https://mot-cua.example.vn/", "notify_secret_file": folder / "secret"} if told else {}
    return Settings(var=folder / "var", **more)  # type: ignore[arg-type]


def test_an_installation_that_tells_somebody_has_a_relay_and_counts_what_waits(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, told=True)
    plant = HousePlant(settings, with_key=False)
    try:
        assert len(plant.relays()) == 1
        assert "sohoa_notices_waiting 0.0" in metrics.exposition(plant).decode()
        with (house := open_house(settings, make=True)).ledger:
            house.tell(NOTICE)
        untold = plant.standing().untold
        assert untold is not None
        assert untold.count == 1
        assert 0 <= untold.oldest < 60
        assert not [name for name in plant.checks() if "noti" in name]  # one that is away makes nothing unready
    finally:
        plant.close()


def test_an_installation_that_tells_nobody_has_none_and_no_such_numbers(tmp_path: Path) -> None:
    plant = HousePlant(settings_of(tmp_path, told=False), with_key=False)
    try:
        assert plant.relays() == []
        assert "sohoa_notices" not in metrics.exposition(plant).decode()
    finally:
        plant.close()
