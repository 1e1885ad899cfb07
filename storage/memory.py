"""A store that forgets: for tests and dry runs. It is shipped, not a test helper."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

from storage.errors import ObjectChanged, ObjectMissing, StorageError
from storage.names import (
    EVIDENCE,
    Area,
    Digest,
    require_area,
    require_digest,
    require_evidence,
    require_key,
    require_prefix,
)
from storage.objects import digest_of


class MemoryStore:
    """Keep everything in two dictionaries, which a test may look into and damage."""

    locks: Final = False  # see `ObjectStore.locks`; dates are only noted

    def __init__(self) -> None:
        self.blobs: dict[tuple[Area, Digest], bytes] = {}
        self.records: dict[str, bytes] = {}
        self.kept: dict[tuple[Area, Digest], datetime] = {}
        self._lock = Lock()

    @property
    def location(self) -> str:
        """See `ObjectStore.location`."""
        return "memory"

    def put(self, area: Area, data: bytes) -> Digest:
        """See `ObjectStore.put`."""
        name = (require_area(area), digest_of(data))
        with self._lock:
            if area in EVIDENCE and self.blobs.get(name, data) != data:
                raise ObjectChanged(*name)
            self.blobs[name] = data
        return name[1]

    def put_file(self, area: Area, path: Path) -> tuple[Digest, int]:
        """See `ObjectStore.put_file`."""
        data = path.read_bytes()
        return self.put(area, data), len(data)

    def get(self, area: Area, digest: Digest) -> bytes:
        """See `ObjectStore.get`."""
        data = self._blob(area, digest)
        if digest_of(data) != digest:
            raise ObjectChanged(area, digest)
        return data

    @contextmanager
    def local(self, area: Area, digest: Digest) -> Iterator[Path]:
        """See `ObjectStore.local`."""
        data = self._blob(area, digest)
        with tempfile.TemporaryDirectory(prefix="object-") as folder:
            path = Path(folder, digest)
            path.write_bytes(data)
            path.chmod(0o444)
            yield path

    def has(self, area: Area, digest: Digest) -> bool:
        """See `ObjectStore.has`."""
        return (require_area(area), require_digest(digest)) in self.blobs

    def check(self, area: Area, digest: Digest) -> int:
        """See `ObjectStore.check`."""
        return len(self.get(area, digest))

    def digests(self, area: Area) -> Iterator[Digest]:
        """See `ObjectStore.digests`."""
        require_area(area)
        with self._lock:
            names = sorted(digest for place, digest in self.blobs if place == area)
        return iter(names)

    def keep(self, area: Area, digest: Digest, until: datetime) -> None:
        """See `ObjectStore.keep`; the date is noted."""
        self._blob(require_evidence(area), digest)
        with self._lock:
            self.kept[area, digest] = max(until, self.kept.get((area, digest), until))

    def locked_until(self, area: Area, digest: Digest) -> datetime | None:
        """See `ObjectStore.locked_until`."""
        self._blob(area, digest)
        return self.kept.get((area, digest))

    def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:  # noqa: ARG002 -- the protocol's
        """See `ObjectStore.sweep`; nothing is left behind here."""
        return 0

    def write(self, key: str, record: bytes) -> None:
        """See `ObjectStore.write`."""
        require_key(key)
        with self._lock:
            for other in self.records:
                if key.startswith(f"{other}/") or other.startswith(f"{key}/"):
                    raise StorageError(f"{key} cannot be written: {other} is in its way")
            self.records[key] = record

    def read(self, key: str) -> bytes | None:
        """See `ObjectStore.read`."""
        return self.records.get(require_key(key))

    def keys(self, prefix: str) -> Iterator[str]:
        """See `ObjectStore.keys`."""
        require_prefix(prefix)
        with self._lock:
            names = sorted(key for key in self.records if key.startswith(prefix))
        return iter(names)

    def _blob(self, area: Area, digest: Digest) -> bytes:
        try:
            return self.blobs[require_area(area), require_digest(digest)]
        except KeyError:
            raise ObjectMissing(area, digest) from None
