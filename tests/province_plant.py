"""A machine of a province for tests: real store, ledger, queue and keys; only the reading of a page is a stand-in.

On order, one process kills itself at a place that no test could hit from outside; each page tells how often it asked
the store.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from conftest import LINE

from ocr import ScriptedEngine
from pipeline.clock import now
from pipeline.crew import SameProcessCrew
from pipeline.driver import Driver
from pipeline.hands import open_hands
from pipeline.house import House
from pipeline.identities import identities, officers
from pipeline.model import Operator
from pipeline.settings import Settings
from pipeline.stage import Bench
from pipeline.wiring import workshop
from pipeline.works import Yard
from workers.plant import HousePlant, QueueLanes
from workers.watch import Watcher

#: Files below `var`: what each page asked of the store, and the process that watches the inbox.
ASKED, WATCHER = "asked", "watcher-pid"
#: Places where a process dies on order: between a seal and its record; between taking a deposit in and noting so.
SEALED, TAKEN = "sealed-not-recorded", "taken-not-noted"
#: Seconds that a page takes longer than it would, so that a test can meet it at work.
PAGE_SECONDS = "PROVINCE_PAGE_SECONDS"


def order_of(settings: Settings, death: str) -> Path:
    """Return the file that orders a death; who can remove it is the one to die."""
    return settings.var / f"die-{death}"


def die_if_ordered(settings: Settings, death: str) -> None:
    try:
        order_of(settings, death).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A store that counts what is asked of it, and kills on order whoever records a seal."""

    def __init__(self, inner: Any, settings: Settings) -> None:
        self._inner, self._settings, self.asked = inner, settings, 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        return getattr(self._inner, name)

    def write(self, key: str, record: bytes) -> None:
        self.asked += 1
        if key.startswith("steps/") and json.loads(record)["step"]["stage"] == "seal":
            die_if_ordered(self._settings, SEALED)
        self._inner.write(key, record)


class Entered:
    """A ledger that kills on order whoever has just entered a deposit."""

    def __init__(self, inner: Any, settings: Settings) -> None:
        self._inner, self._settings = inner, settings

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def receive_item(self, *names: Any, **facts: Any) -> Any:
        answer = self._inner.receive_item(*names, **facts)
        die_if_ordered(self._settings, TAKEN)
        return answer


class Counted(QueueLanes):
    """Lanes that write down what each page asked of the store."""

    def __init__(self, lanes: QueueLanes, file: Path) -> None:
        super().__init__(lanes.inner, lanes.counter)
        self._file = file

    def page(self, deposit: str, number: int, along: Callable[[], None]) -> int:
        time.sleep(float(os.environ.get(PAGE_SECONDS, "0")))
        store: Any = self.inner.driver.yard.store
        before = store.asked
        left = super().page(deposit, number, along)
        with self._file.open("a") as file:
            file.write(f"{deposit} {store.asked - before}\n")
        return left


class ProvincePlant(HousePlant):
    """A plant whose lanes are counted, and whose watcher can be found."""

    @property
    def lanes(self) -> QueueLanes:
        return Counted(super().lanes, self._house.settings.var / ASKED)

    def watchers(self) -> Sequence[Watcher]:
        settings, ledger = self._house.settings, self._house.ledger
        (settings.var / WATCHER).write_text(str(os.getpid()))
        entered: Any = Entered(ledger, settings)
        self._house = replace(self._house, ledger=entered)
        return super().watchers()


@contextmanager
def driving(house: House) -> Iterator[Driver]:
    settings = house.settings
    crew = SameProcessCrew(Bench(partial(ScriptedEngine, lines=(LINE,))))
    with open_hands(2) as hands:
        store: Any = Watched(house.store, settings)
        yard = Yard(store, house.ledger, crew, hands, now, settings.var / "scratch")
        yield Driver(
            yard, workshop(settings.engine), identities(settings), Operator("cli", "Nguyễn Thị Mẫu"),
            lambda progress: None, officer_of=officers(settings),
        )  # fmt: skip


def make_province(settings: Settings) -> ProvincePlant:
    return ProvincePlant(settings, with_key=True, driver=driving)


#: Run by the test as a program: the settings from the environment, as the command reads them.
PROGRAM = """
import os, sys, threading, time
if "FAKETIME" in os.environ:
    # Python sleeps until a moment of a clock that was to be left alone, and libfaketime 0.9.10 moves that moment all
    # the same; waiting for something that never comes takes the same time by another call.
    time.sleep = lambda seconds: threading.Event().wait(seconds) and None
from functools import partial
from province_plant import make_province
from pipeline.settings import read_settings
from workers.serve import PARTS, serve

if __name__ == "__main__":
    settings = read_settings(os.environ)
    host, port = settings.health.split(":")
    serve(partial(make_province, settings), count=settings.worker_count, address=(host, int(port)),
          shared=settings.var / "metrics", has_broker=bool(settings.queue),
          parts=os.environ.get("PROVINCE_PARTS", ",".join(PARTS)).split(","))
"""
