"""A machine whose reading, assembling and sealing cost nothing, for benchmarks of all that stands around them.

Queue, ledger, watcher, turns, the record of each step and the order in which they are written are the real ones; only
what a stage does with pictures and keys is a stand-in, which leaves a record of the usual size. No picture is looked
at, no seal holds.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from ocr import Box, Line, Reading, Word
from pipeline import versions, works
from pipeline.clock import local_time, now
from pipeline.driver import Driver
from pipeline.hands import Hands
from pipeline.house import House
from pipeline.identities import identities
from pipeline.model import Operator
from pipeline.pictures import PageFacts
from pipeline.settings import Settings, read_settings
from pipeline.stage import Made, MadeFile
from pipeline.stages.read import made as read_made
from pipeline.stages.seal import SealedFile
from pipeline.wiring import workshop
from pipeline.works import Yard
from signing import Identity
from workers.ledger_book import LedgerAttempts, LedgerBook
from workers.plant import HousePlant, QueueLanes
from workers.serve import serve

#: Below the folder of the installation: by the role of each process, its number.
ROLES = "roles"
#: What CPU time goes into beside the queue itself: the ledger, the pipeline's own bookkeeping (records, plans, the
#: manifest), and what is not measured: store and stand-ins.
LEDGER, PIPELINE, ASIDE = SHARES = ("ledger", "pipeline", "aside")
#: Bytes of the evidence of a seal at level B-T, as the samples have it.
_EVIDENCE = 6_000
#: Seconds between two words of a process about itself.
_TELL_EVERY = 0.25
_FACTS = PageFacts(1654, 2339, 200.0, 200.0, "declared", 1, "picture")
_WORD = Word("HỒ", Box(100, 400, 200, 430), 0.95)
_LINE = Line((_WORD,) * 8, Box(100, 400, 1500, 430))
_READING = Reading(0, 20.0, "print", 0.0, 1654, 2339, 200.0, (_LINE,) * 40, "stand-in 1", 0.1)


class FreeCrew:
    """Does every step at once, with an outcome that no other step has."""

    def perform(self, stage: str, inputs: Sequence[Path], params: Mapping[str, Any], scratch: Path) -> Made:
        """See `pipeline.crew.Crew.perform`."""
        return _STAGES[stage](params, scratch)


def _intake(_params: Mapping[str, Any], _scratch: Path) -> Made:
    return Made(facts={"media": "image/jpeg", "signed": False, "pages": [_FACTS.to_json()]})


def _read(_params: Mapping[str, Any], scratch: Path) -> Made:
    return _made_unique(read_made(_READING, scratch), b"stand-in 1")


def _describe(params: Mapping[str, Any], scratch: Path) -> Made:
    target = scratch / "description.json"
    target.write_text(f'{{"fields":[],"made":"{uuid4()}","reasons":[]}}', encoding="utf-8")
    facts = {"blank": [False] * int(params["pages"]), "secrecy": []}
    return Made((MadeFile(target, "application/json"),), facts)


def _assemble(params: Mapping[str, Any], scratch: Path) -> Made:
    target = scratch / "assembled.pdf"
    target.write_text(f"%PDF-1.7 {uuid4()}", encoding="utf-8")
    place = {"width": 200.0, "right": 20.0, "top": 20.0, "grown": False}
    return Made((MadeFile(target, "application/pdf"),), {"pages": len(params["pages"]), "mark": place})


_STAGES: Mapping[str, Callable[[Mapping[str, Any], Path], Made]] = {
    "intake": _intake, "read": _read, "describe": _describe, "assemble": _assemble,
}  # fmt: skip


def _made_unique(made: Made, word: bytes) -> Made:
    for file in made.files:
        file.path.write_bytes(file.path.read_bytes().replace(word, f"stand-in {uuid4()}".encode()))
    return made


def _seal(path: Path, mark: Mapping[str, Any], *, identity: Identity, when: Any, **_more: Any) -> SealedFile:
    path.write_bytes(path.read_bytes() + uuid4().bytes)
    who = {"signer": identity.subject, "fingerprint": identity.fingerprint}
    facts = {"level": identity.level, **who, "time": local_time(when), "trial": mark["trial"],
             "signers": [{"role": "agency", **who}]}  # fmt: skip
    return SealedFile(facts, uuid4().bytes * (_EVIDENCE // 16))


def _seal_manifest(_manifest: bytes, **_more: Any) -> bytes:
    return uuid4().bytes * 128


class Shares:
    """The CPU seconds of this process by what they went into; what is in no share is the queue's."""

    def __init__(self) -> None:
        self._mine, self._lock = threading.local(), threading.Lock()
        self.seconds: dict[str, float] = dict.fromkeys(SHARES, 0.0)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count what this thread does from here on as *name*'s, and what it did before as whosever that was."""
        outer = getattr(self._mine, "name", None)
        self._change(name)
        try:
            yield
        finally:
            self._change(outer)

    def _change(self, name: str | None) -> None:
        now, mine = time.thread_time(), self._mine
        if (before := getattr(mine, "name", None)) is not None:
            with self._lock:
                self.seconds[before] += now - mine.since
        mine.name, mine.since = name, now


class Told:
    """Stands before something and tells whose share its calls are."""

    def __init__(self, inner: Any, shares: Shares, name: str) -> None:
        self._inner, self._shares, self._name = inner, shares, name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return partial(self._call, found) if callable(found) else found

    def _call(self, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with self._shares.of(self._name):
            return call(*given, **named)


class ToldHands(ThreadPoolExecutor):
    """Threads whose work is the pipeline's."""

    def __init__(self, shares: Shares) -> None:
        super().__init__(2)
        self._shares = shares

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
        return super().submit(Told(None, self._shares, PIPELINE)._call, fn, *given, **named)


@contextmanager
def driving(house: House, shares: Shares) -> Iterator[Driver]:
    """Lend a driver whose steps are stand-ins; see `workers.plant.Driving`."""
    settings = house.settings
    works.seal = _seal  # type: ignore[assignment]
    versions.seal_manifest = _seal_manifest
    crew: Any = Told(FreeCrew(), shares, ASIDE)
    with ToldHands(shares) as hands:
        yard = Yard(house.store, house.ledger, crew, Hands(hands, 2, spare=1), now, settings.var / "scratch")
        yield Driver(
            yard, workshop(settings.engine), identities(settings), Operator("cli", "Nguyễn Thị Mẫu"),
            lambda _progress: None,
        )  # fmt: skip


class StandInPlant(HousePlant):
    """A plant of stand-ins, each of whose processes says which it is and what it spends its time on."""

    def __init__(self, settings: Settings) -> None:
        self._shares = Shares()
        super().__init__(settings, with_key=True, driver=partial(driving, shares=self._shares))
        ledger: Any = Told(self._house.ledger, self._shares, LEDGER)
        store: Any = Told(self._house.store, self._shares, ASIDE)
        self._house = replace(self._house, ledger=ledger, store=store)
        self.book = LedgerBook(ledger)
        self.attempts = LedgerAttempts(ledger, self._set_aside)
        threading.Thread(target=_tell, args=(settings.var / ROLES, self._shares), daemon=True).start()

    @property
    def lanes(self) -> QueueLanes:
        """See `workers.roles.Plant`."""
        lanes: Any = Told(super().lanes, self._shares, PIPELINE)
        return lanes


def _tell(folder: Path, shares: Shares) -> None:
    """Keep saying who this process is, and what its CPU time went into."""
    me = folder / multiprocessing.current_process().name
    beside = me.with_suffix(".part")
    while True:
        beside.write_text(json.dumps({"pid": os.getpid(), **shares.seconds}), encoding="utf-8")
        beside.replace(me)
        time.sleep(_TELL_EVERY)


def main() -> None:
    """Run the whole tree with stand-ins; the settings are those of the environment, as for ``sohoa serve``."""
    settings = read_settings(os.environ)
    host, port = settings.health.split(":")
    serve(
        partial(StandInPlant, settings), count=settings.worker_count, address=(host, int(port)),
        shared=settings.var / "metrics", has_broker=bool(settings.queue),
    )  # fmt: skip


if __name__ == "__main__":
    main()
