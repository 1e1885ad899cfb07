"""The shelf of borrowed files: fetched once, whole, and thrown out only when nobody reads them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.s3.shelf import Shelf


class Library:
    """Where files are fetched from; it counts."""

    def __init__(self) -> None:
        self.fetched: list[str] = []

    def book(self, name: str, size: int = 10) -> Callable[[Path], int]:
        def fetch(path: Path) -> int:
            self.fetched.append(name)
            path.write_bytes(name.encode() * size)
            return len(name) * size

        return fetch


def test_a_file_is_fetched_once_for_many_readers(tmp_path: Path) -> None:
    shelf, library = Shelf(tmp_path), Library()

    def read(_: int) -> bytes:
        with shelf.lent("a", library.book("a")) as path:
            return path.read_bytes()

    with ThreadPoolExecutor(8) as hands:
        assert set(hands.map(read, range(50))) == {b"a" * 10}
    assert library.fetched == ["a"]


def test_a_full_shelf_throws_out_what_was_not_read_for_longest(tmp_path: Path) -> None:
    shelf, library = Shelf(tmp_path, most_bytes=25), Library()
    for name in ("a", "b", "a", "c", "a", "b"):
        with shelf.lent(name, library.book(name)) as path:
            assert path.read_bytes() == name.encode() * 10

    assert library.fetched == ["a", "b", "c", "b"]


def test_what_is_being_read_is_never_thrown_out(tmp_path: Path) -> None:
    shelf, library = Shelf(tmp_path, most_bytes=1), Library()
    with ExitStack() as readers:
        paths = [readers.enter_context(shelf.lent(name, library.book(name))) for name in "abc"]
        assert [path.read_bytes()[:1] for path in paths] == [b"a", b"b", b"c"]
    assert not any(path.exists() for path in paths)


def test_a_fetch_that_fails_leaves_nothing_and_is_done_again(tmp_path: Path) -> None:
    shelf, library = Shelf(tmp_path), Library()

    def breaks_off(path: Path) -> int:
        path.write_bytes(b"half")
        raise OSError("the line broke off")

    with pytest.raises(OSError, match="broke off"), shelf.lent("a", breaks_off):
        pass
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with shelf.lent("a", library.book("a")) as path:
        assert path.read_bytes() == b"a" * 10


def test_a_shelf_of_a_dead_process_is_removed_and_one_of_a_living_is_not(tmp_path: Path) -> None:
    dead, alive = tmp_path / "shelf-999999999-x", tmp_path / f"shelf-{os.getpid()}-x"
    for folder in (dead, alive):
        folder.mkdir()
    later = Shelf(tmp_path, clock=lambda: datetime.now(UTC) + timedelta(days=2))

    assert later.sweep(timedelta(days=1)) == 1
    assert alive.exists()
    assert not dead.exists()
