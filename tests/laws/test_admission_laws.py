"""Whatever pages come, and whenever they end: memory holds, none waits for ever, and a counter dossier finds room."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from workers.admission import COUNTER_PAGE, PATIENCE, Claim, expected, may_begin, reserve

GB = 1_000_000_000
budgets = st.integers(GB // 4, 16 * GB)
octets = st.one_of(st.integers(210_000_000, GB), st.integers(GB, 20 * GB))


@dataclass
class Machine:
    """Claims of one machine; time passes when it is told to."""

    budget: int
    now: float = 0.0
    claims: dict[int, Claim] = field(default_factory=dict)
    numbers: int = 0
    begun: list[int] = field(default_factory=list)

    def come(self, size: int, *, soon: bool) -> int:
        self.numbers += 1
        self.claims[self.numbers] = Claim(self.numbers, size, soon, self.now)
        return self.numbers

    def look(self, number: int) -> bool:
        """Let a waiting page look whether it may begin."""
        others = [claim for claim in self.claims.values() if claim.number != number]
        may = may_begin(self.claims[number], others, budget=self.budget, now=self.now)
        if may:
            self.claims[number] = replace(self.claims[number], begun=True)
            self.begun.append(number)
        return may

    def all_look(self) -> None:
        """Let them look until nobody may begin any more; in the order in which they came, the last one first."""
        while any(self.look(each) for each in sorted(self.waiting, reverse=True)):
            pass

    @property
    def waiting(self) -> list[int]:
        return [number for number, claim in self.claims.items() if not claim.begun]

    @property
    def at_work(self) -> list[Claim]:
        return [claim for claim in self.claims.values() if claim.begun]


#: What happens one after the other: a page comes (size, same day), or the so-manieth page at work ends.
events = st.lists(st.one_of(st.tuples(octets, st.booleans()), st.integers(0, 9)), max_size=40)


def run(machine: Machine, happening: list[tuple[int, bool] | int], *, seconds: float = 1.0) -> None:
    for each in happening:
        machine.now += seconds
        if isinstance(each, tuple):
            machine.come(each[0], soon=each[1])
        elif machine.at_work:
            del machine.claims[machine.at_work[each % len(machine.at_work)].number]
        machine.all_look()


@settings(deadline=None, max_examples=150)
@given(budget=budgets, happening=events)
def test_pages_at_work_fit_together_unless_one_is_read_alone(
    budget: int, happening: list[tuple[int, bool] | int]
) -> None:
    machine = Machine(budget)
    for each in happening:
        run(machine, [each])
        assert len(machine.at_work) <= 1 or sum(claim.octets for claim in machine.at_work) <= budget


@settings(deadline=None, max_examples=150)
@given(budget=budgets, happening=events)
def test_where_something_waits_something_is_at_work(budget: int, happening: list[tuple[int, bool] | int]) -> None:
    """So nobody waits for nothing: what is at work ends, and the next one begins, however large it is."""
    machine = Machine(budget)
    run(machine, happening)
    while machine.claims:
        assert machine.at_work
        run(machine, [0])
    assert sorted(machine.begun) == list(range(1, machine.numbers + 1))


@settings(deadline=None, max_examples=100)
@given(budget=budgets, size=octets, others=st.lists(octets, min_size=1, max_size=30))
def test_a_large_page_goes_first_once_it_has_waited_long_enough(budget: int, size: int, others: list[int]) -> None:
    """Pages of the same day come one after the other, and never leave the machine empty; each takes a second."""
    machine = Machine(budget)
    machine.come(reserve(budget), soon=True)
    machine.all_look()
    mine = machine.come(size, soon=False)
    machine.all_look()
    machine.now += PATIENCE
    for other in others:
        machine.come(other, soon=True)
        machine.all_look()
    before = len(machine.at_work) if mine not in machine.begun else 0
    run(machine, [0] * before, seconds=0.0)
    assert mine in machine.begun


@settings(deadline=None, max_examples=150)
@given(budget=budgets, sizes=st.lists(octets, max_size=20))
def test_other_pages_leave_room_for_one_of_the_same_day(budget: int, sizes: list[int]) -> None:
    """Or the worker that is kept free for counter dossiers would wait for memory."""
    machine = Machine(budget)
    for size in sizes:
        machine.come(size, soon=False)
        machine.all_look()
    urgent = machine.come(reserve(budget), soon=True)
    alone = len(machine.at_work) == 1 and machine.at_work[0].octets > budget - reserve(budget)
    assert machine.look(urgent) or alone


@settings(deadline=None, max_examples=150)
@given(budget=budgets, happening=events)
def test_pages_of_one_kind_begin_in_the_order_in_which_they_came(
    budget: int, happening: list[tuple[int, bool] | int]
) -> None:
    machine = Machine(budget)
    run(machine, [each if isinstance(each, int) else (each[0], False) for each in happening])
    assert machine.begun == sorted(machine.begun)


@settings(deadline=None, max_examples=100)
@given(
    width=st.integers(1, 20_000), height=st.integers(1, 20_000), dpi=st.floats(150, 1200), more=st.integers(0, 5_000)
)
def test_a_larger_page_is_expected_to_take_more(width: int, height: int, dpi: float, more: int) -> None:
    page = {"width": width, "height": height, "dpi_x": dpi, "dpi_y": dpi}
    assert expected(page, 200.0) <= expected({**page, "width": width + more}, 200.0)


def test_what_was_measured_is_within_what_is_expected() -> None:
    """docs/reading.md: the largest process of a page."""
    measured = {
        (2480, 3508, 300): 335_000_000,
        (7016, 9921, 600): 833_000_000,  # a one-bit copy; colours take 560
        (4960, 7016, 600): 483_000_000,
        (4961, 7016, 300): 546_000_000,
    }
    for (width, height, dpi), peak in measured.items():
        page = {"width": width, "height": height, "dpi_x": dpi, "dpi_y": dpi}
        assert peak <= expected(page, 200.0) <= 1.6 * peak
    assert expected({"width": 2480, "height": 3508, "dpi_x": 300, "dpi_y": 300}, 200.0) <= COUNTER_PAGE
