"""A real Redis for tests, on loopback; it dies with them, and is never left out."""

from __future__ import annotations

import atexit
import shutil
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import redis

_PATIENCE = 30.0  # seconds


class Redis:
    """One server that writes down what it is told."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("redis-server") is None:
            raise RuntimeError("Redis is not installed: run requirements/debian-packages.sh test")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder = folder
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", "redis-server", "--bind", "127.0.0.1",
                 "--port", str(self.port), "--dir", str(folder), "--appendonly", "yes", "--save", "",
                 "--maxmemory-policy", "noeviction"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        ends = time.monotonic() + _PATIENCE
        while not self._answers():
            if time.monotonic() > ends or self._process.poll() is not None:
                raise RuntimeError(f"Redis does not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def clear(self) -> None:
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@cache
def the_redis() -> Redis:
    """Return the server that all tests of this process share."""
    server = Redis(Path(tempfile.mkdtemp(prefix="sohoa-redis-")))
    atexit.register(server.stop)
    return server
