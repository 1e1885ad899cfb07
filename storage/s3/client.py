"""The way to an object server: address and key, one `minio` client, and its errors made ours.

Sent bytes are checked by the server: over TLS by Content-MD5, without it by the signed SHA-256 of each part (Ceph RGW
16.2 refuses a wrong one of either; it takes no notice of x-amz-checksum-sha256, nor of If-None-Match). What it says
afterwards is looked at by `storage.s3.store`, which knows what should be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError

import certifi
import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from storage.errors import StorageError, StoreFull, StoreRefused

#: Seconds; a server that answers at all answers within them, and a part of 8 MiB at 1 Mbit/s is not one of ours.
_CONNECT, _READ = 5.0, 60.0
#: Tried again after 0, 0.4, 0.8 and 1.6 seconds: as long as a restart of a gateway takes (1.3 s, measured).
_TRIES, _BACK_OFF = 4, 0.2
_PASSING: Final = (500, 502, 503, 504)
_CONNECTIONS: Final = 32
_NO_ROOM: Final = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "StorageFull"})
_REFUSED: Final = frozenset(
    {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "ExpiredToken"}
)
#: What servers say of a name that nothing has.
MISSING: Final = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"})


@dataclass(frozen=True, slots=True)
class Server:
    """An object server, and whose key we come with."""

    address: str  # host, with a port where it is not the usual one
    key: str  # id of the key
    secret: str = field(repr=False)
    secure: bool = True  # TLS
    region: str = "us-east-1"  # what AWS calls the one without a name; most others do not look at it
    authorities: Path | None = None  # PEM of those who may have issued its certificate; None for the public ones

    @property
    def url(self) -> str:
        """The address as people read it."""
        return f"{'https' if self.secure else 'http'}://{self.address}"


def connect(server: Server) -> Minio:
    """Return a client, which threads may share; nothing is asked of the server yet.

    Raises:
        StorageError: the address cannot be one.
    """
    retries = urllib3.Retry(
        total=_TRIES,
        redirect=False,  # to another host, a signed request is of no use but to whoever stands there
        backoff_factor=_BACK_OFF,
        status_forcelist=_PASSING,
        allowed_methods=None,  # all we send may be sent twice: objects are named by what they hold
        respect_retry_after_header=False,  # a server may not hold us up for a day
    )
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_CONNECT, read=_READ),
        retries=retries,
        maxsize=_CONNECTIONS,
        cert_reqs="CERT_REQUIRED",
        ca_certs=str(server.authorities or certifi.where()),
    )
    try:
        return Minio(
            server.address,
            access_key=server.key,
            secret_key=server.secret,
            secure=server.secure,
            region=server.region,
            http_client=pool,
        )
    except ValueError as error:
        raise StorageError(f"{server.address!r} is no address of an object server") from error


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Make what goes wrong between us and the server ours; *what* says in a few words what cannot be done.

    Of a server's answer only the code is told: its words may quote names and requests.

    Raises:
        StorageError: or one of its kinds. A missing object comes out as `S3Error`; see `is_missing`.
    """
    try:
        yield
    except S3Error as error:
        if is_missing(error):
            raise
        raise _of_code(what, error.code or "") from error
    except urllib3.exceptions.HTTPError as error:
        cause = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason else error
        raise StorageError(f"{what}: the object server cannot be reached ({type(cause).__name__})") from error
    except (MinioException, ValueError, ParseError) as error:
        raise StorageError(f"{what}: the server's answer is none of S3 ({type(error).__name__})") from error


def is_missing(error: S3Error) -> bool:
    """Say whether there is nothing of that name; a HEAD cannot tell this from a bucket that is not there."""
    return error.code in MISSING


def _of_code(what: str, code: str) -> StorageError:
    if code in _NO_ROOM:
        return StoreFull(f"{what}: no room is left, or the quota is used up; make some and try again")
    if code in _REFUSED:
        return StoreRefused(f"{what}: the server refuses our key ({code})")
    if code == "NoSuchBucket":
        return StoreRefused(f"{what}: there is no such bucket; make it with setup-storage")
    return StorageError(f"{what}: {code}")
