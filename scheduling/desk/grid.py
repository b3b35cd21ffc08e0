"""A calendar's columns on a grid of five-minute rows, by the clock on the wall. Pure.

Down the side stand the hours that the days shown have. On the day the clocks go forward one is
missing; where other days beside it have that hour, it is a gap. On the day they go back one stands
there twice.

The content security policy allows no style attributes: where an entry stands and how long it is
are classes (``r17 h6``), each of which ``static/css/calendar-rows.css`` has (``make styles``).
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.calendar.selectors.columns import (
    FREE,
    SHORTEST_SHOWN,
    CalendarColumn,
    CalendarEntry,
    DayCalendar,
)
from scheduling.clinic.rules.working_hours import Instant, span_of

ROW = 5 * 60
ROWS_AN_HOUR = 12
# No zone changes its clocks by less.
SMALLEST_CHANGE = 15 * 60
MOST_LANES = 4
OPEN, CLOSED = 8, 17

# An hour of the wall clock, and whether it is the second time that it comes.
Hour = tuple[int, bool]


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and its classes."""

    entry: CalendarEntry
    classes: str


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column, its stretches of work and its entries, each with classes."""

    column: CalendarColumn
    working: Sequence[str]
    entries: Sequence[Placed]
    whole: str


@dataclass(frozen=True, slots=True)
class GridHour:
    """An hour down the side; ``again`` where it comes for the second time that day."""

    starts: time
    again: bool
    classes: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Hours down the side, and columns."""

    hours: Sequence[GridHour]
    columns: Sequence[GridColumn]


def grid_of(calendar: DayCalendar) -> Grid:
    """The calendar on a grid from the first to the last hour in which there is anything."""
    zone, hours = calendar.zone, hours_shown(calendar)
    side = [
        GridHour(time(hour), again, f"r{number * ROWS_AN_HOUR + 1}")
        for number, (hour, again) in enumerate(hours)
    ]
    return Grid(
        side, [_column(column, Rows(hours, column.day, zone)) for column in calendar.columns]
    )


@lru_cache(maxsize=1024)
def hours_of(day: date, zone: ZoneInfo) -> frozenset[Hour]:
    """The hours of a day: 24 of them, unless its clocks change."""
    begins, ends = (span_of(each, time(0), time(0), zone)[0] for each in (day, day + timedelta(1)))
    quarters = (datetime.fromtimestamp(each, zone) for each in range(begins, ends, SMALLEST_CHANGE))
    return frozenset((each.hour, bool(each.fold)) for each in quarters)


def hours_shown(calendar: DayCalendar) -> list[Hour]:
    """The hours from the first to the last in which there is anything, or a usual day's."""
    days = {column.day for column in calendar.columns}
    hours = sorted({hour for day in days for hour in hours_of(day, calendar.zone)})
    first, last = [], []
    for column in calendar.columns:
        rows = Rows(hours, column.day, calendar.zone)
        for start, end in _shown(column):
            first.append(rows.at(start) // ROWS_AN_HOUR)
            last.append(-(-rows.until(end) // ROWS_AN_HOUR))
    usual = bisect_left(hours, (OPEN, False)), bisect_left(hours, (CLOSED, False))
    return hours[min(first, default=usual[0]) : max(last, default=usual[1])]


def _shown(column: CalendarColumn) -> Iterator[tuple[Instant, Instant]]:
    yield from column.working
    for entry in column.entries:
        yield entry.start, entry.end


@dataclass(frozen=True, slots=True)
class Rows:
    """Which of the rows of these hours an instant of a day is in, counted from 0."""

    hours: Sequence[Hour]
    day: date
    zone: ZoneInfo

    def at(self, instant: Instant) -> int:
        local = datetime.fromtimestamp(instant, self.zone)
        if local.date() != self.day:
            return 0 if local.date() < self.day else len(self.hours) * ROWS_AN_HOUR
        number = bisect_left(self.hours, (local.hour, bool(local.fold)))
        return number * ROWS_AN_HOUR + local.minute * 60 // ROW

    def until(self, end: Instant) -> int:
        """The row before which what ends then ends: never beyond a gap that begins there."""
        return min(self.at(end - 1) + 1, len(self.hours) * ROWS_AN_HOUR)

    def classes(self, start: Instant, end: Instant) -> str:
        """The row at which something begins, counted from 1, and how many it takes."""
        first = self.at(start)
        return f"r{first + 1} h{max(self.until(end) - first, SHORTEST_SHOWN // ROW)}"


def _column(column: CalendarColumn, rows: Rows) -> GridColumn:
    return GridColumn(
        column=column,
        working=[rows.classes(start, end) for start, end in column.working],
        entries=[
            Placed(entry, f"{rows.classes(entry.start, entry.end)} {_lane(entry)}")
            for entry in column.entries
            if entry.kind != FREE or entry.end - entry.start >= SHORTEST_SHOWN
        ],
        whole=f"r1 h{len(rows.hours) * ROWS_AN_HOUR}",
    )


def _lane(entry: CalendarEntry) -> str:
    lanes = min(entry.lanes, MOST_LANES)
    return f"lane-{(entry.lane - 1) % lanes + 1}-{lanes}"
