"""Somebody who keeps asking where dossiers stand, in a process of its own, as a counter's window does.

What is asked is what ``sohoa status DOSSIER`` and ``sohoa status`` ask of the ledger (`pipeline.cli.status`).
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

from storage import Ledger

#: As `pipeline.cli.status` has it.
_NEWEST = 200
ONE, NEWEST = "one dossier with its files", "the newest 200"
_EVERY: Mapping[str, float] = {ONE: 0.05, NEWEST: 0.5}  # seconds on average

#: Names a dossier of the history.
CodeOf = Callable[[int], str]


class Asker:
    """What was learnt so far."""

    def __init__(self, line: Connection, backends: tuple[int, ...]) -> None:
        self._line = line
        self.backends = backends

    def times(self) -> Mapping[str, Sequence[float]]:
        """Return the milliseconds of each question since the last call, by what was asked."""
        self._line.send("tell")
        told: Mapping[str, Sequence[float]] = self._line.recv()
        return told


@contextmanager
def asking(ledger: str, code_of: CodeOf, history: int) -> Iterator[Asker]:
    """Keep asking about dossiers of a ledger until the context ends; *history* is how many there are."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_ask, args=(ledger, code_of, history, theirs), daemon=True)
    process.start()
    try:
        yield Asker(ours, ours.recv())
    finally:
        process.kill()
        process.join()


def _ask(url: str, code_of: CodeOf, history: int, line: Connection) -> None:
    dice = random.Random(os.getpid())
    with Ledger(url) as ledger:
        questions: Mapping[str, Callable[[], object]] = {
            ONE: lambda: _one(ledger, code_of(dice.randrange(max(1, history)))),
            NEWEST: lambda: (ledger.dossiers(limit=_NEWEST), ledger.refused_deposits(limit=_NEWEST)),
        }
        for ask in questions.values():
            ask()
        with ledger._reading() as connection:
            line.send((int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()),))
        times: dict[str, list[float]] = {name: [] for name in questions}
        due = dict.fromkeys(questions, time.monotonic())
        while True:
            name = min(due, key=due.__getitem__)
            if line.poll(max(0.0, due[name] - time.monotonic())):
                line.recv()
                line.send(times)
                times = {each: [] for each in questions}
                continue
            started = time.perf_counter()
            questions[name]()
            times[name].append((time.perf_counter() - started) * 1000)
            due[name] += dice.expovariate(1 / _EVERY[name])


def _one(ledger: Ledger, code: str) -> object:
    row = ledger.dossier(code)
    return row and ledger.files(row.code, row.version)
