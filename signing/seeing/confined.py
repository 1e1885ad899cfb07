"""Programs that read hostile files: how they are started and what they may take. Nothing is read or judged here.

Each runs in a session of its own with limits on memory, time and what it writes, an almost empty environment, no
shell and no input. None of them opens a connection: poppler and qpdf read files only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import IO, Self

#: Where the distribution keeps programs; nothing of the caller's own path is searched.
SEARCHED = "/usr/local/bin:/usr/bin:/bin"
#: Largest file a program may write, octets: a cache of fonts, or what it complains of.
MOST_WRITTEN = 16 << 20


@dataclass(frozen=True, slots=True)
class Running:
    """A program that was started."""

    process: subprocess.Popen[bytes]
    #: What it prints.
    output: IO[bytes]
    #: The file of what it complains of.
    complaints: Path


class Confined:
    """Programs that share one deadline; leaving the context ends those that still run."""

    def __init__(self, scratch: Path, *, seconds: float, memory: int) -> None:
        """Give programs *scratch* as home, *seconds* together, and *memory* octets of address space each."""
        self._scratch = scratch
        self._memory = memory
        self._seconds = seconds
        self._running: list[Running] = []
        self._timer = Timer(seconds, self._expire)
        self._timer.daemon = True
        #: Whether the deadline came, and with it the end of all programs.
        self.expired = False

    def start(self, command: Sequence[str]) -> Running:
        """Start *command*.

        Raises:
            FileNotFoundError: there is no such program.
            OSError: it cannot be started.
        """
        found = shutil.which(command[0], path=SEARCHED)
        if found is None:
            raise FileNotFoundError(command[0])
        # prlimit and not preexec_fn: a fork of a process with threads may hold a lock for ever
        limits = [
            f"--as={self._memory}",
            f"--cpu={int(self._seconds) + 1}",
            f"--fsize={MOST_WRITTEN}",
            "--core=0",
        ]
        complaints = self._scratch / f"{len(self._running)}.complaints"
        with complaints.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - fixed programs, and paths that we made
                ["/usr/bin/prlimit", *limits, found, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=file,
                cwd=self._scratch,
                env={"PATH": SEARCHED, "HOME": str(self._scratch), "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        assert process.stdout is not None  # noqa: S101 - asked for
        program = Running(process, process.stdout, complaints)
        self._running.append(program)
        if self.expired:
            self._expire()
        return program

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._end()
        for program in self._running:
            program.output.close()
            program.process.wait()

    def _expire(self) -> None:
        self.expired = True
        self._end()

    def _end(self) -> None:
        for program in tuple(self._running):
            # not yet waited for, so the number is still its own
            if program.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(program.process.pid, signal.SIGKILL)
