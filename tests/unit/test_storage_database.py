from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import exc

from storage import Ledger, LedgerBroken, LedgerBusy, LedgerError, StoreFull, digest_of
from storage.ledger.database import Database, open_engine
from storage.ledger.tables import metadata
from storage.migrations import migrate, migrate_back

OPENER = """
import sys, time
from pathlib import Path
from storage import Ledger
while not Path(sys.argv[2]).exists():
    time.sleep(0.001)
for number in range(10):
    with Ledger(f"sqlite:///{sys.argv[1]}/{number}.db") as ledger:
        ledger.begin_attempt("key", "read", "D-1")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def engine(path: Path) -> Iterator[sa.Engine]:
    made = open_engine(sa.make_url(f"sqlite:///{path}"), busy_seconds=1)
    yield made
    made.dispose()


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


def test_processes_that_open_a_new_ledger_at_once_make_it_once(tmp_path: Path) -> None:
    go = tmp_path / "go"
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(tmp_path), str(go)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    go.touch()
    said = [opener.communicate(timeout=120)[1] for opener in openers]

    assert said == ["", "", ""]
    for number in range(10):
        with Ledger(f"sqlite:///{tmp_path / f'{number}.db'}") as ledger:
            assert ledger.attempt_count("key") == 3


def test_threads_that_open_a_new_ledger_at_once_make_it_once(path: Path) -> None:
    def work() -> None:
        with Ledger(f"sqlite:///{path}") as ledger:
            ledger.begin_attempt("key", "read", "D-1")

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Ledger(f"sqlite:///{path}") as ledger:
        assert ledger.attempt_count("key") == 4


@pytest.mark.parametrize("place", ["file", "memory"])
def test_threads_may_share_a_ledger(place: str, path: Path) -> None:
    with Ledger(f"sqlite:///{path}" if place == "file" else "sqlite://") as ledger:
        threads = [Thread(target=enter_objects, args=(ledger, 20)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ledger.object_count() == 20


def test_the_folder_of_a_ledger_is_made(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path}/var/sohoa/ledger.db") as ledger:
        assert ledger.object_count() == 0


def test_what_was_entered_is_there_after_opening_again(path: Path) -> None:
    with Ledger(f"sqlite:///{path}") as ledger:
        enter_objects(ledger, 3)
    with Ledger(f"sqlite:///{path}") as ledger:
        assert ledger.object_count() == 3


def test_the_file_is_set_up_to_survive_a_power_cut(engine: sa.Engine) -> None:
    with engine.begin() as connection:
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


def test_a_ledger_from_a_newer_version_is_left_alone(path: Path) -> None:
    with Ledger(f"sqlite:///{path}") as ledger:
        enter_objects(ledger, 1)
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = 'r9999'")

    with pytest.raises(LedgerBroken, match="newer version"):
        Ledger(f"sqlite:///{path}")


def test_a_ledger_where_no_file_can_be_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LedgerError, match=r"file/ledger\.db"):
        Ledger(f"sqlite:///{tmp_path}/file/ledger.db")
    with pytest.raises(LedgerError, match="cannot be used"):
        Ledger(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("url", ["", "ledger.db", "nonsense://somewhere/db"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(LedgerError):
        Ledger(url)


def test_a_ledger_without_room_has_the_error_of_a_full_store(path: Path) -> None:
    with Ledger(f"sqlite:///{path}") as ledger:
        allow_no_growth(ledger)
        with pytest.raises(StoreFull, match="no room"):
            enter_objects(ledger, 1000)


def allow_no_growth(ledger: Ledger) -> None:
    """Let SQLite answer as on a full disk: its limit on pages has the same error."""
    ledger.close()
    sa.event.listen(ledger._engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=1").close())


def test_a_ledger_is_not_used_in_a_forked_child(path: Path) -> None:
    """SQLite's locks do not survive a fork: the child would corrupt the file."""
    with Ledger(f"sqlite:///{path}") as ledger:
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


def test_a_password_is_not_shown_to_people() -> None:
    with pytest.raises(LedgerError, match="cannot be used") as caught:
        Ledger("postgresql+pg8000://sohoa:secret@server/ledger")
    assert "sohoa:***@server" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_error_does_not_quote_the_row_it_is_about() -> None:
    """Rows hold names of people, and errors go to the log."""
    with Ledger("sqlite://") as ledger, pytest.raises(LedgerError) as caught:
        ledger.begin_attempt(b"key", "read", {"owner": "Trần Văn Mẫu"})  # type: ignore[arg-type]
    assert "Mẫu" not in str(caught.value)
