"""What kills a province's processes and servers, each by itself, while dossiers are under way; and that it heals alone.

One tree of processes and one set of servers go through all of it. After each death every dossier is sealed, once in
the record, and nobody did anything but start again what was killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from urllib.parse import urlsplit

import pytest
from ceph import Ceph, a_ceph
from postgres import Postgres, a_server
from province import Province, Servers, buckets_at, clear_queues, nothing_amiss, sealed_once
from province_plant import PAGE_SECONDS, SEALED, TAKEN
from rabbit import the_rabbit
from served import get

PATIENCE = 150.0  # seconds, on two cores that others share; a tenth of it is usual
DOSSIERS = 3
AWAY = 1.0  # seconds that a server is dead, at least: long enough for all who need it to notice


@dataclass
class Scene:
    """A province, and those of its servers that nobody else uses."""

    province: Province
    ceph: Ceph
    postgres: Postgres
    numbers: Iterator[int] = field(default_factory=count)

    def drop(self, how_many: int = DOSSIERS) -> list[str]:
        codes = [self.province.drop(next(self.numbers)) for _ in range(how_many)]
        self.province.look_now()
        return codes

    def wait(self, true: Callable[[], object]) -> float:
        return self.province.wait_until(true, seconds=PATIENCE)

    def reading(self, codes: Sequence[str]) -> Sequence[int]:
        """Wait until pages of these dossiers are being read; return by which processes."""
        met: list[int] = []

        def meets() -> bool:
            met[:] = self.province.at_work("paging", codes)
            return bool(met)

        self.wait(meets)
        return met

    def died_at_work(self, pid: int) -> bool:
        """Say whether a process left something that it had begun."""
        return any(each.pid == pid and each.outcome is None for each in self.province.ledger.attempts())

    def dies_and_comes_back(self, kill: Callable[[], None], start: Callable[[], None], codes: Sequence[str]) -> None:
        """Kill a server while pages are being read, and start it again after a moment."""
        self.reading(codes)
        kill()
        time.sleep(AWAY)
        start()
        assert not self.province.is_sealed(codes)

    def heals(self, what: str, codes: Sequence[str]) -> None:
        """Wait until all is sealed, from now on; then look at each of them, and tell how long it took."""
        province = self.province
        took = self.wait(lambda: province.is_sealed(codes))
        province.look_now()
        self.wait(lambda: province.is_filed(codes))
        self.wait(lambda: not province.states())
        sealed_once(province, codes)
        self.wait(lambda: get(province.port, "/ready") == (200, "{}"))
        sys.stderr.write(f"\n{what}: {len(codes)} dossiers sealed {took:.1f} s later\n")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("province")
    with ExitStack() as ends:
        clear_queues()
        ceph, postgres = ends.enter_context(a_ceph()), ends.enter_context(a_server())
        database = ends.enter_context(postgres.database())
        servers = Servers(postgres.url(database), the_rabbit().address, *buckets_at(ceph))
        province = Province(folder, servers, **{PAGE_SECONDS: "0.3"})
        ends.callback(province.close)
        made = Scene(province, ceph, postgres)
        made.wait(lambda: get(province.port, "/ready") == (200, "{}"))
        made.heals("nothing died, but all had just been started", made.drop())
        yield made


def test_a_page_whose_reader_is_killed_is_read_by_another(scene: Scene) -> None:
    codes = scene.drop()
    reader = scene.reading(codes)[-1]
    os.kill(reader, signal.SIGKILL)
    assert scene.died_at_work(reader)
    scene.heals("kill -9 of a reader", codes)


def test_a_sealer_that_dies_between_seal_and_record_leaves_one_seal_in_the_record(scene: Scene) -> None:
    lives = scene.province.order(SEALED)
    codes = scene.drop()
    scene.wait(lambda: not lives.exists())
    assert not scene.province.is_sealed(codes)
    scene.heals("kill -9 of the sealer, between a seal and its record", codes)


def test_a_deposit_whose_watcher_dies_before_it_is_noted_is_one_deposit(scene: Scene) -> None:
    lives = scene.province.order(TAKEN)
    codes = scene.drop()
    scene.wait(lambda: not lives.exists())
    assert not scene.province.is_sealed(codes)
    scene.heals("kill -9 of the watcher, between taking and noting", codes)


def test_a_watcher_that_is_killed_while_nothing_comes_is_back_before_anything_does(scene: Scene) -> None:
    os.kill(scene.province.watcher(), signal.SIGKILL)
    codes = scene.drop()
    scene.heals("kill -9 of the idle watcher", codes)


def test_a_broker_that_is_killed_gives_out_afterwards_what_it_held(scene: Scene) -> None:
    codes = scene.drop()
    scene.dies_and_comes_back(the_rabbit().kill, the_rabbit().start, codes)
    scene.heals("kill -9 of RabbitMQ", codes)


def test_a_broker_that_forgets_everything_is_told_again(scene: Scene) -> None:
    codes = scene.drop()

    def lose_all() -> None:
        the_rabbit().kill()
        the_rabbit().empty()

    scene.dies_and_comes_back(lose_all, the_rabbit().start, codes)
    long_ago(scene)
    scene.heals("RabbitMQ lost its data; beside the minute before anything is sent again", codes)


def test_a_database_that_is_killed_is_waited_for(scene: Scene) -> None:
    codes = scene.drop()
    scene.dies_and_comes_back(partial(scene.postgres.stop, signal.SIGKILL), scene.postgres.start, codes)
    scene.heals("kill -9 of PostgreSQL", codes)


def test_a_gateway_to_the_store_that_is_killed_is_waited_for(scene: Scene) -> None:
    codes = scene.drop()
    scene.dies_and_comes_back(partial(scene.ceph.kill, 1), scene.ceph.start, codes)
    scene.heals("kill -9 of the S3 gateway", codes)


def test_a_store_all_of_which_is_killed_has_kept_what_it_confirmed(scene: Scene) -> None:
    codes = scene.drop()
    scene.dies_and_comes_back(scene.ceph.kill, scene.ceph.start, codes)
    scene.heals("kill -9 of all of Ceph", codes)


def test_a_machine_all_of_whose_processes_die_at_once_goes_on_where_it_was(scene: Scene) -> None:
    codes = scene.drop()
    readers = scene.reading(codes)
    scene.province.kill()
    assert any(scene.died_at_work(each) for each in readers)
    scene.province.start_again()
    scene.heals("kill -9 of every process at once", codes)


def test_after_all_these_deaths_store_ledger_and_manifests_agree(scene: Scene) -> None:
    """Costs with all that was ever stored, so it is looked at once; what concerns a dossier, after each death."""
    nothing_amiss(scene.province)


def long_ago(scene: Scene) -> None:
    """Let everything undone look as if nobody had touched it for the minute after which it is sent again."""
    database = urlsplit(scene.province.settings.ledger).path.strip("/")
    scene.postgres.execute("UPDATE items SET changed_at = changed_at - interval '2 minutes'", database)
