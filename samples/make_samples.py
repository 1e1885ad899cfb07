"""Make the sample dossiers again, or check that what lies here is what would be made.

``.venv/bin/python samples/make_samples.py [--check] [OUT]``. A run of the product needs no maker:
the made files are committed. The catalogue's JSON files and the README are written by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from maker.broken import broken
from maker.deposit import Made
from maker.dossiers import dossiers
from maker.layout import FONTS_SHA256, FontsMissing, fonts_sha256
from maker.stack import stack
from maker.tables import tables

HERE = Path(__file__).resolve().parent
#: Folders below OUT that hold made files only.
MADE_FOLDERS = ("dossiers", "incomplete", "noticket", "broken", "stack", "truth")


def made() -> Iterator[Made]:
    """Yield every made file: path below samples/, bytes."""
    yield from dossiers()
    yield from broken()
    yield from stack()
    yield from tables()


def write(files: Iterable[Made], out: Path) -> int:
    """Write *files* below *out*; those that are right already keep their times. Count them."""
    count = 0
    for name, data in files:
        path = out / name
        count += 1
        if path.is_file() and path.read_bytes() == data:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".part")
        beside.write_bytes(data)
        beside.replace(path)
    return count


def differences(files: Iterable[Made], out: Path) -> list[str]:
    """Compare *files* with what lies below *out*; return one sentence a difference."""
    found, known = [], set()
    for name, data in files:
        known.add(name)
        path = out / name
        if not path.is_file():
            found.append(f"{name}: missing")
        elif path.read_bytes() != data:
            found.append(f"{name}: other bytes than the maker's")
    lying = (path for folder in MADE_FOLDERS for path in (out / folder).rglob("*"))
    strays = {path.relative_to(out).as_posix() for path in lying if path.is_file()} - known
    return found + [f"{name}: not made by the maker" for name in sorted(strays)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 when something differs, 2 when fonts are not ours."""
    parser = argparse.ArgumentParser(description="Make the sample dossiers, or check them.")
    parser.add_argument("--check", action="store_true", help="compare only, and name differences")
    parser.add_argument("out", nargs="?", type=Path, default=HERE, metavar="OUT")
    asked = parser.parse_args(arguments)
    try:
        ours = fonts_sha256() == FONTS_SHA256
    except FontsMissing as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not ours:
        sys.stderr.write("other fonts than fonts-liberation2 2.1.5: the pictures would differ\n")
        return 2
    if not asked.check:
        sys.stdout.write(f"{write(made(), asked.out)} files\n")
        return 0
    found = differences(made(), asked.out)
    sys.stdout.writelines(f"{sentence}\n" for sentence in found)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
