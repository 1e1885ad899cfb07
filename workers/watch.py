"""The watcher: lists an inbox, takes what is whole, and removes what is filed. `settling` decides.

It remembers nothing that matters: killed at any moment, it lists again, waits again, and finds taken what was taken.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.errors import SohoaError
from pipeline.ticket import MOST_BYTES, parse_ticket
from pipeline.ticket import NAME as TICKET
from pipeline.translate import ours
from workers.bell import Bell
from workers.inbox import Changed, Inbox, Kept, fetch
from workers.settling import Lacks, Place, Rules, Seen, Verdict, Watched, composed, lacks, settle

_COPIES = "taken-"
#: Seconds after which copies are nobody's any more: no deposit takes an hour to copy.
_LEFT_BEHIND = 3600.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken from a place, and may still lie there."""

    files: frozenset[Kept]
    filed: bool  # a sealed manifest stands for it


class Reception(Protocol):
    """Who takes deposits in."""

    def taken(self) -> Mapping[Place, Taken]:
        """Return what was last taken from each place that was not cleared since."""

    def take(self, place: Place, folder: Path, files: frozenset[Kept]) -> None:
        """Keep the originals that lie in *folder* and enter the deposit: all of it or nothing; repeating is nothing."""

    def cleared(self, place: Place) -> None:
        """Note that nothing of what was taken lies there any more."""

    def gone(self, place: Place) -> None:
        """Note that nothing lies there any more, whoever took it away."""

    def overdue(self, place: Place, lacking: Lacks) -> None:
        """Tell people of a deposit that stands still and is not whole."""


#: Told when something goes wrong with one deposit or with all (None): the error's code.
Trouble = Callable[[Place | None, str], None]


class Watcher:
    """One inbox, watched."""

    def __init__(
        self,
        inbox: Inbox,
        reception: Reception,
        *,
        rules: Rules,
        scratch: Path,
        trouble: Trouble,
        sizes: range = range(sys.maxsize),
    ) -> None:
        """Watch *inbox* for *reception*; files pass through *scratch*.

        Only deposits of so many files as stand in *sizes*: others are another watcher's, for whom nobody here waits.
        """
        self._inbox = inbox
        self.sizes = sizes
        self._reception = reception
        self._rules = rules
        self._scratch = scratch
        self._trouble = trouble
        self._watched: dict[Place, Watched] = {}
        self._tickets: dict[Place, tuple[Seen, frozenset[str] | None]] = {}

    def run(self, stop: threading.Event, hint: Bell, every: float) -> None:
        """List every so many seconds, and at a hint, until *stop*; trouble with inbox or ledger only delays."""
        self._tidy()
        while not stop.is_set():
            try:
                with ours():
                    self.round(time.monotonic())
            except SohoaError as error:
                self._trouble(None, error.code)
            hint.wait(every)
            hint.clear()

    def round(self, now: float) -> None:
        """List once and do what follows; what goes wrong with one deposit keeps no other waiting.

        Raises:
            SohoaError: the inbox cannot be listed, or it cannot be known what was taken before.
        """
        listing = self._inbox.listing()
        taken = self._reception.taken()
        for place in (set(self._watched) | set(taken)) - set(listing):
            self._forget(place)
            self._reception.gone(place)
        for place, seen in listing.items():
            if len(seen) not in self.sizes:
                self._forget(place)
                continue
            try:
                with ours():
                    self._look_at(place, seen, taken.get(place), now)
            except SohoaError as error:
                self._trouble(place, error.code)

    def _look_at(self, place: Place, seen: Collection[Seen], taken: Taken | None, now: float) -> None:
        before = {each.seen for each in taken.files} if taken else set()
        if taken and taken.filed and before >= set(seen):
            self._clear(place, seen, taken)
            return
        if before == set(seen):
            return  # It stays until the sealed manifest stands: the only copy but ours may be this one.
        named = self._named(place, seen)
        watched, verdict = settle(self._watched.get(place), seen, named, now=now, rules=self._rules)
        self._watched[place] = watched
        if verdict is Verdict.TELL:
            self._reception.overdue(place, lacks(seen, named))
        elif verdict is Verdict.TAKE:
            self._take(place, seen)

    def _take(self, place: Place, seen: Collection[Seen]) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_COPIES, dir=self._scratch) as folder, suppress(Changed):
            # By the dossier's name, because a ticket is held against the name of its folder.
            copies = Path(folder) / place.dossier
            copies.mkdir()
            kept = frozenset(fetch(self._inbox, place, each, copies) for each in seen)
            if set(self._inbox.look(place)) == set(seen):
                self._reception.take(place, copies, kept)
                self._forget(place)
                return
        # It moved while it was copied: what was seen before says nothing any more.
        self._watched.pop(place, None)

    def _clear(self, place: Place, seen: Collection[Seen], taken: Taken) -> None:
        kept = {each.seen: each for each in taken.files}
        gone = [self._inbox.remove(place, kept[each]) for each in sorted(seen)]
        if all(gone):
            self._reception.cleared(place)
            self._forget(place)

    def _named(self, place: Place, seen: Collection[Seen]) -> frozenset[str] | None:
        """Return what the ticket names, read once for each form it takes; None without one that can be read."""
        ticket = next((each for each in seen if composed(each.name) == TICKET and not each.problem), None)
        if ticket is None:
            return None
        known = self._tickets.get(place)
        if known is None or known[0] != ticket:
            self._tickets[place] = known = (ticket, self._read(place, ticket))
        return known[1]

    def _read(self, place: Place, ticket: Seen) -> frozenset[str] | None:
        if ticket.size > MOST_BYTES:
            return None
        try:
            with self._inbox.pieces(place, ticket) as pieces:
                dossier = parse_ticket(b"".join(pieces), place.dossier)
        except Changed:
            return None
        except SohoaError as error:
            if error.retry:
                raise
            return None  # it is taken after the quiet time, and rejected with its reason
        claimed = {name for claim in dossier.claims for name in claim.files}
        return frozenset({TICKET, *claimed, *dossier.stack})

    def _tidy(self) -> None:
        """Remove the copies of a watcher that was killed while it took a deposit."""
        for left in self._scratch.glob(f"{_COPIES}*"):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(left, ignore_errors=True)

    def _forget(self, place: Place) -> None:
        self._watched.pop(place, None)
        self._tickets.pop(place, None)
