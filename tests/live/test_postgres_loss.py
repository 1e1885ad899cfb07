"""A real PostgreSQL that is restarted, killed, held up and cut off while the ledger is used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from ledger_helpers import tried
from postgres import Postgres, a_server

from storage import Fence, Ledger, LedgerAway, LedgerBroken, LedgerBusy, LedgerError, Message, digest_of
from storage.ledger import engines

SECRET = "s3cret"
#: Holds a lease inside an open transaction, and says so; what happens to it then is the test's affair.
HOLDER = """
import sys, time
from storage import Fence, Ledger
ledger = Ledger(sys.argv[1])
fence = Fence("seal/D-1", ledger.take_lease("seal/D-1", "ann", 0.1))
def work():
    ledger.begin_attempt("key", "seal", "D-1")
    print("inside", flush=True)
    time.sleep(60)
ledger.together(work, under=fence)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with a_server() as started:
        yield started


@pytest.fixture
def url(server: Postgres) -> Iterator[str]:
    with server.database() as name:
        yield server.url(name)


def enter(ledger: Ledger, name: str) -> None:
    ledger.put_object("work", digest_of(name.encode()), size=1, media_type="text/plain")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
def test_a_server_that_is_started_again_is_waited_for(server: Postgres, url: str, how: signal.Signals) -> None:
    with Ledger(url) as ledger, ThreadPoolExecutor(1) as thread:
        enter(ledger, "before")
        server.stop(how)
        entered = thread.submit(enter, ledger, "after")
        time.sleep(0.5)
        assert not entered.done()
        server.start()
        entered.result()
        assert ledger.object_count() == 2


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_was_entered_stays_entered_when_the_server_is_killed_under_work(
    server: Postgres, url: str, how: signal.Signals
) -> None:
    """Whoever was told that it is written may rely on it; whoever was not, tries again, and it is there once."""
    stop = threading.Event()
    entered: list[str] = []
    away: list[str] = []

    def work(worker: int) -> None:
        number = 0
        while not stop.is_set():
            name = f"{worker}/{number}"
            try:
                ledger.together(lambda name=name: (enter(ledger, name), ledger.post([Message("q", name, "")])))
            except LedgerAway:  # the line was cut while it was committed: nobody knows
                away.append(name)
            else:
                entered.append(name)
                number += 1

    with Ledger(url) as ledger:
        with ThreadPoolExecutor(4) as threads:
            running = [threads.submit(work, number) for number in range(4)]
            try:
                for _ in range(2):
                    time.sleep(0.4)
                    server.restart(how)
                time.sleep(0.4)
            finally:  # or the threads, which are waited for, would never end
                stop.set()
        for each in running:
            each.result()
        kept = {row.digest for row in ledger.objects()}
        posted = [row.message.subject for row in ledger.take_messages(10**6)]

    assert len(entered) > 20
    assert {digest_of(name.encode()) for name in entered} <= kept
    assert set(entered) <= set(posted)
    # An object and its message came in together; what nobody knew of may have a message more.
    assert {digest_of(name.encode()) for name in posted} == kept
    assert len(posted) <= len(set(posted)) + len(away)


def test_a_server_that_stays_away_is_said_to_be_away_and_to_try_again(server: Postgres, url: str) -> None:
    with Ledger(url, password=SECRET, busy_seconds=0.5) as ledger:
        server.stop()
        try:
            started = time.monotonic()
            with pytest.raises(LedgerAway, match="try again") as caught:
                ledger.object_count()
            with pytest.raises(LedgerAway):
                enter(ledger, "lost")
            assert time.monotonic() - started < 5
        finally:
            server.start()
        assert caught.value.retry is True
        assert SECRET not in str(caught.value)
        enter(ledger, "found")
        assert ledger.object_count() == 1


def test_a_line_that_is_cut_before_the_commit_is_no_loss(server: Postgres, url: str) -> None:
    """Nothing of the first try was kept, so it is done anew, once."""
    tries = []

    def work() -> None:
        ledger.begin_attempt("key", "read", "D-1")
        tries.append(1)
        if len(tries) == 1:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sohoa'")
        ledger.begin_attempt("key", "seal", "D-1")

    with Ledger(url) as ledger:
        ledger.together(work)
        assert (len(tries), tried(ledger, "key")) == (2, 2)


def test_a_row_that_others_hold_for_too_long_is_busy(url: str) -> None:
    with Ledger(url, busy_seconds=0.3) as ledger, Ledger(url) as other, ThreadPoolExecutor(1) as thread:
        fence = Fence("seal/D-1", ledger.take_lease("seal/D-1", "ann", 0.01) or 0)
        time.sleep(0.1)  # it has run out, and would be taken

        def work() -> None:
            with pytest.raises(LedgerBusy, match="try again"):
                thread.submit(ledger.take_lease, "seal/D-1", "bob", 60).result()

        other.together(work, under=fence)
        assert ledger.take_lease("seal/D-1", "bob", 60) == fence.number + 1


def test_a_statement_that_takes_too_long_is_ended(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "STATEMENT_SECONDS", 0.2)
    with Ledger(url) as ledger, pytest.raises(LedgerBusy):
        ledger._write(lambda connection: connection.execute(sa.text("SELECT pg_sleep(30)")))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_ends_or_hangs_in_a_transaction_keeps_nobody_out(
    url: str, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger(url).close()
    short = HOLDER.replace(
        "import sys, time", "import sys, time\nfrom storage.ledger import engines\nengines.IDLE_SECONDS = 1"
    )
    holder = subprocess.Popen([sys.executable, "-c", short, url], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "inside\n"
        os.kill(holder.pid, how)
        time.sleep(0.2)  # the lease has run out; only the open transaction keeps it
        with Ledger(url) as ledger:
            assert ledger.take_lease("seal/D-1", "bob", 60) == 2
            assert ledger.attempts() == []
    finally:
        holder.kill()
        holder.communicate()


def test_a_server_is_reached_through_its_socket_too(server: Postgres, url: str) -> None:
    name = url.rpartition("/")[2]
    with Ledger(f"postgresql+psycopg://ci@:{server.port}/{name}?host={server.folder}") as ledger:
        enter(ledger, "here")
        assert ledger.object_count() == 1


def test_a_database_that_cannot_keep_vietnamese_is_refused(server: Postgres) -> None:
    server.execute("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    try:
        with pytest.raises(LedgerBroken, match="UTF8"):
            Ledger(server.url("ascii"))
    finally:
        server.execute("DROP DATABASE ascii WITH (FORCE)")


def test_a_user_who_may_not_make_tables_is_told_who_does(server: Postgres, url: str) -> None:
    server.execute("CREATE ROLE visitor LOGIN")
    with server.database() as name, pytest.raises(LedgerError, match="owner"):
        Ledger(server.url(name).replace("//ci@", "//visitor@"))


def test_a_role_with_few_rights_is_enough_and_cannot_change_events(server: Postgres) -> None:
    """The rights that docs/ledger.md gives to the service; making and changing tables is for the owner."""
    with server.database() as name:
        Ledger(server.url(name)).close()
        for statement in (
            f"CREATE ROLE service_{name} LOGIN",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO service_{name}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO service_{name}",
            f"REVOKE UPDATE, DELETE, TRUNCATE ON events FROM service_{name}",
            f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM service_{name}",
        ):
            server.execute(statement, name)
        with Ledger(server.url(name).replace("//ci@", f"//service_{name}@")) as ledger:
            ledger.begin_attempt("key", "seal", "D-1")
            ledger.post([Message("q", "D-1", "")])
            ledger.event("cli:ann", "sealed", "D-1")
            assert ledger.broken_event() is None
            with pytest.raises(LedgerError, match="42501"):
                ledger._write(lambda connection: connection.execute(sa.text("DELETE FROM events")))
        server.execute(f"DROP OWNED BY service_{name}", name)
        server.execute(f"DROP ROLE service_{name}")


def test_a_password_is_taken_from_where_it_is_given_and_a_wrong_one_is_not_shown(server: Postgres, url: str) -> None:
    server.execute(f"CREATE ROLE secretive LOGIN PASSWORD '{SECRET}'")
    server.execute(f"GRANT ALL ON DATABASE {url.rpartition('/')[2]} TO secretive")
    server.execute("GRANT ALL ON SCHEMA public TO secretive", url.rpartition("/")[2])
    rules = server.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"host all secretive 127.0.0.1/32 scram-sha-256\n{before}")
    server.execute("SELECT pg_reload_conf()")
    time.sleep(0.3)
    mine = url.replace("//ci@", "//secretive@")

    with Ledger(mine, password=SECRET) as ledger:
        assert SECRET not in ledger.location
        assert ledger.object_count() == 0
    with pytest.raises(LedgerAway) as caught:
        Ledger(mine, password=f"{SECRET}-wrong")
    assert SECRET not in str(caught.value)


def test_a_silent_line_is_given_up_after_twenty_seconds_at_both_ends(url: str) -> None:
    """Else a cut network holds a worker, or the locks of one that is gone, for as long as the system's own patience."""
    engine = engines.open_engine(sa.make_url(url), busy_seconds=1)
    with engine.connect() as connection:
        number = os.dup(connection.connection.driver_connection.fileno())  # type: ignore[union-attr]
        with socket.socket(fileno=number) as line:
            names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            ours = [line.getsockopt(socket.IPPROTO_TCP, name) for name in names]
            assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        theirs = [
            int(connection.exec_driver_sql(f"SHOW tcp_keepalives_{name}").scalar_one().removesuffix("s"))
            for name in ("idle", "interval", "count")
        ]
    engine.dispose()
    for idle, every, times in (ours, theirs):
        assert idle + every * times <= 20
