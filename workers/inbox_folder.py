"""An inbox that is a folder, most often one shared over SMB: ``<root>/<station>/<dossier>/<file>``.

Every step down is taken from an open folder and follows no link, so that no name, and no folder exchanged for a link
in the meantime, leads out of the root.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.deposit import LITTER
from pipeline.errors import Interrupted, Misconfigured
from workers.inbox import PIECE, Changed, Kept, digest_of, problem_of, seen_as
from workers.settling import Place, Seen

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: O_NONBLOCK: opening a pipe that somebody left there would wait for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

#: What opening says of a name that is gone, or has become a link.
_CHANGED = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})

_UNREADABLE = (Seen(".", 0, "", "file-unreadable"),)


class FolderInbox:
    """A folder of stations' folders."""

    def __init__(self, root: Path) -> None:
        """Watch *root*, which may itself be reached by a link: it is ours to choose."""
        self._root = root.resolve()

    def listing(self) -> Mapping[Place, tuple[Seen, ...]]:
        """Return all deposits that have a file.

        Raises:
            Interrupted: ``inbox-unreachable``.
        """
        try:
            stations = _folders(self._root)
        except OSError as error:
            raise Interrupted("inbox-unreachable") from error
        found: dict[Place, tuple[Seen, ...]] = {}
        for station in stations:
            try:
                dossiers = _folders(self._root / station)
            except OSError:  # one station that shut its folder must not keep the others waiting
                found[Place(station, "")] = _UNREADABLE
                continue
            for dossier in dossiers:
                place = Place(station, dossier)
                if files := self.look(place):
                    found[place] = files
        return found

    def look(self, place: Place) -> tuple[Seen, ...]:
        """Return the files of one deposit; none when there is no such place."""
        found = []
        try:
            with self._opened_at(place.station, place.dossier) as folder:
                names = sorted(os.listdir(folder))  # noqa: PTH208 -- of an open folder
                for name in names:
                    if name not in LITTER:
                        with suppress(FileNotFoundError):  # renamed by its writer since it was listed
                            found.append(_seen(name, os.stat(name, dir_fd=folder, follow_symlinks=False)))
        except OSError as error:
            return () if error.errno in _CHANGED else _UNREADABLE
        return tuple(found)

    @contextmanager
    def pieces(self, place: Place, seen: Seen) -> Iterator[Iterator[bytes]]:
        """Lend the bytes of a file; whoever reads them to the end knows that it did not change meanwhile.

        Raises:
            Changed: it is not what was listed.
            Interrupted: ``inbox-unreachable``.
        """
        with self._reachable(), self._opened_at(place.station, place.dossier) as folder:
            number = os.open(seen.name, _FILE, dir_fd=folder)
        try:
            yield self._read(number, seen)
        finally:
            os.close(number)

    def remove(self, place: Place, kept: Kept) -> bool:
        """Remove a file if it holds the very bytes that were taken; return False when it does not.

        Raises:
            Interrupted: ``inbox-unreachable``.
        """
        try:
            with self.pieces(place, kept.seen) as pieces:
                same = digest_of(pieces) == kept.sha256
            with self._reachable(), self._opened_at(place.station, place.dossier) as folder:
                status = os.stat(kept.seen.name, dir_fd=folder, follow_symlinks=False)
                same = same and _seen(kept.seen.name, status) == kept.seen
                if same:
                    os.unlink(kept.seen.name, dir_fd=folder)
        except Changed:
            return False
        # The last one takes the folder along; it stays when a file has come meanwhile.
        with suppress(OSError), self._opened_at(place.station) as station:
            os.rmdir(place.dossier, dir_fd=station)
        return same

    def prove(self) -> int:
        """See `workers.inbox.Inbox`.

        Raises:
            Interrupted: ``inbox-unreachable``.
            Misconfigured: ``inbox-refused``.
        """
        listing = self.listing()
        for place, seen in listing.items():
            folder = self._root / place.station / place.dossier
            if any(each.problem == "file-unreadable" for each in seen) or not os.access(folder, os.R_OK):
                raise Misconfigured("inbox-refused", place=str(folder), problem="cannot-read")
            # To remove a name is to write to the folder that has it.
            if not os.access(folder, os.W_OK | os.X_OK):
                raise Misconfigured("inbox-refused", place=str(folder), problem="cannot-remove")
        return len(listing)

    def _read(self, number: int, seen: Seen) -> Iterator[bytes]:
        """Go through an open file; only errors of the inbox are made the inbox's, none of whoever takes the pieces."""
        left = seen.size
        with self._reachable():
            _require(number, seen)
        while left:
            with self._reachable():
                piece = os.read(number, min(left, PIECE))
            if not piece:
                break
            left -= len(piece)
            yield piece
        with self._reachable():
            _require(number, seen)

    @contextmanager
    def _opened_at(self, *names: str) -> Iterator[int]:
        number = os.open(self._root, _FOLDER)
        try:
            for name in names:
                inner = os.open(name, _FOLDER, dir_fd=number)
                os.close(number)
                number = inner
            yield number
        finally:
            os.close(number)

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # What vanished, or became a link, was changed; anything else is the share that is away.
            if error.errno in _CHANGED and self._root.is_dir():
                raise Changed from error
            raise Interrupted("inbox-unreachable") from error


def _folders(path: Path) -> list[str]:
    with os.scandir(path) as entries:
        return sorted(
            each.name
            for each in entries
            if each.is_dir(follow_symlinks=False) and not each.name.startswith(".") and not problem_of(each.name, 0)
        )


def _seen(name: str, status: os.stat_result) -> Seen:
    if not stat.S_ISREG(status.st_mode):
        return Seen(ascii(name)[1:-1], 0, "", "not-a-file")
    return seen_as(name, status.st_size, str(status.st_mtime_ns))


def _require(number: int, seen: Seen) -> None:
    if _seen(seen.name, os.fstat(number)) != seen:
        raise Changed(seen.name)
