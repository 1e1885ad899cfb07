"""How the ledger's tables came to be as they are: one Alembic revision a change.

A revision stands alone: it never imports `storage.ledger.tables`, which moves on. To add one,
write the next ``versions/r…_….py`` by hand, both ways; a test compares the outcome with the
tables and names what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from storage.errors import LedgerBroken

_FOLDER: Final = Path(__file__).parent
#: Alembic keeps its context in a global of its module: one thread at a time.
_ALEMBIC: Final = Lock()


def schema_of(connection: sa.Connection) -> str | None:
    """Return the revision of the tables; None when there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: sa.Connection) -> bool:
    """Tell whether the tables are as this version wants them."""
    return schema_of(connection) == ScriptDirectory(str(_FOLDER)).get_current_head()


def migrate(connection: sa.Connection) -> None:
    """Bring the tables up to date, in the transaction of *connection*.

    The caller has begun that transaction as the only one that migrates, and commits it. So of two processes that
    open the ledger at once the second waits, and then finds nothing to do.

    Raises:
        LedgerBroken: the tables were made by a version that this one does not know.
    """
    scripts = ScriptDirectory(str(_FOLDER))
    current = schema_of(connection)
    if current == scripts.get_current_head():
        return
    try:
        scripts.get_revisions(current or ())
    except CommandError as error:
        raise LedgerBroken(
            f"the ledger was made by a newer version (its tables are at {current}): "
            "use that version, or restore the ledger from before it was installed"
        ) from error
    _run(command.upgrade, connection, "head")


def migrate_back(connection: sa.Connection, revision: str) -> None:
    """Take the tables back to *revision* (``base``: before the first one), losing what it lacked.

    The transaction is the caller's, as for `migrate`.
    """
    _run(command.downgrade, connection, revision)


def _run(step: Callable[[Config, str], None], connection: sa.Connection, revision: str) -> None:
    config = Config()
    # The file's own syntax gives % a meaning, which a folder's name may have too.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ALEMBIC:
        step(config, revision)
