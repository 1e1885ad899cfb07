"""Which dossiers a scan is filed in: the same bytes may stand in several, and people are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"


def upgrade() -> None:
    """Make a table and its index."""
    op.create_table(
        "scans",
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("dossier", sa.String, nullable=False),
        sa.Column("component", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("digest", "dossier", "component", name="pk_scans"),
    )
    op.create_index("ix_scans_dossier", "scans", ["dossier"])


def downgrade() -> None:
    """Drop it; `sohoa audit --catch-up` fills it again."""
    op.drop_table("scans")
