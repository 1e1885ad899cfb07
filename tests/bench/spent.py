"""Families of processes: the CPU seconds that they have spent so far, as the kernel knows them. Linux only."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
#: Places in ``/proc/<pid>/stat`` after the name of the program.
_PARENT, _USER, _SYSTEM, _CHILDREN = 1, 11, 12, slice(13, 15)


def of(pid: int) -> float:
    """Return the seconds of one process; 0 when it is gone."""
    facts = _stat(pid)
    return (int(facts[_USER]) + int(facts[_SYSTEM])) / _TICKS if facts else 0.0


def of_family(pid: int, *, without: Collection[int] = ()) -> float:
    """Return the seconds of a process, of all its children and theirs, those too that have ended.

    Args:
        pid: of the eldest.
        without: members whose time is not counted as long as they live.
    """
    total = 0.0
    for member in members(pid):
        facts = _stat(member)
        if facts and member not in without:
            total += of(member) + sum(map(int, facts[_CHILDREN])) / _TICKS
    return total


def by_share(folder: Path) -> dict[str, float]:
    """Return the seconds of each role of a tree of stand-ins by share, as ``desk/ledger``; the rest is the queue's."""
    found = {}
    for path in folder.iterdir():
        if path.suffix != ".part":
            shares = json.loads(path.read_text())
            total = of(shares.pop("pid"))
            found |= {f"{path.name}/{name}": seconds for name, seconds in shares.items()}
            found[f"{path.name}/queue"] = total - sum(shares.values())
    return found


def difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """Return what was spent between two looks, by the same names."""
    return {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}


def members(eldest: int) -> Iterable[int]:
    """Yield a process, its children and theirs, as they are now."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (facts := _stat(int(entry.name))):
            children.setdefault(int(facts[_PARENT]), []).append(int(entry.name))
    waiting = [eldest]
    while waiting:
        member = waiting.pop()
        waiting += children.get(member, ())
        yield member


def kill_family(pid: int) -> None:
    """Kill a process and all that it started: a bench is over, and what is under way is of no use to anybody."""
    for member in list(members(pid))[::-1]:
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
