"""A file that is sent under a name taken from its bytes, although it may change while it is read."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from storage.names import Digest


class Changed(Exception):
    """The file is not what it was when its name was taken."""


class Promised:
    """A file whose last piece comes only when all of it is what was promised; else `Changed`."""

    def __init__(self, file: BinaryIO, digest: Digest, size: int) -> None:
        self._file, self._digest, self._left = file, digest, size
        self._hasher = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        piece = self._file.read(min(size, self._left))
        self._hasher.update(piece)
        self._left -= len(piece)
        if not piece or (self._left == 0 and self._hasher.hexdigest() != self._digest):
            raise Changed
        return piece
