"""Lock what a filed version consists of for as long as its procedure wants it kept, where the store has locks.

From when it is stored everything is locked for the time that the settings say. Here the catalogue's period is put on
top, when the version stands; a crash before leaves the shorter lock, and the next run comes here again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from pipeline.rules.retention import retentions
from pipeline.stages.file import Version, files_of, objects_of
from storage import Area, Digest, ObjectMissing, ObjectStore


def lock_for_retention(store: ObjectStore, version: Version, manifest: Mapping[str, Any], now: datetime) -> None:
    """Lock originals, sealed files, the manifest and its seal until the end of the retention.

    What was sealed for trial is left as it is: nobody could ever remove it again. So is what is kept for a time that
    has no number (`retention.toml`).

    Raises:
        StorageError: the store cannot be reached.
    """
    retention = retentions().get(manifest["procedure"]["retention"])
    if retention is None or manifest["trial"]:
        return
    until = retention.end(now)
    originals = {each["sha256"] for file in files_of(manifest) for each in file["originals"]}
    if ticket := manifest["ticket"]:
        originals.add(ticket["sha256"])
    named: dict[Area, set[str]] = {
        "sealed": {*objects_of(manifest).values(), version.manifest, version.seal},
        "originals": originals,
    }
    for area, digests in named.items():
        for sha256 in sorted(digests):
            with suppress(ObjectMissing):  # what is lost is told by those who read it; it must not keep the rest open
                store.keep(area, Digest(sha256), until)
