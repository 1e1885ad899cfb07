"""Where child processes come from: forks of one process that has loaded what they need and done nothing since.

Forks of our own would copy our threads' locks and the ledger's connections; processes from nothing would each spend
a second on loading the same libraries. Imports nothing of ours, so that a command can start the loading before it
loads anything itself, on another core.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

_SAFE_PATH = "PYTHONSAFEPATH"
_PR_SET_PDEATHSIG = 1


def nursery(needed: str = "pipeline.crew") -> ForkServerContext:
    """Return the context that child processes are made in, and begin to load what they need; returns at once.

    Args:
        needed: The module that children run. The process that is forked from is one for all, so the first call
            decides what it has loaded; children load the rest by themselves.
    """
    context = multiprocessing.get_context("forkserver")
    # and the program itself, which Python would otherwise load again in each of them
    context.set_forkserver_preload(["__main__", needed])
    before = os.environ.get(_SAFE_PATH)
    # Or a file called numpy.py in the working folder would be loaded instead of the library, and run.
    os.environ[_SAFE_PATH] = "1"
    try:
        forkserver.ensure_running()
    finally:
        os.environ.pop(_SAFE_PATH)
        if before is not None:
            os.environ[_SAFE_PATH] = before
    return context


def settle(parent: int) -> None:
    """Set a new child up: die with *parent*, leave Ctrl-C to it, write no core.

    The process that forked us ends when *parent* does, and then we are killed.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if not Path(f"/proc/{parent}").exists():  # it died before we asked
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
