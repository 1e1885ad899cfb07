"""The figures of a run as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from kinds import KINDS
from rich.console import Console
from rich.table import Table
from scoring import Score, rate

COLUMNS = (
    "class", "pages", "wall s", "peer", "ratio", "CPU s", "peer", "ratio", "CER", "peer", "no diacr.", "peer",
    "WER", "peer", "lost", "peer", "turned wrong", "blank wrong", "skew p95", "peak MB", "peer", "CPU/engine",
)  # fmt: skip


def show(results: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Print a row a class, then the errors by kind of print."""
    table = Table(title="sohoa run, sealing included, and OCRmyPDF (peer) on the same pages", padding=(0, 1, 0, 0))
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "class" else "right", no_wrap=True)
    for kind, found in results.items():
        table.add_row(kind, str(found["pages"]), *_cells(found))
    console.print(table)
    for found in results.values():
        if "kinds" in found:
            console.print(_kinds(found))


def _cells(found: Mapping[str, Any]) -> Iterator[str]:
    ours, peer = found["ours"], found.get("peer")
    for name, ratio in (("wall", "ratio_wall"), ("cpu", "ratio_cpu")):
        yield from (f"{ours[name]:.1f}", f"{peer[name]:.1f}" if peer else "", f"{found[ratio]:.1f}×" if peer else "")
    for name in ("cer", "plain", "wer", "lost"):
        yield from (rate(_score(ours), name), rate(_score(peer), name) if peer else "")
    level = found["skew_p95"]
    yield from (str(found["turned_wrong"]), str(found["blank_wrong"]), "" if level is None else f"{level:.2f}°")
    yield from (f"{ours['peak_mb']:.0f}", f"{peer['peak_mb']:.0f}" if peer else "", f"{found['over_engine']:.2f}")


def _score(side: Mapping[str, Any]) -> Score:
    return Score(**{each.name: side[each.name] for each in fields(Score)})


def _kinds(found: Mapping[str, Any]) -> Table:
    table = Table(title="Official papers by kind of print (one error may be of several kinds)")
    heads = ("kind", "char. errors: ours", "plain tesseract", "ratio", "words lost: ours", "plain tesseract", "ratio")
    for column in heads:
        table.add_column(column, justify="left" if column == "kind" else "right")
    for kind in (*KINDS, "all"):
        row = [kind]
        for name in ("kinds", "lost_kinds"):
            ours, plain = (found[name][side][kind] for side in ("ours", "plain"))
            row += [str(ours), str(plain), f"{ours / plain:.2f}" if plain else ""]
        table.add_row(*row)
    return table
