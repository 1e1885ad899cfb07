"""Make the buckets, with versions and locks, and give each key its rights.

For an administrator's key; safe to repeat.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import (
    AbortIncompleteMultipartUpload,
    LifecycleConfig,
    NoncurrentVersionExpiration,
    Rule,
)
from minio.versioningconfig import VersioningConfig

from storage.errors import StoreUnsound
from storage.s3.buckets import BUCKETS, LOCKED, Bucket, bucket_named
from storage.s3.client import Server, connect, translated
from storage.s3.policies import Holder, bucket_policies

#: Where the probe leaves its objects, in buckets with locks.
PROBES = ".probe/"
#: Days; none of our uploads takes one, a probe's lock lasts one, and what was taken in stays a month in the inbox.
_UPLOAD_DAYS, _PROBE_DAYS, _DEPOSIT_DAYS = 1, 2, 30
_NO_LOCK = "ObjectLockConfigurationNotFoundError"


def set_up(server: Server, prefix: str, holders: Sequence[Holder]) -> dict[str, bool]:
    """Make what is missing, and replace all rights by those of *holders*.

    Args:
        server: With the key of whoever shall own the buckets.
        prefix: What the names of the buckets begin with.
        holders: Who has which role; nobody else keeps any rights, the owner's aside.

    Returns:
        The names of the buckets, and of each whether it was there before.

    Raises:
        StoreUnsound: ``lock-missing``: a bucket was made without locks, and can never be given one.
        StorageError: the server cannot be reached, or does not let us.
        ValueError: no bucket can be named with *prefix*.
    """
    client, done = connect(server), dict[str, bool]()
    policies = bucket_policies(prefix, holders)
    for bucket in BUCKETS:
        name = bucket_named(prefix, bucket)
        with translated(f"{name} cannot be set up"):
            done[name] = _made(client, bucket, name)
            client.set_bucket_versioning(name, VersioningConfig(ENABLED))
            client.set_bucket_lifecycle(name, LifecycleConfig(_rules(bucket)))
            if bucket in policies:
                client.set_bucket_policy(name, json.dumps(policies[bucket]))
            else:
                client.delete_bucket_policy(name)
    return done


def has_lock(client: Minio, name: str) -> bool:
    """Say whether a bucket was made with locks."""
    try:
        client.get_object_lock_config(name)
    except S3Error as error:
        if error.code == _NO_LOCK:
            return False
        raise
    return True


def _made(client: Minio, bucket: Bucket, name: str) -> bool:
    """Make a bucket; say whether it was there already."""
    there = client.bucket_exists(name)
    if not there:
        client.make_bucket(name, object_lock=bucket in LOCKED)
    if bucket in LOCKED and not has_lock(client, name):
        raise StoreUnsound("lock-missing", f"{name} has no locks, and a bucket can only be made with them: use another")
    return there


def _rules(bucket: Bucket) -> list[Rule]:
    """Return what the server shall clear away by itself."""
    rules = [
        Rule(
            ENABLED,
            rule_filter=Filter(prefix=""),
            rule_id="unfinished-uploads",
            abort_incomplete_multipart_upload=AbortIncompleteMultipartUpload(days_after_initiation=_UPLOAD_DAYS),
        )
    ]
    if bucket in LOCKED:
        rules.append(_older_versions("probes", PROBES, _PROBE_DAYS))
    if bucket == "deposits":
        rules.append(_older_versions("taken-in", "", _DEPOSIT_DAYS))
    return rules


def _older_versions(rule_id: str, prefix: str, days: int) -> Rule:
    gone = NoncurrentVersionExpiration(noncurrent_days=days)
    return Rule(ENABLED, rule_filter=Filter(prefix=prefix), rule_id=rule_id, noncurrent_version_expiration=gone)
