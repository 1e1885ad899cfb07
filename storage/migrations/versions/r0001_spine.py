"""The first tables: procedures, deposits, dossiers, files, objects, attempts, leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, the papers' first."""
    _make_papers()
    _make_files_and_objects()
    _make_work()


def downgrade() -> None:
    """Drop them all, with what is in them."""
    for table in ("leases", "attempts", "objects", "files", "dossiers", "deposits", "procedures"):
        op.drop_table(table)


def _make_papers() -> None:
    op.create_table(
        "procedures",
        sa.Column("code", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("effective_to", sa.Date),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name="pk_procedures"),
    )
    op.create_table(
        "deposits",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("dossier", sa.String),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("code", sa.String),
        sa.Column("reason", sa.Text),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deposits"),
    )
    op.create_index("ix_deposits_dossier", "deposits", ["dossier"])
    op.create_table(
        "dossiers",
        sa.Column("code", sa.String, nullable=False),
        sa.Column("procedure", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("agency", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("manifest", sa.String),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_dossiers"),
    )
    op.create_index("ix_dossiers_updated_at", "dossiers", ["updated_at"])


def _make_files_and_objects() -> None:
    op.create_table(
        "files",
        sa.Column("dossier", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("component", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("code", sa.String),
        sa.PrimaryKeyConstraint("dossier", "version", "name", name="pk_files"),
    )
    op.create_table(
        "objects",
        sa.Column("area", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("area", "digest", name="pk_objects"),
    )


def _make_work() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("step_key", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_step_key", "attempts", ["step_key"])
    op.create_index("ix_attempts_subject", "attempts", ["subject"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
