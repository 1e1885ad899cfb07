"""What is under way, what is to be sent, and what was done by whom: items, documents, pages, steps, outbox, events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"

_LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_REFUSALS = {
    "sqlite": (
        "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'append only'); END",
        "CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'append only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are append only' USING ERRCODE = 'insufficient_privilege'; END $$",
        "CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()",
    ),
}


def upgrade() -> None:
    """Make the tables, and let nobody change an event."""
    if op.get_bind().dialect.name == "postgresql":  # SQLite's INTEGER is as long
        op.alter_column("attempts", "id", type_=sa.BigInteger, existing_type=sa.Integer, existing_nullable=False)
        op.execute("ALTER SEQUENCE attempts_id_seq AS bigint")
    _index("ix_deposits_refused", "deposits", ["updated_at"], "state IN ('rejected', 'failed')")
    _make_items()
    _make_parts()
    _make_outbox()
    _make_events()


def downgrade() -> None:
    """Drop them, with what is in them."""
    for table in ("events", "outbox", "steps", "pages", "documents", "items"):
        op.drop_table(table)
    op.drop_index("ix_deposits_refused", "deposits")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION events_append_only()")
        op.execute("ALTER SEQUENCE attempts_id_seq AS integer")
        op.alter_column("attempts", "id", type_=sa.Integer, existing_type=sa.BigInteger, existing_nullable=False)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _make_items() -> None:
    op.create_table(
        "items",
        sa.Column("code", sa.String, nullable=False),
        sa.Column("deposit", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("station", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_items"),
    )
    _index("ix_items_waiting", "items", ["priority", "station", "received_at"], "state = 'received'")
    _index("ix_items_undone", "items", ["changed_at"], "state IN ('received', 'opening', 'reading', 'closing')")
    _index("ix_items_not_sealed", "items", ["state", "reason", "received_at"], "state <> 'sealed'")


def _make_parts() -> None:
    op.create_table(
        "documents",
        sa.Column("dossier", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("component", sa.String, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("dossier", "name", name="pk_documents"),
    )
    op.create_table(
        "pages",
        sa.Column("dossier", sa.String, nullable=False),
        sa.Column("original", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("step_key", sa.String),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("dossier", "original", "number", name="pk_pages"),
    )
    op.create_table(
        "steps",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_steps"),
    )
    op.create_index("ix_steps_subject", "steps", ["subject"])


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _LONG, nullable=False),
        sa.Column("queue", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("taken_at", _MOMENT),
        sa.Column("takes", sa.Integer, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    _index("ix_outbox_unsent", "outbox", ["priority", "id"], "sent_at IS NULL")
    _index("ix_outbox_sent", "outbox", ["sent_at"], "sent_at IS NOT NULL")


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("number", _LONG, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.UniqueConstraint("previous", name="uq_events_previous"),
    )
    op.create_index("ix_events_subject", "events", ["subject", "number"])
    for statement in _REFUSALS[op.get_bind().dialect.name]:
        op.execute(statement)
