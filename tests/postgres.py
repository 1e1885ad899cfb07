"""A throw-away PostgreSQL on loopback, and databases on it that last for one test.

The server dies with the tests, also when these are killed. It is never left out: without PostgreSQL the tests fail.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

USER = "ci"
#: What a ledger is kept in; each test of its contract runs on both.
KINDS = ("sqlite", "postgresql")
#: Nothing is kept over a power cut: half the time of a test is fsync.
SETTINGS = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB",
    "listen_addresses=127.0.0.1", "timezone=Asia/Ho_Chi_Minh",
)  # fmt: skip
#: Ledgers on the shared server that nobody uses.
_EMPTY: list[str] = []
_READY_SECONDS = 30
#: A test of loss of connections may not wait for what a real server would be given.
_STOP_SECONDS = 20


class Postgres:
    """One server with a folder of its own; it may be stopped, killed and started again on the same port."""

    def __init__(self, folder: Path, settings: Sequence[str] = SETTINGS) -> None:
        self.folder = folder
        self.port = _free_port()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        if not (folder / "data").exists():  # a bench fills one once, and comes back to it
            self._run(
                "initdb", "-D", str(folder / "data"), "-U", USER, "--auth=trust", "-N", "--locale=C.UTF-8",
                "-E", "UTF8",
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """The number of its first process, the parent of all others."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; from a thread that lives as long as it shall: it is told to die with the thread."""
        words = [word for setting in self._settings for word in ("-c", setting)]
        words += ["-p", str(self.port), "-c", f"unix_socket_directories={self.folder}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_as_postgres(), str(_programs() / "postgres"), "-D", str(self.folder / "data"), *words],
                stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                with psycopg.connect(self.conninfo("postgres"), connect_timeout=2):
                    return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()[-3000:]) from None
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT throws its users out and ends in order, SIGQUIT and SIGKILL are a crash."""
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(_STOP_SECONDS)
        self._process = None
        # After SIGKILL its children notice within moments; the next start must not meet them.
        deadline = time.monotonic() + _STOP_SECONDS
        while _answers(self.port) and time.monotonic() < deadline:
            time.sleep(0.02)

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def conninfo(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} dbname={database}"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.conninfo(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend the name of a database of one's own."""
        name = f"t{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY FILE_COPY")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *words: str) -> None:
        command = [*_as_postgres(), str(_programs() / program), *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stdout}{done.stderr}")


@contextmanager
def a_server() -> Iterator[Postgres]:
    """Lend a server of one's own, for tests that stop it; its folder is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sohoa-postgres-"))
    try:
        server = Postgres(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def the_server() -> Postgres:
    """Return the server that all tests of this process share; nobody stops it before they end."""
    lent = a_server()
    server = lent.__enter__()
    atexit.register(lent.__exit__, None, None, None)
    return server


def _with_tables() -> str:
    """Return the name of a new database in which the ledger's tables are made."""
    from storage import Ledger

    name = f"ledger_{secrets.token_hex(6)}"
    the_server().execute(f"CREATE DATABASE {name} TEMPLATE template0")
    Ledger(the_server().url(name)).close()
    return name


def _empty(name: str) -> None:
    """Make a ledger as good as new, in a tenth of the time that a new database takes."""
    from storage.ledger.tables import metadata

    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    statements = [
        f"SELECT pg_terminate_backend(pid) FROM ({others}) AS others",
        "SET session_replication_role = replica",  # events have a trigger against what follows
        *(f"DELETE FROM {table}" for table in metadata.tables),
        "ALTER SEQUENCE attempts_id_seq RESTART",
        "ALTER TABLE events ENABLE TRIGGER ALL",  # as a test that tampers leaves it
    ]
    the_server().execute("; ".join(statements), name)


@contextmanager
def a_ledger_url(kind: str, folder: Path, *, tables: bool = True) -> Iterator[str]:
    """Lend the address of an empty ledger, of a kind of `KINDS`: a file in *folder* or a database on the shared server.

    Without *tables* the ledger is not there yet, as before its first opening.
    """
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ledger.db'}"
        return
    server = the_server()
    if not tables:
        with server.database() as name:
            yield server.url(name)
        return
    name = _EMPTY.pop() if _EMPTY else _with_tables()
    yield server.url(name)
    _empty(name)
    _EMPTY.append(name)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: run requirements/debian-packages.sh test")
    return found[-1]


def _as_postgres() -> list[str]:
    """Return how to start one of its programs: it refuses root; and it is to die with us."""
    words = ["setpriv", "--pdeathsig", "SIGINT"]
    if os.geteuid() == 0:
        words += ["--reuid=postgres", "--regid=postgres", "--init-groups"]
    return words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
