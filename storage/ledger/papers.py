"""The ledger's tables about papers: what may be asked for, what came in, what became of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, get_args

import sqlalchemy as sa

from storage.errors import ProcedureConflict
from storage.ledger import engines, statements, tables
from storage.ledger.database import Database
from storage.ledger.rows import (
    DepositRow,
    DepositState,
    DossierRow,
    FileRow,
    ObjectRow,
    ProcedureRow,
    ScanRow,
    TwinRow,
)
from storage.names import Area, Digest, require_area, require_digest

#: Rows fetched at a time by `Papers.objects`: about 200 KB.
_PAGE: Final = 1000
_FIRST: Final = ("", "")


class Papers(Database):
    """Procedures, deposits, dossiers, files and objects."""

    def put_procedure(self, row: ProcedureRow) -> bool:
        """Enter one version of a procedure; return False when it was there already.

        Raises:
            ProcedureConflict: it is there with another digest.
        """
        table = tables.procedures
        same = (table.c.code == row.code, table.c.version == row.version)

        def work(connection: sa.Connection) -> bool:
            known = connection.scalar(sa.select(table.c.digest).where(*same))
            if known is None:
                connection.execute(table.insert().values(**values_of(row)))
            elif known != row.digest:
                raise ProcedureConflict(
                    f"version {row.version} of procedure {row.code} is known with another text: "
                    "give the new text a higher version"
                )
            return known is None

        return self._write(work)

    def procedures(self) -> list[ProcedureRow]:
        """Return every version of every procedure, by code and version."""
        table = tables.procedures
        query = sa.select(table).order_by(table.c.code, table.c.version)
        with self._reading() as connection:
            return [ProcedureRow(**row) for row in connection.execute(query).mappings()]

    def procedure(self, code: str, on: date) -> ProcedureRow | None:
        """Return the version of a procedure that holds on a day: the one that began last.

        Of two that began on the same day it is the higher version, which corrects the other.
        """
        table = tables.procedures
        query = (
            sa.select(table)
            .where(table.c.code == code, table.c.effective_from <= on)
            .where(sa.or_(table.c.effective_to.is_(None), table.c.effective_to > on))
            .order_by(table.c.effective_from.desc(), table.c.version.desc())
            .limit(1)
        )
        row = self._row(query)
        return None if row is None else ProcedureRow(**row)

    def put_deposit(self, row: DepositRow) -> None:
        """Enter a deposit or what has become of it; `received_at` stays what it first was."""
        if row.state not in get_args(DepositState):
            raise ValueError(f"{row.state!r} is not a state of a deposit")
        require_digest(row.id)
        self._write(lambda c: upsert(c, tables.deposits, row, keep=("received_at",)))

    def deposits(self, dossier: str | None = None) -> list[DepositRow]:
        """Return all deposits, or those of one dossier, in the order they came in."""
        table = tables.deposits
        query = sa.select(table).order_by(table.c.received_at, table.c.id)
        if dossier is not None:
            query = query.where(table.c.dossier == dossier)
        return [DepositRow(**row) for row in self._rows(query)]

    def deposit(self, id: Digest) -> DepositRow | None:  # noqa: A002 -- as the field is called
        """Return one deposit, or None."""
        row = self._row(sa.select(tables.deposits).where(tables.deposits.c.id == id))
        return None if row is None else DepositRow(**row)

    def refused_deposits(self, *, limit: int = 100) -> list[DepositRow]:
        """Return at most *limit* deposits that were rejected or failed, the one that changed last first.

        Without those after which a dossier of their name was filed: somebody has seen to it.
        """
        table, later = tables.deposits, tables.dossiers
        since = sa.exists().where(later.c.code == table.c.name, later.c.updated_at > table.c.updated_at)
        query = (
            sa.select(table).where(tables.REFUSED, ~since).order_by(table.c.updated_at.desc(), table.c.id).limit(limit)
        )
        return [DepositRow(**row) for row in self._rows(query)]

    def put_dossier(self, row: DossierRow) -> None:
        """Enter where a dossier stands now, in place of where it stood."""
        self._write(lambda c: upsert(c, tables.dossiers, row))

    def dossier(self, code: str) -> DossierRow | None:
        """Return where one dossier stands, or None."""
        row = self._row(statements.DOSSIER, code=code)
        return None if row is None else DossierRow(**row)

    def dossiers(self, *, limit: int = 100) -> list[DossierRow]:
        """Return at most *limit* dossiers, the one that changed last first."""
        table = tables.dossiers
        query = sa.select(table).order_by(table.c.updated_at.desc(), table.c.code).limit(limit)
        return [DossierRow(**row) for row in self._rows(query)]

    def every_dossier(self) -> Iterator[DossierRow]:
        """Yield all dossiers, by code as the database sorts; page by page, as `objects`."""
        table, last = tables.dossiers, ""
        query = sa.select(table).order_by(table.c.code).limit(_PAGE)
        while True:
            with self._reading() as connection:
                page = connection.execute(query.where(table.c.code > last)).mappings().all()
            yield from (DossierRow(**row) for row in page)
            if len(page) < _PAGE:
                return
            last = page[-1]["code"]

    def put_files(self, dossier: str, version: int, rows: Sequence[FileRow]) -> None:
        """Enter the files of one version of a dossier, in place of all it had.

        Raises:
            ValueError: a row is about another dossier or version, or a name comes twice.
        """
        if any((row.dossier, row.version) != (dossier, version) for row in rows):
            raise ValueError(f"not all rows are about version {version} of {dossier}")
        if len({row.name for row in rows}) != len(rows):
            raise ValueError(f"two files of version {version} of {dossier} share a name")
        table = tables.files

        def work(connection: sa.Connection) -> None:
            # Two that replace at once would else leave what both of them brought.
            engines.hold(connection, f"files/{dossier}/{version}")
            connection.execute(table.delete().where(table.c.dossier == dossier, table.c.version == version))
            if rows:
                connection.execute(table.insert(), [values_of(row) for row in rows])

        self._write(work)

    def files(self, dossier: str, version: int) -> list[FileRow]:
        """Return the files of one version of a dossier, by name."""
        return [FileRow(**row) for row in self._rows(statements.FILES, dossier=dossier, version=version)]

    def put_scans(self, rows: Collection[ScanRow]) -> None:
        """Enter scans that were filed; those that are known stay."""
        if rows:
            self._write(lambda connection: insert_new(connection, tables.scans, [values_of(row) for row in rows]))

    def scans_elsewhere(self, dossier: str, *, limit: int = 100) -> list[TwinRow]:
        """Return at most *limit* scans of a dossier that are filed in others as well, by component."""
        ours, theirs = tables.scans.alias("ours"), tables.scans.alias("theirs")
        query = (
            sa.select(
                ours.c.digest,
                ours.c.component,
                theirs.c.dossier.label("other"),
                theirs.c.component.label("other_component"),
            )
            .join(theirs, sa.and_(theirs.c.digest == ours.c.digest, theirs.c.dossier != ours.c.dossier))
            .where(ours.c.dossier == dossier)
            .order_by(ours.c.component, ours.c.digest, theirs.c.dossier, theirs.c.component)
            .limit(limit)
        )
        return [TwinRow(**row) for row in self._rows(query)]

    def put_object(self, area: Area, digest: Digest, *, size: int, media_type: str) -> None:
        """Enter an object that was stored, of *size* bytes; the first entry stays as it is."""
        told = {"area": require_area(area), "digest": require_digest(digest), "size": size, "media_type": media_type}

        def work(connection: sa.Connection) -> None:
            self._timed(connection, statements.new_object(connection.dialect.name), told)

        self._write_one(work)

    def object(self, area: Area, digest: Digest) -> ObjectRow | None:
        """Return one object, or None."""
        table = tables.objects
        query = sa.select(table).where(table.c.area == area, table.c.digest == digest)
        with self._reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else ObjectRow(**row)

    def objects(self, area: Area | None = None) -> Iterator[ObjectRow]:
        """Yield all objects, or those of one area, by area and digest.

        Fetched page by page, each in a transaction of its own: a million rows take no more
        memory than a thousand, and nobody waits for a slow reader.
        """
        table = tables.objects
        place = sa.tuple_(table.c.area, table.c.digest)
        query = sa.select(table).order_by(table.c.area, table.c.digest).limit(_PAGE)
        if area is not None:
            query = query.where(table.c.area == require_area(area))
        last = _FIRST
        while True:
            with self._reading() as connection:
                page = connection.execute(query.where(place > last)).mappings().all()
            yield from (ObjectRow(**row) for row in page)
            if len(page) < _PAGE:
                return
            last = (page[-1]["area"], page[-1]["digest"])

    def object_count(self) -> int:
        """Return how many objects the store is expected to hold, in all areas."""
        with self._reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(tables.objects)) or 0


def values_of(row: Any) -> dict[str, Any]:
    """Return the fields of a row by the names of their columns."""
    return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}


def insert_new(
    connection: sa.Connection, table: sa.Table, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> None:
    """Write a row, or several, unless there is one with its primary key, which stays as it is."""
    connection.execute(statements.insert_new(table, connection.dialect.name), values)


def upsert(connection: sa.Connection, table: sa.Table, row: Any, *, keep: Sequence[str] = ()) -> None:
    """Write *row* over the one with its primary key, save for the columns to *keep*."""
    values = values_of(row)
    update, insert = statements.upsert(table, frozenset(keep))
    if connection.execute(update, {f"_{name}": value for name, value in values.items()}).rowcount == 0:
        connection.execute(insert, values)
