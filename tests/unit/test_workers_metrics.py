"""Numbers of a process stand in files that it writes as memory: these must be there before the disk is full."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: In a process of its own, because prometheus-client looks for the folder when it is imported.
COUNTING = """
from workers import metrics
from workers.model import Errand, Lane, all_queues, queue_name
from pipeline.stages import CREW
meters = metrics.Meters()
print("made", flush=True)
input()
for lane in Lane:
    for ending in ("done", "again", "given-up"):
        for code in [f"code-of-a-usual-length-{number}" for number in range(20)]:
            meters.errand(Errand(lane, "H1"), ending, code, 1.0)
for stage in (*CREW, "seal", "file", "manifest"):
    with meters.step(stage):
        pass
for ending in ("granted", "failed"):
    meters.stamp(ending, 1.0)
for lane, urgency in all_queues():
    meters.waited(queue_name(lane, urgency), 1.0)
"""


def test_all_that_a_process_counts_is_written_into_room_that_it_took_before(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", COUNTING], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"made\n"
        taken = {path: path.stat() for path in tmp_path.iterdir()}
        process.communicate(b"\n")
    assert process.returncode == 0
    assert len(taken) == 2
    for path, before in taken.items():
        assert before.st_blocks * 512 >= before.st_size  # no holes: a full disk finds nothing to refuse
        assert path.stat().st_size == before.st_size
        assert path.read_bytes()[:2] != b"\0\0"  # they are those that it counts into
