"""What tests of several kinds share: the installed command, and a small dossier in memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from ocr import Box, Line, ScriptedEngine, Word
from pipeline.catalogue import load, procedure_from
from pipeline.crew import SameProcessCrew
from pipeline.driver import Driver
from pipeline.hands import Hands
from pipeline.model import Operator, canonical_json
from pipeline.plan import Workshop
from pipeline.stage import Bench
from pipeline.stages import CREW, DESK_VERSIONS
from pipeline.works import Yard
from signing import Identity, development_identity
from storage import Ledger, MemoryStore, ProcedureRow, digest_of

# A gate must give the same answer for the same commit; people looking for faults get new examples each time.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
COMMAND = Path(sys.executable).with_name("sohoa")
DOSSIER = "H15.50.05.13-261120-0001"


@dataclass(frozen=True)
class Shell:
    """The command as a person runs it, in a folder of its own."""

    home: Path
    environment: dict[str, str]

    def __call__(self, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(COMMAND), *map(str, words)],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    def start(self, *words: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(COMMAND), *map(str, words)],
            cwd=self.home,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def json(self, *words: object) -> Any:
        """Run with --json; return what it said."""
        return json.loads(self(*words, "--json").stdout)


def _environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("SOHOA_")}


@pytest.fixture
def sohoa(tmp_path: Path) -> Shell:
    return Shell(tmp_path, _environment())


@pytest.fixture(scope="session")
def digitised(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder in which the three sample dossiers, the broken and the incomplete one were run; only to be read."""
    shell = Shell(tmp_path_factory.mktemp("digitised"), _environment())
    folders = sorted(folder for kind in ("dossiers", "broken", "incomplete") for folder in (SAMPLES / kind).iterdir())
    run = shell("run", *folders, "--sidecar", "txt,alto", "--json")
    assert run.returncode == 4, run.stderr  # because of the broken one
    (shell.home / "run.json").write_text(run.stdout, encoding="utf-8")
    return shell


@pytest.fixture
def copy_of_digitised(digitised: Shell, tmp_path: Path) -> Shell:
    """A copy to spoil."""
    home = tmp_path / "copy"
    shutil.copytree(digitised.home, home)
    return replace(digitised, home=home)


# --- a small dossier in memory -----------------------------------------------------------------------------------

LINE = Line(
    (Word("CỘNG", Box(100, 400, 200, 430), 0.95), Word("HÒA", Box(210, 400, 290, 430), 0.5)),
    Box(100, 400, 290, 430),
)


class FixedClock:
    """A clock that stands still until it is moved; real enough for certificates made by it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Bureau:
    """A whole service in memory, with an engine that says what it is told; everything may be looked at."""

    driver: Driver
    store: MemoryStore
    ledger: Ledger
    engine: ScriptedEngine
    clock: FixedClock
    folder: Path
    progress: list[Any] = field(default_factory=list)

    def deposit(self, *, dossier: str = DOSSIER, ticket: dict[str, Any] | None = None, **files: bytes) -> Path:
        """Write a deposit of *files* (by name, ``_`` for the dot) and its ticket."""
        folder = self.folder / dossier
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name.replace("_", ".")).write_bytes(data)
        if ticket is not None:
            (folder / "dossier.json").write_text(json.dumps(ticket), encoding="utf-8")
        return folder


def a_page(shade: int = 255, *, dpi: int = 200, kind: str = "JPEG") -> bytes:
    """A quarter of an A4 page at 200 dpi, nearly blank; *shade* makes pages differ."""
    import io

    pixels = np.full((1169, 827), 255, np.uint8)
    pixels[400:430, 100:290] = 0
    pixels[900:910, 100:200] = shade
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, dpi=(dpi, dpi))
    return buffer.getvalue()


def a_ticket(*documents: tuple[str, list[str]], **more: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "dossier": DOSSIER,
        "procedure": "1.001193",
        "case": None,
        "channel": "post",
        "postal_form": "both",
        "agency": {"code": "H15.50.05.13", "name": "UBND phường Tuy Phước"},
        "station": "TP-01",
        "operator": {"id": "bcci-0173", "name": "Nguyễn Thị Mẫu"},
        "owner": {"name": "Trần Văn Mẫu", "id_number": "000000000000"},
        "documents": [{"component": name, "kind": "original", "files": files} for name, files in documents],
        **more,
    }


#: Every component that the sample procedure 1.001193 requires, one small page each.
COMPLETE = tuple((f"TP0{number}", [f"{number}.jpg"]) for number in (1, 2, 3, 4))


def complete_files() -> dict[str, bytes]:
    return {f"{number}_jpg": a_page(number * 20) for number in (1, 2, 3, 4)}


def rows_of(path: Path, now: datetime) -> Iterator[ProcedureRow]:
    for raw in load(path):
        procedure, body = procedure_from(raw), canonical_json(raw)
        yield ProcedureRow(
            procedure.code,
            procedure.version,
            procedure.effective_from,
            procedure.effective_to,
            procedure.name,
            body.decode(),
            digest_of(body),
            now,
        )


@pytest.fixture
def make_bureau(tmp_path: Path) -> Iterator[Callable[..., Bureau]]:
    """Make services in memory; two made with the same store and ledger are one service before and after a crash."""
    hands: list[ThreadPoolExecutor] = []
    identity: list[Identity] = []

    def make(
        *,
        store: Any = None,
        ledger: Any = None,
        engine: Any = None,
        crew: Any = None,
        version: str = "1",
        sidecars: tuple[str, ...] = (),
    ) -> Bureau:
        clock = FixedClock()
        store, ledger = store or MemoryStore(), ledger or Ledger("sqlite://", clock=clock)
        engine = engine or ScriptedEngine(lines=(LINE,))
        if not identity:
            identity.append(development_identity(tmp_path / "identity", agency="UBND phường Tuy Phước", clock=clock))
        for row in rows_of(SAMPLES / "catalogue" / "1.001193.json", clock.now):
            ledger.put_procedure(row)
        hands.append(ThreadPoolExecutor(2))
        versions = {name: stage.VERSION for name, stage in CREW.items()} | dict(DESK_VERSIONS)
        shop = Workshop(versions, dict.fromkeys(versions, (f"tool {version}",)))
        progress: list[Any] = []
        crew = crew or SameProcessCrew(Bench(lambda: engine))
        yard = Yard(store, ledger, crew, Hands(hands[-1], 2), clock, tmp_path / "scratch")
        operator = Operator("cli", "Nguyễn Thị Mẫu")
        driver = Driver(yard, shop, lambda agency: identity[0], operator, progress.append, frozenset(sidecars))
        return Bureau(driver, store, ledger, engine, clock, tmp_path / "deposits", progress)

    yield make
    for each in hands:
        each.shutdown()


@pytest.fixture
def bureau(make_bureau: Callable[..., Bureau]) -> Bureau:
    return make_bureau()
