"""The three readers that the bench compares: ours from deposit to sealed manifest, the peer, the plain program.

Each runs as its own family of processes on the same cores and leaves its text page by page.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import children
import pikepdf
from children import CORES, Took
from deposits import deposit, wrapped
from pages import Example
from pikepdf import Name

PEER_VERSION = "17.13"
#: What `sohoa run` ends with when all was sealed but other components are missing, as they are here.
_SEALED = (0, 3)


class SideFailed(Exception):
    """A reader ended with an error; the message names its log."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one reader made of a class."""

    took: Took
    #: Text by page.
    texts: tuple[str, ...]
    #: Degrees by page, see `Reading.rotation`; empty when the reader does not tell.
    rotations: tuple[int, ...] = ()
    #: Degrees by page, see `Reading.skew`; empty when the reader does not tell.
    skews: tuple[float, ...] = ()
    #: Pages, from 1, that the reader calls blank.
    blank: frozenset[int] = frozenset()


def ours(pages: Sequence[Example], scratch: Path, *, number: int) -> Side:
    """Digitise *pages* with the installed command, into a house of its own that was opened before the clock starts."""
    base = _fresh(scratch / f"ours-{pages[0].kind}")
    environment = _environment() | {"SOHOA_VAR": str(base / "var"), "SOHOA_WORKERS": str(CORES)}
    sohoa = Path(sys.executable).with_name("sohoa")
    # The first run ever fills the catalogue and makes the development identity; that is no part of reading.
    for folder, out in ((deposit(pages[:1], base / "warm", number=9000 + number), "warm-out"),
                        (deposit(pages, base / "in", number=number), "out")):  # fmt: skip
        log = base / f"{out}.log"
        took = children.run([sohoa, "run", "--json", "--out", base / out, folder], environment=environment, log=log)
        if took.exit_code not in _SEALED:
            raise SideFailed(f"sohoa run ended with {took.exit_code}: see {log}")
    result = base / "out" / folder.name
    file = _file_told(json.loads((result / "manifest.json").read_text(encoding="utf-8")), len(pages))
    bare = {_ref(page) for page in file["blank_pages"]}
    return Side(
        took,
        _texts(_text_layer(result / file["name"], base), len(pages)),
        rotations=tuple(int(page["rotation"]) for page in file["pages"]),
        skews=tuple(float(page["skew"]) for page in file["pages"]),
        blank=frozenset(at for at, page in enumerate(file["pages"], start=1) if _ref(page) in bare),
    )


def peer(pages: Sequence[Example], scratch: Path, *, ocrmypdf: Path) -> Side:
    """Read *pages* with OCRmyPDF as a user would run it."""
    base = _fresh(scratch / f"peer-{pages[0].kind}")
    sidecar = base / "text.txt"
    source = wrapped(pages, base / "in.pdf")
    command = [
        ocrmypdf, "-l", "vie", "--deskew", "--rotate-pages", "--output-type", "pdfa-2", "--sidecar", sidecar,
        "--jobs", str(CORES), source, base / "out.pdf",
    ]  # fmt: skip
    took = children.run(command, environment=_environment(), log=base / "log")
    if took.exit_code:
        raise SideFailed(f"ocrmypdf ended with {took.exit_code}: see {base / 'log'}")
    return Side(took, _texts(sidecar.read_text(encoding="utf-8"), len(pages)))


def plain(pages: Sequence[Example], scratch: Path) -> Side:
    """Read *pages* with the program as it comes, one after the other on one core."""
    base = _fresh(scratch / f"plain-{pages[0].kind}")
    listing, output = base / "pages.txt", base / "text"
    listing.write_text("".join(f"{page.picture.resolve()}\n" for page in pages), encoding="utf-8")
    command = ["tesseract", listing, output, "-l", "vie"]
    took = children.run(command, environment=_environment() | {"OMP_THREAD_LIMIT": "1"}, log=base / "log")
    if took.exit_code:
        raise SideFailed(f"tesseract ended with {took.exit_code}: see {base / 'log'}")
    return Side(took, _texts(output.with_suffix(".txt").read_text(encoding="utf-8"), len(pages)))


def _environment() -> dict[str, str]:
    """Return our environment without our own settings; each side threads as it likes."""
    mine = ("SOHOA_", "OMP_")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _texts(text: str, pages: int) -> tuple[str, ...]:
    """Part *text* at its form feeds.

    Raises:
        SideFailed: it has another number of pages.
    """
    parts = text.split("\f")
    if len(parts) == pages + 1 and not parts[-1].strip():
        parts.pop()
    if len(parts) != pages:
        raise SideFailed(f"text of {len(parts)} pages was left for {pages}")
    return tuple(parts)


def _text_layer(sealed: Path, scratch: Path) -> str:
    """Return the text below the pages' pictures, without the mark of the seal, which was on no paper."""
    bare = scratch / "bare.pdf"
    with pikepdf.open(sealed) as document:
        for page in document.pages:
            if Name.Annots in page:
                del page.Annots
        document.save(bare)
    command = ["pdftotext", "-raw", "-enc", "UTF-8", bare, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def _ref(page: Mapping[str, Any]) -> tuple[str, int]:
    return page["original"], page["index"]


def _file_told(manifest: Mapping[str, Any], count: int) -> Mapping[str, Any]:
    """Return what the manifest tells of the one file that was made.

    Raises:
        SideFailed: there is another number of files or of pages.
    """
    files: list[Mapping[str, Any]] = [file for component in manifest["components"] for file in component["files"]]
    if len(files) != 1 or len(files[0]["pages"]) != count:
        told = [len(file["pages"]) for file in files]
        raise SideFailed(f"the manifest tells of files with {told} pages, not of one with {count}")
    return files[0]
