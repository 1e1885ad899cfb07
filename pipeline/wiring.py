"""Which store, ledger and engine are used: chosen once, from the settings, and put together here only.

The embedded default needs no server: a folder store, an SQLite ledger, child processes of this one, and a
development identity, all below one folder.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from pipeline.catalogue import load, shipped
from pipeline.clock import now
from pipeline.crew import ProcessCrew
from pipeline.driver import Driver
from pipeline.errors import Misconfigured, Usage
from pipeline.hands import open_hands
from pipeline.house import House
from pipeline.identities import Stamped, identities, keys_named, nobody, officers
from pipeline.model import Operator
from pipeline.plan import Workshop
from pipeline.procedure_records import keep_procedure, procedure_row
from pipeline.renewal import Renewal
from pipeline.settings import Settings
from pipeline.stages import CREW, DESK_VERSIONS, manifest, renew, seal
from pipeline.stores import require_kept
from pipeline.translate import ours
from pipeline.trust_sets import configured_trust, trust_named, words_in
from pipeline.works import Watch, Yard
from signing import TimeStamper, Trust
from storage import Ledger, ProcedureRow

#: The catalogue that comes with the sources; only the embedded trial installation is seeded with it.
SHIPPED_CATALOGUE = Path(__file__).parents[1] / "samples" / "catalogue"
_STALE_SECONDS = 24 * 3600


def actor() -> str:
    """Return who runs this process, as the log of events names them: a door and an account, no person's name."""
    return f"cli:{re.sub(r'[^A-Za-z0-9._-]', '_', _user())[:50]}"


@contextmanager
def open_driver(
    house: House, watch: Watch, sidecars: frozenset[str] | None = None, *, stamped: Stamped = nobody, spare: int = 0
) -> Iterator[Driver]:
    """Lend a driver with its child processes.

    Args:
        house: its store and ledger.
        watch: told how far each dossier is.
        sidecars: the kinds wanted; None for those of the settings.
        stamped: told of each question to an authority for stamps.
        spare: hands that a dossier of very many papers leaves to others.

    Raises:
        Misconfigured: a program, a model or a font is missing; ``store-unsound`` or ``store-refused``.
        Interrupted: ``storage-failed``: the object server cannot be reached.
    """
    settings = house.settings
    shop = workshop(settings.engine)
    operator = Operator("cli", _user())
    (settings.var / "log").mkdir(parents=True, exist_ok=True)
    with ours():
        require_kept(house.store)
        house.store.sweep()
    _sweep(settings.var / "scratch")
    with (
        ProcessCrew(settings.worker_count, settings.engine, settings.var / "log" / "crew.log") as crew,
        open_hands(settings.worker_count, spare=spare) as hands,
    ):
        yard = Yard(house.store, house.ledger, crew, hands, now, settings.var / "scratch", tell=house.tell)
        wanted = settings.sidecar if sidecars is None else sidecars
        holders = identities(settings, stamped), officers(settings, stamped)
        yield Driver(yard, shop, holders[0], operator, watch, wanted, holders[1], settings.mark_link, actor())


def open_renewal(house: House, window: timedelta) -> Renewal:
    """Return what renews dossiers that are due within *window*; nothing is asked of keys and authorities yet."""
    shop = Workshop(DESK_VERSIONS, _desk_tools())
    return Renewal(house.store, house.ledger, now, identities(house.settings), shop, window, actor(), house.tell)


def stamper_of(settings: Settings) -> TimeStamper:
    """Return who stamps, once the key and the authorities of the settings are seen to be usable.

    Raises:
        Misconfigured: ``authorities-needed`` when nobody stamps at the level that is set; or as `identities` raises.
    """
    timestamper = identities(settings)("").timestamper
    if timestamper is None:
        raise Misconfigured("authorities-needed")
    return timestamper


def _desk_tools() -> dict[str, tuple[str, ...]]:
    return {"seal": seal.tools(), "manifest": manifest.tools(), "renew": renew.tools()}


def workshop(engine: str) -> Workshop:
    """Return the stages as they are installed."""
    versions = {name: stage.VERSION for name, stage in CREW.items()} | dict(DESK_VERSIONS)
    tools = {name: stage.tools(engine) for name, stage in CREW.items()}
    return Workshop(versions, tools | _desk_tools())


def trust_of(settings: Settings, given: Sequence[str]) -> Trust:
    """Return what seals are verified with: sets and files given, else those of the setting, else the development root.

    Args:
        settings: where sets and the development root are.
        given: names of sets and paths of files, several with commas between.

    Raises:
        Usage: ``trust-set-unknown``, ``trust-unreadable``.
        Misconfigured: the same of `SOHOA_TRUST`, and ``trust-missing``.
    """
    development = settings.var / "identity" / "trust.pem"
    words = words_in(given)
    if not words and settings.trust:
        return configured_trust(settings)
    if not words and development.is_file():
        words = (str(development),)
    if [Path(word) for word in words] == [development] and not keys_named(settings):
        identities(settings)("")  # renews the revocation list when it is older than a day
    return trust_named(settings, words)


def seed(house: House) -> int:
    """Fill the empty catalogue of a trial installation with the shipped samples; return how many procedures."""
    if keys_named(house.settings) or house.ledger.procedures():
        return 0
    return sum(import_file(house, path)[0] for path in shipped(SHIPPED_CATALOGUE))


def import_file(house: House, path: Path) -> tuple[int, int]:
    """Put the procedures of a catalogue file into the ledger; return how many are new and how many were there.

    The store keeps them too, first: a rebuilt ledger has them from there.

    Raises:
        Usage: ``path-missing``, ``catalogue-invalid`` or ``catalogue-conflict``; then nothing of the file is imported.
    """
    rows = [procedure_row(raw, now()) for raw in load(path)]
    with ours():
        known = {(row.code, row.version): row.digest for row in house.ledger.procedures()}
        for row in rows:
            if known.get((row.code, row.version), row.digest) != row.digest:
                raise Usage("catalogue-conflict", procedure=row.code, version=row.version)
        for row in rows:
            keep_procedure(house.store, row)
        new = sum(_imported(house.ledger, row) for row in rows)
    return new, len(rows) - new


def _imported(ledger: Ledger, row: ProcedureRow) -> bool:
    def work() -> bool:
        new = ledger.put_procedure(row)
        if new:
            ledger.event(actor(), "procedure-imported", row.code, version=row.version, digest=row.digest)
        return new

    return ledger.together(work)


def _sweep(scratch: Path) -> None:
    """Remove what killed processes left in *scratch*, once it is a day old and so nobody's any more."""
    for path in scratch.glob("*"):
        if now().timestamp() - path.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _user() -> str:
    """Return who runs this; containers have users without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
