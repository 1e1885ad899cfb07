"""The quick table: every class read in process, one row a class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pages import Example, examples, share_95, skew_errors, turn_errors
from reading import Read, read_all
from rich.console import Console
from rich.table import Table
from scoring import rate, score, total

COLUMNS = ("pages", "CER", "no diacr.", "WER", "lost", "turned wrong", "skew p95", "CPU s/page", "over engine", "blank")


def table(corpus: Path, kinds: Sequence[str], *, most: int | None, jobs: int, worst: int) -> None:
    """Read and print, a class at a time."""
    console = Console(width=max(140, Console().width))
    shown = Table(title="Reading alone, in process")
    for column in ("class", *COLUMNS):
        shown.add_column(column, justify="left" if column == "class" else "right")
    bad: list[tuple[float, str]] = []
    for kind in kinds:
        pages = examples(corpus, kind, most=most)
        reads = read_all(pages, jobs=jobs)
        shown.add_row(kind, *_cells(pages, reads))
        bad += [(score(p.text, r.text).cer, p.picture.name) for p, r in zip(pages, reads, strict=True)]
    console.print(shown)
    for worse, name in sorted(bad, reverse=True)[:worst]:
        console.print(f"{worse:8.2%}  {name}", highlight=False)


def _cells(pages: Sequence[Example], reads: Sequence[Read]) -> tuple[str, ...]:
    found = total(score(page.text, read.text) for page, read in zip(pages, reads, strict=True))
    rotations, skews = [read.rotation for read in reads], [read.skew for read in reads]
    level = share_95(skew_errors(pages, rotations, skews))
    cpu, engine = (sum(getattr(read, name) for read in reads) for name in ("cpu", "engine_cpu"))
    scores = sorted(read.blank_score for read in reads)
    return (
        str(len(pages)), *(rate(found, name) for name in ("cer", "plain", "wer", "lost")),
        str(turn_errors(pages, rotations)), "-" if level is None else f"{level:.2f}°", f"{cpu / len(pages):.2f}",
        f"{cpu / max(engine, 0.001):.2f}", f"{scores[0]:.2f}…{scores[-1]:.2f}",
    )  # fmt: skip
