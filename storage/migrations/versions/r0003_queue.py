"""What the queue asks for: the item of a deposit, how much of a station is under way, the place of a page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"

_UNDER_WAY = sa.text("state IN ('opening', 'reading', 'closing')")


def upgrade() -> None:
    """Add two indexes and a column."""
    op.create_index("ix_items_deposit", "items", ["deposit"])
    op.create_index("ix_items_under_way", "items", ["station"], sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY)
    op.add_column("pages", sa.Column("place", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("pages", "place")
    op.drop_index("ix_items_under_way", "items")
    op.drop_index("ix_items_deposit", "items")
