"""How many pages a second do one, two and four readers read, and what does a page cost? Real pages, real servers.

    .venv/bin/python tests/bench/throughput.py [--readers 1 2 4] [--dossiers 4] [--pages 20]

From the first page that is begun to the last that is read, and to the last seal; CPU seconds of all processes, servers
too, and bytes in the store, by page. Readers are processes that read one page at a time: more of them than processors
cannot read faster.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from real_site import SAME_DAY, USUAL, RealSite, a_real_site  # noqa: E402

_LONGEST = 1800.0  # seconds
_TICKET = 20_000  # bytes that no scan is below


def main() -> None:
    asked = _asked()
    sys.stdout.write(f"{len(os.sched_getaffinity(0))} processors, {asked.dossiers} dossiers of {asked.pages} pages\n")
    sys.stdout.write("readers  pages/s  to the seal, pages/s  CPU s a page    bytes a page\n")
    for readers in asked.readers:
        with a_real_site(embedded=asked.embedded, workers=readers) as site:
            warm(site)
            reading, sealing, cpu = measured(site, asked.dossiers, asked.pages)
            stored = ", ".join(f"{area} {size:,.0f}" for area, size in stored_by_page(site).items())
        sys.stdout.write(f"{readers:7}{reading:9.2f}{sealing:22.2f}{cpu:14.2f}    {stored}\n")
        sys.stdout.flush()


def warm(site: RealSite) -> None:
    """Let every reader load its models."""
    codes = [f"H15.50.05.13-261118-{number:04d}" for number in range(2)]
    for code, procedure in zip(codes, (SAME_DAY, USUAL), strict=True):
        site.drop(code, 8, procedure=procedure)
    for code in codes:
        site.ends(code, seconds=_LONGEST)


def measured(site: RealSite, dossiers: int, pages: int) -> tuple[float, float, float]:
    """Return pages a second while they are read, pages a second until all is sealed, and CPU seconds a page."""
    before = site.spent()
    codes = [f"H15.50.05.13-261120-{number:04d}" for number in range(dossiers)]
    dropped = min(site.drop(code, pages, procedure=USUAL, station=f"TP-{code[-2:]}") for code in codes)
    sealed = max(site.ends(code, seconds=_LONGEST) for code in codes)
    time.sleep(1)
    tried = [each for code in codes for each in site.ledger.attempts(code) if each.stage == "paging" and each.ended_at]
    reading = max(each.ended_at for each in tried if each.ended_at) - min(each.started_at for each in tried)
    total = dossiers * pages
    return total / reading.total_seconds(), total / (sealed - dropped), (site.spent() - before) / total


def stored_by_page(site: RealSite) -> dict[str, float]:
    """Return the bytes in the store by area and page; without records of steps, a few KB each."""
    sizes: dict[str, float] = {}
    originals = 0
    for row in site.ledger.objects():
        sizes[row.area] = sizes.get(row.area, 0.0) + row.size
        originals += row.area == "originals" and row.size > _TICKET
    return {area: size / originals for area, size in sizes.items()}


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--readers", type=int, nargs="+", default=[1, 2, 4])
    words.add_argument("--dossiers", type=int, default=4)
    words.add_argument("--pages", type=int, default=20)
    words.add_argument("--embedded", action="store_true", help="without any server")
    return words.parse_args()


if __name__ == "__main__":
    main()
