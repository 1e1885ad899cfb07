"""Whatever stations do and whenever it is listed: no deposit is taken by halves, and none is lost."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from workers.settling import Rules, Seen, Verdict, Watched, settle

RULES = Rules(quiet=60.0, steady=5.0, patience=1800.0)
TICKET = "dossier.json"


@dataclass(frozen=True)
class Writing:
    """One write of a station: after a pause, a file has so many bytes."""

    pause: float  # seconds since the write before
    name: str
    size: int


def uploads(longest_pause: float) -> st.SearchStrategy[list[Writing]]:
    """Draw the writes of a deposit: files in any order, each in pieces, pieces of several files in turn."""
    pieces = st.lists(st.integers(1, 4), min_size=1, max_size=4)  # how many pieces each file comes in
    return pieces.flatmap(
        lambda counts: st.permutations([at for at, count in enumerate(counts) for _ in range(count)]).flatmap(
            lambda order: st.lists(
                st.floats(0.0, longest_pause), min_size=len(order), max_size=len(order)
            ).map(lambda pauses: _written(order, pauses))
        )
    )  # fmt: skip


def _written(order: list[int], pauses: list[float]) -> list[Writing]:
    sizes: dict[int, int] = {}
    made = []
    for at, pause in zip(order, pauses, strict=True):
        sizes[at] = sizes.get(at, 0) + 1000
        made.append(Writing(pause, f"page-{at}.tif", sizes[at]))
    return made


def run(
    writes: list[Writing], gaps: list[float], named: frozenset[str] | None, *, ticket_at: float, every: float = 3.0
) -> tuple[frozenset[Seen] | None, bool, float]:
    """List an inbox again and again while it is written to; return what was taken, whether it was told, and when."""
    times = list(itertools.accumulate(each.pause for each in writes))
    watched: Watched | None = None
    now, told = 0.0, False
    for gap in itertools.chain(gaps, itertools.repeat(every, 400)):
        now += gap
        files = {
            each.name: Seen(each.name, each.size, str(at)) for at, each in zip(times, writes, strict=True) if at <= now
        }
        if named is not None and ticket_at <= now:
            files[TICKET] = Seen(TICKET, 100, "1")
        if not files:
            continue
        says = named if TICKET in files else None
        watched, verdict = settle(watched, files.values(), says, now=now, rules=RULES)
        told = told or verdict is Verdict.TELL
        if verdict is Verdict.TAKE:
            return frozenset(files.values()), told, now
    return None, told, now


def whole(writes: list[Writing]) -> dict[str, int]:
    return {each.name: each.size for each in writes}


listings = st.lists(st.floats(0.01, 30.0), max_size=30)


@settings(deadline=None, max_examples=150)
@given(writes=uploads(RULES.steady * 0.99), gaps=listings, ticket_at=st.floats(0.0, 30.0))
def test_with_a_ticket_no_half_is_taken_and_nothing_is_lost(
    writes: list[Writing], gaps: list[float], ticket_at: float
) -> None:
    named = frozenset({*whole(writes), TICKET})
    taken, _, _ = run(writes, gaps, named, ticket_at=ticket_at)
    assert taken is not None
    assert {each.name: each.size for each in taken} == {**whole(writes), TICKET: 100}


@settings(deadline=None, max_examples=150)
@given(writes=uploads(RULES.quiet * 0.99), gaps=listings)
def test_without_a_ticket_whoever_pauses_for_less_than_the_quiet_time_is_waited_for(
    writes: list[Writing], gaps: list[float]
) -> None:
    taken, _, _ = run(writes, gaps, None, ticket_at=0.0)
    assert taken is not None
    assert {each.name: each.size for each in taken} == whole(writes)


@settings(deadline=None, max_examples=100)
@given(writes=uploads(RULES.quiet * 3), gaps=listings, lost=st.data())
def test_what_a_ticket_names_and_never_comes_is_told_and_never_taken(
    writes: list[Writing], gaps: list[float], lost: st.DataObject
) -> None:
    named = frozenset({*whole(writes), TICKET, "never.pdf"})
    taken, told, _ = run(writes, gaps, named, ticket_at=0.0, every=30.0)
    assert taken is None
    assert told


@settings(deadline=None, max_examples=100)
@given(writes=uploads(4.0), gaps=listings, extra=st.floats(0.0, 400.0))
def test_more_listings_never_take_earlier_than_the_rules_allow(
    writes: list[Writing], gaps: list[float], extra: float
) -> None:
    # An event only brings a listing forward: the more of them, the more often it is looked, and no sooner taken.
    hinted = [*itertools.chain.from_iterable((gap / 3, gap / 3, gap / 3) for gap in gaps)]
    taken, _, when = run(writes, hinted, None, ticket_at=0.0)
    assert taken is not None
    assert when >= sum(each.pause for each in writes) + RULES.quiet


@settings(deadline=None, max_examples=60)
@given(writes=uploads(RULES.steady * 0.99), gaps=listings, deaths=st.sets(st.integers(0, 40)))
def test_a_watcher_that_is_killed_again_and_again_only_waits_longer(
    writes: list[Writing], gaps: list[float], deaths: set[int]
) -> None:
    named = frozenset({*whole(writes), TICKET})
    times = list(itertools.accumulate(each.pause for each in writes))
    watched, now = None, 0.0
    for turn, gap in enumerate(itertools.chain(gaps, itertools.repeat(3.0, 400))):
        now += gap
        watched = None if turn in deaths else watched
        files = {
            each.name: Seen(each.name, each.size, str(at)) for at, each in zip(times, writes, strict=True) if at <= now
        }
        files[TICKET] = Seen(TICKET, 100, "1")
        watched, verdict = settle(watched, files.values(), named, now=now, rules=RULES)
        if verdict is Verdict.TAKE:
            assert {name: seen.size for name, seen in files.items()} == {**whole(writes), TICKET: 100}
            return
    raise AssertionError("it was never taken")
