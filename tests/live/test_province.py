"""A small province on the real servers: watched inbox, RabbitMQ, PostgreSQL, Ceph; processes are killed on the way.

How many dossiers is a matter of patience: ``PROVINCE_DOSSIERS=300`` for the size of a district's day.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import COMPLETE
from province import Province, all_sealed_once, shared_servers
from province_plant import ASKED, SEALED
from served import get

DOSSIERS = int(os.environ.get("PROVINCE_DOSSIERS", "6"))
#: Of each component: every fourth dossier has three times as many pages.
PAGES = [3 if number % 4 == 0 else 1 for number in range(DOSSIERS)]
PATIENCE = 120.0 + 3.0 * DOSSIERS


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    with shared_servers(tmp_path) as servers:
        made = Province(tmp_path, servers)
        yield made
        made.close()


@pytest.mark.timeout(60 + 2 * PATIENCE)
def test_a_province_seals_every_dossier_once_though_its_workers_are_killed(province: Province) -> None:
    sealer_lives = province.order(SEALED)
    codes = [province.drop(number, each=each) for number, each in enumerate(PAGES)]
    started = time.monotonic()
    province.wait_until(lambda: province.at_work("paging"), seconds=PATIENCE)
    with suppress(ProcessLookupError):
        os.kill(province.at_work("paging")[-1], signal.SIGKILL)
    killed = time.monotonic()
    province.wait_until(lambda: province.is_filed(codes), seconds=PATIENCE)
    ended = time.monotonic()

    assert not sealer_lives.exists()  # between a seal and its record
    all_sealed_once(province, codes)

    pages = sum(PAGES) * len(COMPLETE)
    lanes = Counter(each.stage for each in province.ledger.attempts())
    # One message each; those who were killed had up to one of each of their queues.
    assert pages <= lanes["paging"] <= pages + 4
    for lane in ("opening", "closing", "sealing"):
        assert DOSSIERS <= lanes[lane] <= DOSSIERS + 4

    asked: dict[str, list[int]] = defaultdict(list)
    for line in (province.settings.var / ASKED).read_text().splitlines():
        deposit, count = line.split()
        asked[deposit].append(int(count))
    most = {deposit: max(counts) for deposit, counts in asked.items()}
    assert len(most) == DOSSIERS
    assert len(set(most.values())) == 1, most  # whatever the size of the dossier
    assert get(province.port, "/ready") == (200, "{}")
    print(  # noqa: T201 -- figures of the report
        f"\n{DOSSIERS} dossiers, {pages} pages, a reader and the sealer killed: all sealed {ended - started:.1f} s "
        f"after the last came, {ended - killed:.1f} s after the first death; "
        f"the store is asked {max(most.values())} times a page"
    )
