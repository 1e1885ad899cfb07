"""The queue on a real RabbitMQ: what it costs, and what is left of the work after every kind of death."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from queue_plant import long_ago, make_at, unheard, wait_until
from rabbit import Rabbit, the_rabbit

from pipeline.errors import Interrupted
from pipeline.nursery import nursery
from workers import roles, sweep
from workers.model import Errand, Lane, Urgency, all_queues, queue_name
from workers.sending import Post
from workers.serve import Role, Tree, workers

QUEUES = [queue_name(lane, urgency) for lane, urgency in all_queues()]


class Scene:
    """A broker with empty queues, records, and processes that die with the test."""

    def __init__(self, rabbit: Rabbit, path: Path, ends: ExitStack) -> None:
        self.rabbit = rabbit
        self.make = partial(make_at, path, rabbit.address)
        self.plant = self.make()
        self.records = self.plant.records
        self._ends = ends
        self._broker = self.plant.broker(0)
        ends.callback(self._broker.close)
        self.post = Post(self._broker)

    def send(self, deposit: str, *, soon: bool = False) -> None:
        urgency = Urgency.SOON if soon else Urgency.PLAIN
        self.post.send(Errand(Lane.OPENING, deposit, urgency=urgency))
        self.records.ask("UPDATE deposits SET ended = -1 WHERE name = ?", deposit)

    def everything(self, **how: int) -> Role:
        """All lanes in one process: what `roles.work` is given on a small machine."""
        made = partial(self.make, **how)
        queues = frozenset(QUEUES)
        return Role("all", partial(roles.work, made, lanes=tuple(Lane), queues=queues))

    def worker(self, role: Role | None = None) -> Any:
        """Start a process that reads queues."""
        process = nursery("workers.roles").Process(
            target=(role or self.everything()).run, kwargs={"up": unheard}, daemon=True
        )
        process.start()
        self._ends.callback(process.kill)
        return process

    def sealed(self, *names: str) -> bool:
        done = self.records.one("SELECT count(*) FROM deposits WHERE state = 'sealed'")
        return bool(done == (len(names) or self.records.one("SELECT count(*) FROM deposits")))

    def begun(self, like: str = "%") -> int:
        return int(self.records.one("SELECT count(*) FROM attempts WHERE errand LIKE ?", like))

    def round(self) -> int:
        return sweep.one_round(self.plant.book, self.post, lambda: datetime.now(UTC))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    rabbit = the_rabbit()
    rabbit.clear(QUEUES)
    with ExitStack() as ends:
        yield Scene(rabbit, tmp_path / "records.db", ends)


@contextmanager
def rounds(scene: Scene, every: float = 0.5) -> Iterator[None]:
    """Let the sweeper go round, also while the broker is away."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(every):
            try:
                scene.round()
            except Interrupted:  # the broker is away
                continue

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_forty_pages_cost_forty_messages_and_one_for_each_other_lane(scene: Scene) -> None:
    scene.records.deposit("H1", pages=40)
    scene.worker()
    scene.worker()
    scene.send("H1")
    wait_until(scene.sealed)
    assert scene.begun() == 40 + 3
    assert scene.begun("paging/%") == 40
    wait_until(lambda: scene.records.one("SELECT count(*) FROM attempts WHERE failed IS NOT 0") == 0)


def test_a_page_whose_reader_was_killed_is_read_by_another_and_once_in_the_record(scene: Scene) -> None:
    scene.records.deposit("H1", pages=3, seconds=1.5)
    first = scene.worker()
    scene.send("H1")
    wait_until(lambda: scene.begun("paging/%") == 1)
    first.kill()
    scene.worker()
    took = wait_until(scene.sealed)
    assert scene.records.one("SELECT count(*) FROM pages") == 3
    # What was killed is the only attempt that never ended.
    wait_until(lambda: scene.records.one("SELECT count(*) FROM attempts WHERE failed IS NULL") == 1)
    assert scene.records.one("SELECT count(*) FROM seals") == 1
    tell(f"kill -9 of a reader: sealed {took:.1f} s later, 4.5 s of them reading")


def test_a_page_that_kills_its_readers_is_set_aside_with_its_reason(scene: Scene) -> None:
    scene.records.deposit("poison", pages=1, fault="kills")
    scene.records.deposit("good", pages=1)
    tree = Tree.of([scene.everything()], nursery("workers.roles"))
    thread = threading.Thread(target=tree.run)
    thread.start()
    try:
        scene.send("poison")
        wait_until(lambda: scene.records.one("SELECT state FROM deposits WHERE name = 'poison'") == "failed")
        assert scene.records.one("SELECT reason FROM deposits WHERE name = 'poison'") == "work-kills"
        scene.send("good")
        wait_until(lambda: scene.records.one("SELECT state FROM deposits WHERE name = 'good'") == "sealed")
    finally:
        tree.stop()
        thread.join()


def test_nothing_is_lost_when_the_broker_is_killed_and_comes_back(scene: Scene) -> None:
    for number in range(4):
        scene.records.deposit(f"H{number}", pages=5, seconds=0.1, station=f"S{number}")
    scene.worker()
    with rounds(scene):
        wait_until(lambda: scene.begun("paging/%") >= 3)
        scene.rabbit.kill()
        scene.rabbit.start()
        long_ago(scene.records)
        took = wait_until(scene.sealed)
    assert scene.records.one("SELECT count(*) FROM seals") == 4
    assert scene.records.one("SELECT count(*) FROM pages") == 20
    tell(f"kill -9 of the broker: all sealed {took:.1f} s after it was back")


def test_nothing_is_lost_when_the_broker_forgets_everything(scene: Scene) -> None:
    for number in range(3):
        scene.records.deposit(f"H{number}", pages=3, station=f"S{number}")
    scene.round()  # opened, but nobody is there to read it
    scene.rabbit.kill()
    scene.rabbit.empty()
    scene.rabbit.start()
    long_ago(scene.records)
    scene.worker()
    with rounds(scene):
        wait_until(scene.sealed)
    assert scene.records.one("SELECT count(*) FROM seals") == 3


def test_a_broker_that_repeats_every_message_changes_nothing_in_the_record(scene: Scene) -> None:
    scene.records.deposit("H1", pages=6)
    scene.worker(scene.everything(repeats=2))
    scene.worker(scene.everything(repeats=2))
    scene.send("H1")
    scene.send("H1")
    wait_until(scene.sealed)
    wait_until(lambda: all(scene.post.standing(queue) == 0 for queue in QUEUES))
    assert scene.records.one("SELECT count(*) FROM pages") == 6
    assert scene.records.one("SELECT count(*) FROM seals") == 1
    assert scene.records.one("SELECT state FROM deposits") == "sealed"


def test_an_error_leaves_no_word_of_a_paper_in_the_broker(scene: Scene) -> None:
    scene.records.deposit("H1", pages=1, fault="quotes")
    scene.records.deposit("H2", pages=1, fault="away")
    scene.worker()
    scene.send("H1")
    scene.send("H2")
    wait_until(lambda: scene.records.one("SELECT count(*) FROM deposits WHERE reason != ''") == 2)
    assert scene.records.ask("SELECT name, state, reason FROM deposits ORDER BY name") == [
        ("H1", "failed", "unexpected"),
        ("H2", "reading", "storage-failed"),
    ]
    said = b"".join(bodies(scene.rabbit, ["paging.DQ", "paging.XQ"]))
    assert b"012345678901" not in said
    assert "Nguyễn".encode() not in said


def test_a_counter_dossier_overtakes_a_thick_one(scene: Scene) -> None:
    roles_of_a_machine = workers(scene.make, 2, with_key=True)
    for role in roles_of_a_machine:
        scene.worker(role)
    scene.records.deposit("warm", pages=1, soon=True)
    scene.send("warm", soon=True)
    wait_until(lambda: scene.records.one("SELECT state FROM deposits WHERE name = 'warm'") == "sealed")
    idle = min(latency(scene, f"idle-{number}") for number in range(3))
    scene.records.deposit("thick", pages=2000, station="S2", seconds=0.4)
    scene.send("thick")
    wait_until(lambda: scene.begun("paging/thick/%") >= 4)
    busy = [latency(scene, f"busy-{number}") for number in range(4)]
    tell(f"a counter dossier: {idle:.2f} s idle, {max(busy):.2f} s beside 2,000 pages")
    assert sorted(busy)[2] <= 1.5 * idle


def test_a_small_dossier_of_another_station_waits_for_some_pages_of_a_thick_one_only(scene: Scene) -> None:
    scene.worker()
    scene.records.deposit("thick", pages=600, station="S2", seconds=0.03)
    scene.send("thick")
    wait_until(lambda: scene.records.one("SELECT count(*) FROM pages WHERE number <= 64") == 64)
    scene.records.deposit("small", pages=3, seconds=0.03)
    before = scene.begun("paging/thick/%")
    scene.send("small")
    wait_until(lambda: scene.records.one("SELECT state FROM deposits WHERE name = 'small'") == "sealed")
    # One between each two of its own six errands, and what was held; not the 500 that stood there before it.
    assert scene.begun("paging/thick/%") - before <= 12


def test_a_reader_told_to_end_finishes_its_page(scene: Scene) -> None:
    scene.records.deposit("H1", pages=2, seconds=1.0)
    worker = scene.worker()
    scene.send("H1")
    wait_until(lambda: scene.begun("paging/%") == 1)
    os.kill(worker.pid, signal.SIGTERM)
    worker.join(30)
    assert worker.exitcode == 0
    assert scene.records.one("SELECT count(*) FROM pages") == 1
    assert scene.records.one("SELECT count(*) FROM attempts WHERE failed IS NULL") == 0
    assert scene.begun("paging/%") == 1  # the second went back unbegun


def tell(figure: str) -> None:
    sys.stderr.write(f"\n{figure}\n")


def latency(scene: Scene, name: str) -> float:
    scene.records.deposit(name, pages=1, soon=True, seconds=0.4)
    started = time.monotonic()
    scene.send(name, soon=True)
    wait_until(lambda: scene.records.one("SELECT state FROM deposits WHERE name = ?", name) == "sealed")
    return time.monotonic() - started


def bodies(rabbit: Rabbit, queues: list[str]) -> list[bytes]:
    import pika

    found = []
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", rabbit.port)) as connection:
        channel = connection.channel()
        for queue in queues:
            while True:
                method, _, body = channel.basic_get(queue, auto_ack=True)
                if method is None:
                    break
                found.append(body)
    return found
