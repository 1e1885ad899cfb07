"""What taking messages of each subject in their order asks for: which is the first that is unsent?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"

_UNSENT = sa.text("sent_at IS NULL")


def upgrade() -> None:
    """Add an index."""
    op.create_index(
        "ix_outbox_order", "outbox", ["queue", "subject", "id"], sqlite_where=_UNSENT, postgresql_where=_UNSENT
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_outbox_order", "outbox")
