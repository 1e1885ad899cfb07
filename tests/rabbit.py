"""A real RabbitMQ for tests, on loopback, with data and a name server of its own; it may be killed and started again.

It dies with the tests, however these end. When it cannot start, the tests that ask for it fail: that a message comes
back after `kill -9` cannot be proved by a fake.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pika

_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
_PATIENCE = 90.0  # seconds; 5 on two idle cores
_CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{port}
loopback_users.guest = true
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 50MB
log.file.level = warning
# As docs/queue.md wants it: a message of a thick dossier is not given to a second worker while the first is at it.
consumer_timeout = 10800000
"""


class Rabbit:
    """One server; what was confirmed survives its being killed."""

    def __init__(self, folder: Path) -> None:
        if not (_PROGRAMS / "rabbitmq-server").exists():
            raise RuntimeError("RabbitMQ is not installed: run requirements/debian-packages.sh test")
        self.folder = folder
        self.port, self._names, self._between = (_free_port() for _ in range(3))
        self._processes: list[subprocess.Popen[bytes]] = []
        for name in ("data", "log", "home"):
            (folder / name).mkdir()
        (folder / "rabbitmq.conf").write_text(_CONFIG.format(port=self.port))
        (folder / "plugins").write_text("[].")

    @property
    def address(self) -> str:
        """Where its queues are, as settings name it."""
        return f"amqp://guest@127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        """The number of the broker's own process."""
        return self._processes[-1].pid

    def start(self) -> None:
        self._daemon("epmd", "epmd", "-address", "127.0.0.1", "-port", str(self._names))
        self._daemon("rabbit", str(_PROGRAMS / "rabbitmq-server"))
        ends = time.monotonic() + _PATIENCE
        while not _answers(self.port):  # its listeners are the last to start
            if time.monotonic() > ends or self._processes[-1].poll() is not None:
                raise RuntimeError(f"RabbitMQ does not start:\n{self._said()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as the kernel would for want of memory."""
        for process in reversed(self._processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()
        while _answers(self.port):  # the kernel closes a big process in its own time
            time.sleep(0.02)

    def empty(self) -> None:
        """Lose all that was written down, while it does not run."""
        shutil.rmtree(self.folder / "data")
        (self.folder / "data").mkdir()

    def clear(self, queues: Iterable[str]) -> None:
        """Remove queues, with those of delayed and of dead messages that dramatiq has beside each."""
        with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.port)) as connection:
            for queue in queues:
                for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
                    connection.channel().queue_delete(name)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _daemon(self, name: str, *words: str) -> None:
        with (self.folder / "log" / f"{name}.out").open("ab") as log:
            started = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *words],
                env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._processes.append(started)

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            "PATH": f"{_PROGRAMS}:/usr/sbin:/usr/bin:/bin",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"sohoa-{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_DIST_PORT": str(self._between),
            # The server in the place of its script, which would leave it behind when it is killed itself.
            "RUNNING_UNDER_SYSTEMD": "yes",
            "ERL_EPMD_PORT": str(self._names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _said(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in (self.folder / "log").glob("*"))


@cache
def the_rabbit() -> Rabbit:
    """Return the server that all tests of this process share, started when it is first asked for."""
    server = Rabbit(Path(tempfile.mkdtemp(prefix="sohoa-rabbit-")))
    atexit.register(server.stop)
    server.start()
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
