"""How well and how fast dossiers are read, and how fast they are sealed and verified: ``make bench``.

Reading is held against OCRmyPDF, seals against pyHanko's command line, each on the same input in the same run.
``--only-reading`` reads in process and needs nothing but the corpus; it is what to use while tuning. ``--only-seals``
leaves reading out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import quick
import seals
from compare import measured
from pages import CLASSES, examples
from peerhome import PeerMissing, ready
from rich.console import Console
from shown import show
from sides import SideFailed
from write_corpus import is_whole, write

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "var" / "bench"
#: Columns of the widest table.
WIDTH = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 1 when a side failed."""
    asked = _asked(arguments)
    aside = Console(stderr=True)
    if asked.only_seals:
        return _ended(lambda: seal(with_peer=not asked.no_peer), aside)
    if not is_whole(asked.corpus):
        aside.print(f"bench: writing the corpus into {asked.corpus}")
        write(asked.corpus)
    if asked.only_reading:
        os.environ["OMP_THREAD_LIMIT"] = "1"
        quick.table(asked.corpus, asked.classes, most=asked.pages, jobs=asked.jobs, worst=asked.worst)
        return 0
    ended = _ended(lambda: compare(asked.corpus, asked.classes, most=asked.pages, with_peer=not asked.no_peer), aside)
    return ended or _ended(lambda: seal(with_peer=not asked.no_peer), aside)


def seal(*, with_peer: bool) -> None:
    """Measure seals; print the table and keep the figures below var/bench.

    Raises:
        SideFailed: pyHanko's command line ended with an error.
        PeerMissing: it cannot be installed.
    """
    started = datetime.now().astimezone()
    programs = ready(BENCH / "peer", ROOT / "requirements" / "bench.txt") if with_peer else None
    with TemporaryDirectory(prefix="sohoa-bench-") as folder:
        found = seals.measured(Path(folder), programs and programs / "pyhanko")
    run = {"started": started.isoformat(timespec="seconds"), "commit": _commit(), "seals": found}
    BENCH.mkdir(parents=True, exist_ok=True)
    (BENCH / f"{started:%Y%m%d-%H%M%S}-seals.json").write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    seals.show(found, Console(width=WIDTH))


def _ended(work: Callable[[], None], aside: Console) -> int:
    try:
        work()
    except (SideFailed, PeerMissing) as error:
        aside.print(f"bench: {error}")
        return 1
    return 0


def compare(corpus: Path, kinds: Sequence[str], *, most: int | None, with_peer: bool) -> None:
    """Run all sides on the classes *kinds*; print the tables, keep the figures and the plot below var/bench.

    Raises:
        SideFailed: a reader ended with an error.
        PeerMissing: the peer cannot be installed.
    """
    started = datetime.now().astimezone()
    programs = ready(BENCH / "peer", ROOT / "requirements" / "bench.txt") if with_peer else None
    results: dict[str, Any] = {}
    run = {"started": started.isoformat(timespec="seconds"), "commit": _commit(), "classes": results}
    target = BENCH / f"{started:%Y%m%d-%H%M%S}.json"
    for kind in kinds:
        Console(stderr=True).print(f"bench: {kind}")
        pages = examples(corpus, kind, most=most)
        results[kind] = measured(pages, BENCH / "scratch", ocrmypdf=programs and programs / "ocrmypdf")
        # After each class: an hour's figures are not lost to the last one.
        target.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    show(results, Console(width=WIDTH))
    if programs:
        subprocess.run([programs / "python", Path(__file__).with_name("plot.py"), target], check=True)


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--classes", type=_kinds, default=CLASSES, help=f"with commas, of {', '.join(CLASSES)}")
    parser.add_argument("--pages", type=int, metavar="N", help="the first N pages of each class only")
    parser.add_argument("--only-reading", action="store_true", help="in process, without sealing and without the peer")
    parser.add_argument("--only-seals", action="store_true", help="sealing and verifying only")
    parser.add_argument("--no-peer", action="store_true", help="ours alone")
    parser.add_argument("--corpus", type=Path, default=BENCH / "corpus", help="where it lies or shall be written")
    parser.add_argument("--jobs", type=int, default=2, help="processes of --only-reading (default: 2)")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="--only-reading also names the N worst pages")
    return parser.parse_args(arguments)


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(kind for kind in text.split(",") if kind)
    if unknown := set(kinds) - set(CLASSES):
        raise argparse.ArgumentTypeError(f"no such class: {', '.join(sorted(unknown))}")
    return kinds


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main())
