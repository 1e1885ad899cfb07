"""Reading buckets whoever filled them: what is in one, and one object at a time into a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from minio import Minio
from minio.datatypes import Object
from minio.error import S3Error
from urllib3.exceptions import HTTPError, MaxRetryError

from storage.errors import StorageError
from storage.names import require_digest
from storage.objects import CHUNK
from storage.s3.client import Server, connect, is_missing, translated

_TRIES: Final = 3


def listed(client: Minio, bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
    """Yield the names in *bucket* that begin with *prefix*, sorted as S3 sorts, and the bytes each is said to have.

    Raises:
        StorageError: it cannot be listed, or the server does not keep to the order, so that names could be missed.
    """
    before = ""
    with translated(f"{bucket} cannot be listed"):
        for each in client.list_objects(bucket, prefix=prefix or None, recursive=True):
            name = each.object_name or ""
            if name <= before or not name.startswith(prefix):
                raise StorageError(f"{bucket} cannot be listed: the server gives names twice or out of order")
            before = name
            yield name, each.size or 0


class ForeignBucket:
    """Somebody's bucket; its names may be anything, and are not checked here."""

    def __init__(self, server: Server, bucket: str) -> None:
        """Open the bucket; nothing is asked of the server.

        Raises:
            StorageError: the address cannot be one.
        """
        self.bucket = bucket
        self._client = connect(server)

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield every name that begins with *prefix*, sorted, with the size in bytes that the server gives.

        Raises:
            StorageError: it cannot be listed.
        """
        return listed(self._client, self.bucket, prefix)

    def fetch(self, name: str, path: Path, *, most: int) -> bool:
        """Write an object to *path*, piece by piece; say whether it was there and had no more than *most* bytes.

        Raises:
            StorageError: it cannot be read.
            OSError: *path* cannot be written; the caller's file, so the error stays as it is.
        """
        with translated(f"{self.bucket} cannot be read"), path.open("wb") as file:
            for left in reversed(range(_TRIES)):
                try:
                    return self._copy(name, file, most)
                except S3Error as error:
                    if is_missing(error):
                        return False
                    raise
                except HTTPError as error:
                    if not left or isinstance(error, MaxRetryError):
                        raise
        raise AssertionError("the last try returns or raises")

    def _copy(self, name: str, file: BinaryIO, most: int) -> bool:
        file.seek(0)
        file.truncate()
        response = self._client.get_object(self.bucket, name)
        try:
            for chunk in response.stream(CHUNK):
                if file.tell() + len(chunk) > most:
                    return False
                file.write(chunk)
        finally:
            response.close()
            response.release_conn()
        return True


def is_digest(name: str) -> bool:
    """Say whether *name* can be that of one of our objects."""
    try:
        return bool(require_digest(name))
    except ValueError:
        return False


def held_until(found: Object) -> datetime | None:
    """Return until when a version is locked; None when it is not, or nothing can be made of what the server says."""
    said = found.metadata or {}
    text = said.get("x-amz-object-lock-retain-until-date") if said.get("x-amz-object-lock-mode") else None
    try:
        # RGW writes nine decimals, of which Python reads six.
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC) if text else None
    except ValueError:
        return None
