"""How well and how fast the samples are read, against the plain program on the same pictures in the same run.

``make bench``. For each sample file with known text: character error rate (CER), the same with diacritics forgiven, the
share of words that were not found anywhere on the page, whatever the order (columns read across cost CER, not words),
and the CPU seconds of reading it; then the same for ``tesseract FILE - -l vie --psm 1 --dpi N``, one page at a time
with one thread, as ours is. The pictures are the pages as the pipeline decodes them, so decoding is not compared.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ocr import OcrEngine, read_page
from ocr.metrics import character_error_rate, plain_error_rate
from pipeline.engines import engine_named
from pipeline.pdf_pages import examine_pdf
from pipeline.pictures import examine, media_of
from pipeline.stages.read import page_array

SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True, slots=True)
class Score:
    """One way of reading one file."""

    cer: float
    plain: float
    lost: float  # share of the words
    seconds: float  # CPU, user and system, of this process and its children
    characters: int


def main() -> None:
    """Read everything, print a row a file and the totals."""
    engine = engine_named("tesserocr")
    os.environ["OMP_THREAD_LIMIT"] = "1"
    files = sorted((SAMPLES / "truth").rglob("*.txt"))
    console = Console()
    table = Table(title=f"Reading the samples: ours ({engine.version}) and the plain program (peer)")
    figures = ("CER", "no diacr.", "words lost", "CPU s")
    for column in ("file", "pages", *figures, *(f"peer {figure}" for figure in figures), "speed ratio"):
        table.add_column(column, justify="left" if column == "file" else "right")
    scores = []
    for truth in track(files, console=Console(stderr=True)):
        score = measured(truth, engine)
        if score is None:
            continue
        scores.append(score[1:])
        table.add_row(str(truth.relative_to(SAMPLES / "truth"))[:-4], str(score[0]), *cells(*score[1:]))
    ours, peer = (total([pair[at] for pair in scores]) for at in (0, 1))
    table.add_section()
    table.add_row("all, by characters", "", *cells(ours, peer))
    console.print(table)


def measured(truth: Path, engine: OcrEngine) -> tuple[int, Score, Score] | None:
    """Read one file both ways."""
    name = truth.relative_to(SAMPLES / "truth")
    path = next(
        (
            SAMPLES / kind / name
            for kind in ("dossiers", "incomplete", "noticket", "broken")
            if (SAMPLES / kind / name).with_suffix("").exists()
        ),
        None,
    )
    if path is None:
        return None
    path = path.with_suffix("")
    wanted = truth.read_text(encoding="utf-8").split("\f")
    media = media_of(path)
    pages = examine_pdf(path) if media == "application/pdf" else examine(path, media)
    ours, peer = [], []
    for index, facts in enumerate(pages):
        with page_array(path, media, index, facts) as picture:
            dpi = (facts.dpi_x, facts.dpi_y)
            ours.append(timed(partial(text_of, picture, dpi, engine), wanted[index]))
            peer.append(timed(partial(plain, picture, dpi[0]), wanted[index]))
    return len(pages), total(ours), total(peer)


def text_of(picture: Any, dpi: tuple[float, float], engine: OcrEngine) -> str:
    """Read a page as the product does."""
    return read_page(picture, dpi=dpi, engine=engine).text


def plain(picture: Any, dpi: float) -> str:
    """Read a page with the program as it comes."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        Image.fromarray(picture).save(file, "PNG", compress_level=0)
        file.flush()
        command = ["tesseract", file.name, "-", "-l", "vie", "--psm", "1", "--dpi", str(round(dpi))]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def timed(read: Any, wanted: str) -> Score:
    """Time one reading and hold it against the truth."""
    before = cpu()
    text = read()
    seconds = cpu() - before
    words = wanted.split()
    lost = (Counter(words) - Counter(text.split())).total() / len(words)
    return Score(character_error_rate(wanted, text), plain_error_rate(wanted, text), lost, seconds, len(wanted))


def cpu() -> float:
    """Return the CPU seconds of this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def total(scores: list[Score]) -> Score:
    """Add scores up, each page by its characters."""
    characters = sum(score.characters for score in scores)
    cer, plain, lost = (
        sum(getattr(score, name) * score.characters for score in scores) / characters
        for name in ("cer", "plain", "lost")
    )
    return Score(cer, plain, lost, sum(score.seconds for score in scores), characters)


def cells(ours: Score, peer: Score) -> Iterator[str]:
    """Yield a row's figures."""
    for score in (ours, peer):
        yield from (f"{score.cer:.2%}", f"{score.plain:.2%}", f"{score.lost:.2%}", f"{score.seconds:.2f}")
    yield f"{peer.seconds / ours.seconds:.1f}×"


if __name__ == "__main__":
    started = time.monotonic()
    main()
    sys.stderr.write(f"bench: {time.monotonic() - started:.0f} s\n")
