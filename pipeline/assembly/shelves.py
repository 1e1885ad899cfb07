"""Where the pictures of a document wait for the file they go into: on disk, so that a long one takes no more memory.

pikepdf keeps every stream that it is given in memory until the file is saved: 100 MB for 250 scanned pages. A stream
that comes from another file is read while it is written, and not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pikepdf
from PIL import Image

from pipeline.assembly.pictures import embed

#: Pictures on a shelf, which is a file: chosen for some 10 MB in memory and 21 open files for 500 pages.
_ROOM = 24


class Shelves:
    """Pictures in the order in which they are put, in files below a folder; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Use *folder*, which must exist; its files are the caller's to remove."""
        self._folder = folder
        self._files: list[Path] = []
        self._open = ExitStack()
        self._shelf = pikepdf.new()
        self._shelf.Root.Pictures = pikepdf.Array()

    def put(self, picture: Image.Image, jpeg: bytes | None) -> None:
        """Take a picture, as `pipeline.assembly.pictures.embed` does."""
        self._shelf.Root.Pictures.append(self._shelf.make_indirect(embed(self._shelf, picture, jpeg)))
        if len(self._shelf.Root.Pictures) == _ROOM:
            self._put_away()

    def pictures_for(self, pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
        """Yield the pictures as image XObjects of *pdf*, which must be saved before the shelves are left."""
        self._put_away()
        for path in self._files:
            shelf = self._open.enter_context(pikepdf.open(path))
            for picture in shelf.Root.Pictures:
                yield pdf.copy_foreign(picture)

    def _put_away(self) -> None:
        path = self._folder / f"shelf-{len(self._files)}.pdf"
        self._shelf.save(path, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        self._shelf.close()
        self._files.append(path)
        self._shelf = pikepdf.new()
        self._shelf.Root.Pictures = pikepdf.Array()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._shelf.close()
        self._open.close()
