from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from ledger_helpers import tried
from postgres import KINDS, a_ledger_url
from sqlalchemy import exc

from storage import Ledger, LedgerAway, LedgerBroken, LedgerBusy, LedgerError, StoreFull, digest_of
from storage.ledger.database import Database
from storage.ledger.engines import open_engine
from storage.ledger.tables import metadata
from storage.migrations import migrate, migrate_back

HEAD = "r0004"
OPENER = """
import sys, time
from pathlib import Path
from storage import Ledger
go, *urls = sys.argv[1:]
while not Path(go).exists():
    time.sleep(0.001)
for url in urls:
    with Ledger(url) as ledger:
        ledger.begin_attempt("key", "read", "D-1")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture(params=KINDS)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a ledger is to be."""
    with a_ledger_url(request.param, tmp_path, tables=False) as lent:
        yield lent


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with a_ledger_url(request.param, tmp_path) as lent:
        yield lent


@pytest.fixture
def engine(new_url: str) -> Iterator[sa.Engine]:
    made = open_engine(sa.make_url(new_url), busy_seconds=1)
    yield made
    made.dispose()


@contextmanager
def closing_engine(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def enter_objects(ledger: Ledger, count: int) -> None:
    for number in range(count):
        name = digest_of(str(number).encode())
        ledger.put_object("work", name, size=1, media_type="image/png")


def test_the_tables_are_what_the_migrations_make_of_nothing(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_lead_back_to_nothing_and_forward_again(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
        migrate_back(connection, "base")
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
        migrate(connection)
        assert set(metadata.tables) < set(sa.inspect(connection).get_table_names())


def test_a_migration_that_fails_half_way_leaves_nothing(engine: sa.Engine) -> None:
    with pytest.raises(RuntimeError), engine.begin() as connection:
        migrate(connection)
        raise RuntimeError("power cut")

    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []


def old_ledger(engine: sa.Engine) -> None:
    """Make a ledger as the first version left it in people's folders, with a row in every table."""
    day = "'2026-11-20 03:00:00.000000'"
    zero = "0" * 64
    with engine.begin() as connection:
        migrate(connection)
        migrate_back(connection, "r0001")
        for statement in (
            f"INSERT INTO procedures VALUES ('1.001193', 1, '2025-07-01', NULL, 'Khai sinh', '{{}}', '{zero}', {day})",
            f"INSERT INTO deposits VALUES ('{zero}', 'D-1', 'D-1', 'sealed', NULL, NULL, {day}, {day})",
            f"INSERT INTO dossiers VALUES ('D-1', '1.001193', 'post', 'H15', 'sealed', 'complete', 1, '{zero}', {day})",
            f"INSERT INTO files VALUES ('D-1', 1, 'TP01-01.pdf', 'TP01', '{zero}', 9, 1, 'sealed', NULL)",
            f"INSERT INTO objects VALUES ('sealed', '{zero}', 9, 'application/pdf', {day})",
            f"INSERT INTO attempts (step_key, stage, subject, pid, started_at) VALUES ('key', 'seal', 'D-1', 1, {day})",
            f"INSERT INTO leases VALUES ('seal/key', '', {day}, 7)",
        ):
            connection.exec_driver_sql(statement)


def everything(ledger: Ledger) -> list[object]:
    return [
        ledger.procedures(), ledger.deposits(), ledger.dossiers(), ledger.files("D-1", 1), list(ledger.objects()),
        ledger.attempts(),
    ]  # fmt: skip


def test_a_ledger_of_the_first_version_opens_with_all_that_is_in_it(engine: sa.Engine, new_url: str) -> None:
    old_ledger(engine)

    with Ledger(new_url) as ledger:
        assert ledger.schema == HEAD
        assert [len(rows) for rows in everything(ledger)] == [1] * 6
        assert ledger.take_lease("seal/key", "ann", 60) == 8
        assert ledger.begin_attempt("key", "seal", "D-1") == 2
        assert ledger.event("cli", "opened", "D-1").number == 1


def test_going_back_to_the_first_version_keeps_all_that_it_knew(engine: sa.Engine, new_url: str) -> None:
    old_ledger(engine)
    with Ledger(new_url) as ledger:
        before = everything(ledger)
        ledger.event("cli", "opened", "D-1")
    with engine.begin() as connection:
        migrate_back(connection, "r0001")
        assert "events" not in sa.inspect(connection).get_table_names()

    with Ledger(new_url) as ledger:
        assert everything(ledger) == before
        assert ledger.event_head().number == 0


def test_processes_that_open_a_new_ledger_at_once_make_it_once(tmp_path: Path) -> None:
    go = tmp_path / "go"
    with ExitStack() as lent:
        urls = [f"sqlite:///{tmp_path}/{number}.db" for number in range(6)]
        urls += [lent.enter_context(a_ledger_url("postgresql", tmp_path, tables=False)) for _ in range(4)]
        openers = [
            subprocess.Popen([sys.executable, "-c", OPENER, str(go), *urls], stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        go.touch()
        said = [opener.communicate(timeout=120)[1] for opener in openers]

        assert said == ["", "", ""]
        for url in urls:
            with Ledger(url) as ledger:
                assert tried(ledger, "key") == 3


def test_threads_that_open_a_new_ledger_at_once_make_it_once(new_url: str) -> None:
    def work() -> None:
        with Ledger(new_url) as ledger:
            ledger.begin_attempt("key", "read", "D-1")

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Ledger(new_url) as ledger:
        assert tried(ledger, "key") == 4


@pytest.mark.parametrize("place", [*KINDS, "memory"])
def test_threads_may_share_a_ledger(place: str, tmp_path: Path) -> None:
    lent = nullcontext("sqlite://") if place == "memory" else a_ledger_url(place, tmp_path)
    with lent as url, Ledger(url) as ledger:
        threads = [Thread(target=enter_objects, args=(ledger, 20)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ledger.object_count() == 20


def test_the_folder_of_a_ledger_is_made(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path}/var/sohoa/ledger.db") as ledger:
        assert ledger.object_count() == 0


def test_what_was_entered_is_there_after_opening_again(url: str) -> None:
    with Ledger(url) as ledger:
        enter_objects(ledger, 3)
    with Ledger(url) as ledger:
        assert ledger.object_count() == 3


def test_people_are_told_what_keeps_the_ledger_and_how_its_tables_are(url: str) -> None:
    with Ledger(url) as ledger:
        assert ledger.kind.startswith(("sqlite 3.", "postgresql 1"))
        assert ledger.schema == HEAD


def test_the_queries_of_one_view_see_the_same_moment(url: str) -> None:
    with Ledger(url) as ledger, Ledger(url) as other:
        enter_objects(ledger, 1)
        count = sa.text("SELECT count(*) FROM objects")
        with ledger._reading() as view:
            before = view.scalar(count)
            enter_objects(other, 2)
            assert view.scalar(count) == before
        assert ledger.object_count() == 2


def test_the_file_is_set_up_to_survive_a_power_cut(path: Path) -> None:
    engine = open_engine(sa.make_url(f"sqlite:///{path}"), busy_seconds=1)
    with closing_engine(engine), engine.begin() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    assert found == ["wal", 2, 1, 1000]


def test_a_reader_does_not_wait_for_a_writer(path: Path) -> None:
    with (
        Ledger(f"sqlite:///{path}", busy_seconds=0.1) as ledger,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert ledger.object_count() == 0


def test_a_ledger_that_somebody_else_holds_is_busy_and_may_be_tried_again(path: Path) -> None:
    with (
        Ledger(f"sqlite:///{path}", busy_seconds=0.1) as ledger,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerBusy) as caught:
            ledger.begin_attempt("key", "read", "D-1")
        other.execute("ROLLBACK")
        assert ledger.begin_attempt("key", "read", "D-1") == 1
    assert caught.value.retry is True


def test_a_file_that_is_no_ledger_is_said_to_be_none_and_stays(path: Path) -> None:
    text = b"Dear Sir, this is a letter. " * 100
    path.write_bytes(text)

    with pytest.raises(LedgerBroken, match="backup") as caught:
        Ledger(f"sqlite:///{path}")
    assert caught.value.retry is False
    assert path.read_bytes() == text


def test_a_damaged_ledger_is_said_to_be_damaged(path: Path) -> None:
    with Ledger(f"sqlite:///{path}") as ledger:
        enter_objects(ledger, 200)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)

    with pytest.raises(LedgerBroken, match="damaged"), Ledger(f"sqlite:///{path}") as ledger:
        list(ledger.objects())


def test_a_ledger_from_a_newer_version_is_left_alone(engine: sa.Engine, new_url: str) -> None:
    Ledger(new_url).close()
    with engine.begin() as newer:
        newer.exec_driver_sql("UPDATE alembic_version SET version_num = 'r9999'")

    with pytest.raises(LedgerBroken, match="newer version"):
        Ledger(new_url)


def test_a_ledger_where_no_file_can_be_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LedgerError, match=r"file/ledger\.db"):
        Ledger(f"sqlite:///{tmp_path}/file/ledger.db")
    with pytest.raises(LedgerError, match="cannot be used"):
        Ledger(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("address", ["", "ledger.db", "nonsense://somewhere/db", "mysql://somewhere/db"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(LedgerError):
        Ledger(address)


def test_a_ledger_without_room_has_the_error_of_a_full_store(path: Path) -> None:
    with Ledger(f"sqlite:///{path}") as ledger:
        allow_no_growth(ledger)
        with pytest.raises(StoreFull, match="no room"):
            enter_objects(ledger, 1000)


def allow_no_growth(ledger: Ledger) -> None:
    """Let SQLite answer as on a full disk: its limit on pages has the same error."""
    ledger.close()
    sa.event.listen(ledger._engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=1").close())


def test_a_ledger_is_not_used_in_a_forked_child(url: str) -> None:
    """SQLite's locks do not survive a fork, and two processes must not talk to a server over one line."""
    with Ledger(url) as ledger:
        child = os.fork()
        if child == 0:
            try:
                ledger.object_count()
            except LedgerError:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_write_is_done_anew_when_the_row_came_in_between(path: Path) -> None:
    tries = []

    def work(connection: sa.Connection) -> str:
        tries.append(connection)
        if len(tries) < 3:
            raise exc.IntegrityError("INSERT", {}, Exception("unique"))
        return "done"

    with Database("sqlite://") as database:
        assert database._write(work) == "done"
    assert len(tries) == 3


SECRET = "s3cret"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+pg8000://sohoa:{SECRET}@server/ledger",
        f"postgresql+psycopg://sohoa:{SECRET}@127.0.0.1:1/ledger",
        f"postgresql+psycopg://sohoa@127.0.0.1:1/ledger?password={SECRET}",
        f"postgresql+psycopg://sohoa:{SECRET}@127.0.0.1:port/ledger",
        f"postgresql+psycopg//sohoa:{SECRET}@127.0.0.1",
        f"postgresql+psycopg://sohoa@127.0.0.1:1/ledger?passwort={SECRET}",
    ],
)
def test_a_password_is_never_shown(address: str) -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger(address)
    assert SECRET not in str(caught.value)


def test_a_password_that_is_given_apart_is_not_shown_either() -> None:
    with pytest.raises(LedgerAway) as caught:
        Ledger("postgresql+psycopg://sohoa@127.0.0.1:1/ledger", password=SECRET)
    assert SECRET not in str(caught.value)
    assert "sohoa:***@127.0.0.1:1/ledger" in str(caught.value)
    assert caught.value.retry is True


def test_an_error_does_not_quote_the_row_it_is_about(url: str) -> None:
    """Rows hold names of people, and errors go to the log."""
    with Ledger(url) as ledger, pytest.raises(LedgerError) as caught:
        ledger.begin_attempt("key", "read", {"owner": "Trần Văn Mẫu"})  # type: ignore[arg-type]
    assert "Mẫu" not in str(caught.value)
