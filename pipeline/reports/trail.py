"""The chain of certificates as a picture: who vouches for whom, from when to when, and where the signature falls.

Pure geometry in units of its own, for `as_html` to write as SVG and `as_pdf` to draw; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pipeline.messages import say
from pipeline.reports.plain import day, moment, plain
from signing import SignatureReport

#: What a shape stands for; each form has its own colours.
Tone = Literal["ink", "faint", "box", "bar", "bar-over", "event", "claimed"]

WIDTH = 760.0
_ROW, _BOX_HEIGHT, _BOX_WIDTH = 62.0, 46.0, 258.0
_LEFT, _RIGHT = 282.0, 744.0  # of the time line
_TOP = 26.0  # room for the numbers of the events
_LEGEND = 19.0
_BAR = 14.0
#: Letters that fit into a box, capitals with accents too.
_NAME_LETTERS = 33
#: How far the time line reaches before and after the check: roots live for decades, and a year must stay visible.
#: What lies beyond is drawn at its end; certificates and signers may say any year from 1 to 9999.
_BEFORE, _AFTER = timedelta(days=365 * 30), timedelta(days=365 * 12)
#: Events nearer to each other than this share one number line.
_NEAR = 16.0
#: Certificates drawn; a longer path is no path that anybody uses.
_MOST_LINKS = 10
#: Time stamps drawn; a file renewed every ten years has as many in two centuries.
_MOST_STAMPS = 20
_MOST_TICKS = 8
#: Share of the time line kept free before the first moment, or its line would lie on the edge.
_LEAD_IN = 0.03


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    tone: Tone
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """Text on its base line; foreign text in it is already plain."""

    x: float
    y: float
    text: str
    size: float
    tone: Tone = "ink"
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False


Shape = Rect | Stroke | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture `WIDTH` units wide."""

    height: float
    shapes: tuple[Shape, ...]
    #: What it shows, for those who cannot see it.
    told: str


@dataclass(frozen=True, slots=True)
class Event:
    """A moment on the time line."""

    when: datetime
    text: str
    proved: bool


@dataclass(frozen=True, slots=True)
class _Axis:
    start: float
    end: float

    def x(self, when: datetime) -> float:
        share = (_seconds(when) - self.start) / (self.end - self.start)
        return _LEFT + min(1.0, max(0.0, share)) * (_RIGHT - _LEFT)


def trail(report: SignatureReport, checked_at: datetime) -> Drawing | None:
    """Draw the chain of *report* with its times; None where there is no path to a trusted root."""
    links = report.chain[:_MOST_LINKS]
    if not links:
        return None
    events = events_of(report, checked_at)
    axis = _axis(report, events, checked_at)
    bottom = _TOP + _ROW * len(links)
    shapes: list[Shape] = [*_ticks(axis, bottom)]
    for number, _ in enumerate(links):
        shapes += _link(report, number, len(links), axis, checked_at)
    shapes += _marks(events, axis, bottom)
    shapes += _legend(events, bottom + 34)
    height = bottom + 34 + _LEGEND * len(events)
    return Drawing(height, tuple(shapes), say("report.trail-told", count=len(links)))


def events_of(report: SignatureReport, checked_at: datetime) -> tuple[Event, ...]:
    """Return the moments that a reader needs, the earliest first."""
    events: list[Event] = []
    if report.signing_time is not None:
        events.append(Event(report.signing_time, say("report.event-claimed"), proved=False))
    for each in report.timestamps[:_MOST_STAMPS]:
        said = say(f"report.event-{each.kind}", authority=plain(each.authority, _NAME_LETTERS))
        events.append(Event(each.time, said, proved=each.status == "TOTAL-PASSED"))
    if report.timestamp_time is not None and not report.timestamps:
        events.append(Event(report.timestamp_time, say("report.event-stamped"), proved=True))
    events.append(Event(checked_at, say("report.event-checked"), proved=True))
    return tuple(sorted(events, key=lambda each: _seconds(each.when)))


def _axis(report: SignatureReport, events: Sequence[Event], checked_at: datetime) -> _Axis:
    here = _seconds(checked_at)
    told = [each.when for each in events]
    told += [when for link in report.chain for when in (link.not_before, link.not_after)]
    start = max(min(map(_seconds, told)), here - _BEFORE.total_seconds())
    end = min(max(map(_seconds, told)), here + _AFTER.total_seconds())
    end = max(end, start + 86_400.0)
    return _Axis(start - _LEAD_IN * (end - start), end)


def _link(report: SignatureReport, number: int, count: int, axis: _Axis, now: datetime) -> Iterator[Shape]:
    link, top = report.chain[number], _TOP + _ROW * number
    last = number == len(report.chain) - 1
    role = "report.role-signer" if number == 0 else "report.role-root" if last else "report.role-issuer"
    yield Rect(2, top, _BOX_WIDTH, _BOX_HEIGHT, "box")
    yield Label(12, top + 17, say(role), 10.5, "faint")
    dates = say("report.from-to", start=day(link.not_before), end=day(link.not_after))
    yield Label(_BOX_WIDTH - 6, top + 17, dates, 10.5, "faint", "end")
    yield Label(12, top + 35, plain(link.subject, _NAME_LETTERS), 13, bold=True)
    if number + 1 < count:
        middle, foot = 2 + _BOX_WIDTH / 2, top + _ROW
        yield Stroke(middle, top + _BOX_HEIGHT, middle, foot - 1, "ink")
        yield Stroke(middle - 4, foot - 6, middle, foot - 1, "ink")
        yield Stroke(middle + 4, foot - 6, middle, foot - 1, "ink")
    start, end = axis.x(link.not_before), axis.x(link.not_after)
    over = not _seconds(link.not_before) <= _seconds(now) <= _seconds(link.not_after)
    middle = top + (_BOX_HEIGHT - _BAR) / 2
    yield Rect(start, middle, max(2.0, end - start), _BAR, "bar-over" if over else "bar")


def _ticks(axis: _Axis, bottom: float) -> Iterator[Shape]:
    yield Stroke(_LEFT, bottom, _RIGHT, bottom, "faint")
    first, last = _year(axis.start) + 1, _year(axis.end)
    step = max(1, -(-(last - first + 1) // _MOST_TICKS))
    for year in range(first, last + 1, step):
        x = axis.x(datetime(year, 1, 1, tzinfo=UTC))
        yield Stroke(x, bottom, x, bottom + 4, "faint")
        yield Label(x, bottom + 16, str(year), 10, "faint", "middle")


def _marks(events: Sequence[Event], axis: _Axis, bottom: float) -> Iterator[Shape]:
    """Draw one line for events that lie together, with their numbers over it."""
    groups: list[tuple[float, list[int]]] = []
    for number, event in enumerate(events, 1):
        x = axis.x(event.when)
        if groups and x - groups[-1][0] < _NEAR:
            groups[-1][1].append(number)
        else:
            groups.append((x, [number]))
    for x, numbers in groups:
        proved = any(events[number - 1].proved for number in numbers)
        yield Stroke(x, 18, x, bottom, "event" if proved else "claimed", dashed=not proved)
        said = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
        yield Label(x, 13, said, 12, "event" if proved else "claimed", "middle", bold=True)


def _legend(events: Sequence[Event], top: float) -> Iterator[Shape]:
    for number, event in enumerate(events, 1):
        y = top + _LEGEND * number - 6
        yield Label(12, y, str(number), 12, "event" if event.proved else "claimed", bold=True)
        yield Label(32, y, f"{moment(event.when)}  {event.text}", 12)


def _seconds(when: datetime) -> float:
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def _year(seconds: float) -> int:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).year
