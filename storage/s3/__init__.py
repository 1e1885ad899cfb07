"""The store on an object server, its proof, and its setting up.

`store` is the store, `probe` proves that the server locks what it is told to lock, `setup` makes buckets and gives
each key its rights (`storage/policies/`). The server is any that speaks S3 with versions and Object Lock.
"""

from __future__ import annotations

from storage.s3.buckets import BUCKETS, LAST_DAY, LOCKED, TEN_YEARS, Bucket, Keeping, Mode, bucket_named
from storage.s3.client import Server
from storage.s3.policies import ROLES, Holder, Role, bucket_policies, role_policy
from storage.s3.probe import CODES, ProbeFinding, probe, require_sound
from storage.s3.reading import ForeignBucket
from storage.s3.setup import set_up
from storage.s3.store import S3Store

__all__ = [
    "BUCKETS",
    "CODES",
    "LAST_DAY",
    "LOCKED",
    "ROLES",
    "TEN_YEARS",
    "Bucket",
    "ForeignBucket",
    "Holder",
    "Keeping",
    "Mode",
    "ProbeFinding",
    "Role",
    "S3Store",
    "Server",
    "bucket_named",
    "bucket_policies",
    "probe",
    "require_sound",
    "role_policy",
    "set_up",
]
