"""Hand out turns to stations, and send again what was left lying. Safe to run twice, and in several places at once.

`turns` and `lost` decide; `one_round` does what they say. Whatever is sent once too often finds its work done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from workers.model import Arrival, Book, Errand, Lane, Sender, Undone, Urgency

#: Deposits of one station that are under way at once: enough to keep the readers of a small machine busy, few enough
#: that another station's first page waits for some tens of pages, not for a morning's scans. Same-day ones have as many
#: turns again.
TURNS = 4
#: Taken at most in a round: what is left comes next time.
MOST = 500
#: What was sent so long ago and is undone is lost when nothing stands in its queue …
QUIET = timedelta(minutes=1)
#: … and this long ago, whatever stands there: then nobody can have waited in a queue that is being worked through.
LONG = timedelta(hours=2)
#: What is at work is not lost: for so long its attempt may last. Nobody need hurry for those that were killed: the
#: broker gives their messages to others by itself.
AT_WORK = {
    Lane.OPENING: timedelta(minutes=10),
    Lane.PAGING: timedelta(minutes=5),
    Lane.CLOSING: timedelta(minutes=30),
    Lane.SEALING: timedelta(minutes=10),
}


def turns(arrivals: Sequence[Arrival], under_way: Mapping[str, int], each: int = TURNS) -> list[Errand]:
    """Decide which deposits are opened now.

    A dossier that is settled on the same day may start though its station has used up its turns on others.

    Args:
        arrivals: in fair order.
        under_way: by station.
        each: turns of a station.
    """
    taken = Counter(under_way)
    chosen = []
    for arrival in arrivals:
        if taken[arrival.station] < each * (2 if arrival.soon else 1):
            taken[arrival.station] += 1
            urgency = Urgency.SOON if arrival.soon else Urgency.PLAIN
            chosen.append(Errand(Lane.OPENING, arrival.deposit, urgency=urgency))
    return chosen


def lost(undone: Sequence[Undone], standing: Mapping[str, int], now: datetime, *, anew: bool = False) -> list[Errand]:
    """Decide what is sent again: each once, the oldest first; everything when the queue itself began *anew*.

    As long as messages stand in a queue, what is undone most likely stands there too: to send it again each minute
    would grow the queue with every round, and a backlog of a night would never end.
    """
    chosen: dict[str, Errand] = {}
    for each in sorted(undone, key=lambda each: each.since):
        age = now - each.since
        at_work = each.begun is not None and now - each.begun < AT_WORK[each.errand.lane]
        quiet = age >= QUIET and standing.get(each.errand.queue, 0) == 0
        if anew or (not at_work and (quiet or age >= LONG)):
            chosen.setdefault(each.errand.name, each.errand)
    return list(chosen.values())


def one_round(book: Book, post: Sender, clock: Callable[[], datetime], *, anew: bool = False) -> int:
    """Hand out turns and send again what is lost; return how many messages were sent.

    Args:
        book: what is to be done.
        post: where it is sent.
        clock: tells the time.
        anew: the queue is empty and nobody is at work, because both were in a process that has just been started.

    Raises:
        SohoaError: ledger or broker are away; the next round will do it.
    """
    now = clock()
    chosen = turns(book.arrivals(MOST), book.under_way())
    undone = book.undone(now if anew else now - QUIET, MOST)
    standing = {queue: post.standing(queue) for queue in {each.errand.queue for each in undone}}
    chosen += lost(undone, standing, now, anew=anew)
    for errand in chosen:
        post.send(errand)
        # Noted one by one, and afterwards: who is killed in between sends one twice, and loses none.
        book.sent([errand])
    return len(chosen)
