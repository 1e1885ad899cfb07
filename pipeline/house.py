"""Store and ledger, as the settings have them; quick to load, for commands that only look."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import Misconfigured, Usage
from pipeline.secret import secret_in
from pipeline.settings import Settings
from pipeline.stores import store_of
from pipeline.translate import ours
from storage import Ledger, ObjectStore

_LEDGER = "ledger.sqlite"


@dataclass(frozen=True, slots=True)
class House:
    """Store and ledger: all that reading and checking need."""

    settings: Settings
    store: ObjectStore
    ledger: Ledger


def open_house(settings: Settings, *, make: bool) -> House:
    """Open store and ledger.

    Args:
        settings: Where they are.
        make: Make them when they are not there; otherwise that is a `Usage` error.

    Raises:
        SohoaError: they cannot be opened.
    """
    path = settings.var / _LEDGER
    if not make and not settings.ledger and not path.is_file():
        raise Usage("ledger-missing", path=str(path))
    with ours():
        try:
            settings.var.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured("storage-failed", problem=f"{settings.var}: {error.strerror}") from error
        return House(settings, store_of(settings), _ledger(settings))


def _ledger(settings: Settings) -> Ledger:
    if not settings.ledger:
        return Ledger(f"sqlite:///{(settings.var / _LEDGER).resolve()}")
    file = settings.ledger_password_file
    return Ledger(settings.ledger, password=secret_in("ledger_password_file", str(file)) if file else None)
