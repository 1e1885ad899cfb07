"""Prove that the object server keeps things as it must. Asked by doing, with objects of our own, at every start.

A server may know the words and not do what they say. So of each bucket with locks: an object is stored locked, and
another version over it unlocked. The unlocked version must go when it is removed, which shows that our key has the
right; the locked one must stay, with its bytes, whatever is tried.
"""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

from minio import Minio
from minio.error import S3Error
from minio.retention import Retention

from storage.errors import StorageError, StoreRefused, StoreUnsound
from storage.s3.buckets import BUCKETS, LOCKED, bucket_named, sse_of
from storage.s3.client import translated
from storage.s3.setup import PROBES, has_lock
from storage.s3.store import S3Store

_NAME: Final = f"{PROBES}lock"
#: The buckets that this store uses; ``deposits`` and ``quarantine`` are the affair of those who do.
_NEEDED: Final = tuple(bucket for bucket in BUCKETS if bucket not in {"deposits", "quarantine"})
#: How long a probe is locked: longer than clocks are ever wrong.
_LOCKED_FOR: Final = timedelta(days=1)
_LOOPBACK: Final = re.compile(r"(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::|$)")
_REFUSALS: Final = frozenset({"AccessDenied", "InvalidRequest", "ObjectLocked", "InvalidObjectState"})
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_BYPASS: Final = {"x-amz-bypass-governance-retention": "true"}

State = Literal["holds", "doubtful", "broken"]
#: What can be found; ``storage.<code>`` in the messages of whoever shows it.
CODES: Final = (
    "versions-kept", "lock-proved",
    "rights-wide", "line-open",
    "unreachable", "refused", "versioning-off", "lock-missing", "lock-ignored", "overwritten", "lock-unproved",
    "lock-broken", "lock-bypassed", "lock-shortened", "encryption-ignored",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProbeFinding:
    """How one thing stands with one bucket."""

    bucket: str
    state: State
    code: str  # one of `CODES`
    detail: str = ""  # English, for engineers


def probe(store: S3Store) -> list[ProbeFinding]:
    """Try what the store relies on; nothing is raised for what does not hold."""
    found: list[ProbeFinding] = []
    if not store.server.secure and not _LOOPBACK.match(store.server.address):
        found.append(ProbeFinding(store.server.address, "doubtful", "line-open", "no TLS"))
    for bucket in _NEEDED:
        name = bucket_named(store.prefix, bucket)
        try:
            with translated(f"{name} cannot be probed"):
                found += _versions(store.client, name)
                if bucket in LOCKED:
                    found += _lock(store, name)
                found += _rights(store.client, name, locked=bucket in LOCKED)
        except _Broken as error:
            found.append(ProbeFinding(name, "broken", *error.args))
        except StoreRefused as error:
            found.append(ProbeFinding(name, "broken", "refused", str(error)))
        except StorageError as error:
            found.append(ProbeFinding(name, "broken", "unreachable", str(error)))
            break  # the next bucket is where this one is
        except S3Error as error:  # something that the server has just taken is gone
            found.append(ProbeFinding(name, "broken", "overwritten", str(error.code)))
    return found


def require_sound(store: S3Store) -> None:
    """Prove the server.

    Raises:
        StoreUnsound: with the code of what does not hold.
        StorageError: the server cannot be reached, which proves nothing.
    """
    for each in probe(store):
        if each.code == "unreachable":
            raise StorageError(each.detail)
        if each.code == "refused":
            raise StoreRefused(each.detail)
        if each.state == "broken":
            raise StoreUnsound(each.code, f"{each.bucket}: {each.detail}")


class _Broken(Exception):
    """Code and detail of what does not hold."""


def _versions(client: Minio, name: str) -> Iterator[ProbeFinding]:
    status = client.get_bucket_versioning(name).status
    if status != "Enabled":
        raise _Broken("versioning-off", f"the server says {status!r}")
    yield ProbeFinding(name, "holds", "versions-kept")


def _lock(store: S3Store, name: str) -> Iterator[ProbeFinding]:
    client, mode = store.client, store.keeping.mode
    if not has_lock(client, name):
        raise _Broken("lock-missing", "the bucket was made without locks")
    until = store.keeping.until(store.clock() + _LOCKED_FOR)
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    locked = _put(store, name, first, Retention(mode, until))
    said = client.stat_object(name, _NAME, version_id=locked).metadata or {}
    if said.get("x-amz-object-lock-mode") != mode:
        raise _Broken("lock-ignored", "the lock was taken and not set")
    if store.keeping.encryption and "x-amz-server-side-encryption" not in said:
        raise _Broken("encryption-ignored", "the object was taken and not encrypted")
    free = _put(store, name, second, None)
    if free == locked or _bytes(client, name, locked) != first:
        raise _Broken("overwritten", "a second version took the place of the first")
    if not _removed(client, name, free):
        raise _Broken("lock-unproved", "our key may not remove its own probe, so nothing is proved by a refusal")
    _stays(client, name, locked, first, code="lock-broken")
    _stays(client, name, locked, first, code="lock-bypassed", headers=_BYPASS)
    if not _refused(lambda: client.set_object_retention(name, _NAME, Retention(mode, until - _LOCKED_FOR / 2), locked)):
        raise _Broken("lock-shortened", "a lock could be made shorter")
    yield ProbeFinding(name, "holds", "lock-proved", mode)


def _stays(
    client: Minio, name: str, version: str, data: bytes, *, code: str, headers: Mapping[str, str] = _NO_HEADERS
) -> None:
    """See that a locked version cannot be removed; a server that says no and removes it is found as well."""
    if _removed(client, name, version, headers) or _bytes(client, name, version) != data:
        raise _Broken(code, "a locked version could be removed")


def _rights(client: Minio, name: str, *, locked: bool) -> Iterator[ProbeFinding]:
    """Find out whether our key may do more than a worker must: see the rights of others, or hide evidence."""
    wide = [] if _refused(lambda: _policy(client, name)) else ["read who has which rights"]
    if locked and not _refused(lambda: client.remove_object(name, _NAME)):
        wide.append("hide evidence")
    if wide:
        yield ProbeFinding(name, "doubtful", "rights-wide", f"our key may {' and '.join(wide)}")


def _policy(client: Minio, name: str) -> None:
    try:
        client.get_bucket_policy(name)
    except S3Error as error:
        if error.code != "NoSuchBucketPolicy":
            raise


def _put(store: S3Store, name: str, data: bytes, retention: Retention | None) -> str:
    done = store.client.put_object(
        name, _NAME, io.BytesIO(data), len(data), retention=retention, sse=sse_of(store.keeping)
    )
    if not done.version_id or done.version_id == "null":
        raise _Broken("versioning-off", "what was stored got no version")
    return done.version_id


def _bytes(client: Minio, name: str, version: str) -> bytes | None:
    """Return what a version holds; None when it is gone."""
    try:
        response = client.get_object(name, _NAME, version_id=version)
    except S3Error as error:
        if error.code in _REFUSALS:
            raise
        return None
    try:
        return response.read()
    finally:
        response.close()
        response.release_conn()


def _removed(client: Minio, name: str, version: str, headers: Mapping[str, str] = _NO_HEADERS) -> bool:
    """Try to remove a version; say whether the server did not refuse."""
    # `remove_object` sends no headers, and RGW 16.2 heeds the right to bypass in single removals only.
    return not _refused(
        lambda: client._execute("DELETE", name, _NAME, headers=dict(headers), query_params={"versionId": version})
    )


def _refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except S3Error as error:
        if error.code in _REFUSALS:
            return True
        raise
    return False
