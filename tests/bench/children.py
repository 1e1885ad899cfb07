"""Running a program on two cores, and what it took: wall clock, CPU of its whole family, memory of its largest member.

The program runs below a process of its own (this file, started as a script), small and adopting orphans: a helper that
outlives the program by a moment, as the fork server of a pool does, would otherwise take all its children's CPU
seconds with it. Linux only.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

#: Cores that either side may use.
CORES = 2
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Took:
    """What a run took.

    Attributes:
        wall: Seconds from the program's start to its end.
        cpu: Seconds of user and system time, of the program and all its descendants.
        peak_mb: Largest resident set of any one process of the family, in megabytes (10**6 bytes).
        exit_code: Of the program.
    """

    wall: float
    cpu: float
    peak_mb: float
    exit_code: int


def run(command: Sequence[str | Path], *, environment: Mapping[str, str], log: Path) -> Took:
    """Run *command* to its end, what it writes going to the file *log*."""
    guardian = [sys.executable, "-I", __file__, str(log), *map(str, command)]
    told = subprocess.run(guardian, env=dict(environment), stdout=subprocess.PIPE, check=True).stdout
    return Took(**json.loads(told))


def guarded(log: Path, command: Sequence[str]) -> Took:
    """Run *command* as a child of this process, and wait for it and for all orphans that it leaves."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    with log.open("wb") as output:
        exit_code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    wall = time.monotonic() - started
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6, exit_code)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(guarded(Path(sys.argv[1]), sys.argv[2:]))))
