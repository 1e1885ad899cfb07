"""Takes deposits from an inbox into the store and the ledger, and remembers what of them may still lie there.

What is remembered stands in small files on this machine and is no truth: without it everything is taken again, and the
same bytes are the same deposit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path

from pipeline.errors import Interrupted, Rejected, SohoaError
from pipeline.reception import Reception
from pipeline.ticket import NAME as TICKET
from pipeline.ticket import parse_ticket
from workers.inbox import Kept
from workers.settling import Lacks, Place, Seen
from workers.watch import Taken

#: Names asked of the ledger at once.
_AT_ONCE = 500
#: Of `storage.ItemRow.priority`.
SOON, PLAIN = 0, 1


@dataclass(frozen=True, slots=True)
class _Note:
    """What was taken from a place."""

    deposit: str  # SHA-256 that names it; empty when it could not be taken in at all
    files: frozenset[Kept]


class Desk:
    """Satisfies `workers.watch.Reception` for one inbox."""

    def __init__(self, reception: Reception, *, inbox: str, notes: Path, same_day: Collection[str]) -> None:
        """Take in what lies in *inbox*.

        Args:
            reception: where deposits are kept.
            inbox: its address, for people.
            notes: folder of what is remembered.
            same_day: codes of procedures whose dossiers go first.
        """
        self._reception = reception
        self._inbox = inbox
        self._folder = notes / _name(inbox)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._same_day = frozenset(same_day)
        read = (_read(path) for path in self._folder.glob("*.json"))
        self._notes = dict(each for each in read if each is not None)
        self._filed: set[str] = set()

    def taken(self) -> Mapping[Place, Taken]:
        """Return what was last taken from each place that was not cleared since."""
        notes = dict(self._notes)  # another watcher of this inbox may take something meanwhile
        asked = iter({note.deposit for note in notes.values()} - self._filed)
        while some := list(islice(asked, _AT_ONCE)):
            self._filed |= self._reception.ledger.filed_deposits(some)
        return {place: Taken(note.files, note.deposit in self._filed) for place, note in notes.items()}

    def take(self, place: Place, folder: Path, files: frozenset[Kept]) -> None:
        """Keep the originals that lie in *folder* and enter the deposit, which is then opened when its turn comes.

        Raises:
            SohoaError: not all of it is kept; it may be taken again.
            LedgerBusy: other papers of this dossier are at work.
        """
        ledger = self._reception.ledger
        try:
            deposit = self._reception.take(folder, None)
        except Rejected as error:  # as a whole: too large, say. It lies where it lies, and people are told.
            self._reception.refuse(self._where(place), place.dossier, error)
            self._note(place, _Note("", files))
            return
        self._reception.receive(deposit)
        ledger.receive_item(
            deposit.subject,
            deposit=deposit.id,
            source=f"{self._inbox}/{place.station}/{deposit.subject}",
            station=place.station,
            priority=SOON if self._is_soon(folder) else PLAIN,
        )
        self._reception.relent(self._where(place))
        self._note(place, _Note(deposit.id, files))

    def cleared(self, place: Place) -> None:
        """Note that nothing of what was taken lies there any more."""
        self._path(place).unlink(missing_ok=True)
        note = self._notes.pop(place, None)
        self._filed.discard(note.deposit if note else "")

    def gone(self, place: Place) -> None:
        """Note that nothing lies there any more: what was not taken in is nobody's worry, what was may be filed yet."""
        note = self._notes.get(place)
        if note is None or not note.deposit:
            self._reception.relent(self._where(place))
        if note and (not note.deposit or note.deposit in self._filed):
            self.cleared(place)

    def overdue(self, place: Place, lacking: Lacks) -> None:
        """Tell people of a deposit that stands still and is not whole: how much it lacks, not the names of files."""
        counts = {"missing": lacking.missing, "unfinished": lacking.unfinished, "odd": lacking.odd}
        error = Interrupted("deposit-overdue", **{name: len(files) for name, files in counts.items()})
        self._reception.refuse(self._where(place), place.dossier, error)

    def _where(self, place: Place) -> str:
        return f"{self._inbox}/{place.station}/{place.dossier}"

    def _is_soon(self, folder: Path) -> bool:
        if not self._same_day:
            return False
        try:
            ticket = parse_ticket((folder / TICKET).read_bytes(), folder.name)
        except (OSError, SohoaError):  # none, or one that its opening will tell of
            return False
        return ticket.procedure in self._same_day

    def _note(self, place: Place, note: _Note) -> None:
        files = [[*astuple(kept.seen), kept.sha256] for kept in sorted(note.files, key=lambda kept: kept.seen)]
        path = self._path(place)
        beside = path.with_suffix(".part")
        said = [place.station, place.dossier, note.deposit, files]
        beside.write_text(json.dumps(said), encoding="utf-8")
        beside.replace(path)
        self._notes[place] = note

    def _path(self, place: Place) -> Path:
        return self._folder / f"{_name(f'{place.station}/{place.dossier}')}.json"


def _read(path: Path) -> tuple[Place, _Note] | None:
    """Read what `Desk` noted; what cannot be read was never noted."""
    try:
        station, dossier, deposit, files = json.loads(path.read_bytes())
        kept = frozenset(Kept(Seen(*seen), sha256) for *seen, sha256 in files)
    except (ValueError, TypeError):
        return None
    return Place(station, dossier), _Note(deposit, kept)


def _name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
