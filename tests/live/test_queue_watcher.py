"""The watcher as a process: killed at any moment, it takes each deposit whole and once, and removes what is filed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from queue_plant import Records, TestPlant, unheard, wait_until
from ticket_helpers import FOLDER, changed

from pipeline.nursery import nursery
from workers import log, roles
from workers.bell import Bell
from workers.inbox import Kept
from workers.inbox_folder import FolderInbox
from workers.settling import Lacks, Place, Rules, Seen
from workers.watch import Taken, Watcher

RULES = Rules(quiet=1.0, steady=0.5, patience=600.0)
FILES = ("001.jpg", "002.jpg", "003.jpg")


class FiledReception:
    """Takes deposits into a folder, each in one move."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def taken(self) -> dict[Place, Taken]:
        found = {}
        for path in self.root.glob("taken/*.json"):
            raw = json.loads(path.read_text())
            files = frozenset(Kept(Seen(*each), digest) for each, digest in raw["files"])
            found[Place(*raw["place"])] = Taken(files, filed=(self.root / "filed" / path.name).exists())
        return found

    def take(self, place: Place, folder: Path, files: frozenset[Kept]) -> None:
        sizes = sorted((path.name, path.stat().st_size) for path in folder.iterdir())
        seen = [[[each.seen.name, each.seen.size, each.seen.mark, each.seen.problem], each.sha256] for each in files]
        beside = self.root / f"beside-{os.getpid()}"
        beside.write_text(json.dumps({"place": [place.station, place.dossier], "files": seen, "sizes": sizes}))
        with (self.root / "log").open("a") as file:
            file.write(f"{place.station}\n")
        beside.rename(self.root / "taken" / f"{place.station}.json")

    def cleared(self, place: Place) -> None:
        (self.root / "taken" / f"{place.station}.json").rename(self.root / "cleared" / place.station)

    def gone(self, place: Place) -> None:
        if place in self.known and self.known[place].filed:
            self.cleared(place)

    def overdue(self, place: Place, lacking: Lacks) -> None:
        raise AssertionError(f"nothing is overdue: {place} {lacking}")


class WatchedPlant(TestPlant):
    def __init__(self, folder: Path) -> None:
        super().__init__(Records(folder / "records.db"), "")
        self.folder = folder

    def watchers(self) -> Sequence[Watcher]:
        inbox, reception = FolderInbox(self.folder / "inbox"), FiledReception(self.folder)
        scratch = self.folder / "scratch"
        return [Watcher(inbox, reception, rules=RULES, scratch=scratch, trouble=log.trouble)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("inbox", "taken", "filed", "cleared"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


def start(folder: Path, bell: Bell) -> Any:
    process = nursery("workers.roles").Process(
        target=partial(roles.watch, partial(WatchedPlant, folder), bell, up=unheard), daemon=True
    )
    process.start()
    return process


def test_a_watcher_killed_again_and_again_takes_every_deposit_whole_and_loses_none(folder: Path, bell: Bell) -> None:
    stations = [f"TP-{number:02}" for number in range(6)]
    documents = [{"component": "TP01", "kind": "original", "files": list(FILES)}]
    ticket = json.dumps(changed(documents=documents)).encode()
    watcher = start(folder, bell)
    for turn, piece in enumerate((*FILES, "dossier.json")):
        for station in stations:
            path = folder / "inbox" / station / FOLDER / piece
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                json.dumps(changed(documents=documents)).encode() if piece == "dossier.json" else b"x" * 5000
            )
        bell.ring()
        time.sleep(0.1)
        if turn % 2:
            watcher.kill()
            watcher.join()
            watcher = start(folder, bell)

    def all_taken() -> bool:
        bell.ring()
        return len(list((folder / "taken").iterdir())) == len(stations)

    wait_until(all_taken)
    watcher.kill()
    watcher.join()
    for path in (folder / "taken").iterdir():
        assert json.loads(path.read_text())["sizes"] == [[name, 5000] for name in FILES] + [
            ["dossier.json", len(ticket)]
        ]
    assert len(list((folder / "inbox").rglob("*.jpg"))) == len(stations) * len(FILES)  # nothing is filed yet

    for station in stations[1:]:
        (folder / "filed" / f"{station}.json").touch()
    watcher = start(folder, bell)

    def all_cleared() -> bool:
        bell.ring()
        return len(list((folder / "cleared").iterdir())) == len(stations) - 1

    wait_until(all_cleared)
    watcher.terminate()
    watcher.join(30)
    assert watcher.exitcode == 0
    assert {path.parent.parent.name for path in (folder / "inbox").rglob("*.jpg")} == {stations[0]}
    assert sorted((folder / "log").read_text().split()) == stations  # each was taken once
