"""The actors, one a queue: names in, one call, the successor sent from the body. They remember nothing.

A successor that cannot be sent makes its message fail and come back; sent from a hook of the broker's middleware, whose
errors are swallowed, it would be lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import dramatiq

from pipeline.errors import SohoaError
from pipeline.translate import ours
from workers import patience
from workers.model import Attempt, Attempts, Errand, Lane, Lanes, Sender, Urgency, all_queues, page_urgency, queue_name
from workers.tracing import at_work

#: What it is told after each attempt: the errand, ``done``, ``again`` or ``given-up``, the error's code, seconds.
Told = Callable[[Errand, str, str, float], None]
#: Lends what goes on around each attempt.
Around = Callable[[Errand], AbstractContextManager[None]]
#: Code of an errand over which process after process died.
KILLS = "work-kills"


def declare(
    broker: dramatiq.Broker, *, lanes: Lanes, attempts: Attempts, post: Sender, told: Told, which: Sequence[Lane],
    around: Around = lambda _errand: nullcontext(),
) -> None:  # fmt: skip
    """Declare on *broker* the actors of some lanes; *told* is called within *around*."""
    works = {Lane.OPENING: open_deposit, Lane.PAGING: read_page, Lane.CLOSING: close_deposit, Lane.SEALING: seal}
    for lane, urgency in all_queues(which):
        queue = queue_name(lane, urgency)
        work = partial(works[lane], lanes, post)
        # Of what it holds, a worker takes the most urgent first: dramatiq's smaller priority.
        declared = dramatiq.actor(broker=broker, actor_name=queue, queue_name=queue, priority=int(urgency))
        declared(_actor(lane, urgency, partial(attempt, work=work, attempts=attempts, told=told), around))


@dataclass(slots=True)
class Ending:
    """How an attempt whose work is done says so: with the work itself, where that is one transaction."""

    attempts: Attempts
    attempt: Attempt
    stands: bool = False  # said already, and committed

    def along(self) -> None:
        """Say it within the work's transaction."""
        self.attempts.done(self.attempt)


#: Does an errand.
Work = Callable[[Errand, Ending], None]


def open_deposit(lanes: Lanes, post: Sender, errand: Errand, _ending: Ending) -> None:
    """Open a deposit and send its pages, or its closing when all are read."""
    opened = lanes.open(errand.deposit)
    for number in opened.unread:
        post.send(Errand(Lane.PAGING, errand.deposit, number, page_urgency(number, soon=opened.soon)))
    if not opened.unread and not opened.over:
        post.send(Errand(Lane.CLOSING, errand.deposit, urgency=errand.urgency))


def read_page(lanes: Lanes, post: Sender, errand: Errand, ending: Ending) -> None:
    """Read a page; whoever reads the last one sends the closing."""
    unread = lanes.page(errand.deposit, errand.number, ending.along)
    ending.stands = True
    if unread == 0:
        post.send(Errand(Lane.CLOSING, errand.deposit, urgency=errand.urgency))


def close_deposit(lanes: Lanes, post: Sender, errand: Errand, _ending: Ending) -> None:
    """Describe and assemble, and send what is to be sealed to those who have the key."""
    if lanes.close(errand.deposit):
        post.send(Errand(Lane.SEALING, errand.deposit, urgency=errand.urgency))


def seal(lanes: Lanes, _post: Sender, errand: Errand, _ending: Ending) -> None:
    """Seal and file."""
    lanes.seal(errand.deposit)


def attempt(errand: Errand, work: Work, attempts: Attempts, told: Told) -> None:
    """Do an errand once, counted before it begins.

    Raises:
        dramatiq.Retry: it is to come again. The only thing that leaves: a message that fails with anything else
            would keep that error's words, which may quote a paper, in the broker.
    """
    started = time.monotonic()
    verdict: patience.Again | patience.GiveUp | None = None
    code = ""
    try:
        with ours():
            verdict, code = _attempted(errand, work, attempts)
    except SohoaError as error:  # of the counting itself: the ledger is away, which says nothing about the errand
        verdict, code = patience.Again(patience.UNCOUNTED), error.code
    ending = {patience.Again: "again", patience.GiveUp: "given-up"}.get(type(verdict), "done")
    told(errand, ending, code, time.monotonic() - started)
    if isinstance(verdict, patience.Again):
        raise dramatiq.Retry(code, delay=round(verdict.seconds * 1000)) from None


def _attempted(errand: Errand, work: Work, attempts: Attempts) -> tuple[patience.Again | patience.GiveUp | None, str]:
    begun = attempts.begin(errand)
    if not patience.may_begin(begun.before):
        attempts.give_up(errand, KILLS, {"times": begun.before.vanished})
        return patience.GiveUp(), KILLS
    ending = Ending(attempts, begun)
    try:
        with ours():
            work(errand, ending)
    except SohoaError as error:
        verdict = patience.after(error, begun.before)
        if not ending.stands and not patience.is_death(error):
            attempts.end(begun, failed=True)
        if isinstance(verdict, patience.GiveUp):
            attempts.give_up(errand, error.code, error.facts)
        else:
            attempts.waits(errand, error.code, verdict.seconds)
        return verdict, error.code
    if not ending.stands:
        attempts.end(begun, failed=False)
    return None, ""


def _actor(
    lane: Lane, urgency: Urgency, attempted: Callable[[Errand], None], around: Around
) -> Callable[[str, int], None]:
    def act(deposit: str, number: int) -> None:
        errand = Errand(lane, deposit, number, urgency)
        with at_work(errand), around(errand):
            attempted(errand)

    return act
