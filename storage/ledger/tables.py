"""The tables as they are today. How they came to be so is told by `storage.migrations`.

No foreign keys between them: rows arrive in whatever order a crash and a second run leave
them in, and each table alone must say what is known. Whether they agree is for an audit.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, with its timezone, on databases with and without that notion.

    SQLite keeps text without an offset. Everything is turned to UTC on the way in, so that
    text order is time order, and gets its UTC back on the way out.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: sa.Dialect,  # noqa: ARG002  # the signature is SQLAlchemy's
    ) -> datetime | None:
        """Refuse a moment without a timezone: nobody could say later which one was meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no timezone")
        return value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: sa.Dialect,  # noqa: ARG002  # the signature is SQLAlchemy's
    ) -> datetime | None:
        """Give the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: A number that counts up for ever; SQLite's INTEGER does, and only by that name.
LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# Conditions of partial indexes, which hold what is under way and so do not grow with what is done. They stand in the
# queries letter by letter: neither database proves that a parameter means the same.
WAITING = sa.text("state = 'received'")
UNDONE = sa.text("state IN ('received', 'opening', 'reading', 'closing')")
UNDER_WAY = sa.text("state IN ('opening', 'reading', 'closing')")
NOT_SEALED = sa.text("state <> 'sealed'")
REFUSED = sa.text("state IN ('rejected', 'failed')")
UNSENT = sa.text("sent_at IS NULL")
SENT = sa.text("sent_at IS NOT NULL")


def _partial(name: str, *columns: str, where: sa.TextClause) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


metadata = sa.MetaData(
    # Named, so that a later migration can name what it changes, on every database.
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

procedures = sa.Table(
    "procedures",
    metadata,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("effective_from", sa.Date, nullable=False),
    sa.Column("effective_to", sa.Date),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("imported_at", UtcDateTime, nullable=False),
)

deposits = sa.Table(
    "deposits",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("dossier", sa.String, index=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("code", sa.String),
    sa.Column("reason", sa.Text),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    # What people are shown of a long history is the few that were turned away.
    _partial("ix_deposits_refused", "updated_at", where=REFUSED),
)

dossiers = sa.Table(
    "dossiers",
    metadata,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("procedure", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("agency", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("manifest", sa.String),
    sa.Column("updated_at", UtcDateTime, nullable=False, index=True),
)

files = sa.Table(
    "files",
    metadata,
    sa.Column("dossier", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("component", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    # A bundle of scans may pass the 2 GiB that an Integer of PostgreSQL holds.
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("code", sa.String),
)

scans = sa.Table(
    "scans",
    metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("dossier", sa.String, primary_key=True, index=True),
    sa.Column("component", sa.String, primary_key=True),
)

objects = sa.Table(
    "objects",
    metadata,
    sa.Column("area", sa.String, primary_key=True),
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.String, nullable=False),
    sa.Column("first_seen", UtcDateTime, nullable=False),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", LONG, primary_key=True),
    sa.Column("step_key", sa.String, nullable=False, index=True),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False, index=True),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("outcome", sa.String),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("holder", sa.String, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("deposit", sa.String, nullable=False, index=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("station", sa.String, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("reason", sa.String),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    _partial("ix_items_waiting", "priority", "station", "received_at", where=WAITING),
    _partial("ix_items_undone", "changed_at", where=UNDONE),
    _partial("ix_items_under_way", "station", where=UNDER_WAY),
    _partial("ix_items_not_sealed", "state", "reason", "received_at", where=NOT_SEALED),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("dossier", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("component", sa.String, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

pages = sa.Table(
    "pages",
    metadata,
    sa.Column("dossier", sa.String, primary_key=True),
    sa.Column("original", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("step_key", sa.String),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("place", sa.Integer, nullable=False, server_default="0"),
)

steps = sa.Table(
    "steps",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False, index=True),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("ended_at", UtcDateTime, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", LONG, primary_key=True),
    sa.Column("queue", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("written_at", UtcDateTime, nullable=False),
    sa.Column("taken_at", UtcDateTime),
    sa.Column("takes", sa.Integer, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    _partial("ix_outbox_unsent", "priority", "id", where=UNSENT),
    _partial("ix_outbox_sent", "sent_at", where=SENT),
    # A number is never given twice: a slow relay must not strike out somebody else's message.
    sqlite_autoincrement=True,
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("number", LONG, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    # Canonical JSON, as it was hashed: a JSON type would keep it in an order of its own.
    sa.Column("facts", sa.Text, nullable=False),
    # One row can have one successor only: the chain cannot fork, whoever writes.
    sa.Column("previous", sa.String, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.UniqueConstraint("previous", name="uq_events_previous"),
    sa.Index("ix_events_subject", "subject", "number"),
)
