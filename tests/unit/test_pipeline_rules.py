"""The law as data: one rule for every day, with its citation."""

from __future__ import annotations

from datetime import date, timedelta

from pipeline.rules import in_force, rules


def test_every_day_from_the_first_rule_on_has_one_rule_and_no_more():
    day = rules()[0].effective_from
    while day < date(2036, 1, 1):
        assert sum(rule.holds(day) for rule in rules()) == 1
        day += timedelta(days=1)


def test_the_rule_of_2026_is_that_of_decree_30():
    """NĐ 30/2020 Annex I: at least 200 dpi, the mark in size 10."""
    rule = in_force(date(2026, 11, 21))
    assert (rule.least_dpi, rule.mark_size_pt) == (200, 10)
    assert "30/2020/NĐ-CP" in rule.citation
