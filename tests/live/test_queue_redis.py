"""The queue on a real Redis: the same errands, and what is left of them after a death."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from queue_plant import TestPlant, make_at, unheard, wait_until
from redis_server import the_redis

from pipeline.nursery import nursery
from workers import roles
from workers.model import Errand, Lane, all_queues, queue_name
from workers.sending import Post

QUEUES = frozenset(queue_name(lane, urgency) for lane, urgency in all_queues())
SILENCE_MS = 2000


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[tuple[TestPlant, Any]]:
    the_redis().clear()
    make = partial(make_at, tmp_path / "records.db", the_redis().address, silence_ms=SILENCE_MS)
    with ExitStack() as ends:

        def worker() -> Any:
            process = nursery("workers.roles").Process(
                target=partial(roles.work, make, lanes=tuple(Lane), queues=QUEUES, up=unheard), daemon=True
            )
            process.start()
            ends.callback(process.kill)
            return process

        yield make(), worker


def test_forty_pages_cost_forty_messages_and_one_for_each_other_lane(plant: tuple[TestPlant, Any]) -> None:
    here, worker = plant
    here.records.deposit("H1", pages=40)
    worker()
    post = Post(here.broker(0))
    post.send(Errand(Lane.OPENING, "H1"))
    wait_until(lambda: here.records.one("SELECT state FROM deposits") == "sealed")
    assert here.records.one("SELECT count(*) FROM attempts") == 40 + 3
    assert all(post.standing(queue) == 0 for queue in QUEUES)


def test_a_page_whose_reader_was_killed_comes_back_by_itself(plant: tuple[TestPlant, Any]) -> None:
    # With dramatiq's defaults nothing came back within 200 s: it looks for the dead on one fetch of a thousand.
    here, worker = plant
    here.records.deposit("H1", pages=2, seconds=1.0)
    first = worker()
    Post(here.broker(0)).send(Errand(Lane.OPENING, "H1"))
    wait_until(lambda: here.records.one("SELECT count(*) FROM attempts WHERE errand LIKE 'paging/%'") == 1)
    first.kill()
    worker()
    wait_until(lambda: here.records.one("SELECT state FROM deposits") == "sealed", seconds=40)
    assert here.records.one("SELECT count(*) FROM pages") == 2
    assert here.records.one("SELECT count(*) FROM seals") == 1
