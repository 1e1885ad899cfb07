"""What lies in a deposit's folder: names and sizes, looked at once, with nothing opened and no link followed."""

from __future__ import annotations

import os
import stat
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import Rejected, Usage

#: More files than the thickest dossier has pages; beyond it somebody pointed us at the wrong folder.
MOST_FILES = 5_000
#: A 600 dpi A3 colour TIFF without compression has 210 MB.
MOST_FILE_BYTES = 512 << 20
#: What file managers leave behind in every folder they show.
LITTER = frozenset({"Thumbs.db", "desktop.ini", ".DS_Store"})


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of the folder."""

    name: str  # NFC
    path: Path
    size: int  # bytes
    problem: str | None  # the rejection code that the entry has by itself


@dataclass(frozen=True, slots=True)
class Deposit:
    """A folder as it was found."""

    folder: Path
    name: str  # NFC; the dossier's code
    found: tuple[Found, ...]  # by name


def look(folder: Path) -> Deposit:
    """List a deposit.

    Raises:
        Usage: ``path-missing`` when there is no such folder.
        Rejected: ``deposit-unreadable`` or ``deposit-too-large``.
    """
    if not folder.is_dir():
        raise Usage("path-missing", path=str(folder))
    found: dict[str, Found] = {}
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise Rejected("deposit-unreadable") from error
    for entry in entries:
        if entry.name in LITTER:
            continue
        if len(found) == MOST_FILES:
            raise Rejected("deposit-too-large", most=MOST_FILES)
        each = _found(entry)
        if each.name in found:  # the same letters, composed otherwise: a name for two files names neither
            each = replace(each, name=ascii(entry.name), problem=each.problem or "file-name-unsafe")
        found[each.name] = each
    return Deposit(folder, writable(folder.resolve().name), tuple(found[each] for each in sorted(found)))


def writable(name: str) -> str:
    """Return a name of the file system composed (NFC), and in letters that can be written.

    Names that are not UTF-8 come from old Windows archives; their odd bytes are told in hexadecimal.
    """
    return unicodedata.normalize("NFC", name).encode("utf-8", "backslashreplace").decode()


def _found(entry: os.DirEntry[str]) -> Found:
    try:
        status = entry.stat(follow_symlinks=False)
        problem = _problem(unicodedata.normalize("NFC", entry.name), status)
    except OSError:  # it vanished while we looked, or we may list the folder and not enter it
        return Found(writable(entry.name), Path(entry.path), 0, "file-unreadable")
    return Found(writable(entry.name), Path(entry.path), status.st_size, problem)


def _problem(name: str, status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "not-a-file"
    if not name.isprintable():
        return "file-name-unsafe"
    if status.st_size == 0:
        return "file-empty"
    if status.st_size > MOST_FILE_BYTES:
        return "file-too-large"
    return None
