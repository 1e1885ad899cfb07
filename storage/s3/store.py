"""A store on an object server: S3, with versions and Object Lock.

    <prefix>originals/<sha256>, <prefix>sealed/<sha256>    objects, locked until a date
    <prefix>work/<sha256>                                  objects that can be made again
    <prefix>records/<key>                                  records

Nothing is taken on the server's word: what is read is hashed, and after each write its size, its lock and its
encryption are looked at. An ETag is no hash (of parts, or encrypted, it is none of the bytes) and is not looked at.
Whether the lock really locks is proved by `storage.s3.probe`, once at the start.

Two processes that store the same bytes in the same instant make two versions of them: no harm, and no server of the
kind we test on heeds `If-None-Match`. Threads of one process take turns.
"""

from __future__ import annotations

import errno
import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from minio.datatypes import Object
from minio.error import S3Error
from minio.retention import Retention
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, MaxRetryError

from storage.clock import Clock, utc_now
from storage.errors import ObjectChanged, ObjectMissing, StorageError, StoreFull, StoreUnsound
from storage.names import EVIDENCE, Area, Digest, require_area, require_digest, require_evidence
from storage.objects import CHUNK, digest_of, digest_of_file
from storage.s3.buckets import Keeping, bucket_named, sse_of
from storage.s3.client import Server, connect, is_missing, translated
from storage.s3.promised import Changed, Promised
from storage.s3.reading import held_until, is_digest, listed
from storage.s3.records import Records
from storage.s3.shelf import Shelf

#: Bytes of memory that one upload takes; S3 allows 10,000 parts, so 80 GB of file.
PART: Final = 8 << 20
#: How often a body that broke off is read again, and a file that changes while it is sent.
_TRIES: Final = 3
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_TURNS: Final = 64


class S3Store:
    """Keep objects and records in the buckets of one prefix."""

    locks: Final = True  # see `ObjectStore.locks`

    def __init__(
        self, server: Server, *, prefix: str, scratch: Path, keeping: Keeping | None = None, clock: Clock = utc_now
    ) -> None:
        """Open the store; nothing is asked of the server.

        Args:
            server: Where, and with whose key.
            prefix: What the names of the buckets begin with.
            scratch: Folder for files that are lent out.
            keeping: How evidence is locked and encrypted.
            clock: What dates of locks are counted from.

        Raises:
            ValueError: no bucket can be named with *prefix*.
            StorageError: the address cannot be one.
        """
        self.server, self.prefix, self.clock = server, prefix, clock
        self.keeping = keeping or Keeping()
        self.client = connect(server)
        self._records = Records(self.client, bucket_named(prefix, "records"), sse_of(self.keeping))
        self._shelf = Shelf(scratch, clock=clock)
        self._turns = tuple(Lock() for _ in range(_TURNS))

    def __repr__(self) -> str:
        return f"S3Store({self.location!r})"

    @property
    def location(self) -> str:
        """See `ObjectStore.location`."""
        return f"{self.server.url}/{self.prefix}*"

    def put(self, area: Area, data: bytes) -> Digest:
        """See `ObjectStore.put`."""
        require_area(area)
        digest = digest_of(data)
        with self._turn(digest):
            if not self._kept(area, digest):
                self._send(area, digest, io.BytesIO(data), len(data))
        return digest

    def put_file(self, area: Area, path: Path) -> tuple[Digest, int]:
        """See `ObjectStore.put_file`.

        The file is read twice, since the name must be known before the first byte goes out. When it changed in
        between, the last part is held back, so the server throws the rest away.
        """
        require_area(area)
        for _ in range(_TRIES):
            digest, size = digest_of_file(path)
            try:
                with self._turn(digest), path.open("rb") as file:
                    if not self._kept(area, digest):
                        self._send(area, digest, Promised(file, digest, size), size)
            except Changed:
                continue
            return digest, size
        raise StorageError(f"{path.name} cannot be stored in {self.location}: it changes while it is read")

    def get(self, area: Area, digest: Digest) -> bytes:
        """See `ObjectStore.get`."""
        gathered: list[bytes] = []

        def again() -> Callable[[bytes], object]:
            gathered.clear()
            return gathered.append

        self._read(area, digest, again)
        return b"".join(gathered)

    def local(self, area: Area, digest: Digest) -> AbstractContextManager[Path]:
        """See `ObjectStore.local`; what is fetched for it is verified."""
        require_digest(digest)
        return self._shelf.lent(f"{require_area(area)}-{digest}", partial(self._fetch, area, digest))

    def has(self, area: Area, digest: Digest) -> bool:
        """See `ObjectStore.has`."""
        try:
            self._stat(area, digest)
        except ObjectMissing:
            return False
        return True

    def check(self, area: Area, digest: Digest) -> int:
        """See `ObjectStore.check`."""
        return self._read(area, digest, lambda: lambda _: None)

    def digests(self, area: Area) -> Iterator[Digest]:
        """See `ObjectStore.digests`; what has no digest for a name is none of ours."""
        names = listed(self.client, bucket_named(self.prefix, require_area(area)), "")
        return (Digest(name) for name, _ in names if is_digest(name))

    def keep(self, area: Area, digest: Digest, until: datetime) -> None:
        """See `ObjectStore.keep`; the lock is made longer, never shorter."""
        require_evidence(area)
        wanted = self.keeping.until(until)
        if (held := held_until(self._stat(area, digest))) and held >= wanted:
            return
        self._lock(area, digest, wanted)
        self._see(area, digest, None, wanted)

    def locked_until(self, area: Area, digest: Digest) -> datetime | None:
        """See `ObjectStore.locked_until`."""
        return held_until(self._stat(area, digest))

    def write(self, key: str, record: bytes) -> None:
        """See `ObjectStore.write`."""
        self._records.write(key, record)

    def read(self, key: str) -> bytes | None:
        """See `ObjectStore.read`."""
        return self._records.read(key)

    def keys(self, prefix: str) -> Iterator[str]:
        """See `ObjectStore.keys`."""
        return self._records.keys(prefix)

    def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """See `ObjectStore.sweep`; unfinished uploads are the server's to remove, by a rule that set-up makes."""
        return self._shelf.sweep(older_than)

    def _turn(self, digest: Digest) -> Lock:
        return self._turns[int(digest[:2], 16) % _TURNS]

    def _kept(self, area: Area, digest: Digest) -> bool:
        """Say whether the very bytes are there already; evidence among them is locked if it was not."""
        try:
            self.check(area, digest)
        except ObjectMissing:
            return False
        except ObjectChanged:
            if area in EVIDENCE:
                raise
            return False
        if area in EVIDENCE and held_until(self._stat(area, digest)) is None:
            self.keep(area, digest, self.clock() + self.keeping.period)
        return True

    def _send(self, area: Area, digest: Digest, data: BinaryIO | Promised, size: int) -> None:
        until = self.keeping.until(self.clock() + self.keeping.period) if area in EVIDENCE else None
        with translated(f"an object cannot be stored in {self.location}"):
            self.client.put_object(
                bucket_named(self.prefix, area),
                digest,
                data,  # type: ignore[arg-type]  # only read() is asked of it
                size,
                part_size=PART,
                num_parallel_uploads=1,  # one part in memory
                retention=Retention(self.keeping.mode, until) if until else None,
                sse=sse_of(self.keeping),
            )
        if until and size > PART:
            self._lock(area, digest, until)  # RGW 16.2 drops the lock of what comes in parts (measured)
        self._see(area, digest, size, until)

    def _lock(self, area: Area, digest: Digest, until: datetime) -> None:
        with translated(f"object {digest} cannot be locked in {self.location}"):
            retention = Retention(self.keeping.mode, until)
            self.client.set_object_retention(bucket_named(self.prefix, area), digest, retention)

    def _see(self, area: Area, digest: Digest, size: int | None, until: datetime | None) -> None:
        """Look whether the server holds an object as it was told to."""
        found = self._stat(area, digest)
        if size is not None and found.size != size:
            raise ObjectChanged(area, digest)
        held = held_until(found)
        if until and (held is None or held < until):
            raise StoreUnsound("lock-ignored", f"{bucket_named(self.prefix, area)} took {digest} without its lock")
        if self.keeping.encryption and "x-amz-server-side-encryption" not in (found.metadata or {}):
            raise StoreUnsound("encryption-ignored", f"{bucket_named(self.prefix, area)} took {digest} unencrypted")

    def _stat(self, area: Area, digest: Digest) -> Object:
        bucket = bucket_named(self.prefix, require_area(area))
        with translated(f"object {require_digest(digest)} cannot be looked at in {self.location}"):
            try:
                return self.client.stat_object(bucket, digest)
            except S3Error as error:
                if not is_missing(error):
                    raise
                self._records.require_bucket(bucket)  # a HEAD cannot tell what is missing
                raise ObjectMissing(area, digest) from error

    def _read(self, area: Area, digest: Digest, sink: Callable[[], Callable[[bytes], object]]) -> int:
        """Read an object piece by piece into what *sink* makes for each try; return its size in bytes, verified."""
        for left in reversed(range(_TRIES)):
            hasher, size, take = hashlib.sha256(), 0, sink()
            with translated(f"object {require_digest(digest)} cannot be read in {self.location}"):
                try:
                    with self._opened(area, digest) as response:
                        for chunk in response.stream(CHUNK):
                            hasher.update(chunk)
                            size += len(chunk)
                            take(chunk)
                except HTTPError as error:
                    if left and not isinstance(error, MaxRetryError):
                        continue  # it broke off; the client tries again only before the first byte
                    raise
            if hasher.hexdigest() != digest:
                raise ObjectChanged(area, digest)
            return size
        raise AssertionError("the last try returns or raises")

    @contextmanager
    def _opened(self, area: Area, digest: Digest) -> Iterator[BaseHTTPResponse]:
        try:
            response = self.client.get_object(bucket_named(self.prefix, require_area(area)), digest)
        except S3Error as error:
            if is_missing(error):
                raise ObjectMissing(area, digest) from error
            raise
        try:
            yield response
        finally:
            response.close()
            response.release_conn()

    def _fetch(self, area: Area, digest: Digest, path: Path) -> int:
        try:
            with path.open("wb") as file:

                def again() -> Callable[[bytes], object]:
                    file.seek(0)
                    file.truncate()
                    return file.write

                return self._read(area, digest, again)
        except OSError as error:
            kind = StoreFull if error.errno in _NO_ROOM else StorageError
            raise kind(f"object {digest} cannot be lent out in {path.parent}: {error.strerror}") from error
