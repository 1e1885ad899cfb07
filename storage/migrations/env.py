"""Run by Alembic, never imported: hands it the connection that `storage.migrations` was given."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
