"""Whatever a foreign hand wrote, what people are shown of it is short, on one line, and turns nothing."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st
from report_helpers import EVIL, times

from pipeline.reports.plain import MOST_LETTERS, day, local, moment, plain, stamp


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_whatever_is_shown_is_printable_and_on_one_line(text):
    shown = plain(text)
    assert shown.isprintable()
    assert len(shown) <= MOST_LETTERS
    assert unicodedata.is_normalized("NFC", shown)


@given(st.text(st.sampled_from("abcdđêơưạảấ – "), max_size=MOST_LETTERS))
def test_vietnamese_stays_as_it_is(text):
    assert plain(unicodedata.normalize("NFD", text)) == unicodedata.normalize("NFC", text)


def test_signs_that_show_nothing_are_shown_as_their_codes():
    assert plain("photo\u202egpj.exe\n") == "photo\\u202egpj.exe\\n"


def test_a_long_name_is_cut_and_says_so():
    shown = plain(EVIL)
    assert (len(shown), shown[-1]) == (MOST_LETTERS, "…")


def test_a_tower_of_accents_does_not_reach_into_other_lines():
    assert len(plain("a" + "\u0323" * 300)) <= 3


@given(times())
def test_every_time_that_a_certificate_can_tell_can_be_told(when):
    for told in (moment(when), day(when), local(when), stamp(when)):
        assert told.isprintable()


def test_times_are_told_in_vietnam_and_to_machines_in_utc():
    when = datetime(2026, 11, 20, 18, 30, 5, tzinfo=UTC)
    assert moment(when) == "21/11/2026 01:30:05 +07:00"
    assert day(when) == "21/11/2026"
    assert stamp(when.astimezone(timezone(timedelta(hours=-5)))) == "2026-11-20T18:30:05Z"


def test_the_last_moment_of_the_calendar_stays_in_its_own_zone():
    """Turned into Vietnam's time it would be in the year 10000."""
    assert moment(datetime.max.replace(tzinfo=UTC)) == "31/12/9999 23:59:59 +00:00"


def test_the_first_moment_of_the_calendar_stays_in_its_own_zone():
    first = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
    assert stamp(first) == "0001-01-01T00:00:00Z"
