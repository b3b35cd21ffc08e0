"""A calendar's columns on a grid of five-minute rows. Pure.

The content security policy allows no style attributes: where an entry stands and how long it is
are classes (``r17 h6``), which ``static/css/calendar-rows.css`` has one of each for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from scheduling.availability import DAY, Instant, span_of
from scheduling.selectors.day_calendar import FREE, SHORTEST_SHOWN, Column, DayCalendar, Entry

ROW = 5 * 60
HOUR = 60 * 60
MOST_LANES = 4
OPEN, CLOSED = 8, 17


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and its classes."""

    entry: Entry
    classes: str


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column, its stretches of work and its entries, each with classes."""

    column: Column
    working: Sequence[str]
    entries: Sequence[Placed]
    whole: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Hours down the side, as (wall-clock hour, class), and columns."""

    hours: Sequence[tuple[time, str]]
    columns: Sequence[GridColumn]


def grid_of(calendar: DayCalendar) -> Grid:
    """The calendar on a grid from the first to the last hour in which there is anything."""
    first, last = _hours(calendar)
    hours = [
        (time(hour % 24), f"r{(hour - first) * HOUR // ROW + 1}") for hour in range(first, last)
    ]
    columns = [_column(column, calendar.zone, first, last) for column in calendar.columns]
    return Grid(hours, columns)


def _hours(calendar: DayCalendar) -> tuple[int, int]:
    starts, ends = [], []
    for column in calendar.columns:
        midnight = _midnight(column, calendar.zone)
        for start, end in _shown(column):
            starts.append((start - midnight) // HOUR)
            ends.append(-(-(end - midnight) // HOUR))
    first = max(0, min(starts, default=OPEN))
    return first, min(24, max(ends, default=CLOSED))


def _shown(column: Column) -> Iterator[tuple[Instant, Instant]]:
    yield from column.working
    for entry in column.entries:
        yield entry.start, entry.end


def _midnight(column: Column, zone: ZoneInfo) -> Instant:
    return span_of(column.day, time(0), time(0), zone)[0]


def _column(column: Column, zone: ZoneInfo, first: int, last: int) -> GridColumn:
    opened = _midnight(column, zone) + first * HOUR
    until = opened + (last - first) * HOUR
    return GridColumn(
        column=column,
        working=[_classes(start, end, opened, until) for start, end in column.working],
        entries=[
            Placed(entry, f"{_classes(entry.start, entry.end, opened, until)} {_lane(entry)}")
            for entry in column.entries
            if entry.kind != FREE or entry.end - entry.start >= SHORTEST_SHOWN
        ],
        whole=_classes(opened, until, opened, until),
    )


def _classes(start: Instant, end: Instant, opened: Instant, until: Instant) -> str:
    """The row at which something begins, counted from 1, and how many it takes."""
    start, end = max(start, opened), min(end, until)
    rows = max(-(-(end - start) // ROW), SHORTEST_SHOWN // ROW)
    return f"r{(start - opened) // ROW + 1} h{min(rows, DAY // ROW)}"


def _lane(entry: Entry) -> str:
    lanes = min(entry.lanes, MOST_LANES)
    return f"lane-{(entry.lane - 1) % lanes + 1}-{lanes}"
