"""A machine of a province for tests: real store, ledger, queue and keys; only the reading of a page is a stand-in.

Its sealer kills itself once, between a seal and its record; each page tells how often it asked the store.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conftest import LINE

from ocr import ScriptedEngine
from pipeline.clock import now
from pipeline.crew import SameProcessCrew
from pipeline.driver import Driver
from pipeline.house import House
from pipeline.identities import identities, officers
from pipeline.model import Operator
from pipeline.settings import Settings
from pipeline.stage import Bench
from pipeline.wiring import workshop
from pipeline.works import Yard
from workers.plant import HousePlant, QueueLanes

KILLED, ASKED = "sealer-killed", "asked"


class Watched:
    """A store that counts what is asked of it, and kills whoever records the first seal."""

    def __init__(self, inner: Any, marker: Path) -> None:
        self._inner, self._marker, self.asked = inner, marker, 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        return getattr(self._inner, name)

    def write(self, key: str, record: bytes) -> None:
        self.asked += 1
        if key.startswith("steps/") and json.loads(record)["step"]["stage"] == "seal":
            try:
                self._marker.touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        self._inner.write(key, record)


class Counted(QueueLanes):
    """Lanes that write down what each page asked of the store."""

    def __init__(self, lanes: QueueLanes, file: Path) -> None:
        super().__init__(lanes.inner)
        self._file = file

    def page(self, deposit: str, number: int) -> int:
        store: Any = self.inner.driver.yard.store
        before = store.asked
        left = super().page(deposit, number)
        with self._file.open("a") as file:
            file.write(f"{deposit} {store.asked - before}\n")
        return left


class ProvincePlant(HousePlant):
    """A plant whose lanes are counted."""

    @property
    def lanes(self) -> QueueLanes:
        return Counted(super().lanes, self._house.settings.var / ASKED)


@contextmanager
def driving(house: House) -> Iterator[Driver]:
    settings = house.settings
    crew = SameProcessCrew(Bench(lambda: ScriptedEngine(lines=(LINE,))))
    with ThreadPoolExecutor(2) as hands:
        store: Any = Watched(house.store, settings.var / KILLED)
        yard = Yard(store, house.ledger, crew, hands, now, settings.var / "scratch")
        yield Driver(
            yard, workshop(settings.engine), identities(settings), Operator("cli", "Nguyễn Thị Mẫu"),
            lambda progress: None, officer_of=officers(settings),
        )  # fmt: skip


def make_province(settings: Settings) -> ProvincePlant:
    return ProvincePlant(settings, with_key=True, driver=driving)


#: Run by the test as a program: the settings from the environment, as the command reads them.
PROGRAM = """
import os, sys
from functools import partial
from province_plant import make_province
from pipeline.settings import read_settings
from workers.serve import serve

if __name__ == "__main__":
    settings = read_settings(os.environ)
    host, port = settings.health.split(":")
    serve(partial(make_province, settings), count=settings.worker_count, address=(host, int(port)),
          shared=settings.var / "metrics", has_broker=bool(settings.queue))
"""
