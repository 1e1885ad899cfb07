"""The tree of processes, and what it says of itself: health, numbers, log."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import structlog
from queue_plant import slow_to_start, wait_until
from served import Served, get

from pipeline.errors import Interrupted, Misconfigured
from pipeline.readiness import readiness
from workers import health, log, metrics
from workers.model import Errand, Lane, Urgency, all_queues, queue_name
from workers.serve import Role, Tree, workers
from workers.settling import Place


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    tree = Served(tmp_path)
    yield tree
    tree.process.kill()
    tree.process.wait()


def test_one_tree_does_everything_comes_back_after_a_death_and_ends_what_it_began(served: Served) -> None:
    served.records.deposit("H1", pages=5)
    wait_until(lambda: served.records.one("SELECT state FROM deposits") == "sealed")
    assert get(served.port, "/live")[0] == 200
    assert get(served.port, "/ready") == (200, "{}")
    numbers = get(served.port, "/metrics")[1]
    assert "sohoa_pages_total 5.0" in numbers
    assert 'sohoa_queue_age_seconds_count{queue="paging"} 5.0' in numbers
    assert 'sohoa_dossiers{reason="",state="sealed"} 1.0' in numbers
    assert "H1" not in numbers

    (worker,) = served.children()
    os.kill(worker, signal.SIGKILL)
    served.records.deposit("H2", pages=4)
    wait_until(lambda: served.records.one("SELECT state FROM deposits WHERE name = 'H2'") == "sealed")
    assert served.children() != [worker]
    assert "sohoa_pages_total 9.0" in get(served.port, "/metrics")[1]  # what the dead one counted is not forgotten

    served.records.deposit("H3", pages=2, seconds=1.0)
    wait_until(lambda: served.records.one("SELECT count(*) FROM attempts WHERE errand LIKE 'paging/H3/%'") == 2)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(30) == 0
    assert served.records.one("SELECT count(*) FROM pages WHERE deposit = 'H3'") == 2
    assert served.records.one("SELECT count(*) FROM attempts WHERE failed IS NULL") == 0
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert {"role": "worker", "exit_code": -9}.items() <= next(
        each.items() for each in lines if each["event"] == "process-died"
    )
    assert {each["trace"] for each in lines if each.get("dossier") == "H1"} == {log.trace_of("H1")}


def test_a_tree_is_ready_once_every_role_is_at_work_and_not_while_one_starts_again(tmp_path: Path) -> None:
    """Before that, whoever sends it work or takes the old one away does so too early."""
    gate = tmp_path / "gate"
    tree = Tree.of([Role("slow", partial(slow_to_start, gate))])

    def state() -> str:
        return readiness({"processes": tree.require_all}).get("processes", "ready")

    watching = threading.Thread(target=tree.run)
    watching.start()
    try:
        wait_until(lambda: state() == "process-starting")
        gate.touch()
        wait_until(lambda: state() == "ready")
        gate.unlink()
        child = tree.children[0].process
        assert child is not None
        child.kill()
        wait_until(lambda: state() == "process-starting")
        gate.touch()
        wait_until(lambda: state() == "ready")
    finally:
        tree.stop()
        watching.join()


def test_a_tree_with_a_broker_has_a_reader_that_is_kept_free_and_seals_only_with_the_key() -> None:
    roles = {role.name: role.run.keywords for role in workers(lambda: None, 2, with_key=True)}  # type: ignore[attr-defined,arg-type,return-value]
    assert list(roles) == ["reader-1", "reader-2", "desk", "express", "sealer"]
    assert roles["express"]["queues"] == {"opening-soon", "paging-soon", "closing-soon"}
    assert roles["express"]["rank"] > 0
    assert {name for name in roles if roles[name].get("rank")} == {"express"}
    assert roles["sealer"]["queues"] == {"sealing-soon", "sealing"}
    others = ("reader-1", "desk", "express")
    assert not any(roles[name]["queues"] & roles["sealer"]["queues"] for name in others)
    every = {queue_name(lane, urgency) for lane, urgency in all_queues()}
    assert set().union(*(role["queues"] for role in roles.values())) == every
    without = workers(lambda: None, 2, with_key=False)  # type: ignore[arg-type,return-value]
    assert "sealer" not in [role.name for role in without]


def test_a_log_that_cannot_be_written_stops_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=closed))
    try:
        log.died("reader-1", -9)
    finally:
        structlog.reset_defaults()


def away() -> None:
    raise Interrupted("ledger-busy")


def test_what_does_not_work_is_told_by_its_code() -> None:
    with health.listening(("127.0.0.1", 0), checks={"ledger": away}, numbers=lambda: b"", hint=lambda: None) as port:
        assert get(port, "/ready") == (503, '{"ledger": "ledger-busy"}')
        assert get(port, "/live")[0] == 200
        assert get(port, "/elsewhere")[0] == 404


def test_an_event_of_a_bucket_is_a_hint_whatever_is_in_it() -> None:
    hints: list[int] = []
    with health.listening(("127.0.0.1", 0), checks={}, numbers=lambda: b"", hint=lambda: hints.append(1)) as port:
        assert get(port, "/hint", b'{"Records": "nonsense"}')[0] == 200
        assert get(port, "/live", b"x")[0] == 404
    assert hints == [1]


class Nobody:
    def standing(self) -> metrics.Standing:
        raise Misconfigured("ledger-broken", problem="x")


def test_numbers_of_the_processes_are_told_also_when_the_ledger_is_away() -> None:
    meters = metrics.Meters()
    meters.errand(Errand(Lane.SEALING, "H15-nguyen-van-an", urgency=Urgency.SOON), "again", "tsa-failed", 0.1)
    meters.stamp("failed", 2.0)
    meters.stage("read", 0.7)
    meters.waited("paging-soon", -1.0)
    said = metrics.exposition(Nobody(), meters=meters).decode()
    assert 'sohoa_sealing_errors_total{code="tsa-failed"} 1.0' in said
    assert "sohoa_standing_known 0.0" in said
    assert "H15" not in said


def test_the_log_has_codes_and_names_of_deposits_and_no_words_of_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("test")
    try:
        log.errand(Errand(Lane.PAGING, "H1", 3), "again", "storage-failed", 0.5)
        log.trouble(Place("TP-01", "H1"), "inbox-unreachable")
        logging.getLogger("pika.adapters").error("amqp://guest:guest@host Nguyễn Văn An")
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
        for name in ("dramatiq", "pika", "urllib3", "opentelemetry", "aiohttp", "asyncio"):
            logging.getLogger(name).handlers = []
            logging.getLogger(name).propagate = True
    first, second, third = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["dossier"], first["page"], first["code"], first["level"]) == ("H1", 3, "storage-failed", "warning")
    assert second["trace"] == first["trace"]
    assert third["name"] == "pika.adapters"
    assert "guest" not in json.dumps(third)
