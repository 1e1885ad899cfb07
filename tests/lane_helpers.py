"""A bureau whose deposits go through the lanes one by one, as the queue would have them do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import COMPLETE, Bureau, a_ticket, complete_files

from pipeline.lanes import DepositLanes, announce
from pipeline.reception import Taken
from pipeline.stages.file import latest
from storage import Digest


def lanes_of(bureau: Bureau, *, trial: bool | None = True) -> DepositLanes:
    """Return the lanes; *trial* is what the machine with the key has said, None when there was none."""
    if trial is not None:
        announce(bureau.store, trial=trial)
    return DepositLanes(bureau.driver)


def receive(bureau: Bureau, folder: Path, *, priority: int = 1) -> Taken:
    """Take a deposit in, as a watcher does."""
    reception = bureau.driver.reception
    taken = reception.take(folder, None)
    reception.receive(taken)
    bureau.ledger.receive_item(
        taken.subject, deposit=taken.id, source="inbox", station="TP-01", priority=priority
    )  # fmt: skip
    return taken


def a_whole_dossier(bureau: Bureau) -> Path:
    return bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files())


def manifest_of(bureau: Bureau, dossier: str) -> Any:
    """Return the newest manifest of a dossier without what is another one in each seal: it holds a random number."""
    version = latest(bureau.store, dossier)
    assert version is not None
    manifest = json.loads(bureau.store.get("sealed", Digest(version.manifest)))
    for component in manifest["components"]:
        for file in component["files"]:
            del file["sha256"], file["size"]
    return manifest


def state_of(bureau: Bureau, taken: Taken) -> tuple[str, str | None]:
    item = bureau.ledger.item(taken.subject)
    assert item is not None
    return item.state, item.reason
