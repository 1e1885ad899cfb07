"""Draw one run of the bench: ``var/bench/peer/bin/python tests/bench/plot.py RUN.json``, which writes RUN.png.

Runs in the peer's virtual environment, where matplotlib is; knows only the figures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
from matplotlib import pyplot


def draw(source: Path) -> Path:
    """Draw error rates and times of both sides, class by class."""
    run = json.loads(source.read_text(encoding="utf-8"))
    classes = {kind: found for kind, found in run["classes"].items() if kind != "blank"}
    figure, axes = pyplot.subplots(1, 3, figsize=(15, 4.5), layout="constrained")
    sides = [side for side in ("ours", "peer") if all(side in found for found in classes.values())]
    for axis, name, title, factor in (
        (axes[0], "cer", "character errors, %", 100.0), (axes[1], "wall", "wall clock, s", 1.0),
        (axes[2], "cpu", "CPU, s", 1.0),
    ):  # fmt: skip
        for number, side in enumerate(sides):
            places = [index + (number - (len(sides) - 1) / 2) * 0.4 for index in range(len(classes))]
            values = [found[side][name] * factor for found in classes.values()]
            bars = axis.bar(places, values, 0.38, label={"ours": "sohoa run", "peer": "OCRmyPDF"}[side])
            axis.bar_label(bars, fmt="%.2g", fontsize=7)
        axis.set_yscale("log")
        axis.set_xticks(range(len(classes)), list(classes), rotation=45)
        axis.set_title(title)
        axis.legend()
    figure.suptitle(f"{run['started']}  {run['commit']}")
    target = source.with_suffix(".png")
    figure.savefig(target, dpi=120)
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{draw(Path(sys.argv[1]))}\n")
