"""Store and ledger, as the settings have them; quick to load, for commands that only look."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import Misconfigured, Usage
from pipeline.notices import QUEUE, Notice, Tell, nobody
from pipeline.secret import secret_in
from pipeline.settings import Settings
from pipeline.stores import store_of
from pipeline.translate import ours
from storage import Ledger, Message, ObjectStore

_LEDGER = "ledger.sqlite"


@dataclass(frozen=True, slots=True)
class House:
    """Store and ledger: all that reading and checking need."""

    settings: Settings
    store: ObjectStore
    ledger: Ledger

    @property
    def tell(self) -> Tell:
        """Who hears what becomes of dossiers: the outbox, from which notices are sent; nobody where none are wanted.

        Raises:
            Misconfigured: ``setting-needed``: they would be written down, and never be sent.
        """
        if not self.settings.notify_url:
            return nobody
        if self.settings.notify_secret_file is None:
            raise Misconfigured("setting-needed", name="SOHOA_NOTIFY_SECRET_FILE", why="SOHOA_NOTIFY_URL")
        return posting(self.ledger)


def posting(ledger: Ledger) -> Tell:
    """Return who writes notices into the outbox of *ledger*, inside the transaction that is open there."""

    def post(notice: Notice) -> None:
        ledger.post([Message(QUEUE, notice.subject, notice.body())])

    return post


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
