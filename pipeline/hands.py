"""The threads that the jobs of one process share: no dossier waits until all of an archive box is done.

A pool alone serves who came first: two thousand calls of one job would stand before the first of the next. So each job
has no more of its calls in the pool than may run at once, and comes in turn with the others after each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

#: Calls from which a job is a long one. A dossier at a counter has a dozen scans; of those above nobody stands there.
LONG = 32

_Result = TypeVar("_Result")


class Hands:
    """So many threads."""

    def __init__(self, pool: ThreadPoolExecutor, count: int, *, spare: int = 0) -> None:
        """Use *pool*, which has *count* threads; a long job leaves *spare* of them to others, and has one at least."""
        self._pool = pool
        self._all, self._most = count, max(1, count - spare)

    def each(
        self, calls: Iterable[Callable[[], _Result]], told: Callable[[int], None] = lambda _done: None
    ) -> list[_Result]:
        """Make all calls, several at once; return what they return, in their order.

        Whose work it is (`contextvars`) goes along with each call.

        Args:
            calls: the job.
            told: hears, after each call, how many are done.

        Raises:
            Exception: what the first of those calls raised that raised anything, once all were made.
        """
        asked = list(calls)
        width = self._all if len(asked) < LONG else self._most
        waiting, running = iter(asked), set[Future[_Result]]()
        made: list[Future[_Result]] = []
        for done in range(1, len(asked) + 1):
            while len(running) < width and (call := next(waiting, None)):
                made.append(self._pool.submit(copy_context().run, call))
                running.add(made[-1])
            running -= {next(iter(wait(running, return_when=FIRST_COMPLETED).done))}
            told(done)
        return [future.result() for future in made]


@contextmanager
def open_hands(count: int, *, spare: int = 0) -> Iterator[Hands]:
    """Lend *count* threads; at the end all calls are finished."""
    with ThreadPoolExecutor(count, thread_name_prefix="hand") as pool:
        yield Hands(pool, count, spare=spare)
