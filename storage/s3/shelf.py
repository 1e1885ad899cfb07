"""Files borrowed from a store that is elsewhere: fetched once, lent to many, thrown out when the shelf is full.

A large original is lent once for each of its pages; without a shelf it would be fetched as often. An object never
changes under its name, so a file on the shelf is never stale. Nothing here knows what a server is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Lock

from storage.clock import Clock, utc_now

#: Bytes kept when nobody borrows them; chosen: some forty of the largest deposits.
MOST_BYTES = 2 << 30
_MODE = 0o400
_PREFIX = "shelf-"


@dataclass(slots=True)
class _Place:
    fetching: Lock = field(default_factory=Lock)
    lent: int = 0  # how many hold it now
    size: int | None = None  # bytes; None until it is there


class Shelf:
    """A folder of this process; threads may borrow at once."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, clock: Clock = utc_now) -> None:
        self._above = folder
        self._most = most_bytes
        self._clock = clock
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._lock = Lock()
        self._own: Path | None = None

    @contextmanager
    def lent(self, name: str, fetch: Callable[[Path], int]) -> Iterator[Path]:
        """Lend the file called *name*; *fetch* writes it to a path and returns its size when it is not there yet."""
        with self._lock:
            place = self._places.setdefault(name, _Place())
            self._places.move_to_end(name)
            place.lent += 1
        try:
            with place.fetching:
                path = self._folder() / name
                if place.size is None:
                    place.size = _fetched(path, fetch)
            yield path
        finally:
            with self._lock:
                place.lent -= 1
                self._make_room()

    def sweep(self, older_than: timedelta) -> int:
        """Remove what killed processes left; return how many shelves that were."""
        before, removed = (self._clock() - older_than).timestamp(), 0
        for folder in self._above.glob(f"{_PREFIX}*"):
            owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
            if folder.stat().st_mtime < before and not Path("/proc", owner).exists():
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        return removed

    def _folder(self) -> Path:
        with self._lock:
            if self._own is None:
                self._above.mkdir(parents=True, exist_ok=True)
                self._own = Path(tempfile.mkdtemp(dir=self._above, prefix=f"{_PREFIX}{os.getpid()}-"))
                weakref.finalize(self, shutil.rmtree, self._own, ignore_errors=True)
            return self._own

    def _make_room(self) -> None:
        held = sum(place.size or 0 for place in self._places.values())
        for name, place in list(self._places.items()):
            if place.lent or (held <= self._most and place.size is not None):
                continue
            if self._own is not None:
                (self._own / name).unlink(missing_ok=True)
            held -= place.size or 0
            del self._places[name]


def _fetched(path: Path, fetch: Callable[[Path], int]) -> int:
    partial = path.with_name(f".partial-{path.name}")
    try:
        size = fetch(partial)
        partial.chmod(_MODE)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return size
