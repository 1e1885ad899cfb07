"""Records on an object server: small, replaced as a whole, every older version kept by the bucket."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import closing
from threading import Lock
from typing import Final

from minio import Minio
from minio.error import S3Error
from minio.sse import Sse

from storage.errors import StorageError, StoreRefused
from storage.names import require_key, require_prefix
from storage.s3.client import is_missing, translated
from storage.s3.reading import listed

#: Bytes; far above any record, and small enough to be held in memory.
MOST_RECORD: Final = 64 << 20
#: Under this metadata the SHA-256 of a record stands beside it: its name says nothing of its bytes.
_SHA256: Final = "sha256"
#: Folders that are remembered, so that not every write asks for each of them.
_REMEMBERED: Final = 100_000


class Records:
    """The records of one bucket; threads may write at once."""

    def __init__(self, client: Minio, bucket: str, sse: Sse | None) -> None:
        self._client, self._bucket, self._sse = client, bucket, sse
        self._folders: set[str] = set()  # known to have records below, so they can become none
        self._known: set[str] = set()  # buckets that are there
        self._lock = Lock()

    def write(self, key: str, record: bytes) -> None:
        """See `ObjectStore.write`."""
        require_key(key)
        with translated(f"the record {key} cannot be written"):
            self._clear_the_way(key)
            self._client.put_object(
                self._bucket,
                key,
                io.BytesIO(record),
                len(record),
                metadata={_SHA256: hashlib.sha256(record).hexdigest()},
                sse=self._sse,
            )
        with self._lock:
            if len(self._folders) < _REMEMBERED:
                self._folders.update(_above(key))

    def read(self, key: str) -> bytes | None:
        """See `ObjectStore.read`.

        Raises:
            StorageError: also when the bytes are not those that were written.
        """
        require_key(key)
        with translated(f"the record {key} cannot be read"):
            try:
                response = self._client.get_object(self._bucket, key)
            except S3Error as error:
                if is_missing(error):
                    return None
                raise
            with closing(response):
                data = response.read(MOST_RECORD + 1)
                response.release_conn()
                said = response.headers.get(f"x-amz-meta-{_SHA256}")
        if len(data) > MOST_RECORD or (said and said != hashlib.sha256(data).hexdigest()):
            raise StorageError(f"the record {key} is not what was written: keep it as it is and restore it")
        return data

    def keys(self, prefix: str) -> Iterator[str]:
        """See `ObjectStore.keys`."""
        return (key for key, _ in listed(self._client, self._bucket, require_prefix(prefix)) if not _is_hidden(key))

    def require_bucket(self, bucket: str) -> None:
        """Ask once whether *bucket* is there.

        Raises:
            StoreRefused: it is not.
        """
        if bucket not in self._known and not self._client.bucket_exists(bucket):
            raise StoreRefused(f"there is no bucket {bucket}; make it with setup-storage")
        self._known.add(bucket)

    def _clear_the_way(self, key: str) -> None:
        """See that no other key goes through *key*, nor *key* through another, as in a folder."""
        taken = key in self._folders or next(listed(self._client, self._bucket, f"{key}/"), None)
        if taken or any(folder not in self._folders and self._is_record(folder) for folder in _above(key)):
            raise StorageError(f"{key} cannot be written: another record is in its way")

    def _is_record(self, key: str) -> bool:
        try:
            self._client.stat_object(self._bucket, key)
        except S3Error as error:
            if not is_missing(error):
                raise
            self.require_bucket(self._bucket)
            return False
        return True


def _above(key: str) -> list[str]:
    parts = key.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _is_hidden(key: str) -> bool:
    """Say whether *key* is none of ours: no record's name begins with a dot."""
    return key.startswith(".")
