from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from storage import (
    Digest,
    FolderStore,
    ObjectChanged,
    ObjectStore,
    StorageError,
    StoreFull,
    digest_of,
)

PAGE = b"a page"
KILLED_BEFORE_ITS_NAME = """
import os, signal, sys
from pathlib import Path
from storage import FolderStore
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
store = FolderStore(Path(sys.argv[1]))
Path(sys.argv[1], "sealed").mkdir(parents=True)
store.put("sealed", b"half a page")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> FolderStore:
    return FolderStore(root)


@pytest.fixture(params=[errno.ENOSPC, errno.EDQUOT])
def full_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that has no room for what is flushed to it."""

    def refuse(handle: int) -> None:
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(os, "fsync", refuse)


def path_of(root: Path, area: str, digest: Digest) -> Path:
    return root / area / digest[:2] / digest[2:4] / digest


def test_a_folder_store_is_an_object_store(store: FolderStore, root: Path) -> None:
    anything: ObjectStore = store

    assert anything.location == str(root)


def test_reading_makes_no_folder(store: FolderStore, root: Path) -> None:
    assert store.read("steps/ab") is None
    assert list(store.digests("work")) == []
    assert list(store.keys("")) == []
    assert store.sweep() == 0
    assert not root.exists()


def test_an_object_lies_where_people_can_find_it_and_cannot_be_written(store: FolderStore, root: Path) -> None:
    path = path_of(root, "sealed", store.put("sealed", PAGE))

    assert path.read_bytes() == PAGE
    assert path.stat().st_mode & 0o777 == 0o444


def test_nothing_unfinished_stays_behind(store: FolderStore, root: Path) -> None:
    store.put("sealed", PAGE)
    store.put("sealed", PAGE)
    store.write("steps/ab", b"{}")

    assert [path for path in root.rglob("*") if path.name.startswith(".")] == []


def test_a_writer_killed_half_way_leaves_no_object(store: FolderStore, root: Path) -> None:
    child = subprocess.run([sys.executable, "-c", KILLED_BEFORE_ITS_NAME, str(root)], check=False, timeout=60)
    leftovers = [path for path in (root / "sealed").rglob("*") if path.is_file()]

    assert child.returncode == -signal.SIGKILL
    assert len(leftovers) == 1
    assert list(store.digests("sealed")) == []


def test_leftovers_go_after_a_day_and_not_before(root: Path) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    store = FolderStore(root, clock=lambda: now)
    digest = store.put("work", PAGE)
    old, young = root / "work" / ".partial-old", root / "records" / ".partial-young"
    young.parent.mkdir()
    for path, age in ((old, timedelta(hours=25)), (young, timedelta(hours=23))):
        path.touch()
        stamp = (now - age).timestamp()
        os.utime(path, (stamp, stamp))

    assert store.sweep() == 1
    assert not old.exists()
    assert young.exists()
    assert store.check("work", digest) == len(PAGE)


def test_a_leftover_is_no_key(store: FolderStore, root: Path) -> None:
    store.write("steps/ab", b"{}")
    (root / "records" / ".partial-x").touch()

    assert list(store.keys("")) == ["steps/ab"]


def test_a_file_that_is_none_of_ours_is_no_object(store: FolderStore, root: Path) -> None:
    digest = store.put("work", PAGE)
    path_of(root, "work", digest).with_name("notes.txt").touch()
    (root / "work" / digest_of(b"elsewhere")).touch()

    assert list(store.digests("work")) == [digest]


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_has_its_own_error_and_leaves_nothing(store: FolderStore, root: Path) -> None:
    with pytest.raises(StoreFull, match="no room"):
        store.put("sealed", PAGE)
    with pytest.raises(StoreFull, match="no room"):
        store.write("steps/ab", b"{}")
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_another_fault_of_the_disk_is_a_storage_error(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match="Input/output") as caught:
        store.put("sealed", PAGE)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_file_that_grows_while_it_is_stored_is_named_by_what_was_stored(store: FolderStore, tmp_path: Path) -> None:
    """A scanner re-opens its files for seconds: a name taken in a second reading could lie."""
    path, done = tmp_path / "scan.tif", Event()
    path.write_bytes(b"x" * 3_000_000)

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            for _ in range(500):
                file.write(b"more" * 1000)
                if done.wait(0.0005):
                    return

    scanner = Thread(target=grow)
    scanner.start()
    digest, size = store.put_file("originals", path)
    done.set()
    scanner.join()

    assert store.check("originals", digest) == size


def test_a_link_in_place_of_an_object_is_not_followed(store: FolderStore, root: Path, tmp_path: Path) -> None:
    digest = store.put("sealed", PAGE)
    (tmp_path / "outside").write_bytes(PAGE)
    path_of(root, "sealed", digest).unlink()
    path_of(root, "sealed", digest).symlink_to(tmp_path / "outside")

    with pytest.raises(ObjectChanged):
        store.get("sealed", digest)
    with pytest.raises(ObjectChanged), store.local("sealed", digest):
        pass
    assert list(store.digests("sealed")) == [digest]


def test_a_pipe_in_place_of_an_object_does_not_hold_us_up(store: FolderStore, root: Path) -> None:
    digest = store.put("sealed", PAGE)
    path_of(root, "sealed", digest).unlink()
    os.mkfifo(path_of(root, "sealed", digest))

    with pytest.raises(ObjectChanged):
        store.check("sealed", digest)


def test_a_link_in_place_of_a_work_object_is_replaced_not_written_through(
    store: FolderStore, root: Path, tmp_path: Path
) -> None:
    digest = store.put("work", PAGE)
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    path_of(root, "work", digest).unlink()
    path_of(root, "work", digest).symlink_to(outside)
    store.put("work", PAGE)

    assert outside.read_bytes() == b"precious"
    assert store.get("work", digest) == PAGE


def test_a_folder_that_leads_outside_is_neither_read_nor_written(
    store: FolderStore, root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "records").mkdir(parents=True)
    (root / "records" / "steps").symlink_to(outside)
    (root / "sealed").symlink_to(outside)
    (outside / ".partial-mine").touch()
    os.utime(outside / ".partial-mine", (0, 0))
    before = outside.stat().st_mtime_ns

    with pytest.raises(StorageError, match="out of the store"):
        store.read("steps/secret")
    with pytest.raises(StorageError, match="out of the store"):
        store.write("steps/secret", b"x")
    with pytest.raises(StorageError, match="out of the store"):
        store.keys("steps/")
    with pytest.raises(StorageError, match="out of the store"):
        store.put("sealed", PAGE)
    with pytest.raises(StorageError, match="out of the store"):
        store.digests("sealed")
    with pytest.raises(StorageError, match="out of the store"):
        store.sweep()
    assert outside.stat().st_mtime_ns == before
    assert (outside / "secret").read_bytes() == b"secret"


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    """The administrator's own way of putting the store on another disk."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "disk")
    store = FolderStore(tmp_path / "store")

    assert store.get("sealed", store.put("sealed", PAGE)) == PAGE


def test_a_large_object_is_stored_and_checked_piece_by_piece(store: FolderStore, tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(b"")
    os.truncate(path, 40_000_000)
    digest, size = store.put_file("originals", path)

    assert size == 40_000_000
    assert store.check("originals", digest) == size
