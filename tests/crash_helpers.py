"""SIGKILL, as far as Python can act it: a store and a ledger whose process dies before or after one of their writes."""

from __future__ import annotations

from typing import Any

#: Every way in which the service leaves something behind.
STORE_WRITES = ("put", "put_file", "write", "keep")
LEDGER_WRITES = (
    "begin_attempt",
    "end_attempt",
    "put_object",
    "put_files",
    "put_dossier",
    "put_deposit",
    "release_lease",
    "together",
    "post",
    "event",
)


class Killed(BaseException):
    """The process is gone: no handler of ours catches it."""


class Mortal:
    """A store or ledger whose process dies before or after one of its writes, counted over both."""

    def __init__(self, inner: Any, writes: tuple[str, ...], life: Life) -> None:
        self._inner, self._writes, self._life = inner, writes, life

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if name not in self._writes:
            return value

        def write(*words: Any, **named: Any) -> Any:
            self._life.tick()
            result = value(*words, **named)
            self._life.tick()
            return result

        return write


class Life:
    """How many moments are left."""

    def __init__(self, left: int) -> None:
        self.left = left

    def tick(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


def mortal(store: Any, ledger: Any, left: int) -> tuple[Any, Any, Life]:
    """Return the store and the ledger of a process that has so many moments to live."""
    life = Life(left)
    return Mortal(store, STORE_WRITES, life), Mortal(ledger, LEDGER_WRITES, life), life
