"""A dossier on its way through several machines: each lane by itself, by the name of a deposit.

    open ─▶ page × n ─▶ close ─▶ seal

The same steps as `pipeline.driver.Driver.run` takes in one go, and the same record in the end, in whatever order,
however often and wherever the calls come: what is recorded is not done again, and a lane does itself what one before
it was not asked for. Who sends whom, and what is tried again, is not known here. A rejection is an end, not an error:
the reason stands in the ledger when the call returns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from pipeline import plan
from pipeline.driver import Driver
from pipeline.errors import Interrupted, Misconfigured, Rejected, SohoaError
from pipeline.model import canonical_json
from pipeline.plan import Step
from pipeline.reception import Taken
from pipeline.versions import Verdict
from pipeline.works import Works
from storage import Digest, ItemRow, ItemState, ObjectStore, PageRow

#: States in which a lane may find work.
UNDER_WAY: tuple[ItemState, ...] = ("received", "opening", "reading", "closing")
#: Where the machine with the key says whether its seals are for trial: the mark, which is set without the key, says so.
SEALER = "sealer"


@dataclass(frozen=True, slots=True)
class ToRead:
    """What opening a deposit came to."""

    unread: tuple[int, ...] = ()  # pages to read, from 1 in the whole deposit
    soon: bool = False  # settled on the same day
    over: bool = False  # filed, turned away, or other papers have come: nothing follows


@dataclass(frozen=True, slots=True)
class DepositLanes:
    """What is done with deposits, each call by names alone; any of them may be repeated, also at the same time."""

    driver: Driver

    def open(self, deposit: str) -> ToRead:
        """Let the papers of a deposit through the gate, tell which is which, and lay out its pages.

        Raises:
            SohoaError: a tool or we failed; what was done stays recorded.
        """
        taken = self.driver.reception.recall(deposit)
        item = self._under_way(taken)
        if item is None:
            return ToRead(over=True)
        works = self._works(taken)
        try:
            opening = self.driver.opening(works)
            dossier = opening.dossier(taken)
            trial = self._trial()
            closing = self.driver.closing(taken, works, trial=bool(trial))
            if finished := closing.finished(dossier):
                self._end(taken, finished)
                return ToRead(over=True)
            if trial is not None:
                closing.mark(dossier)
            opened = opening.open(dossier, taken, trial=bool(trial))
        except Rejected as error:
            self._reject(taken, error)
            return ToRead(over=True)
        pages = dict.fromkeys(page for document in opened.documents for page in document.pages)
        steps = [plan.read(self.driver.shop, page, opened.gated[page.original]) for page in pages]
        unread = self._lay_out(taken, steps)
        return ToRead(unread, soon=item.priority == 0)

    def page(self, deposit: str, number: int, along: Callable[[], None] = lambda: None) -> int:
        """Read a page; return how many pages of the deposit are unread. What it costs does not grow with the others.

        Args:
            deposit: by its name.
            number: of the page, from 1 in the whole deposit.
            along: what else is to be written in the one transaction that says that the page is read; it may come twice.

        Raises:
            Misconfigured: ``record-broken``, the page was never laid out.
            Interrupted: ``tools-differ``: a machine with the same programs as the one that opened must read it.
            SohoaError: a tool or we failed.
        """
        subject, step = _page_from(self.driver.yard.store, deposit, number)
        if self.driver.shop.step(step.stage, step.inputs, step.params).key != step.key:
            raise Interrupted("tools-differ")
        # The message's attempt, which was counted before we were called, is the attempt at this one step.
        works = Works(self.driver.yard, subject, self.driver.watch, telling=False)
        (record,) = works.do_all([step])
        row = self._row(subject, step, number, "failed" if record.facts.get("failure") else "read")
        ledger = self.driver.yard.ledger

        def work() -> int:
            works.enter(record)  # also when it was found: whoever left it may have been killed before this
            along()
            # Of papers that others have replaced, no page is waited for, and none may pass for a page of theirs. The
            # work goes on: the sweeper leaves a thick dossier alone, and what it waited for is over.
            return ledger.end_page(row) if ledger.keep_item(subject, deposit=deposit, was=UNDER_WAY) else 0

        return ledger.together(work)

    def close(self, deposit: str) -> bool:
        """Describe and assemble; return whether there is something to seal.

        Raises:
            Interrupted: ``sealer-unknown``, no machine with the key was ever started.
            SohoaError: a tool or we failed.
        """
        taken = self.driver.reception.recall(deposit)
        if self._under_way(taken) is None:
            return False
        trial = self._trial()
        if trial is None:
            raise Interrupted("sealer-unknown")
        works = self._works(taken)
        try:
            opening = self.driver.opening(works)
            dossier = opening.dossier(taken)
            opened = opening.open(dossier, taken, trial=trial)
            read, _ = self.driver.read(opened, works)
            closing = self.driver.closing(taken, works, trial=trial)
            closing.assemble(opened.dossier, read, opened.gated, opened.carried.names)
        except Rejected as error:
            self._reject(taken, error)
            return False
        return self.driver.yard.ledger.move_item(taken.subject, "closing", was=UNDER_WAY)

    def seal(self, deposit: str) -> None:
        """Seal and file, with whatever another lane has left to do.

        Raises:
            SohoaError: nothing was filed, and the same call may do it later.
        """
        taken = self.driver.reception.recall(deposit)
        if self._under_way(taken) is None:
            return
        try:
            verdict = self.driver.digitise(taken, self._works(taken))
        except Rejected as error:
            self._reject(taken, error)
        else:
            self._end(taken, verdict)

    def set_aside(self, deposit: str, code: str, facts: Mapping[str, object]) -> None:
        """Leave a deposit to people, who see why; one that has ended meanwhile stays as it is."""
        reception, ledger = self.driver.reception, self.driver.yard.ledger
        try:
            taken = reception.recall(deposit)
        except Misconfigured:  # its record is what is broken: then at least the dossier's state says so
            taken = None

        def work() -> None:
            item = ledger.item_of(deposit)
            if item and ledger.move_item(item.code, "failed", was=UNDER_WAY, reason=code) and taken:
                reception.end(taken, None, SohoaError(code, **facts))

        ledger.together(work)

    def _works(self, taken: Taken) -> Works:
        return Works(self.driver.yard, taken.subject, self.driver.watch)

    def _under_way(self, taken: Taken) -> ItemRow | None:
        item = self.driver.yard.ledger.item(taken.subject)
        return item if item and item.deposit == taken.id and item.state in UNDER_WAY else None

    def _trial(self) -> bool | None:
        said = self.driver.yard.store.read(SEALER)
        return None if said is None else bool(json.loads(said)["trial"])

    def _lay_out(self, taken: Taken, steps: Sequence[Step]) -> tuple[int, ...]:
        """Write down what each page is, in the store before the ledger; return those that are unread."""
        yard, subject = self.driver.yard, taken.subject
        rows = [self._row(subject, step, number, "waiting") for number, step in enumerate(steps, 1)]
        read = {(row.place, row.step_key) for row in yard.ledger.pages(subject) if row.state != "waiting"}
        laid = [
            (page_key(taken.id, row.place), canonical_json([subject, asdict(step)]))
            for row, step in zip(rows, steps, strict=True)
            if (row.place, row.step_key) not in read
        ]
        yard.hands.each(partial(yard.store.write, *each) for each in laid)

        def work() -> tuple[int, ...]:
            yard.ledger.put_pages(subject, rows)
            yard.ledger.move_item(subject, "reading", was=("received", "opening", "reading"))
            return tuple(sorted(row.place for row in yard.ledger.pages(subject) if row.state == "waiting"))

        return yard.ledger.together(work)

    def _row(self, subject: str, step: Step, number: int, state: str) -> PageRow:
        original, now = Digest(step.inputs[0][1]), self.driver.yard.clock()
        return PageRow(subject, original, step.params["index"], state, step.key, now, number)  # type: ignore[arg-type]

    def _reject(self, taken: Taken, error: Rejected) -> None:
        self._close_books(taken, None, error, state="review", reason=error.code)

    def _end(self, taken: Taken, verdict: Verdict) -> None:
        """Write down that a record stands; one in which something was rejected waits for people as well."""
        rejections = verdict.manifest["rejections"] if verdict.version.state == "rejected" else ()
        state: ItemState = "review" if rejections else "sealed"
        reason = rejections[0]["code"] if rejections else None
        self._close_books(taken, verdict.version.dossier, None, state=state, reason=reason)

    def _close_books(
        self, taken: Taken, dossier: str | None, error: Rejected | None, *, state: ItemState, reason: str | None
    ) -> None:
        reception, ledger = self.driver.reception, self.driver.yard.ledger

        def work() -> None:
            told = reception.end(taken, dossier, error)
            if told is not error:  # the ledger is away: as long as it does not say so, it has not ended
                raise told or Interrupted("ledger-busy")
            ledger.move_item(taken.subject, state, was=UNDER_WAY, reason=reason)

        ledger.together(work)


def announce(store: ObjectStore, *, trial: bool) -> None:
    """Say, on a machine with the key, whether its seals are for trial.

    Only a hint that spares the sealer work: what was assembled on a wrong one is assembled again before it is sealed.
    """
    said = canonical_json({"trial": trial})
    if store.read(SEALER) != said:
        store.write(SEALER, said)


def page_key(deposit: str, number: int) -> str:
    """Return where the store keeps what is to be read on one page of a deposit."""
    return f"pages/{deposit[:2]}/{deposit}/{number}"


def _page_from(store: ObjectStore, deposit: str, number: int) -> tuple[str, Step]:
    """Return the dossier and the step of a page.

    Raises:
        Misconfigured: ``record-broken``.
    """
    key = page_key(deposit, number)
    try:
        subject, raw = json.loads(store.read(key) or b"")
        inputs = tuple((area, sha256) for area, sha256 in raw["inputs"])
        return subject, Step(raw["stage"], raw["version"], inputs, raw["params"], tuple(raw["tools"]))
    except (ValueError, TypeError, KeyError) as error:
        raise Misconfigured("record-broken", record=key) from error
