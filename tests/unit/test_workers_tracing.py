"""What a collector is told of the work on a deposit, and that nobody waits for a collector."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from collector import Collector, collecting, facts
from conftest import COMPLETE, DOSSIER, LINE, ROOT, a_ticket, complete_files
from queue_plant import wait_until
from served import free_port

from ocr import ScriptedEngine
from pipeline.clock import now
from pipeline.crew import SameProcessCrew
from pipeline.driver import Driver
from pipeline.errors import Interrupted, Misconfigured
from pipeline.hands import open_hands
from pipeline.house import House
from pipeline.identities import identities
from pipeline.lanes import announce
from pipeline.model import Operator
from pipeline.reception import Reception
from pipeline.settings import Settings, read_settings
from pipeline.stage import Bench
from pipeline.wiring import seed, workshop
from pipeline.works import Yard
from workers import log, otlp
from workers.model import Errand, Lane
from workers.plant import HousePlant, open_traces
from workers.roles import _working
from workers.sending import Post
from workers.tracing import at_work

#: All that a span may say; no name of a person, an agency or a file.
SAID = {"sohoa.dossier", "sohoa.page", "sohoa.ending", "sohoa.document", "sohoa.page_of_document", "error.type"}
ERRAND = Errand(Lane.PAGING, "d" * 64, 3)


@contextmanager
def driving(house: House) -> Iterator[Driver]:
    crew = SameProcessCrew(Bench(lambda: ScriptedEngine(lines=(LINE,))))
    with open_hands(2) as hands:
        yard = Yard(house.store, house.ledger, crew, hands, now, house.settings.var / "scratch")
        operator = Operator("cli", "Nguyễn Thị Mẫu")
        yield Driver(yard, workshop("tesserocr"), identities(house.settings), operator, lambda progress: None)


def take_in(house: House, folder: Path) -> str:
    """Take a whole dossier in; return the deposit's name."""
    folder.mkdir(parents=True)
    for name, data in complete_files().items():
        (folder / name.replace("_", ".")).write_bytes(data)
    (folder / "dossier.json").write_text(json.dumps(a_ticket(*COMPLETE)), encoding="utf-8")
    reception = Reception(house.store, house.ledger, now, "test")
    taken = reception.take(folder, None)
    reception.receive(taken)
    house.ledger.receive_item(taken.subject, deposit=taken.id, source="inbox", station="TP-01", priority=1)
    seed(house)
    announce(house.store, trial=True)
    return taken.id


def digitise(address: str, folder: Path) -> str:
    """Let one process do a dossier, as `sohoa serve` does; return the deposit's name.

    There is room for one page at a time, whichever thread reads it: nobody may wait for ever.
    """
    plant = HousePlant(Settings(var=folder / "var", traces=address, memory=1), with_key=True, driver=driving)
    try:
        deposit = take_in(plant._house, folder / DOSSIER)
        broker = plant.broker(0)
        post = Post(broker)
        queues = broker.get_declared_queues()
        with _working(plant, broker, post, lanes=tuple(Lane), queues=queues, threads=2):
            post.send(Errand(Lane.OPENING, deposit))
            wait_until(lambda: plant._house.ledger.item_of(deposit).state == "sealed")  # type: ignore[union-attr]
        return deposit
    finally:
        plant.close()


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Collector, str]:
    with collecting() as (collector, address):
        deposit = digitise(f"{address}/v1/traces", tmp_path_factory.mktemp("traced"))
    return collector, deposit


def test_a_deposit_is_one_trace_whose_id_the_log_has_too(traced: tuple[Collector, str]) -> None:
    collector, deposit = traced
    assert {span.trace_id.hex() for span in collector.spans} == {log.trace_of(deposit)}
    assert set(collector.paths) == {"/v1/traces"}


def test_each_errand_is_a_span_and_each_step_one_below_it(traced: tuple[Collector, str]) -> None:
    spans = traced[0].spans
    errands = {span.span_id: span for span in spans if not span.parent_span_id}
    steps = [(errands[span.parent_span_id].name, span.name) for span in spans if span.parent_span_id]
    assert sorted(span.name for span in errands.values()) == ["closing", "opening", *["paging"] * 4, "sealing"]
    assert steps.count(("opening", "intake")) == 4
    assert steps.count(("paging", "read")) == 4
    assert steps.count(("closing", "assemble")) == 4
    assert steps.count(("sealing", "seal")) == 4
    assert steps.count(("sealing", "manifest")) == 1


def test_a_span_names_pages_and_files_by_number_and_hash_and_nobody(traced: tuple[Collector, str]) -> None:
    collector, deposit = traced
    pages = sorted(facts(span)["sohoa.page"] for span in collector.spans if span.name == "paging")
    assert pages == [1, 2, 3, 4]
    assert {facts(span)["sohoa.dossier"] for span in collector.spans if not span.parent_span_id} == {deposit}
    assert set().union(*(facts(span) for span in collector.spans)) <= SAID
    for word in ("Mẫu", "Tuy Phước", "jpg", "CỘNG"):
        assert not any(word.encode() in body for body in collector.bodies)


def test_a_failure_is_told_by_its_code_and_never_by_its_words() -> None:
    with collecting() as (collector, address):
        traces = open_traces(f"{address}/v1/traces", "reader-1")
        step: Any = type("Step", (), {"stage": "read", "inputs": (("originals", "a" * 64),), "params": {"index": 0}})
        with at_work(ERRAND), traces.errand(ERRAND):
            for error in (Interrupted("storage-failed", problem="Nguyễn Văn An"), ValueError("Nguyễn Văn An")):
                with pytest.raises(type(error)), traces.step(step):
                    raise error
            traces.ended("again", "storage-failed")
        traces.close()
    read, odd, errand = collector.spans
    assert [span.status.message for span in (read, odd, errand)] == ["storage-failed", "ValueError", "storage-failed"]
    assert facts(read)["sohoa.page_of_document"] == 1
    assert facts(errand) == {
        "sohoa.dossier": "d" * 64, "sohoa.page": 3, "sohoa.ending": "again", "error.type": "storage-failed",
    }  # fmt: skip
    assert all(not span.events for span in collector.spans)
    assert not any("Nguyễn".encode() in body for body in collector.bodies)


def test_a_collector_that_hangs_costs_an_errand_nothing_and_holds_no_process_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More errands than are kept, all of them begun and ended before the first request could have run out of time."""
    monkeypatch.setattr(otlp, "_LAST_SECONDS", 0.2)
    monkeypatch.setattr(otlp, "_EVERY_MS", 50)
    with collecting(hangs=True) as (collector, address):
        traces = open_traces(f"{address}/v1/traces", "reader-1")
        with traces.errand(ERRAND):
            pass
        assert collector.asked.wait(10)
        started = time.monotonic()
        for _ in range(otlp._MOST_KEPT + 100):
            with traces.errand(ERRAND):
                traces.ended("done", "")
        assert time.monotonic() - started < otlp._SECONDS
        started = time.monotonic()
        traces.close()
        assert time.monotonic() - started < 2.0


def test_a_collector_that_is_away_lets_a_dossier_be_sealed(tmp_path: Path) -> None:
    assert digitise(f"http://127.0.0.1:{free_port()}/v1/traces", tmp_path)


def test_without_the_setting_nothing_that_traces_is_loaded() -> None:
    """A commune's machine has nobody to tell. (The client of Redis loads some of OpenTelemetry for itself, unasked.)"""
    asked = (
        "import sys; from workers import serve; from workers.plant import open_traces; "
        "open_traces('', 'x').close(); print(*sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"workers.otlp", "opentelemetry.exporter", "opentelemetry.sdk.trace"} & set(said.stdout.split())


@pytest.mark.parametrize(
    "address",
    ["collector:4318", "ftp://collector", "http://user:secret@collector:4318", "http://user@collector",
     "http://collector/?token=x", "http://collector:port", "http://", "http://collector:0", "http://a b"],
)  # fmt: skip
def test_an_address_that_is_none_or_holds_a_password_is_refused(address: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read_settings({"SOHOA_TRACES": address})
    assert refused.value.facts["name"] == "SOHOA_TRACES"
    assert "secret" not in str(refused.value.facts)


def test_an_address_without_a_path_means_the_usual_one() -> None:
    assert read_settings({"SOHOA_TRACES": "http://collector:4318"}).traces == "http://collector:4318/v1/traces"
    assert read_settings({"SOHOA_TRACES": "https://c/otlp/x"}).traces == "https://c/otlp/x"
