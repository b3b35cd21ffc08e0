"""The calendar staff look at: the day or week of a site, and the week of one clinician or room.

A constant number of queries, however many columns and visits (see ``Roster`` for two of them).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from operator import attrgetter

from django.db.models import Q

from scheduling.availability.selectors.busy import LONGEST_ALLOCATION
from scheduling.calendar.selectors.at_site import (
    clinicians_at,
    rooms_of,
    sessions_led_by,
    working_at,
)
from scheduling.calendar.selectors.columns import (
    BLOCK,
    ELSEWHERE,
    FREE,
    HOLD,
    SESSION,
    VISIT,
    CalendarColumn,
    CalendarEntry,
    DayCalendar,
    side_by_side,
)
from scheduling.clinic.rules.working_hours import (
    Instant,
    Interval,
    instant_of,
    merge,
    moment_of,
    span_of,
    subtract,
)
from scheduling.clinic.selectors.directory import SiteFacts
from scheduling.clinic.selectors.rosters import Roster, bounds
from scheduling.models import Allocation, Resource, Site

CLINICIANS, ROOMS = "clinicians", "rooms"
WEEK = 7
# Whatever is typed or stands in an address: beyond these no clinic has a calendar, and at the ends
# of time itself neither zones nor the week around a day can be reckoned.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
# What is read of a visit: to count visits takes no names.
WITH_NAMES = ("appointment__person", "appointment__visit_type", "appointment__clinician")
COUNTED = ("appointment",)


def nearest_day(day: date) -> date:
    """The day itself, or the first or last that a calendar has."""
    return min(max(day, FIRST_DAY), LAST_DAY)


def day_of_site(site: Site, *, day: date, by: str, now: datetime) -> DayCalendar:
    """A site's day with a column for each clinician who is there, or for each of its rooms."""
    book = _Book(site, _resources(site, [day], by), [day], now)
    return DayCalendar(site, book.columns())


def week_of_resource(
    resource: Resource, *, site: Site, first_day: date, now: datetime
) -> DayCalendar:
    """Seven days of a clinician or a room at a site, a column each."""
    return DayCalendar(site, _Book(site, [resource], _week(first_day), now).columns())


def week_of_site(site: Site, *, first_day: date, by: str, now: datetime) -> DayCalendar:
    """Seven days of everybody who is at a site, or of its rooms: seven columns for each in turn.

    Nobody's name is read: the visits are there to be counted.
    """
    days = _week(first_day)
    book = _Book(site, _resources(site, days, by), days, now, of_visits=COUNTED)
    return DayCalendar(site, book.columns())


def _week(first_day: date) -> list[date]:
    return [first_day + timedelta(days=number) for number in range(WEEK)]


def _resources(site: Site, days: Sequence[date], by: str) -> list[Resource]:
    return list(rooms_of(site) if by == ROOMS else clinicians_at(site, days[0], days[-1]))


class _Book:
    """All that was read for one calendar, and the columns made of it."""

    def __init__(
        self,
        site: Site,
        resources: list[Resource],
        days: Sequence[date],
        now: datetime,
        *,
        of_visits: Sequence[str] = WITH_NAMES,
    ) -> None:
        self.site, self.resources, self.days = site, resources, days
        self.facts = SiteFacts.of(site)
        self.sessions = sessions_led_by(resources)
        # Rooms have no hours of their own: they are open while somebody works at the site.
        workers = [] if _are_clinicians(resources) else working_at(site)
        own = [resource.pk for resource in resources]
        led = [session.pk for each in self.sessions.values() for session in each]
        self.roster = Roster([*own, *led, *workers], days[0], days[-1])
        self.open = {day: self._worked(workers, day) for day in days} if workers else {}
        self.rows = self._rows([*own, *led], now, of_visits)

    def _rows(
        self, resource_ids: list[int], now: datetime, of_visits: Sequence[str]
    ) -> dict[int, list[Allocation]]:
        since = self._midnight(self.days[0])
        until = self._midnight(self.days[-1] + timedelta(days=1))
        taken = (
            Allocation.objects.filter(
                Q(expires_at=None) | Q(expires_at__gt=now),
                active=True,
                resource_id__in=resource_ids,
                during__startswith__gte=moment_of(since - LONGEST_ALLOCATION),
                during__startswith__lt=moment_of(until),
                during__endswith__gt=moment_of(since),
            )
            .select_related(*of_visits)
            .order_by("during")
        )
        rows: dict[int, list[Allocation]] = defaultdict(list)
        for row in taken:
            rows[row.resource_id].append(row)
        return rows

    def _midnight(self, day: date) -> Instant:
        return span_of(day, time(0), time(0), self.facts.zone)[0]

    def columns(self) -> list[CalendarColumn]:
        return [self._column(resource, day) for resource in self.resources for day in self.days]

    def _column(self, resource: Resource, day: date) -> CalendarColumn:
        window = self._midnight(day), self._midnight(day + timedelta(days=1))
        working = self.open[day] if self.open else self._worked([resource.pk], day)
        rows = [row for row in self.rows[resource.pk] if _touches(_span(row), window)]
        entries = [self._entry(row) for row in _once_each(rows, resource)]
        busy = [_span(row) for row in rows] if resource.capacity == 1 else []
        for session in self.sessions.get(resource.pk, ()):
            held = self._held(session, day)
            entries += [*held, *self._beside(session, held, window)]
            busy += [(entry.start, entry.end) for entry in held]
        free = [CalendarEntry(FREE, start, end) for start, end in subtract(working, busy)]
        closures = self.roster.closures([resource.pk], self.site.pk, day)
        away = [(change.resource_id is not None, reason) for change, reason in closures]
        return CalendarColumn(
            resource=resource,
            clinician=getattr(resource, "clinician", None),
            day=day,
            working=working,
            entries=sorted([*side_by_side(entries), *free], key=attrgetter("start", "end")),
            away_because=[reason for theirs, reason in away if theirs],
            closed_because=[reason for theirs, reason in away if not theirs],
        )

    def _worked(self, resource_ids: Sequence[int], day: date) -> list[Interval]:
        spans = (self.roster.working(each, self.facts, day) for each in resource_ids)
        return merge(span for each in spans for span in each)

    def _entry(self, row: Allocation) -> CalendarEntry:
        start, end = _span(row)
        visit = row.appointment
        if visit is not None and visit.site_id == self.site.pk:
            start, end = instant_of(visit.starts_at), instant_of(visit.ends_at)
            return CalendarEntry(VISIT, start, end, (visit,), overbooked=row.overbook)
        if row.kind == Allocation.Kind.BLOCK:
            return CalendarEntry(BLOCK, start, end, reason=row.reason, block_id=row.pk)
        # Who works at one site need not see who is seen at another.
        here = row.site_id in (None, self.site.pk)
        return CalendarEntry(HOLD if here and visit is None else ELSEWHERE, start, end)

    def _held(self, session: Resource, day: date) -> list[CalendarEntry]:
        """A group session's hours on a day, with those who come."""
        entries = []
        for start, end in self.roster.working(session.pk, self.facts, day):
            visits = [
                row.appointment
                for row in self.rows[session.pk]
                if row.appointment and _touches(_span(row), (start, end))
            ]
            entries.append(
                CalendarEntry(
                    SESSION,
                    start,
                    end,
                    tuple(visits),
                    places=session.capacity,
                    overbooked=len(visits) > session.capacity,
                )
            )
        return entries

    def _beside(
        self, session: Resource, held: Sequence[CalendarEntry], window: Interval
    ) -> Iterator[CalendarEntry]:
        """A group session's blocks here, and the visits of hours that were closed since."""
        shown = {visit.pk for entry in held for visit in entry.visits}
        for row in _once_each(self.rows[session.pk], session):
            if row.site_id not in (None, self.site.pk) or not _touches(_span(row), window):
                continue
            left = row.appointment is not None and row.appointment.pk not in shown
            if left or row.kind == Allocation.Kind.BLOCK:
                yield self._entry(row)


def _are_clinicians(resources: Sequence[Resource]) -> bool:
    return any(resource.kind == Resource.Kind.CLINICIAN for resource in resources)


def _once_each(rows: list[Allocation], resource: Resource) -> list[Allocation]:
    """A block of something with several places is a row for each of them; it is told once."""
    if resource.capacity == 1:
        return rows
    told: dict[tuple[object, ...], Allocation] = {}
    for row in rows:
        block = row.kind == Allocation.Kind.BLOCK
        told.setdefault((*_span(row), row.reason) if block else (row.pk,), row)
    return list(told.values())


def _span(row: Allocation) -> Interval:
    starts_at, ends_at = bounds(row)
    return instant_of(starts_at), instant_of(ends_at)


def _touches(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]
