"""Check what was handed out into a bucket: dossier by dossier it is fetched, checked as a folder is, and removed again.

Whose bucket it is does not matter, so its names are believed no more than its bytes: a name that could lead out of the
scratch folder is told and not fetched. What is found bears the path in the bucket; pages of it cannot be drawn later.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import groupby
from pathlib import Path, PurePosixPath

from pipeline.checking import Check, check_all
from pipeline.errors import Usage
from pipeline.judging import MOST_PDF, Judge
from pipeline.manifest import NAME
from storage.s3 import ForeignBucket, Server

_SCHEME = "s3:"
#: Bytes of a file's name on Linux.
_NAME_MAX = 255


def is_bucket(path: Path) -> bool:
    """Say whether *path* is what the command line makes of ``s3://bucket/prefix``."""
    return len(path.parts) > 1 and path.parts[0] == _SCHEME


def check_bucket(
    path: Path, judge: Judge, step: Callable[[], None], hands: Executor, *, server: Server, scratch: Path
) -> Iterator[Check]:
    """Check what lies below a prefix: one dossier when a manifest lies right there, else each folder as a dossier.

    Args:
        path: Of `is_bucket`.
        judge: Who judges signatures.
        step: Called after each thing checked.
        hands: Threads as for `check_all`.
        server: Where the bucket is, and with whose key.
        scratch: Folder for what is fetched; one dossier at a time.

    Raises:
        Usage: ``bucket-missing``: nothing lies there.
        StorageError: the bucket cannot be read.
        OSError: *scratch* cannot be written.
    """
    bucket = ForeignBucket(server, path.parts[1])
    prefix = "".join(f"{part}/" for part in path.parts[2:])
    one = any(name == prefix + NAME for name, _ in bucket.names(prefix + NAME))
    names, empty = _names(bucket, prefix), True
    scratch.mkdir(parents=True, exist_ok=True)
    for dossier, group in groupby(names, key=lambda each: "" if one else each[0].partition("/")[0]):
        empty = False
        with tempfile.TemporaryDirectory(dir=scratch, prefix="bucket-") as made:
            folder = Path(made)
            yield from _unfetched(bucket, prefix, list(group), folder, path=path, one=one)
            for each in check_all([folder / dossier], judge, step, hands) if (folder / dossier).is_dir() else ():
                yield replace(each, path=path / each.path.relative_to(folder))
    if empty:
        raise Usage("bucket-missing", path=f"s3://{'/'.join(path.parts[1:])}")


def _names(bucket: ForeignBucket, prefix: str) -> Iterator[tuple[str, int]]:
    """Yield the names below *prefix*, without it, and sizes; but for the empty ones by which consoles make folders."""
    for name, size in bucket.names(prefix):
        if name != prefix and not (name.endswith("/") and size == 0):
            yield name.removeprefix(prefix), size


def _unfetched(
    bucket: ForeignBucket, prefix: str, names: Sequence[tuple[str, int]], folder: Path, *, path: Path, one: bool
) -> Iterator[Check]:
    """Fetch what can be fetched into *folder*, and tell of the rest."""
    for name, size in names:
        told = path / PurePosixPath(name.replace("\0", "?"))
        beside_dossiers = not one and "/" not in name
        if beside_dossiers or not _is_safe(name):
            yield Check(told, "folder", "failed", "file-extra")
        elif size > MOST_PDF:
            yield Check(told, "signature", "failed", "not-verifiable")
        else:
            local = folder / name
            try:
                local.parent.mkdir(parents=True, exist_ok=True)
                whole = bucket.fetch(prefix + name, local, most=MOST_PDF)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                whole = True  # a name that runs through another's
                yield Check(told, "folder", "failed", "file-extra")
            if not whole:
                local.unlink()
                yield Check(told, "signature", "failed", "not-verifiable")


def _is_safe(name: str) -> bool:
    """Say whether a name can be a path below a folder, and no other name can be the same path."""
    return all(
        part not in {"", ".", ".."} and "\0" not in part and len(part.encode()) <= _NAME_MAX for part in name.split("/")
    )
