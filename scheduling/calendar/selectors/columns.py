"""What a calendar shows: columns of one clinician's or room's day, and what is in them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from scheduling.clinic.rules.working_hours import Instant, Interval, moment_of
from scheduling.models import Appointment, Clinician, Resource, Site

VISIT, SESSION, BLOCK, HOLD, ELSEWHERE, FREE = "visit session block hold elsewhere free".split()
# A calendar shows nothing as shorter than this: there must be room for a name and a finger.
SHORTEST_SHOWN = 15 * 60


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One thing in a column, from ``start`` until ``end`` (a visit's own time, without buffers).

    ``kind`` is visit, session, block, hold, elsewhere (a visit at a site that is not this one:
    nothing more is told of it) or free. ``visits`` are one visit, or those of a session. Of the
    ``lanes`` side by side where entries overlap it stands in ``lane``, counted from 1.
    """

    kind: str
    start: Instant
    end: Instant
    visits: tuple[Appointment, ...] = ()
    places: int = 1
    reason: str = ""
    block_id: int | None = None
    overbooked: bool = False
    lane: int = 1
    lanes: int = 1

    @property
    def starts_at(self) -> datetime:
        return moment_of(self.start)

    @property
    def ends_at(self) -> datetime:
        return moment_of(self.end)

    @property
    def visit(self) -> Appointment | None:
        return self.visits[0] if self.visits else None


@dataclass(frozen=True, slots=True)
class CalendarColumn:
    """One clinician's or room's day at a site; ``entries`` in order of time, free time too.

    ``away_because`` has the reasons why they are not there, ``closed_because`` those for which the
    site is closed.
    """

    resource: Resource
    clinician: Clinician | None
    day: date
    working: Sequence[Interval]
    entries: Sequence[CalendarEntry]
    away_because: Sequence[str] = ()
    closed_because: Sequence[str] = ()

    @property
    def visits(self) -> list[Appointment]:
        return [visit for entry in self.entries for visit in entry.visits]

    @property
    def missing(self) -> bool:
        """Whether they are not there, if only for a part of the day."""
        return bool(not self.working or self.away_because or self.closed_because)


@dataclass(frozen=True, slots=True)
class DayCalendar:
    """Columns side by side, on the clock of ``site``."""

    site: Site
    columns: Sequence[CalendarColumn] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.time_zone)

    @property
    def visits(self) -> list[Appointment]:
        return [visit for column in self.columns for visit in column.visits]


def side_by_side(entries: Iterable[CalendarEntry]) -> list[CalendarEntry]:
    """Entries that overlap, each with a lane of its own; the others with the whole width."""
    placed: list[CalendarEntry] = []
    group: list[CalendarEntry] = []
    ends: list[Instant] = []
    for entry in sorted(entries, key=attrgetter("start", "end")):
        if group and entry.start >= max(ends):
            placed += _with_width(group, len(ends))
            group, ends = [], []
        lane = next((n for n, end in enumerate(ends) if end <= entry.start), len(ends))
        ends[lane : lane + 1] = [max(entry.end, entry.start + SHORTEST_SHOWN)]
        group.append(replace(entry, lane=lane + 1))
    return placed + _with_width(group, len(ends))


def _with_width(group: list[CalendarEntry], lanes: int) -> list[CalendarEntry]:
    return [replace(entry, lanes=lanes) for entry in group]
