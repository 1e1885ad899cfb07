"""Where child processes come from: forks of one process that has loaded what they need and done nothing since.

Forks of our own would copy our threads' locks and the ledger's connections; processes from nothing would each spend
a second on loading the same libraries. Imports nothing of ours, so that a command can start the loading before it
loads anything itself, on another core.
"""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

_SAFE_PATH = "PYTHONSAFEPATH"
#: What children need, and the program itself, which Python would otherwise load again in each of them.
_LOADED = ["__main__", "pipeline.crew"]


def nursery() -> ForkServerContext:
    """Return the context that child processes are made in, and begin to load what they need; returns at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
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
