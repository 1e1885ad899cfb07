"""One class after the other, one side after the other: the figures of a whole run of the bench."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sides
from kinds import KINDS, errors_by_kind, lost_by_kind
from pages import CLASSES, Example, share_95, skew_errors, turn_errors
from reading import read_all
from scoring import score, total
from sides import Side


def measured(pages: Sequence[Example], scratch: Path, *, ocrmypdf: Path | None) -> dict[str, Any]:
    """Run every side on the pages of one class, in turn and alone, and return the figures.

    Args:
        pages: Of one class.
        scratch: Where each side works; what is left there of an earlier run is removed.
        ocrmypdf: The peer; None to leave it out.
    """
    kind = pages[0].kind
    found: dict[str, Any] = {"pages": len(pages)}
    ours = sides.ours(pages, scratch, number=CLASSES.index(kind) + 1)
    found["ours"] = figures(pages, ours)
    level = share_95(skew_errors(pages, ours.rotations, ours.skews))
    found |= {"turned_wrong": turn_errors(pages, ours.rotations), "skew_p95": level}
    found["blank_wrong"] = sum(page.truth["blank"] != (at in ours.blank) for at, page in enumerate(pages, start=1))
    if ocrmypdf:
        peer = sides.peer(pages, scratch, ocrmypdf=ocrmypdf)
        found["peer"] = figures(pages, peer)
        found["ratio_wall"] = peer.took.wall / ours.took.wall
        found["ratio_cpu"] = peer.took.cpu / ours.took.cpu
    # As many processes as the whole run had: two busy cores are slower than one, and than each other's cache.
    engine = sum(read.engine_cpu for read in read_all(pages, jobs=sides.CORES))
    found |= {"engine_cpu": engine, "over_engine": ours.took.cpu / engine}
    if kind == "official":
        plain = sides.plain(pages, scratch)
        found["plain"] = figures(pages, plain)
        for name, count in (("kinds", errors_by_kind), ("lost_kinds", lost_by_kind)):
            found[name] = {"ours": by_kind(pages, ours, count), "plain": by_kind(pages, plain, count)}
    return found


def figures(pages: Sequence[Example], side: Side) -> dict[str, float]:
    """Return what one side took and how wrong it was."""
    found = total(score(page.text, text) for page, text in zip(pages, side.texts, strict=True))
    rates = {"cer": found.cer, "plain": found.plain, "wer": found.wer, "lost": found.lost}
    return {**asdict(side.took), **asdict(found), **rates}


def by_kind(pages: Sequence[Example], side: Side, count: Callable[[Example, str], Counter[str]]) -> dict[str, int]:
    """Return what *count* finds on one side by kind of print, and all of it."""
    found: Counter[str] = Counter()
    for page, text in zip(pages, side.texts, strict=True):
        found += count(page, text)
    return {kind: found[kind] for kind in (*KINDS, "all")}
