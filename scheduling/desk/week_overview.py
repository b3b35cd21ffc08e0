"""A site's week in one table: how full each day of each clinician or room is. Pure.

A cell has a strip with what stands where in the day, on the rows of ``grid``, and says the same in
words: what is booked, how much of the time is taken, what is free, and why somebody is not there.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from scheduling.calendar.selectors.columns import (
    BLOCK,
    ELSEWHERE,
    FREE,
    SESSION,
    SHORTEST_SHOWN,
    CalendarColumn,
    CalendarEntry,
    DayCalendar,
)
from scheduling.calendar.selectors.day_calendar import WEEK
from scheduling.desk.grid import ROWS_AN_HOUR, Rows, hours_shown
from scheduling.models import Resource

WORK = "work"


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a strip: what it is, the row at which it begins, and how many it takes."""

    kind: str
    first: int
    rows: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One clinician's or room's day in a glance."""

    column: CalendarColumn
    bars: Sequence[Bar]

    @property
    def free(self) -> int:
        """Minutes, in stretches long enough for something."""
        return sum(end - start for start, end in self._free()) // 60

    def _free(self) -> Iterator[tuple[int, int]]:
        for each in self.column.entries:
            if each.kind == FREE and each.end - each.start >= SHORTEST_SHOWN:
                yield each.start, each.end

    @property
    def hours_and_minutes_free(self) -> tuple[int, int]:
        return divmod(self.free, 60)

    @property
    def percent(self) -> int:
        """How much of the working time is taken: 100 only where nothing is free."""
        worked = sum(end - start for start, end in self.column.working) // 60
        return 100 - -(-self.free * 100 // worked) if worked else 0

    @property
    def overbooked(self) -> int:
        return sum(each.overbooked for each in self.column.entries)

    @property
    def blocks(self) -> list[CalendarEntry]:
        return self._of(BLOCK)

    @property
    def sessions(self) -> list[CalendarEntry]:
        return self._of(SESSION)

    @property
    def elsewhere(self) -> list[CalendarEntry]:
        return self._of(ELSEWHERE)

    def _of(self, kind: str) -> list[CalendarEntry]:
        return [each for each in self.column.entries if each.kind == kind]


@dataclass(frozen=True, slots=True)
class Row:
    """The week of one clinician or room, a cell for each day."""

    resource: Resource
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Overview:
    """The week of a site: its days, each with the number of its visits, and rows.

    A strip is ``width`` rows long and goes from ``opens`` to ``closes`` by the clock on the wall.
    """

    days: Sequence[tuple[date, int]]
    rows: Sequence[Row]
    opens: time
    closes: time
    width: int


def overview_of(calendar: DayCalendar) -> Overview | None:
    """A calendar with seven columns for each clinician or room, as a table; None without any."""
    if not calendar.columns:
        return None
    hours, columns = hours_shown(calendar), calendar.columns
    cells = [Cell(each, _bars(each, Rows(hours, each.day, calendar.zone))) for each in columns]
    weeks = [cells[first : first + WEEK] for first in range(0, len(cells), WEEK)]
    visits = Counter({each.day: 0 for each in columns})
    for each in columns:
        visits[each.day] += len(each.visits)
    return Overview(
        days=list(visits.items()),
        rows=[Row(week[0].column.resource, week) for week in weeks],
        opens=time(hours[0][0]),
        closes=time((hours[-1][0] + 1) % 24),
        width=len(hours) * ROWS_AN_HOUR,
    )


def _bars(column: CalendarColumn, rows: Rows) -> list[Bar]:
    """Working time first, and over it whatever takes it."""
    taken = [(each.kind, each.start, each.end) for each in column.entries if each.kind != FREE]
    found = []
    for kind, start, end in [*((WORK, *span) for span in column.working), *taken]:
        first = rows.at(start)
        found.append(Bar(kind, first, rows.until(end) - first))
    return found
