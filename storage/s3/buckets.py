"""Which buckets there are, and how long and how what is in them is kept. Asks nothing of a server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

from minio.sse import Sse, SseKMS, SseS3

#: ``deposits``: what scanners send. ``quarantine``: what was deposited and could not be taken. The rest is
#: `storage.names`' areas, and records.
Bucket = Literal["deposits", "originals", "work", "sealed", "records", "quarantine"]
BUCKETS: Final[tuple[Bucket, ...]] = get_args(Bucket)
#: The buckets whose objects are locked: the lock can only be given to a bucket when it is made.
LOCKED: Final[tuple[Bucket, ...]] = ("originals", "sealed")

Mode = Literal["COMPLIANCE", "GOVERNANCE"]
#: Ceph RGW 16.2 counts the seconds in 32 bits: asked for 2200, it said 2063. Until here every server counts right.
LAST_DAY: Final = datetime(2106, 1, 1, tzinfo=UTC)
#: Ten years, the shortest period with a number of its own that the archive's rules have (rules on retention, code 06).
TEN_YEARS: Final = timedelta(days=3653)
_PREFIX = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,40})?")


@dataclass(frozen=True, slots=True)
class Keeping:
    """How evidence is kept."""

    mode: Mode = "COMPLIANCE"  # nobody can remove it; with GOVERNANCE those who have the right to bypass can
    period: timedelta = TEN_YEARS  # from when it is stored, unless a later date is asked for
    encryption: str = ""  # ``s3``: with the server's key; ``kms:<name>``: with that key; empty: as the server does

    def until(self, wanted: datetime) -> datetime:
        """Return *wanted* as a date that every server can keep: whole seconds, no later than `LAST_DAY`."""
        return min(wanted.astimezone(UTC), LAST_DAY).replace(microsecond=0)


def bucket_named(prefix: str, bucket: str) -> str:
    """Return the name of a bucket on the server.

    Raises:
        ValueError: *prefix* cannot begin one.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix!r} cannot begin a bucket's name: use up to 41 of a-z 0-9 -")
    return f"{prefix}{bucket}"


def sse_of(keeping: Keeping) -> Sse | None:
    """Return how to ask for encryption."""
    kind, _, name = keeping.encryption.partition(":")
    if kind == "kms":
        return SseKMS(name, {})
    return SseS3() if kind else None
