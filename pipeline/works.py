"""Do the steps of one dossier: each once, recorded when done, its outputs safe before its record.

The write order is the crash story: attempt, outputs, record. Whoever is killed between two of them leaves nothing
half-done that counts; the next run finds the record or does the step again. What steps there are is decided in
`pipeline.plan`; nothing is decided here.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from pipeline.books import Books, lease
from pipeline.crew import Crew, StepDied, StepTimedOut
from pipeline.errors import Rejected, SohoaError
from pipeline.hands import LONG, Hands
from pipeline.model import Document
from pipeline.notices import Tell, nobody
from pipeline.plan import Output, Step, StepRecord
from pipeline.stage import Made
from pipeline.stages import CREW, read
from pipeline.stages.seal import seal
from signing import Identity
from storage import Area, Digest, DocumentRow, DocumentState, Ledger, ObjectStore, copy_out

#: Times a step is tried when its process hangs or dies.
TRIES = 2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a dossier has come, for whoever shows it."""

    subject: str  # dossier code
    stage: str
    done: int  # steps of this stage done
    total: int


Watch = Callable[[Progress], None]
#: Lends what goes on around each try at a step: counting it, tracing it, waiting for room. On the thread that does it.
Around = Callable[[Step], AbstractContextManager[None]]


def _nothing(_step: Step) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Yard:
    """Everything that steps need and share; made once, at start-up (`pipeline.wiring`)."""

    store: ObjectStore
    ledger: Ledger
    crew: Crew
    #: As many as the crew has: so many steps are under way at most, and a crash repeats no more.
    hands: Hands
    clock: Callable[[], datetime]
    scratch: Path
    around: Around = _nothing
    rest: Callable[[], None] = lambda: None  # called before each step of very many, and lets others go first
    tell: Tell = nobody  # hears what becomes of dossiers


class Works(Books):
    """The steps of one dossier, and how many of them were really done."""

    __slots__ = ("watch", "yard")

    def __init__(self, yard: Yard, subject: str, watch: Watch, *, telling: bool = True) -> None:
        """Take up the steps of *subject*, a dossier code; *watch* is told how far they are; *telling* as `Books`."""
        super().__init__(yard.store, yard.ledger, yard.clock, subject, telling=telling)
        self.yard = yard
        self.watch = watch

    def stand(self, documents: Sequence[Document], state: DocumentState, *, filed: Collection[str]) -> None:
        """Write down, for people, how far the documents of the dossier have come; *filed* names files that stay."""
        now = self.yard.clock()
        rows = [
            DocumentRow(self.subject, each.file_name, each.component, len(each.pages), state, now) for each in documents
        ]
        rows += [row for row in self.yard.ledger.documents(self.subject) if row.name in filed]
        self.yard.ledger.put_documents(self.subject, rows)

    def do_all(self, steps: Sequence[Step]) -> list[StepRecord]:
        """Do steps of the crew side by side; return their records in the same order.

        Raises:
            SohoaError: of the first step that a tool or we failed at; the others are finished and recorded.
        """
        return self._side_by_side(steps, partial(self._do, resting=len(steps) >= LONG))

    def seal_all(self, steps: Sequence[Step], identity: Identity, officer: Identity | None) -> list[StepRecord]:
        """Seal assembled files, the *officer* first where there is one; return their records in the same order.

        Raises:
            SohoaError: as for `do_all`.
        """
        return self._side_by_side(steps, lambda step: self._seal(step, identity, officer))

    @contextmanager
    def attempt(self, step: Step) -> Iterator[None]:
        """See `Books.attempt`; in it is what goes on around every step."""
        with super().attempt(step), self.yard.around(step):
            yield

    def _side_by_side(self, steps: Sequence[Step], work: Callable[[Step], StepRecord]) -> list[StepRecord]:
        distinct = {step.key: step for step in steps}
        stage = steps[0].stage if steps else ""
        done = self.yard.hands.each(
            [partial(work, step) for step in distinct.values()],
            lambda number: self.watch(Progress(self.subject, stage, number, len(distinct))),
        )
        records = dict(zip(distinct, done, strict=True))
        return [records[step.key] for step in steps]

    def _do(self, step: Step, *, resting: bool) -> StepRecord:
        if record := self.recorded(step):
            return record
        if resting:
            self.yard.rest()
        started = time.monotonic()
        self.yard.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{step.stage}-", dir=self.yard.scratch) as folder:
            scratch = Path(folder)
            try:
                outputs, facts = self._made(step, scratch)
            except Rejected as error:
                rejection = {"code": error.code, "facts": dict(error.facts)}
                return self.record(step, (), {}, rejection=rejection, seconds=time.monotonic() - started)
        return self.record(step, outputs, facts, seconds=time.monotonic() - started)

    def _made(self, step: Step, scratch: Path) -> tuple[list[Output], Mapping[str, Any]]:
        """Let the crew do a step; when its process hangs or dies, once more, and then give up in the step's way."""
        for _ in range(TRIES):
            try:
                return self._tried(step, scratch)
            except StepTimedOut as error:
                last: SohoaError = error
                failure = "timed-out"
            except StepDied as error:
                last = error
                failure = "died"
        if step.stage == "intake":
            raise Rejected("picture-too-slow") from last
        if step.stage == "read":
            return self._kept_of(step, read.given_up(step.params, failure, step.tools[0], scratch))
        raise last

    def _tried(self, step: Step, scratch: Path) -> tuple[list[Output], Mapping[str, Any]]:
        with self.attempt(step), ExitStack() as lent:
            store = self.yard.store
            paths = [
                lent.enter_context(store.local(cast("Area", area), Digest(sha256))) for area, sha256 in step.inputs
            ]
            return self._kept_of(step, self.yard.crew.perform(step.stage, paths, step.params, scratch))

    def _kept_of(self, step: Step, made: Made) -> tuple[list[Output], Mapping[str, Any]]:
        """Keep what a step made; return it with what later steps need to know."""
        area = CREW[step.stage].AREA
        return [self._keep_file(area, each.path, each.media_type) for each in made.files], made.facts

    def _seal(self, step: Step, identity: Identity, officer: Identity | None) -> StepRecord:
        if record := self.recorded(step):
            return record
        ((area, sha256),) = step.inputs
        with lease(self.yard.ledger, f"seal/{step.key}") as hold:
            if record := self.recorded(step):  # by whoever held the lease before us
                return record
            started = time.monotonic()
            with self.attempt(step):
                outputs, facts = self._sealed(area, sha256, step.params["mark"], identity, officer)
            hold.require()  # authorities may be slow: who took it over meanwhile has sealed, or will
            return self.record(step, outputs, facts, seconds=time.monotonic() - started)

    def _sealed(
        self, area: str, sha256: str, mark: Mapping[str, Any], identity: Identity, officer: Identity | None
    ) -> tuple[list[Output], Mapping[str, Any]]:
        """Seal a copy on disk of what the store holds; keep it and what its certificates rested on."""
        self.yard.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="seal-", dir=self.yard.scratch) as folder:
            path = Path(folder) / "sealed.pdf"
            copy_out(self.yard.store, cast("Area", area), Digest(sha256), path)
            made = seal(path, mark, identity=identity, when=self.yard.clock(), officer=officer)
            outputs = [
                self._keep_file("sealed", path, "application/pdf"),
                self.keep("sealed", made.evidence, "application/json"),
            ]
        return outputs, made.facts

    def _keep_file(self, area: str, path: Path, media_type: str) -> Output:
        digest, size = self.yard.store.put_file(cast("Area", area), path)
        return self._kept(Output(area, digest, media_type, size))
