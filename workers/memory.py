"""Room in the memory of one machine, shared by all processes below one folder. `admission` decides.

Each page that waits or is read is an empty file that its process holds locked (`flock`); its name says all there is to
know. A process that is killed lets go of the lock, and whoever looks next removes the file: nobody has to clean up,
and no number can be left too high. Looking and deciding happen under one more lock, held for a fraction of a
millisecond.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from workers.admission import Claim, may_begin

#: Seconds between looks of a page that waits; it takes a second to be read.
_LOOK = 0.05
_GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Room:
    """The memory of this machine for pages; one for each process, all below the same folder."""

    folder: Path
    budget: int  # octets
    #: Seconds by a clock that all processes of the machine share, and that never goes back.
    clock: Callable[[], float] = time.monotonic

    @contextmanager
    def taken(self, octets: int, *, soon: bool) -> Iterator[None]:
        """Take room for a page for as long as the context goes on; wait for it before.

        Args:
            octets: that the page is expected to take; more than there are is read alone.
            soon: whether it belongs to a dossier of the same day.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._in_line(octets, soon=soon) as (mine, path):
            while not self._begun(mine, path):
                time.sleep(_LOOK)
            yield

    @contextmanager
    def _in_line(self, octets: int, *, soon: bool) -> Iterator[tuple[Claim, Path]]:
        """Stand in line; the file is locked before anybody else can see it."""
        with self._alone():
            number = max((each.number for each in self._others(None)), default=0) + 1
            mine = Claim(number, octets, soon, self.clock())
            path = self.folder / _name(mine)
            lock = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield mine, path
        finally:
            for left in (path, self.folder / _name(replace(mine, begun=True))):
                left.unlink(missing_ok=True)
            os.close(lock)

    def _begun(self, mine: Claim, path: Path) -> bool:
        with self._alone():
            if not may_begin(mine, self._others(mine.number), budget=self.budget, now=self.clock()):
                return False
            path.rename(self.folder / _name(replace(mine, begun=True)))
            return True

    def _others(self, mine: int | None) -> list[Claim]:
        """Return all claims but that numbered *mine*; those whose process is gone are removed."""
        found = []
        for path in self.folder.iterdir():
            claim = _claim(path.name)
            if claim is not None and claim.number != mine and _is_held(path):
                found.append(claim)
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        guard = os.open(self.folder / _GUARD, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)


def budget_of(wanted_mib: int, meminfo: Path = Path("/proc/meminfo"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the octets that pages may take together: what the settings say, else half of what this machine has.

    The other half is for processes that wait with their models loaded, for the parents, and for what else runs here.

    Args:
        wanted_mib: MiB; 0 where nothing was said.
        meminfo: what the kernel says of the machine.
        groups: where control groups are mounted, whose limits count for us when they are lower.
    """
    if wanted_mib:
        return wanted_mib << 20
    limits = [_meminfo(meminfo), *_limits(groups)]
    return min(limit for limit in limits if limit) // 2


def _meminfo(path: Path) -> int:
    total = next(line for line in path.read_text(encoding="ascii").splitlines() if line.startswith("MemTotal:"))
    return int(total.split()[1]) << 10


def _limits(groups: Path) -> Iterator[int]:
    """Yield what limits our control group and those above it (version 2), or the container's own (version 1)."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0":
                place = groups / path.lstrip("/")
                for folder in (place, *place.parents):
                    yield _number(folder / "memory.max")
            elif "memory" in controllers.split(","):
                for folder in (groups / "memory" / path.lstrip("/"), groups / "memory"):
                    yield _number(folder / "memory.limit_in_bytes")


def _number(path: Path) -> int:
    """Return the limit in a file; 0 when there is none (``max``), or no such file."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _name(claim: Claim) -> str:
    state = "begun" if claim.begun else "waits"
    return f"{claim.number:012d}.{claim.octets}.{int(claim.soon)}.{round(claim.since * 1000)}.{state}"


def _claim(name: str) -> Claim | None:
    """Return the claim that a file's name is; None for any other file."""
    parts = name.split(".")
    if len(parts) != 5 or not all(part.isdecimal() for part in parts[:4]):  # noqa: PLR2004 -- as `_name` has it
        return None
    number, octets, soon, since = map(int, parts[:4])
    return Claim(number, octets, bool(soon), since / 1000, begun=parts[4] == "begun")


def _is_held(path: Path) -> bool:
    """Say whether the process of a claim lives; the file of one that was killed is removed."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:  # ended meanwhile
        return False
    try:
        if held_elsewhere(lock):
            return True
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(lock)


def held_elsewhere(lock: int) -> bool:
    """Say whether somebody else holds the lock of an open file; if not, it is ours until the file is closed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
