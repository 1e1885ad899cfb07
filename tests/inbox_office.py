"""An inbox in a folder, a reception in memory, and a watcher whose clock is turned by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ticket_helpers import FOLDER, changed

from pipeline.errors import Interrupted
from workers.inbox import Kept
from workers.inbox_folder import FolderInbox
from workers.settling import Lacks, Place, Rules
from workers.watch import Taken, Watcher

RULES = Rules(quiet=60.0, steady=5.0, patience=600.0)
PLACE = Place("quay-1", FOLDER)


@dataclass
class Desk:
    """A reception in memory."""

    took: list[tuple[Place, dict[str, bytes]]] = field(default_factory=list)
    told: list[tuple[Place, Lacks]] = field(default_factory=list)
    known: dict[Place, Taken] = field(default_factory=dict)
    away: bool = False

    def taken(self) -> dict[Place, Taken]:
        return dict(self.known)

    def take(self, place: Place, folder: Path, files: frozenset[Kept]) -> None:
        if self.away:
            raise Interrupted("ledger-busy")
        assert folder.name == place.dossier
        self.took.append((place, {path.name: path.read_bytes() for path in folder.iterdir()}))
        self.known[place] = Taken(files, filed=False)

    def cleared(self, place: Place) -> None:
        del self.known[place]

    def gone(self, place: Place) -> None:
        if place in self.known and self.known[place].filed:
            self.cleared(place)

    def overdue(self, place: Place, lacking: Lacks) -> None:
        self.told.append((place, lacking))

    def file(self, place: Place) -> None:
        self.known[place] = Taken(self.known[place].files, filed=True)


class Office:
    """An inbox, a reception and a watcher whose clock is turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "inbox"
        self.root.mkdir()
        self.desk = Desk()
        self.scratch = folder / "scratch"
        self.trouble: list[tuple[Place | None, str]] = []
        self.now = 1000.0
        self.restart()

    def restart(self, **more: Any) -> None:
        self.watcher = Watcher(
            FolderInbox(self.root), self.desk, rules=RULES, scratch=self.scratch,
            trouble=lambda place, code: self.trouble.append((place, code)), **more,
        )  # fmt: skip

    def put(self, name: str, data: bytes = b"scan", place: Place = PLACE) -> Path:
        path = self.root / place.station / place.dossier / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def ticket(self, *files: str) -> None:
        documents = [{"component": "TP01", "kind": "original", "files": list(files)}]
        self.put("dossier.json", json.dumps(changed(documents=documents)).encode())

    def look(self, after: float = 0.0) -> None:
        self.now += after
        self.watcher.round(self.now)
