"""Between our callers and pyHanko: a bridge to its coroutines, and one thread at a time.

pyHanko's own shortcuts call `asyncio.run`, which raises inside a running loop (an HTTP route, a
notebook). Here the coroutine moves to a thread of its own in that case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from threading import RLock
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

#: Held by whoever looks into certificates; the same thread may take it again.
_TURN = RLock()


def in_turn(function: Callable[P, T]) -> Callable[P, T]:
    """Let one thread at a time into *function*, and into all others that are marked so.

    asn1crypto parses a value when it is first looked at and keeps what it found: of two threads that look at the same
    certificate at once, one sees half of it (seen: a root that was not self-signed).
    """

    @wraps(function)
    def turn(*words: P.args, **named: P.kwargs) -> T:
        with _TURN:
            return function(*words, **named)

    return turn


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* to its end and return its result, wherever the caller stands.

    The result goes past asyncio: giving back the handler of Ctrl-C it writes out the task with its result, and writing
    out a CMS structure encodes it anew, for up to a third of a second.
    """
    results: list[T] = []

    async def kept() -> None:
        results.append(await work)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(kept())
        return results[0]
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, kept()).result()
    return results[0]
