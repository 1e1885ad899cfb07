"""A store in a folder: what runs where there is no object server.

    <root>/<area>/ab/cd/abcd…          objects, read-only
    <root>/records/<key>               records
    <root>/<area or records>/.partial-…  what is being written; a crash leaves it behind

Write-once is kept by us, not by the disk: an administrator can change a file here, which
`check` finds. Where the law wants more, use a server with object lock.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from storage.clock import Clock, utc_now
from storage.errors import ObjectChanged, ObjectMissing, StorageError, StoreFull
from storage.names import (
    AREAS,
    EVIDENCE,
    Area,
    Digest,
    require_area,
    require_digest,
    require_evidence,
    require_key,
    require_prefix,
)
from storage.objects import CHUNK

_PARTIAL: Final = ".partial-"
_RECORDS: Final = "records"
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: O_NOFOLLOW: a symbolic link is not what we stored. O_NONBLOCK: a pipe must not hold us up.
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_OBJECT_MODE: Final = 0o444
_RECORD_MODE: Final = 0o644


class FolderStore:
    """Keep objects and records below one folder, made at the first write.

    The folder itself may be a symbolic link; below it none is followed to a place outside.
    """

    locks: Final = False  # see `ObjectStore.locks`

    def __init__(self, root: Path, *, clock: Clock = utc_now) -> None:
        self._root = root.resolve()
        self._clock = clock

    @property
    def location(self) -> str:
        """See `ObjectStore.location`."""
        return str(self._root)

    def put(self, area: Area, data: bytes) -> Digest:
        """See `ObjectStore.put`."""
        require_area(area)
        with _translated(f"an object cannot be stored in {self._root}"), self._staged(area) as file:
            file.write(data)
            return self._settle(area, file, Digest(hashlib.sha256(data).hexdigest()))

    def put_file(self, area: Area, path: Path) -> tuple[Digest, int]:
        """See `ObjectStore.put_file`."""
        require_area(area)
        hasher, size = hashlib.sha256(), 0
        with (
            path.open("rb") as source,
            _translated(f"{path.name} cannot be stored in {self._root}"),
            self._staged(area) as file,
        ):
            while chunk := source.read(CHUNK):
                hasher.update(chunk)
                size += file.write(chunk)
            return self._settle(area, file, Digest(hasher.hexdigest())), size

    def get(self, area: Area, digest: Digest) -> bytes:
        """See `ObjectStore.get`."""
        with self._opened(area, digest) as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != digest:
            raise ObjectChanged(area, digest)
        return data

    @contextmanager
    def local(self, area: Area, digest: Digest) -> Iterator[Path]:
        """See `ObjectStore.local`; lends the stored file itself."""
        with self._opened(area, digest):
            pass
        yield self._blob(area, digest)

    def has(self, area: Area, digest: Digest) -> bool:
        """See `ObjectStore.has`."""
        return os.path.lexists(self._blob(area, digest))

    def check(self, area: Area, digest: Digest) -> int:
        """See `ObjectStore.check`."""
        hasher, size = hashlib.sha256(), 0
        with self._opened(area, digest) as file:
            while chunk := file.read(CHUNK):
                hasher.update(chunk)
                size += len(chunk)
        if hasher.hexdigest() != digest:
            raise ObjectChanged(area, digest)
        return size

    def digests(self, area: Area) -> Iterator[Digest]:
        """See `ObjectStore.digests`; files that have no digest for a name are none of ours."""
        return (
            Digest(name)
            for key in _walk(self._folder(require_area(area)), "", "")
            if _is_blob(key, name := key.rpartition("/")[2])
        )

    def keep(self, area: Area, digest: Digest, until: datetime) -> None:  # noqa: ARG002 -- a folder locks nothing
        """See `ObjectStore.keep`."""
        with self._opened(require_evidence(area), digest):
            pass

    def locked_until(self, area: Area, digest: Digest) -> datetime | None:
        """See `ObjectStore.locked_until`."""
        with self._opened(require_area(area), digest):
            return None

    def write(self, key: str, record: bytes) -> None:
        """See `ObjectStore.write`."""
        path = self._below(Path(_RECORDS, require_key(key)))
        with (
            _translated(f"the record {key} cannot be written in {self._root}"),
            self._staged(_RECORDS) as file,
        ):
            file.write(record)
            _place(file, path, _RECORD_MODE)

    def read(self, key: str) -> bytes | None:
        """See `ObjectStore.read`."""
        path = self._below(Path(_RECORDS, require_key(key)))
        with _translated(f"the record {key} cannot be read in {self._root}"):
            try:
                with _open_plain(path) as file:
                    return file.read()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None

    def keys(self, prefix: str) -> Iterator[str]:
        """See `ObjectStore.keys`."""
        folder, slash, _ = require_prefix(prefix).rpartition("/")
        return _walk(self._folder(_RECORDS, folder), folder + slash, prefix)

    def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """See `ObjectStore.sweep`."""
        before = (self._clock() - older_than).timestamp()
        removed = 0
        with _translated(f"leftovers in {self._root} cannot be removed"):
            for folder in (*AREAS, _RECORDS):
                for path in self._folder(folder).glob(f"{_PARTIAL}*"):
                    if path.lstat().st_mtime < before:
                        path.unlink(missing_ok=True)
                        removed += 1
        return removed

    @contextmanager
    def _opened(self, area: Area, digest: Digest) -> Iterator[BinaryIO]:
        path = self._blob(area, digest)
        with _translated(f"object {digest} cannot be read in {self._root / area}"):
            try:
                file = _open_plain(path)
            except FileNotFoundError as error:
                raise ObjectMissing(area, digest) from error
            except (IsADirectoryError, NotADirectoryError) as error:
                raise ObjectChanged(area, digest) from error
            with file:
                yield file

    @contextmanager
    def _staged(self, folder: str) -> Iterator[BinaryIO]:
        """Open a file beside the places it may go to: on the same file system as they are."""
        beside = self._folder(folder)
        _make_folders(beside)
        with tempfile.NamedTemporaryFile(dir=beside, prefix=_PARTIAL, delete=False) as file:
            try:
                yield file  # type: ignore[misc]  # typeshed's wrapper is a BinaryIO in all but name
            finally:
                Path(file.name).unlink(missing_ok=True)

    def _settle(self, area: Area, file: BinaryIO, digest: Digest) -> Digest:
        """Give a staged file its name, unless the very same bytes have it already."""
        try:
            self.check(area, digest)
        except ObjectMissing:
            _place(file, self._blob(area, digest), _OBJECT_MODE)
        except ObjectChanged:
            if area in EVIDENCE:
                raise
            _place(file, self._blob(area, digest), _OBJECT_MODE)
        return digest

    def _blob(self, area: Area, digest: Digest) -> Path:
        require_digest(digest)
        return self._below(Path(require_area(area), digest[:2], digest[2:4], digest))

    def _folder(self, *inside: str) -> Path:
        return self._below(Path(*inside, "any")).parent

    def _below(self, inside: Path) -> Path:
        """Return the full path, unless a link on the way to it leads out of the store."""
        path = self._root / inside
        if not path.parent.resolve().is_relative_to(self._root):
            raise StorageError(f"{path.parent} leads out of the store: a symbolic link was put there, remove it")
        return path


def _is_blob(key: str, name: str) -> bool:
    try:
        return key == f"{name[:2]}/{name[2:4]}/{require_digest(name)}"
    except ValueError:
        return False


def _open_plain(path: Path) -> BinaryIO:
    """Open *path* for reading if it is a plain file; anything else counts as a folder."""
    try:
        handle = os.open(path, _READ)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise IsADirectoryError(errno.EISDIR, "a symbolic link", str(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise IsADirectoryError(errno.EISDIR, "not a plain file", str(path))
    return os.fdopen(handle, "rb")


def _place(file: BinaryIO, path: Path, mode: int) -> None:
    """Move a staged file to *path* so that a power cut leaves all of it there, or nothing."""
    file.flush()
    os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())
    _make_folders(path.parent)
    Path(file.name).replace(path)
    _sync_folder(path.parent)


def _make_folders(folder: Path) -> None:
    """Make *folder* and what is missing above it; a new name lasts once its parent is synced."""
    missing = [level for level in (folder, *folder.parents) if not level.is_dir()]
    for level in reversed(missing):
        level.mkdir(exist_ok=True)
        _sync_folder(level.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _walk(folder: Path, key: str, prefix: str) -> Iterator[str]:
    """Yield the keys below *folder* (whose own key is *key*) that begin with *prefix*, sorted.

    A folder sorts as its name with the slash, as its keys do: ``a-b/c`` comes before ``a/c``.
    """
    with _translated(f"{folder} cannot be listed"):
        try:
            with os.scandir(folder) as entries:
                names = sorted(
                    f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
                    for entry in entries
                    if not entry.name.startswith(".")
                )
        except (FileNotFoundError, NotADirectoryError):
            return
    for name in names:
        found = key + name
        if name.endswith("/") and (found.startswith(prefix) or prefix.startswith(found)):
            yield from _walk(folder / name, found, prefix)
        elif not name.endswith("/") and found.startswith(prefix):
            yield found


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull(f"{what}: no room is left; make some and try again") from error
        raise StorageError(f"{what}: {error.strerror or error}") from error
