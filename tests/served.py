"""The tree of processes as a program of its own, and how to ask it over HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from queue_plant import Records

PROGRAM = """
import sys
from functools import partial
from pathlib import Path
from queue_plant import make_at
from workers.serve import serve

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    serve(partial(make_at, folder / "records.db", sys.argv[3]), count=int(sys.argv[4]),
          address=("127.0.0.1", int(sys.argv[2])), shared=folder / "shared",
          has_broker=bool(sys.argv[3]))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str, data: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", data=data, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


class Served:
    """The whole tree on one machine, as a program; without a broker, all of it in one child."""

    def __init__(self, folder: Path, address: str = "", count: int = 2) -> None:
        self.records = Records(folder / "records.db")
        self.port = free_port()
        (folder / "serving.py").write_text(PROGRAM)
        root = Path(__file__).parents[1]
        self.log = folder / "log"
        with self.log.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, str(folder / "serving.py"), str(folder), str(self.port), address, str(count)],
                env=os.environ | {"PYTHONPATH": f"{root}:{root / 'tests'}"}, stderr=said,
            )  # fmt: skip

    def children(self) -> list[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
