"""The ledger of a province after years: databases filled once, with every row that real dossiers leave, and kept.

Each dossier of history is a thin one (two pages of one paper), so that a million fit on the disk of a small machine;
what a query finds its way through, rows of dossiers that are done, is there in millions all the same. Made by the
server itself where that is possible; the log of events is chained as `storage.ledger.events` does it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from postgres import Postgres

from storage import Ledger
from storage.ledger.events import NO_HASH, _chained, _columns

#: So many begin on one day of history.
_A_DAY = 6800
_AGENCIES = 34
_BEGAN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
#: Of a session that fills; nothing of it is needed when the machine fails: it is then filled anew.
_FILLING = "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET statement_timeout = 0"

# Of the dossier n: its code, when it came, and a digest that nothing else has.
_CODE = f"""format('H15.50.05.%s-%s-%s', 10 + n % {_AGENCIES},
    to_char(date '{_BEGAN:%Y-%m-%d}' + n / {_A_DAY}, 'YYMMDD'),
    lpad((n / {_AGENCIES} % {_A_DAY // _AGENCIES})::text, 4, '0'))"""
_AT = f"timestamptz '{_BEGAN.isoformat()}' + n / {_A_DAY} * interval '1 day' + n % {_A_DAY} * interval '5 seconds'"
#: What is tried for a dossier, in this order, and what it is called: lanes, then steps.
_LANES = ("opening", "paging", "paging", "closing", "sealing")
_STEPS = ("intake", "intake", "read", "read", "describe", "assemble", "seal", "manifest")
#: What the store keeps of it: area and media type.
_OBJECTS = (
    *(("originals", "application/octet-stream"),) * 3,
    *(("work", "application/json"),) * 3,
    *(("work", "application/pdf"), ("sealed", "application/pdf")),
    *(("sealed", "application/json"),) * 2,
    ("sealed", "application/pkcs7-signature"),
)


def _digest(*parts: str) -> str:
    return f"encode(sha256(concat_ws('/', {', '.join(parts)}, n)::bytea), 'hex')"


def _listed(values: Sequence[str | tuple[str, ...]]) -> str:
    """Return a table of *values* with their places, from 1."""
    rows = [(number, *([each] if isinstance(each, str) else each)) for number, each in enumerate(values, 1)]
    return ", ".join(str(row) for row in rows)


_DEPOSIT, _FILE, _MANIFEST = _digest("'deposit'"), _digest("'sealed'", "'8'"), _digest("'sealed'", "'10'")
_ORIGINAL, _KEPT = _digest("'originals'", "k::text"), _digest("area", "k::text")
_READ, _SEAL, _DONE = (_digest("'step'", place) for place in ("(k + 2)::text", "'7'", "k::text"))
_TRIED = _digest("'step'", f"(k - {len(_LANES)})::text")

#: By table, with the columns that are named: the rows of all dossiers n in `numbers`.
_ROWS: Mapping[str, str] = {
    "dossiers (code, procedure, channel, agency, state, verdict, version, manifest, updated_at)": f"""
        SELECT {_CODE}, '2.000815', 'counter', 'H15.50.05.' || 10 + n % {_AGENCIES}, 'sealed', 'complete', 1,
        {_MANIFEST}, {_AT} + interval '1 minute' FROM numbers""",
    "items (code, deposit, source, station, priority, state, received_at, changed_at, due_at)": f"""
        SELECT {_CODE}, {_DEPOSIT}, '/inbox/TP-01/' || {_CODE}, 'TP-' || 1 + n % {_AGENCIES}, n % 2, 'sealed',
        {_AT}, {_AT}, {_AT} FROM numbers""",
    "deposits (id, name, dossier, state, received_at, updated_at)": f"""
        SELECT {_DEPOSIT}, {_CODE}, {_CODE}, 'sealed', {_AT}, {_AT} FROM numbers""",
    "files (dossier, version, name, component, digest, size, pages, state)": f"""
        SELECT {_CODE}, 1, 'TP01-01.pdf', 'TP01', {_FILE}, 400000, 2, 'sealed' FROM numbers""",
    "documents (dossier, name, component, pages, state, changed_at)": f"""
        SELECT {_CODE}, 'TP01-01.pdf', 'TP01', 2, 'sealed', {_AT} FROM numbers""",
    "pages (dossier, original, number, state, step_key, changed_at, place)": f"""
        SELECT {_CODE}, {_ORIGINAL}, 0, 'read', {_READ}, {_AT}, k
        FROM numbers, generate_series(1, 2) AS k""",
    "leases (name, holder, expires_at, fence)": f"""
        SELECT 'seal/' || {_SEAL}, '', timestamptz '1970-01-01 00:00+00', 1 FROM numbers UNION ALL
        SELECT 'manifest/' || {_CODE}, '', timestamptz '1970-01-01 00:00+00', 1 FROM numbers""",
    "objects (area, digest, size, media_type, first_seen)": f"""
        SELECT area, {_KEPT}, 40000, media, {_AT}
        FROM numbers, (VALUES {_listed(_OBJECTS)}) AS kept (k, area, media)""",
    "steps (key, stage, subject, outcome, ended_at, seconds)": f"""
        SELECT {_DONE}, stage, {_CODE}, 'done', {_AT}, 0.5
        FROM numbers, (VALUES {_listed(_STEPS)}) AS done (k, stage)""",
    "attempts (step_key, stage, subject, pid, started_at, ended_at, outcome)": f"""
        SELECT CASE WHEN k <= {len(_LANES)} THEN stage || '/' || {_DEPOSIT} || '/' || k
        ELSE {_TRIED} END, stage, {_CODE}, 4711, {_AT}, {_AT}, 'done'
        FROM numbers, (VALUES {_listed(_LANES + _STEPS)}) AS tried (k, stage)""",
}


def name_of(size: int) -> str:
    """Return what the database is called that has so many dossiers in its history."""
    return f"history_{size}"


def code_of(number: int) -> str:
    """Return the code of a dossier of history, from 0."""
    day = date(2026, 1, 5) + timedelta(days=number // _A_DAY)
    return f"H15.50.05.{10 + number % _AGENCIES}-{day:%y%m%d}-{number // _AGENCIES % (_A_DAY // _AGENCIES):04d}"


def is_there(database: Postgres, size: int) -> bool:
    """Say whether a history of *size* was filled to its end."""
    return bool(database.execute(f"SELECT 1 FROM pg_database WHERE datname = '{name_of(size)}'"))


def fill(database: Postgres, size: int) -> None:
    """Make the database of a history, under its name only once it is whole."""
    started, beside = time.monotonic(), f"filling_{size}"
    database.execute(f"DROP DATABASE IF EXISTS {beside} WITH (FORCE)")
    database.execute(f"CREATE DATABASE {beside} TEMPLATE template0")
    Ledger(database.url(beside)).close()
    if size:
        with ThreadPoolExecutor(2) as hands:
            others = [hands.submit(_fill_events, database, beside, size)]
            others += [hands.submit(_fill_table, database, beside, table, size) for table in reversed(_ROWS)]
            for each in others:
                each.result()
    database.execute("VACUUM (FREEZE, ANALYZE)", beside)
    database.execute("CREATE EXTENSION pg_stat_statements", beside)
    database.execute(f"ALTER DATABASE {beside} RENAME TO {name_of(size)}")
    taken = database.execute(f"SELECT pg_size_pretty(pg_database_size('{name_of(size)}'))")[0][0]
    sys.stdout.write(f"{size:,} dossiers of history: {taken} in {time.monotonic() - started:.0f} s\n")


def warm(database: Postgres, size: int) -> None:
    """Have the server read all of a history once, as one has done that has run for weeks; it needs as much memory."""
    name = name_of(size)
    Ledger(database.url(name)).close()  # brought up to date, where the tables have changed since it was filled
    database.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm", name)
    every = "SELECT sum(pg_prewarm(oid, 'read')) FROM pg_class WHERE relkind IN ('r', 'i')"
    database.execute(f"{every} AND relnamespace = 'public'::regnamespace", name)


def _fill_table(database: Postgres, name: str, table: str, size: int) -> None:
    """Fill a table in one transaction that also empties it: so the server writes it once, and no log of it."""
    plain = table.partition(" ")[0]
    with psycopg.connect(database.conninfo(name)) as connection:
        connection.execute(_FILLING)
        connection.commit()
        connection.execute(f"TRUNCATE {plain}")
        later = _taken_off(connection, plain)
        connection.execute(
            f"WITH numbers AS (SELECT generate_series(0, {size - 1}) AS n) INSERT INTO {table} {_ROWS[table]}"
        )
        for statement in later:
            connection.execute(statement)


def _taken_off(connection: psycopg.Connection[Any], table: str) -> list[str]:
    """Take the indexes off a table; return what puts them back: built at the end they cost a tenth."""
    keys = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        (table,),
    ).fetchall()
    for key, _ in keys:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key}")
    indexes = connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", (table,)).fetchall()
    for index, _ in indexes:
        connection.execute(f"DROP INDEX {index}")
    return [*(made for _, made in indexes), *(f"ALTER TABLE {table} ADD CONSTRAINT {key} {made}" for key, made in keys)]


def _fill_events(database: Postgres, name: str, size: int) -> None:
    columns = ("number", "at", "actor", "action", "subject", "facts", "previous", "hash")
    with psycopg.connect(database.conninfo(name)) as connection:
        connection.execute(_FILLING)
        connection.commit()
        connection.execute("SET LOCAL session_replication_role = replica")  # a trigger refuses what follows
        connection.execute("TRUNCATE events")
        later = _taken_off(connection, "events")
        with connection.cursor().copy(f"COPY events ({', '.join(columns)}) FROM STDIN") as copy:
            for event in _events(size):
                copy.write_row([event[column] for column in columns])
        for statement in later:
            connection.execute(statement)


def _events(size: int) -> Iterator[Mapping[str, Any]]:
    previous, number = NO_HASH, 0
    for dossier in range(size):
        at = _BEGAN + timedelta(days=dossier // _A_DAY, seconds=dossier % _A_DAY * 5)
        for action in ("received", "filed"):
            number += 1
            told = {"actor": "queue:bench", "action": action, "subject": code_of(dossier), "facts": {"files": 1}}
            row = _chained(previous, number=number, at=at, **told)
            previous = row.hash
            yield _columns(row)
