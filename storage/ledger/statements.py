"""The statements that every page and every lookup needs, made once: their values are given when they are executed.

Making the same dozen of statements over and over was a third of what a page cost the processor (measured). What they
are for is told by the methods that execute them, in `work`, `lanes` and `papers`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.ledger import tables

#: The present moment in a statement: as its server knows it, the same in all of one statement, or given with it.
MOMENT_OF_SERVER: Final = sa.func.statement_timestamp(type_=sa.DateTime(timezone=True))
MOMENT_GIVEN: Final = sa.bindparam("moment", type_=tables.UtcDateTime)

#: Who holds a lease that was given back.
NOBODY: Final = ""

#: Makes a statement that knows the present moment; it is made once for each of the two.
Made = Callable[[sa.ColumnElement[datetime]], sa.Executable]

DOSSIER: Final = sa.select(tables.dossiers).where(tables.dossiers.c.code == sa.bindparam("code"))
FILES: Final = (
    sa.select(tables.files)
    .where(tables.files.c.dossier == sa.bindparam("dossier"), tables.files.c.version == sa.bindparam("version"))
    .order_by(tables.files.c.name)
)
ITEM: Final = sa.select(tables.items).where(tables.items.c.code == sa.bindparam("code"))
ITEM_OF: Final = sa.select(tables.items).where(tables.items.c.deposit == sa.bindparam("deposit"))
PAGES_LEFT: Final = sa.select(sa.func.count()).where(
    tables.pages.c.dossier == sa.bindparam("dossier"), tables.pages.c.state == "waiting"
)
_ATTEMPTS: Final = tables.attempts
#: Before any moment that is asked for: since then all that was tried counts; then ran out what was given back.
_LONG_AGO: Final = sa.literal(datetime(1970, 1, 1, tzinfo=UTC), tables.UtcDateTime)


def _received(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    return sa.select(column).where(tables.items.c.deposit == sa.bindparam("deposit")).limit(1).scalar_subquery()


TRIED: Final = sa.select(
    _received(tables.items.c.code).label("subject"),
    sa.func.count().filter(_ATTEMPTS.c.outcome == "failed").label("failed"),
    sa.func.count().filter(_ATTEMPTS.c.outcome.is_(None)).label("open"),
).where(
    _ATTEMPTS.c.step_key == sa.bindparam("step_key"),
    _ATTEMPTS.c.started_at >= sa.func.coalesce(_received(tables.items.c.received_at), _LONG_AGO),
)
BEGUN: Final = sa.select(_ATTEMPTS.c.id).where(_ATTEMPTS.c.id == sa.bindparam("which"))


@cache
def begin_attempt(moment: sa.ColumnElement[datetime]) -> sa.Executable:
    """Needs ``step_key``, ``stage``, ``subject``, ``pid``."""
    return _ATTEMPTS.insert().values(started_at=moment)


@cache
def end_attempt(moment: sa.ColumnElement[datetime]) -> sa.Executable:
    """Needs ``which`` and its ``ending``; changes nothing where it has ended."""
    open_one = _ATTEMPTS.update().where(_ATTEMPTS.c.id == sa.bindparam("which"), _ATTEMPTS.c.outcome.is_(None))
    return open_one.values(outcome=sa.bindparam("ending"), ended_at=moment)


@cache
def take_lease(kind: str) -> Made:
    """Return what takes a lease in a *kind* of database, or renews it; it returns the fence, or no row: others hold it.

    Needs ``name``, ``holder``, and how long it ``lasts``; where the moment is given, ``until`` when.
    """
    table, insert = tables.leases, _insert_of(kind)

    @cache
    def made(moment: sa.ColumnElement[datetime]) -> sa.Executable:
        until: sa.ColumnElement[Any] = sa.bindparam("until", type_=tables.UtcDateTime)
        if moment is not MOMENT_GIVEN:
            until = moment + sa.bindparam("lasts", type_=sa.Interval)
        new = insert(table).values(fence=1, expires_at=until)
        renewed = sa.and_(table.c.holder == new.excluded.holder, table.c.expires_at > moment)
        changed = {
            "holder": new.excluded.holder,
            "expires_at": new.excluded.expires_at,
            "fence": table.c.fence + sa.case((renewed, 0), else_=1),
        }
        free = sa.or_(renewed, table.c.expires_at <= moment)
        new = new.on_conflict_do_update(index_elements=[table.c.name], set_=changed, where=free)
        return new.returning(table.c.fence)

    return made


#: The row stays: its fence must go on growing.
RELEASE_LEASE: Final = (
    tables.leases.update()
    .where(tables.leases.c.name == sa.bindparam("which"), tables.leases.c.holder == sa.bindparam("whose"))
    .values(holder=NOBODY, expires_at=_LONG_AGO)
)
FENCE: Final = (
    sa.select(tables.leases.c.fence)
    .where(tables.leases.c.name == sa.bindparam("name"), tables.leases.c.holder != NOBODY)
    .with_for_update(read=True)
)


@cache
def move_item(moment: sa.ColumnElement[datetime]) -> sa.Update:
    """Needs ``which``, the states that it ``was`` in, where ``to`` and ``why``."""
    table = tables.items
    one = table.update().where(
        table.c.code == sa.bindparam("which"), table.c.state.in_(sa.bindparam("was", expanding=True))
    )
    return one.values(state=sa.bindparam("to"), reason=sa.bindparam("why"), changed_at=moment, due_at=moment)


@cache
def keep_item(moment: sa.ColumnElement[datetime]) -> sa.Update:
    """Needs ``which``, ``deposit_``, the states that it ``was`` in."""
    table = tables.items
    same = (table.c.code == sa.bindparam("which"), table.c.deposit == sa.bindparam("deposit_"))
    one = table.update().where(*same, table.c.state.in_(sa.bindparam("was", expanding=True)))
    return one.values(reason=None, changed_at=moment, due_at=moment)


@cache
def new_object(kind: str) -> Made:
    """Return what makes an object's row in a *kind* of database; needs its columns but ``first_seen``."""
    insert = _insert_of(kind)

    @cache
    def made(moment: sa.ColumnElement[datetime]) -> sa.Executable:
        return insert(tables.objects).values(first_seen=moment).on_conflict_do_nothing()

    return made


@cache
def insert_new(table: sa.Table, kind: str) -> sa.Executable:
    """Return what makes a row in a *kind* of database unless it is there; needs its columns."""
    return _insert_of(kind)(table).on_conflict_do_nothing()


@cache
def upsert(table: sa.Table, keep: frozenset[str]) -> tuple[sa.Executable, sa.Executable]:
    """Return what changes a row but for what to *keep* (its columns, each after ``_``), and what makes it."""
    same = [column == sa.bindparam(f"_{column.name}") for column in table.primary_key]
    plain = [column for column in table.columns if not column.primary_key and column.name not in keep]
    update = table.update().where(*same).values({column: sa.bindparam(f"_{column.name}") for column in plain})
    return update, table.insert()


def _insert_of(kind: str) -> Callable[[sa.Table], postgresql.Insert | sqlite.Insert]:
    return postgresql.insert if kind == "postgresql" else sqlite.insert
