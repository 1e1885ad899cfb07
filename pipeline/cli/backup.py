"""``sohoa backup``: copy ledger and store into a folder that can be used in place of ``SOHOA_VAR``."""

from __future__ import annotations

from pathlib import Path

from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.backup import Copied, copy_store
from pipeline.cli.show import aside, coloured, error_json, people, put_json
from pipeline.errors import Misconfigured, Usage
from pipeline.house import open_house
from pipeline.log import write
from pipeline.messages import reason, say
from pipeline.settings import Settings
from pipeline.translate import ours
from storage import FolderStore

FORMAT = 1
#: As `pipeline.wiring` names them below ``SOHOA_VAR``.
_LEDGER, _STORE = "ledger.sqlite", "store"


def backup_command(settings: Settings, folder: Path, *, as_json: bool) -> int:
    """Copy the ledger, then the store; return 0, or 4 when an object is not what it was.

    Raises:
        Usage: ``ledger-missing``, or ``backup-here``: the folder is the one that is in use.
        Misconfigured: ``storage-failed``, the folder cannot be written.
        Interrupted: the store or the ledger is away; the next call goes on.
    """
    house = open_house(settings, make=False)
    if folder.resolve() == settings.var.resolve():
        raise Usage("backup-here", path=str(folder))
    size = None
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with ours(), Progress(*columns, console=aside(), transient=True, disable=as_json) as progress:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured("storage-failed", problem=f"{folder}: {error.strerror}") from error
        if not settings.ledger:
            size = house.ledger.back_up(folder / _LEDGER)
        task = progress.add_task(say("progress.backing-up"), total=None)
        copied = copy_store(house.store, FolderStore(folder / _STORE), lambda: progress.advance(task))
    counts = {"records": copied.records, "objects": copied.objects, "there": copied.there}
    write(settings.var, "backup", **counts, troubles=len(copied.troubles))
    if as_json:
        troubles = [{"object": name, **error_json(error)} for name, error in copied.troubles]
        put_json({"format": FORMAT, "exit": copied.exit_code, "ledger_size": size, **counts, "troubles": troubles})
    else:
        _show(copied, folder, on_server=size is None)
    return copied.exit_code


def _show(copied: Copied, folder: Path, *, on_server: bool) -> None:
    console = people()
    for name, error in copied.troubles:
        console.print(coloured("fails", f"{name}: {reason(error.code, error.facts)} [{error.code}]"))
    facts = {"records": copied.records, "objects": copied.objects, "there": copied.there}
    console.print(coloured("works", say("backup.done", path=folder, **facts)), soft_wrap=True)
    if on_server:
        console.print(coloured("warns", say("backup.on-server")))
