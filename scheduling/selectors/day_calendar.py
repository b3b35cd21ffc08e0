"""The calendar staff look at: the day of a site, and the week of one clinician or room.

A constant number of queries, however many columns and visits (see ``Roster`` for two of them).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from people.models import User
from scheduling.availability import (
    Instant,
    Interval,
    instant_of,
    merge,
    moment_of,
    span_of,
    subtract,
)
from scheduling.models import (
    Allocation,
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Clinician,
    Resource,
    Site,
)
from scheduling.selectors.appointments import sites_of_staff
from scheduling.selectors.busy import LONGEST_ALLOCATION
from scheduling.selectors.directory import SiteFacts
from scheduling.selectors.rosters import Roster, bounds

CLINICIANS, ROOMS = "clinicians", "rooms"
VISIT, SESSION, BLOCK, HOLD, ELSEWHERE, FREE = "visit session block hold elsewhere free".split()
WEEK = 7
# Whatever is typed or stands in an address: beyond these no clinic has a calendar, and at the ends
# of time itself neither zones nor the week around a day can be reckoned.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
# A calendar shows nothing as shorter than this: there must be room for a name and a finger.
SHORTEST_SHOWN = 15 * 60


@dataclass(frozen=True, slots=True)
class Entry:
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
class Column:
    """One clinician's or room's day at a site; ``entries`` in order of time, free time too."""

    resource: Resource
    clinician: Clinician | None
    day: date
    working: Sequence[Interval]
    entries: Sequence[Entry]
    closed_because: Sequence[str] = ()

    @property
    def visits(self) -> list[Appointment]:
        return [visit for entry in self.entries for visit in entry.visits]


@dataclass(frozen=True, slots=True)
class DayCalendar:
    """Columns side by side, on the clock of ``site``."""

    site: Site
    columns: Sequence[Column] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.time_zone)

    @property
    def visits(self) -> list[Appointment]:
        return [visit for column in self.columns for visit in column.visits]


def nearest_day(day: date) -> date:
    """The day itself, or the first or last that a calendar has."""
    return min(max(day, FIRST_DAY), LAST_DAY)


def day_of_site(site: Site, *, day: date, by: str, now: datetime) -> DayCalendar:
    """A site's day with a column for each clinician who is there, or for each of its rooms."""
    resources = list(rooms_of(site) if by == ROOMS else clinicians_at(site, day, day))
    return DayCalendar(site, _Book(site, resources, day, day, now).columns([day]))


def week_of_resource(
    resource: Resource, *, site: Site, first_day: date, now: datetime
) -> DayCalendar:
    """Seven days of a clinician or a room at a site, a column each."""
    days = [first_day + timedelta(days=number) for number in range(WEEK)]
    return DayCalendar(site, _Book(site, [resource], days[0], days[-1], now).columns(days))


def clinicians_at(site: Site, first_day: date, last_day: date) -> QuerySet[Resource]:
    """The time of the clinicians who work at a site in these days, or have visits there."""
    rules = AvailabilityRule.objects.filter(
        resource=OuterRef("pk"), site=site, valid_from__lte=last_day
    ).exclude(valid_until__lt=first_day)
    extra = AvailabilityException.objects.filter(
        resource=OuterRef("pk"), site=site, on_date__range=(first_day, last_day), effect="extra"
    )
    visits = Appointment.objects.filter(
        clinician__resource=OuterRef("pk"), site=site, local_date__range=(first_day, last_day)
    )
    leads = AvailabilityRule.objects.filter(
        resource__leader__resource=OuterRef("pk"), site=site, valid_from__lte=last_day
    ).exclude(valid_until__lt=first_day)
    return (
        Resource.objects.filter(
            Exists(rules) | Exists(extra) | Exists(visits) | Exists(leads),
            kind=Resource.Kind.CLINICIAN,
            clinician__active=True,
        )
        .select_related("clinician")
        .order_by("clinician__name", "pk")
    )


def rooms_of(site: Site) -> QuerySet[Resource]:
    """The rooms and devices of a site."""
    kinds = [Resource.Kind.ROOM, Resource.Kind.DEVICE]
    return Resource.objects.filter(site=site, active=True, kind__in=kinds).order_by("kind", "slug")


def clinicians_of_staff(user: User, first_day: date, last_day: date) -> QuerySet[Clinician]:
    """The clinicians who work at this member of staff's sites in these days, by name."""
    resources: set[int] = set()
    for site in sites_of_staff(user):
        resources |= set(clinicians_at(site, first_day, last_day).values_list("pk", flat=True))
    return Clinician.objects.filter(resource__in=resources).order_by("name", "pk")


class _Book:
    """All that was read for one calendar, and the columns made of it."""

    def __init__(
        self, site: Site, resources: list[Resource], first_day: date, last_day: date, now: datetime
    ) -> None:
        self.site, self.resources = site, resources
        self.facts = SiteFacts.of(site)
        self.sessions = _sessions_of(resources)
        # Rooms have no hours of their own: they are open while somebody works at the site.
        self.workers = [] if _are_clinicians(resources) else _working_here(site)
        own = [resource.pk for resource in resources]
        led = [session.pk for each in self.sessions.values() for session in each]
        self.roster = Roster([*own, *led, *self.workers], first_day, last_day)
        self.rows = self._rows([*own, *led], first_day, last_day, now)

    def _rows(
        self, resource_ids: list[int], first_day: date, last_day: date, now: datetime
    ) -> dict[int, list[Allocation]]:
        since = self._midnight(first_day)
        until = self._midnight(last_day + timedelta(days=1))
        taken = (
            Allocation.objects.filter(
                Q(expires_at=None) | Q(expires_at__gt=now),
                active=True,
                resource_id__in=resource_ids,
                during__startswith__gte=moment_of(since - LONGEST_ALLOCATION),
                during__startswith__lt=moment_of(until),
                during__endswith__gt=moment_of(since),
            )
            .select_related(
                "appointment__person", "appointment__visit_type", "appointment__clinician"
            )
            .order_by("during")
        )
        rows: dict[int, list[Allocation]] = defaultdict(list)
        for row in taken:
            rows[row.resource_id].append(row)
        return rows

    def _midnight(self, day: date) -> Instant:
        return span_of(day, time(0), time(0), self.facts.zone)[0]

    def columns(self, days: Sequence[date]) -> list[Column]:
        return [self._column(resource, day) for resource in self.resources for day in days]

    def _column(self, resource: Resource, day: date) -> Column:
        window = self._midnight(day), self._midnight(day + timedelta(days=1))
        working = self._working(resource, day)
        rows = [row for row in self.rows[resource.pk] if _touches(_span(row), window)]
        entries = [self._entry(row) for row in _once_each(rows, resource)]
        busy = [_span(row) for row in rows] if resource.capacity == 1 else []
        for session in self.sessions.get(resource.pk, ()):
            held = self._held(session, day)
            entries += [*held, *self._beside(session, held, window)]
            busy += [(entry.start, entry.end) for entry in held]
        free = [Entry(FREE, start, end) for start, end in subtract(working, busy)]
        closures = self.roster.closures([resource.pk], self.site.pk, day)
        return Column(
            resource=resource,
            clinician=getattr(resource, "clinician", None),
            day=day,
            working=working,
            entries=sorted([*side_by_side(entries), *free], key=attrgetter("start", "end")),
            closed_because=[reason for _, reason in closures],
        )

    def _working(self, resource: Resource, day: date) -> list[Interval]:
        who = self.workers or [resource.pk]
        spans = (self.roster.working(each, self.facts, day) for each in who)
        return merge(span for each in spans for span in each)

    def _entry(self, row: Allocation) -> Entry:
        start, end = _span(row)
        visit = row.appointment
        if visit is not None and visit.site_id == self.site.pk:
            start, end = instant_of(visit.starts_at), instant_of(visit.ends_at)
            return Entry(VISIT, start, end, (visit,), overbooked=row.overbook)
        if row.kind == Allocation.Kind.BLOCK:
            return Entry(BLOCK, start, end, reason=row.reason, block_id=row.pk)
        # Who works at one site need not see who is seen at another.
        here = row.site_id in (None, self.site.pk)
        return Entry(HOLD if here and visit is None else ELSEWHERE, start, end)

    def _held(self, session: Resource, day: date) -> list[Entry]:
        """A group session's hours on a day, with those who come."""
        entries = []
        for start, end in self.roster.working(session.pk, self.facts, day):
            visits = [
                row.appointment
                for row in self.rows[session.pk]
                if row.appointment and _touches(_span(row), (start, end))
            ]
            entries.append(
                Entry(
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
        self, session: Resource, held: Sequence[Entry], window: Interval
    ) -> Iterator[Entry]:
        """A group session's blocks here, and the visits of hours that were closed since."""
        shown = {visit.pk for entry in held for visit in entry.visits}
        for row in _once_each(self.rows[session.pk], session):
            if row.site_id not in (None, self.site.pk) or not _touches(_span(row), window):
                continue
            left = row.appointment is not None and row.appointment.pk not in shown
            if left or row.kind == Allocation.Kind.BLOCK:
                yield self._entry(row)


def side_by_side(entries: Iterable[Entry]) -> list[Entry]:
    """Entries that overlap, each with a lane of its own; the others with the whole width."""
    placed: list[Entry] = []
    group: list[Entry] = []
    ends: list[Instant] = []
    for entry in sorted(entries, key=attrgetter("start", "end")):
        if group and entry.start >= max(ends):
            placed += _with_width(group, len(ends))
            group, ends = [], []
        lane = next((n for n, end in enumerate(ends) if end <= entry.start), len(ends))
        ends[lane : lane + 1] = [max(entry.end, entry.start + SHORTEST_SHOWN)]
        group.append(replace(entry, lane=lane + 1))
    return placed + _with_width(group, len(ends))


def _with_width(group: list[Entry], lanes: int) -> list[Entry]:
    return [replace(entry, lanes=lanes) for entry in group]


def _sessions_of(resources: Sequence[Resource]) -> dict[int, list[Resource]]:
    """By a clinician's resource, the group sessions they lead."""
    found: dict[int, list[Resource]] = defaultdict(list)
    led = Resource.objects.filter(
        kind=Resource.Kind.SESSION,
        active=True,
        leader__resource__in=[resource.pk for resource in resources],
    ).select_related("leader")
    for session in led.order_by("pk"):
        if session.leader is not None:
            found[session.leader.resource_id].append(session)
    return found


def _working_here(site: Site) -> list[int]:
    rules = AvailabilityRule.objects.filter(site=site, resource__active=True)
    return list(rules.order_by("resource_id").values_list("resource_id", flat=True).distinct())


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
