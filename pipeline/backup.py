"""Copy a store into a folder, as it is while others write to it; what is there already is not copied again.

A store is written in the order outputs, record, row of the ledger, and nothing is ever taken away. So it is copied the
other way round: the ledger first (which is not done here), then the records, then the objects. Whatever the copy of the
ledger names then has its record in the copy, and whatever a record names its object; what came in meanwhile is there
without those who name it, which is how a crash leaves it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.errors import SohoaError
from pipeline.translate import ours
from storage import AREAS, FolderStore, ObjectChanged, ObjectMissing, ObjectStore


@dataclass(slots=True)
class Copied:
    """What one backup copied."""

    records: int = 0
    objects: int = 0
    there: int = 0  # records and objects that were in the copy already
    troubles: list[tuple[str, SohoaError]] = field(default_factory=list)  # objects that are not what they were

    @property
    def exit_code(self) -> int:
        """0; 4 when an object of the store, or of the copy, is not what it was."""
        return 4 if self.troubles else 0


def copy_store(store: ObjectStore, copy: FolderStore, step: Callable[[], None]) -> Copied:
    """Copy what *copy* has not; *step* is called after each record and object.

    Raises:
        SohoaError: the store cannot be reached, or the copy not be written.
    """
    copied = Copied()
    with ours():
        for key in store.keys(""):
            if copy.read(key) is None and (record := store.read(key)) is not None:
                copy.write(key, record)
                copied.records += 1
            else:
                copied.there += 1
            step()
    for area in AREAS:
        for digest in store.digests(area):
            try:
                with ours():
                    if copy.has(area, digest):
                        copied.there += 1
                    else:
                        with store.local(area, digest) as path:
                            found, _ = copy.put_file(area, path)
                        if found != digest:  # it is kept under the name of what it is now
                            raise ObjectChanged(area, digest)
                        copied.objects += 1
            except SohoaError as error:
                if not isinstance(error.__cause__, ObjectChanged | ObjectMissing):
                    raise
                copied.troubles.append((f"{area}/{digest}", error))
            step()
    return copied
