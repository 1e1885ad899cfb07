"""What every object store can do: objects named by what they hold, records named by us.

Not a file system: nothing is ever edited, moved or appended to, and there is no way here to
remove an object. Every method may be called from several threads and processes at once.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from storage.errors import ObjectChanged
from storage.names import Area, Digest

#: Bytes read or written at a time; above 1 MiB hashing gets no faster.
CHUNK: Final = 1 << 20


def digest_of(data: bytes) -> Digest:
    """Return the name under which *data* is stored."""
    return Digest(hashlib.sha256(data).hexdigest())


def digest_of_file(path: Path) -> tuple[Digest, int]:
    """Return the digest of a file and its size in bytes, reading it piece by piece.

    Raises:
        OSError: *path* cannot be read. It is the caller's file, so the error stays as it is.
    """
    hasher, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            hasher.update(chunk)
            size += len(chunk)
    return Digest(hasher.hexdigest()), size


def copy_out(store: ObjectStore, area: Area, digest: Digest, path: Path) -> None:
    """Copy an object to *path* piece by piece, and see that the right bytes arrived.

    Raises:
        ObjectMissing: there is none.
        ObjectChanged: other bytes arrived; *path* holds them.
        OSError: *path* cannot be written. It is the caller's file, so the error stays as it is.
    """
    with store.local(area, digest) as held:
        shutil.copyfile(held, path)
    if digest_of_file(path)[0] != digest:
        raise ObjectChanged(area, digest)


class ObjectStore(Protocol):
    """Where bytes live.

    Every method may raise `StorageError` when the store cannot be reached, and `ValueError`
    for an area, digest or key that cannot be one.
    """

    @property
    def location(self) -> str:
        """Where this store is, for people to read."""
        ...

    def put(self, area: Area, data: bytes) -> Digest:
        """Keep *data*; storing the same bytes again is free and harmless.

        Raises:
            ObjectChanged: the name is taken by other bytes, in an area that is evidence.
                In ``work`` they are replaced.
            StoreFull: no room is left.
        """
        ...

    def put_file(self, area: Area, path: Path) -> tuple[Digest, int]:
        """Keep the bytes of a file; return the digest and size of exactly what was stored.

        The digest is taken while copying: a file that changes meanwhile is stored under the
        name of the bytes that were read, never under one that they do not have.

        Raises:
            ObjectChanged: as for `put`.
            StoreFull: as for `put`.
            OSError: *path* cannot be opened; the caller's file, so the error stays as it is.
        """
        ...

    def get(self, area: Area, digest: Digest) -> bytes:
        """Return the whole object, verified.

        Raises:
            ObjectMissing: there is none.
            ObjectChanged: there is one, and it is not the one that was stored.
        """
        ...

    def local(self, area: Area, digest: Digest) -> AbstractContextManager[Path]:
        """Lend a path from which a child process may read the object, inside the ``with``.

        The bytes are not verified, since a large original is lent once for each page: call
        `check` first where it matters.

        Raises:
            ObjectMissing: there is none.
        """
        ...

    def has(self, area: Area, digest: Digest) -> bool:
        """Say whether the name is taken, not whether the bytes are still right."""
        ...

    def check(self, area: Area, digest: Digest) -> int:
        """Read the object again piece by piece; return its size in bytes.

        Raises:
            ObjectMissing: there is none.
            ObjectChanged: there is one, and it is not the one that was stored.
        """
        ...

    def digests(self, area: Area) -> Iterator[Digest]:
        """Yield the name of every object of an area, sorted."""
        ...

    def keep(self, area: Area, digest: Digest, until: datetime) -> None:
        """Lock an object of evidence against everybody until a date, or longer when it is locked longer.

        A store without locks does no more than look whether the object is there.

        Raises:
            ObjectMissing: there is none.
            ValueError: *area* is not evidence.
        """
        ...

    @property
    def locks(self) -> bool:
        """Whether evidence is locked here; then an object of it without a lock is a fault."""
        ...

    def locked_until(self, area: Area, digest: Digest) -> datetime | None:
        """Return until when an object is locked, be it past; None when it is not, or the store has no locks.

        Raises:
            ObjectMissing: there is none.
        """
        ...

    def sweep(self, older_than: timedelta = ...) -> int:
        """Remove what crashed writers and borrowers left behind; return how many things that were.

        The age keeps those at work safe: nothing of ours takes a day.
        """
        ...

    def write(self, key: str, record: bytes) -> None:
        """Put a small record at *key*; readers see the old one or the new one, never half.

        Raises:
            StoreFull: no room is left.
            StorageError: also when another key goes through this one, as ``a/b`` goes
                through ``a``.
        """
        ...

    def read(self, key: str) -> bytes | None:
        """Return the record at *key*, or None."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with *prefix*, sorted; any prefix, not only a folder."""
        ...
