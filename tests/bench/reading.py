"""Reading the corpus in process, without files, seals or a store: quick figures while the reader is being tuned.

The engine's own share is told apart by a recorder around it: what is left is what our own work on the picture costs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, cast

from pages import Example

from ocr import OcrEngine, read_page
from pipeline.engines import engine_named
from pipeline.pictures import examine, media_of
from pipeline.stages.read import page_array


@dataclass(frozen=True, slots=True)
class Read:
    """What one page gave."""

    #: In reading order, line by line.
    text: str
    #: See `Reading.rotation`, in degrees.
    rotation: int
    #: See `Reading.skew`, in degrees.
    skew: float
    #: See `Reading.blank_score`.
    blank_score: float
    #: CPU seconds from decoding to the reading.
    cpu: float
    #: CPU seconds of that inside the engine.
    engine_cpu: float
    #: See `Reading.failure`.
    failure: str | None = None


class Recorder:
    """Stands before an engine and adds up the CPU seconds spent in its calls, whatever they are called."""

    def __init__(self, engine: OcrEngine) -> None:
        self._engine = engine
        #: CPU seconds so far.
        self.cpu = 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._engine, name)
        return self._timed(found) if callable(found) else found

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            before = time.process_time()
            try:
                return call(*given, **named)
            finally:
                self.cpu += time.process_time() - before

        return timed


def read_all(pages: Sequence[Example], *, jobs: int) -> list[Read]:
    """Read *pages* in so many processes, each with an engine loaded beforehand."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_load) as pool:
        return list(pool.map(read_one, pages))


def read_one(page: Example) -> Read:
    """Read one page as the pipeline's read stage does."""
    engine = Recorder(engine_named("tesserocr"))
    media = media_of(page.picture)
    (facts,) = examine(page.picture, media)
    # From here on: the gate's own decoding belongs to the gate.
    started = time.process_time()
    with page_array(page.picture, media, 0, facts) as picture:
        reading = read_page(picture, dpi=(facts.dpi_x, facts.dpi_y), engine=cast(OcrEngine, engine))
    cpu = time.process_time() - started
    return Read(reading.text, reading.rotation, reading.skew, reading.blank_score, cpu, engine.cpu, reading.failure)


def _load() -> None:
    engine_named("tesserocr")
