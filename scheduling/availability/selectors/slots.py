"""Free times, by a constant number of bounded queries and the pure functions of availability."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from math import ceil

from scheduling.availability.rules.starts import VisitShape, below_cap, clear, free_starts
from scheduling.availability.selectors.busy import (
    Busy,
    Pool,
    Window,
    busy_intervals,
    busy_rows,
    places_of,
    pools_of,
)
from scheduling.availability.selectors.search import (
    LONGEST_WINDOW_DAYS,
    Schedule,
    Search,
    Slot,
    shape_of,
)
from scheduling.clinic.rules.travel import LONGEST_TRAVEL, travel_minutes
from scheduling.clinic.rules.working_hours import (
    DayChange,
    Instant,
    Interval,
    VisitRequest,
    WeeklyRule,
    instant_of,
    span_of,
    working_intervals,
)
from scheduling.clinic.selectors.directory import Calendar, SiteFacts, current_directory
from scheduling.clinic.selectors.hours import hours_offering


def free_slots(search: Search) -> list[Slot]:
    """Every free time for a visit, by time and then clinician; at most three queries, however many:
    the directory, unless ``search`` names it, what is taken, and the rooms there are.

    Raises ValueError for a window of more than 62 days.
    """
    clinic = _read(search)
    return _listed(clinic) if clinic else []


def slots_at(search: Search, *, starts_at: datetime) -> list[Slot]:
    """The free slots that begin at exactly this instant: the validation of a booking.

    It is the listing function over the window of ``search``, so the two can never disagree.
    """
    return _at(free_slots(search), starts_at)


def free_and_offered_at(search: Search, *, starts_at: datetime) -> tuple[list[Slot], bool]:
    """What ``slots_at`` gives, and whether there is such a time at all, taken or not."""
    clinic = _read(search)
    if clinic is None:
        return [], False
    free = _at(_listed(clinic), starts_at)
    return free, bool(free or _at(_listed(clinic.empty), starts_at))


def _at(slots: list[Slot], starts_at: datetime) -> list[Slot]:
    start = starts_at.timestamp()
    return [slot for slot in slots if slot.start == start]


def _listed(clinic: "_Clinic") -> list[Slot]:
    slots: list[Slot] = []
    for calendar in clinic.asked_for:
        for site_id in sorted(calendar.site_ids & clinic.wanted):
            slots.extend(_slots_at_site(clinic, calendar, clinic.sites[site_id]))
    slots.sort(key=_by_time_and_clinician)
    return slots


def _by_time_and_clinician(slot: Slot) -> tuple[Instant, int]:
    return slot.start, slot.schedule.clinician_id


@dataclass(slots=True)
class _Clinic:
    """All that was read for one search.

    ``span`` is when the visit may begin. ``rows`` are read only where it matters which place of a
    resource is taken, where or for what.
    """

    search: Search
    days: Sequence[date]
    span: Interval
    shape: VisitShape
    sites: dict[int, SiteFacts]
    wanted: set[int]
    calendars: list[Calendar]
    pools: dict[tuple[int, str], Pool]
    intervals: dict[int, list[Interval]] = field(default_factory=dict)
    rows: dict[int, list[Busy]] | None = None

    @property
    def empty(self) -> "_Clinic":
        """The same if nothing were taken."""
        return replace(self, intervals={}, rows=None if self.rows is None else {})

    @property
    def asked_for(self) -> list[Calendar]:
        group = self.search.visit_type.group
        return [calendar for calendar in self.calendars if calendar.session == group]

    def leader_of(self, calendar: Calendar) -> Calendar | None:
        """The own calendar of who leads a session."""
        if not calendar.session:
            return None
        own = (each for each in self.calendars if not each.session)
        return next(each for each in own if each.clinician_id == calendar.clinician_id)


def _read(search: Search) -> _Clinic | None:
    """All that a search must know; None where nothing can be found."""
    if (search.last_day - search.first_day).days >= LONGEST_WINDOW_DAYS:
        raise ValueError(f"a search spans at most {LONGEST_WINDOW_DAYS} days")
    earliest, latest = search.bookable
    # No zone is a whole day from UTC, and nothing outside the span is offered anyway.
    first_day = max(search.first_day, earliest.date() - timedelta(days=1))
    last_day = min(search.last_day, latest.date() + timedelta(days=1))
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    if not days or not search.site_ids or search.mode not in search.visit_type.modes:
        return None
    hours = hours_offering(
        search.directory or current_directory(),
        search.visit_type,
        first_day=first_day,
        last_day=last_day,
        site_ids=search.site_ids,
        clinician_ids=search.clinician_ids,
    )
    wanted = hours.sites.keys() & set(search.site_ids)
    clinic = _Clinic(
        search=search,
        days=days,
        span=(ceil(earliest.timestamp()), instant_of(latest)),
        shape=shape_of(search.visit_type),
        sites=hours.sites,
        wanted=wanted,
        calendars=hours.calendars,
        pools=pools_of(wanted, search.needs),
    )
    # Of those who work elsewhere only it matters nothing what they do.
    asked_for = [each for each in clinic.asked_for if each.site_ids & wanted]
    taken = [each.resource_id for each in asked_for]
    taken += {leader.resource_id for each in asked_for if (leader := clinic.leader_of(each))}
    taken += {resource for pool in clinic.pools.values() for resource, _ in pool}
    window = _window(clinic)
    if _takes_rows(search, hours.calendars):
        clinic.rows = busy_rows(taken, window)
    else:
        clinic.intervals = busy_intervals(taken, window)
    return clinic


def _takes_rows(search: Search, calendars: list[Calendar]) -> bool:
    return (
        bool(search.needs)
        or search.visit_type.daily_cap is not None
        or any(calendar.session or calendar.roams for calendar in calendars)
    )


def _window(clinic: _Clinic) -> Window:
    """The days in every wanted site's zone, and what may reach into them from either side."""
    reach = max(clinic.shape.before, clinic.shape.after)
    if any(calendar.roams for calendar in clinic.calendars):
        reach += LONGEST_TRAVEL
    zones = {clinic.sites[site_id].zone for site_id in clinic.wanted}
    spans = [
        span_of(day, time(0), time(23, 59), zone)
        for day in (clinic.days[0], clinic.days[-1])
        for zone in zones
    ]
    since = min((start for start, _ in spans), default=0)
    until = max((end for _, end in spans), default=0) + 60
    if clinic.search.visit_type.daily_cap is None:
        # Nothing begins outside the span; only who counts the visits of a day needs the whole day.
        since = max(since, clinic.span[0])
        until = min(until, clinic.span[1] + clinic.shape.length + 60)
    return Window(
        since=since - reach,
        until=until + reach,
        now=clinic.search.asker.now,
        ignored=clinic.search.ignored,
    )


def _slots_at_site(clinic: _Clinic, calendar: Calendar, site: SiteFacts) -> list[Slot]:
    search, shape, span = clinic.search, clinic.shape, clinic.span
    working = list(_working(calendar, site, clinic.days, search.asker))
    if not working:
        return []
    by_place = [
        free_starts(working=working, busy=busy, shape=shape, earliest=span[0], latest=span[1])
        for busy in _in_the_way(clinic, calendar, site)
    ]
    starts = by_place[0] if len(by_place) == 1 else sorted(set().union(*by_place))
    schedule = Schedule(
        resource_id=calendar.resource_id,
        clinician_id=calendar.clinician_id,
        site_id=site.site_id,
        time_zone=site.zone.key,
        length=shape.length,
        capacity=calendar.capacity,
        roams=calendar.roams,
    )
    return [Slot(start, schedule) for start in _also_possible(clinic, calendar, site, starts)]


def _also_possible(
    clinic: _Clinic, calendar: Calendar, site: SiteFacts, starts: list[Instant]
) -> list[Instant]:
    """The starts that a daily cap, and the rooms and devices of the site, leave."""
    search, shape, rows = clinic.search, clinic.shape, clinic.rows
    if rows is None:
        return starts
    if search.visit_type.daily_cap is not None:
        booked = [
            row.start + shape.before
            for row in rows.get(calendar.resource_id, ())
            if row.visit_type_id == search.visit_type.pk
        ]
        starts = below_cap(starts, zone=site.zone, booked=booked, cap=search.visit_type.daily_cap)
    for need in search.needs:
        pool = places_of(clinic.pools[site.site_id, need], rows)
        starts = [start for start in starts if clear(pool, shape.occupied(start))]
    return starts


def _working(
    calendar: Calendar, site: SiteFacts, days: Sequence[date], asker: VisitRequest
) -> Iterator[Interval]:
    """The working intervals of some days, in order; rules and changes sorted by day first."""
    by_weekday: list[list[WeeklyRule]] = [[] for _ in range(7)]
    for rule in calendar.rules:
        if not calendar.session or rule.visit_type_ids:
            by_weekday[rule.weekday].append(rule)
    by_day: dict[date, list[DayChange]] = {}
    for change in calendar.changes:
        by_day.setdefault(change.on_date, []).append(change)
    for day in days:
        rules, changes = by_weekday[day.weekday()], by_day.get(day, ())
        if rules or changes:
            yield from working_intervals(
                rules=rules,
                changes=changes,
                asker=asker,
                resource_id=calendar.resource_id,
                site_id=site.site_id,
                day=day,
                zone=site.zone,
            )


def _in_the_way(clinic: _Clinic, calendar: Calendar, site: SiteFacts) -> list[list[Interval]]:
    """For each place of a calendar what keeps it from being free at a site, in order of start.

    Its bookings, the sessions its clinician leads, and the way from and to other sites.
    """
    if clinic.rows is None:
        return [clinic.intervals.get(calendar.resource_id, [])]
    rows = clinic.rows.get(calendar.resource_id, [])
    if leader := clinic.leader_of(calendar):
        away = [
            (row.start, row.end) for row in clinic.rows.get(leader.resource_id, ()) if row.block
        ]
        return [
            sorted([(row.start, row.end) for row in rows if row.unit == unit] + away)
            for unit in range(calendar.capacity)
        ]
    taken = [(row.start, row.end, row.site_id) for row in rows]
    taken += _sessions_led(clinic, calendar)
    way = {where: _travel(clinic.sites, site, where) for _, _, where in taken}
    return [sorted((start - way[where], end + way[where]) for start, end, where in taken)]


def _sessions_led(
    clinic: _Clinic, calendar: Calendar
) -> Iterator[tuple[Instant, Instant, int | None]]:
    """The hours of group sessions are not the leader's own, whether or not anybody comes."""
    for session in clinic.calendars:
        if not session.session or session.clinician_id != calendar.clinician_id:
            continue
        for rule in session.rules:
            site = clinic.sites.get(rule.site_id)
            for day in clinic.days:
                if site is not None and rule.works and rule.on(day):
                    start, end = span_of(day, rule.starts, rule.ends, site.zone)
                    yield start, end, rule.site_id


def _travel(sites: dict[int, SiteFacts], site: SiteFacts, other_id: int | None) -> int:
    """Seconds from one site to another; none to one where they do not work in these days."""
    other = sites.get(other_id or 0)
    if other is None or other is site:
        return 0
    return min(travel_minutes(site.where, other.where) * 60, LONGEST_TRAVEL)
