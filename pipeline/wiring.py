"""Which store, ledger and engine are used: chosen once, from the settings, and put together here only.

The embedded default needs no server: a folder store, an SQLite ledger, child processes of this one, and a
development identity, all below one folder.
"""

from __future__ import annotations

import getpass
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue import load, procedure_from, shipped
from pipeline.crew import ProcessCrew
from pipeline.driver import Driver
from pipeline.errors import Misconfigured, Usage
from pipeline.identities import identities, keys_named, now
from pipeline.model import Operator, canonical_json
from pipeline.plan import Workshop
from pipeline.settings import Settings
from pipeline.stages import CREW, DESK_VERSIONS, manifest, seal
from pipeline.translate import ours
from pipeline.works import Watch, Yard
from signing import Trust, TrustUnreadable, load_trust
from storage import FolderStore, Ledger, ProcedureRow, digest_of

#: The catalogue that comes with the sources; only the embedded trial installation is seeded with it.
SHIPPED_CATALOGUE = Path(__file__).parents[1] / "samples" / "catalogue"
_LEDGER = "ledger.sqlite"
_STALE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class House:
    """Store and ledger: all that reading and checking need."""

    settings: Settings
    store: FolderStore
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
    if not make and not path.is_file():
        raise Usage("ledger-missing", path=str(path))
    with ours():
        try:
            settings.var.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured("storage-failed", problem=f"{settings.var}: {error.strerror}") from error
        return House(settings, FolderStore(settings.var / "store"), Ledger(f"sqlite:///{path.resolve()}"))


@contextmanager
def open_driver(house: House, watch: Watch, sidecars: frozenset[str] | None = None) -> Iterator[Driver]:
    """Lend a driver with its child processes; *sidecars* are the kinds wanted, None for those of the settings.

    Raises:
        Misconfigured: a program, a model or a font is missing.
    """
    settings = house.settings
    shop = workshop(settings.engine)
    operator = Operator("cli", _user())
    (settings.var / "log").mkdir(parents=True, exist_ok=True)
    house.store.sweep()
    _sweep(settings.var / "scratch")
    with (
        ProcessCrew(settings.worker_count, settings.engine, settings.var / "log" / "crew.log") as crew,
        ThreadPoolExecutor(settings.worker_count, thread_name_prefix="hand") as hands,
    ):
        yard = Yard(house.store, house.ledger, crew, hands, now, settings.var / "scratch")
        wanted = settings.sidecar if sidecars is None else sidecars
        yield Driver(yard, shop, identities(settings), operator, watch, wanted)


def workshop(engine: str) -> Workshop:
    """Return the stages as they are installed."""
    versions = {name: stage.VERSION for name, stage in CREW.items()} | dict(DESK_VERSIONS)
    tools = {name: stage.tools(engine) for name, stage in CREW.items()}
    return Workshop(versions, tools | {"seal": seal.tools(), "manifest": manifest.tools()})


def trust_of(settings: Settings, given: list[Path]) -> Trust:
    """Return what seals are verified with: the files given, else the setting, else the development root.

    Raises:
        Usage: ``trust-unreadable``.
    """
    development = settings.var / "identity" / "trust.pem"
    if settings.trust and not settings.trust.is_file():
        raise Misconfigured("trust-missing", path=str(settings.trust))
    paths = given or [path for path in (settings.trust or development,) if path.exists()]
    if odd := [path for path in paths if not path.is_file()]:
        raise Usage("trust-unreadable", path=str(odd[0]), problem="no file")
    if paths == [development] and not keys_named(settings):
        identities(settings)("")  # renews the revocation list when it is older than a day
    try:
        return load_trust(paths)
    except TrustUnreadable as error:
        raise Usage("trust-unreadable", path=", ".join(map(str, paths)), problem=str(error)) from error


def seed(house: House) -> int:
    """Fill the empty catalogue of a trial installation with the shipped samples; return how many procedures."""
    if keys_named(house.settings) or house.ledger.procedures():
        return 0
    return sum(import_file(house, path)[0] for path in shipped(SHIPPED_CATALOGUE))


def import_file(house: House, path: Path) -> tuple[int, int]:
    """Put the procedures of a catalogue file into the ledger; return how many are new and how many were there.

    Raises:
        Usage: ``path-missing``, ``catalogue-invalid`` or ``catalogue-conflict``; then nothing of the file is imported.
    """
    rows = [_row(raw) for raw in load(path)]
    with ours():
        known = {(row.code, row.version): row.digest for row in house.ledger.procedures()}
        for row in rows:
            if known.get((row.code, row.version), row.digest) != row.digest:
                raise Usage("catalogue-conflict", procedure=row.code, version=row.version)
        new = sum(house.ledger.put_procedure(row) for row in rows)
    return new, len(rows) - new


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


def _row(raw: dict[str, object]) -> ProcedureRow:
    procedure = procedure_from(raw)
    body = canonical_json(raw)
    return ProcedureRow(
        code=procedure.code,
        version=procedure.version,
        effective_from=procedure.effective_from,
        effective_to=procedure.effective_to,
        name=procedure.name,
        body=body.decode(),
        digest=digest_of(body),
        imported_at=now(),
    )
