"""Deposits: every file is kept before anything in it is believed, and what was kept is found again by its name.

Here a deposit is only names and bytes. What it means is for `pipeline.opening`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipeline.deposit import Found, look, writable
from pipeline.errors import Misconfigured, Rejected, SohoaError
from pipeline.messages import reason
from pipeline.model import CodeError, DossierCode, Original, Sha256, canonical_json, sha256_of
from pipeline.notices import Notice, Tell, nobody
from pipeline.ticket import is_dossier_code
from pipeline.translate import ours
from storage import DepositRow, Digest, Ledger, ObjectStore
from storage.ledger import DepositState

#: Nothing is believed of a file before the gate.
_PLAIN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Taken:
    """A deposit whose files are kept."""

    name: str  # of its folder, NFC
    procedure: str | None  # for deposits without a ticket
    originals: Mapping[str, Original]  # by name; only regular files that could be read
    problems: Mapping[str, str | None]  # by name: the rejection code that an entry has by itself

    @property
    def id(self) -> Sha256:
        """SHA-256 over the names and contents: the same papers handed in again are the same deposit."""
        names = [(name, problem) for name, problem in self.problems.items() if name not in self.originals]
        held = [[original.name, original.sha256] for original in self.originals.values()]
        return sha256_of(canonical_json([self.name, self.procedure, held, names]))

    @property
    def subject(self) -> str:
        """What events and the ledger's items call it: its dossier, or its digest when the folder has another name."""
        try:
            return str(DossierCode.parse(self.name))
        except CodeError:
            return self.id

    def to_json(self) -> bytes:
        """Encode for the store."""
        held = [[each.name, each.sha256, each.size] for each in self.originals.values()]
        return canonical_json([self.name, self.procedure, held, list(self.problems.items())])

    @classmethod
    def from_json(cls, data: bytes) -> Taken:
        """Decode what `to_json` made."""
        name, procedure, held, problems = json.loads(data)
        originals = {each: Original(each, Sha256(sha256), size) for each, sha256, size in held}
        return cls(name, procedure, originals, dict(problems))


@dataclass(frozen=True, slots=True)
class Reception:
    """Where deposits come in, and where what became of them is written down."""

    store: ObjectStore
    ledger: Ledger
    clock: Callable[[], datetime]
    actor: str  # who runs this, for the log of events: a code or an account
    tell: Tell = nobody  # hears of what was not filed, in the transaction that says so

    def take(self, folder: Path, procedure: str | None) -> Taken:
        """Keep every file of a folder; one that cannot be opened is told like any bad one.

        Raises:
            Usage, Rejected: as `pipeline.deposit.look`.
            StorageError: not all is kept.
        """
        deposit = look(folder)
        originals: dict[str, Original] = {}
        problems: dict[str, str | None] = {}
        for found in deposit.found:
            original = self._keep(found) if found.problem != "not-a-file" else None
            if original:
                originals[found.name] = original
            unread = original is None and found.problem is None
            problems[found.name] = "file-unreadable" if unread else found.problem
        self.ledger.together(lambda: self._enter(list(originals.values())))
        return Taken(deposit.name, procedure, originals, problems)

    def receive(self, taken: Taken) -> None:
        """Write down that the deposit came: in the store, so that it is found by its name, then in the ledger.

        One that is known was received before.
        """
        key, now = deposit_key(taken.id), self.clock()
        if self.store.read(key) is None:
            self.store.write(key, taken.to_json())
        row = DepositRow(Digest(taken.id), taken.name, None, "received", None, None, now, now)

        def work() -> None:
            if self.ledger.deposit(row.id) is None:
                self.ledger.put_deposit(row)
                self.ledger.event(self.actor, "received", taken.subject, deposit=taken.id, files=len(taken.originals))

        self.ledger.together(work)

    def refuse(self, where: str, name: str, error: SohoaError) -> None:
        """Write down, for people, that papers lie somewhere and cannot be taken in; once, for each reason.

        Args:
            where: the inbox and the place in it: what names them as long as nothing of them is kept.
            name: of their folder.
            error: why.
        """
        id_, now = _place_id(where), self.clock()
        state: DepositState = "rejected" if isinstance(error, Rejected) else "failed"
        why = reason(error.code, error.facts)
        row = DepositRow(id_, writable(name), None, state, error.code, why, now, now)

        def work() -> None:
            before = self.ledger.deposit(id_)
            self.ledger.put_deposit(row)
            if before is None or (before.state, before.code) != (row.state, row.code):
                dossier = str(DossierCode.parse(name)) if is_dossier_code(name) else None
                # Whatever keeps them at the door, a person must see to them there.
                self.tell(Notice("review", now, id_, dossier, code=error.code))
                self.ledger.event(self.actor, "refused", dossier or id_, code=error.code, **_counts(error.facts))

        self.ledger.together(work)

    def relent(self, where: str) -> None:
        """Write down that what `refuse` told of a place is over: its papers were taken in, or taken away."""
        row = self.ledger.deposit(_place_id(where))
        if row and row.code:
            over = replace(row, state="received", code=None, reason=None, updated_at=self.clock())
            self.ledger.put_deposit(over)

    def recall(self, deposit: str) -> Taken:
        """Return what was received under a name.

        Raises:
            Misconfigured: ``record-broken``, there is no such record, or it is about something else.
        """
        key = deposit_key(deposit)
        try:
            taken = Taken.from_json(self.store.read(key) or b"")
        except (ValueError, TypeError, KeyError) as error:
            raise Misconfigured("record-broken", record=key) from error
        if taken.id != deposit:
            raise Misconfigured("record-broken", record=key)
        return taken

    def end(self, taken: Taken, dossier: str | None, error: SohoaError | None) -> SohoaError | None:
        """Write into the ledger what became of the deposit; return the error that people are to hear of.

        A ledger that is away now must not hide why the deposit failed before.

        Args:
            taken: the deposit.
            dossier: the code that it was filed under; None when it was not.
            error: why it was not.
        """
        state = "sealed" if dossier else "rejected" if isinstance(error, Rejected) else "failed"
        now = self.clock()
        row = DepositRow(
            id=Digest(taken.id),
            name=taken.name,
            dossier=dossier,
            state=state,  # type: ignore[arg-type]
            code=error.code if error else None,
            reason=reason(error.code, error.facts) if error else None,
            received_at=now,
            updated_at=now,
        )

        def work() -> None:
            before = self.ledger.deposit(row.id)
            self.ledger.put_deposit(row)
            told = before is not None and (before.state, before.code) == (row.state, row.code)
            if row.code and not told:  # what was filed has its event, and notice, with the rows of its files
                self.tell(_notice(taken, row))
                self.ledger.event(self.actor, row.state, taken.subject, deposit=taken.id, code=row.code)

        try:
            with ours():
                self.ledger.together(work)
        except SohoaError as caught:
            return error or caught
        return error

    def _keep(self, found: Found) -> Original | None:
        try:
            # Also when it is there already: the store then reads its copy again, and would find it changed.
            digest, size = self.store.put_file("originals", found.path)
        except OSError:  # of the deposited file: the store has errors of its own
            return None
        return Original(found.name, Sha256(digest), size)

    def _enter(self, originals: Sequence[Original]) -> None:
        """Write into the ledger what was kept: all of it at once, for an archive box has thousands."""
        for each in originals:
            self.ledger.put_object("originals", Digest(each.sha256), size=each.size, media_type=_PLAIN)


def _place_id(where: str) -> Digest:
    return Digest(sha256_of(canonical_json(["place", where])))


def _counts(facts: Mapping[str, object]) -> dict[str, int]:
    """Return what may stand in an event: numbers; words may be names of files, and these name people."""
    return {name: fact for name, fact in facts.items() if isinstance(fact, int)}


def _notice(taken: Taken, row: DepositRow) -> Notice:
    dossier = taken.subject if taken.subject != taken.id else None
    return Notice("review" if row.state == "rejected" else "failed", row.updated_at, taken.id, dossier, code=row.code)


def deposit_key(deposit: str) -> str:
    """Return where the store keeps what was deposited under a name."""
    return f"deposits/{deposit[:2]}/{deposit}"
