"""One bridge from our synchronous API to pyHanko's coroutines; not an event loop for anybody else.

pyHanko's own shortcuts call `asyncio.run`, which raises inside a running loop (an HTTP route, a
notebook). Here the coroutine moves to a thread of its own in that case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* to its end and return its result, wherever the caller stands."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
