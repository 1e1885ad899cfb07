"""Write the corpus of the bench into a folder: ``.venv/bin/python tests/bench/write_corpus.py FOLDER``.

``FOLDER/<class>/<class>-<paper>-<page>.jpg`` (or .tif, .png) with ``….truth.json`` beside it. Takes about two minutes;
a folder that is whole and of this version is left alone.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "samples"))

from corpus.library import CLASSES, VERSION, pages

#: Written last: a corpus that was cut short is not taken for a whole one.
MARK = "VERSION"


def is_whole(folder: Path) -> bool:
    """Say whether *folder* holds a whole corpus of this version."""
    mark = folder / MARK
    return mark.is_file() and mark.read_text(encoding="utf-8").strip() == str(VERSION)


def write(folder: Path) -> None:
    """Write every class into *folder*, on two processes."""
    (folder / MARK).unlink(missing_ok=True)
    jobs = [(kind, number, folder) for kind, (count, _) in CLASSES.items() for number in range(count)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(write_paper, *zip(*jobs, strict=True), chunksize=4):
            pass
    (folder / MARK).write_text(f"{VERSION}\n", encoding="utf-8")


def write_paper(kind: str, number: int, folder: Path) -> None:
    """Write the pages of one paper with their truth."""
    place = folder / kind
    place.mkdir(parents=True, exist_ok=True)
    for name, page in pages(kind, number):
        (place / f"{name}.{page.codec}").write_bytes(page.encoded())
        (place / f"{name}.truth.json").write_bytes(page.truth())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the corpus of the bench.")
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    if not is_whole(asked.folder):
        write(asked.folder)
