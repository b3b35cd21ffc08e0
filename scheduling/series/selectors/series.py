"""Reads about series: the free times to plan over, and the visits that belong to one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from people.models import Person, User
from people.selectors import people_acted_for
from scheduling.appointments.selectors.appointments import WITH_NAMES, standing_of, undoable
from scheduling.availability.selectors.busy import Ignored
from scheduling.availability.selectors.search import (
    LONGEST_WINDOW_DAYS,
    Search,
    Slot,
    bookable_span,
)
from scheduling.availability.selectors.slots import free_slots
from scheduling.clinic.rules.working_hours import Interval, instant_of
from scheduling.models import Appointment, AppointmentEvent, Mode, Series, Site, VisitType
from scheduling.series.rules.series import (
    Aim,
    Opening,
    Planned,
    SeriesPattern,
    Shift,
    aims_of,
    planned,
)
from scheduling.transitions import PRESENT, UPCOMING, Status

# Alternatives are looked for so many days around what was wished.
AROUND = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class SeriesDetails:
    """What is booked for whom, where and how; with one clinician, or with anyone."""

    visit_type: VisitType
    site: Site
    person: Person
    mode: str
    clinician_id: int | None = None

    @property
    def needs(self) -> list[str]:
        """The categories of rooms and devices that each visit takes."""
        return list(self.visit_type.needs) if self.mode == Mode.IN_PERSON else []

    def is_of(self, series: Series) -> bool:
        """Whether such visits can join a series: the same person's, of the same kind."""
        return (series.person_id, series.visit_type_id) == (self.person.pk, self.visit_type.pk)

    def search(self, now: datetime) -> Search:
        return Search(
            visit_type=self.visit_type,
            site_ids=[self.site.pk],
            first_day=now.date(),
            last_day=now.date(),
            now=now,
            clinician_ids=None if self.clinician_id is None else [self.clinician_id],
            mode=self.mode,
            standing=standing_of(self.person, now=now),
        )


def plan_of(where: SeriesDetails, wish: SeriesPattern, *, now: datetime) -> list[Planned]:
    """A time, or a conflict with the nearest times, for each visit of a wish."""
    first_day = max(wish.first_day, local_today(where.site, now=now))
    wish = replace(wish, first_day=first_day)
    aims = aims_of(replace_count(wish, most=where.visit_type.series_most or 1))
    openings = _openings(where.search(now), aims, since=first_day)
    busy = busy_of(where.person, now=now)
    return planned(aims, openings, days_between=wish.days_between, busy=busy)


def replace_count(wish: SeriesPattern, *, most: int) -> SeriesPattern:
    """The wish with no more visits than can be booked in one go."""
    return replace(wish, count=min(wish.count, most))


def plan_of_move(visits: Sequence[Appointment], shift: Shift, *, now: datetime) -> list[Planned]:
    """The same shift for each of some visits of one series, in their order."""
    aims = []
    for visit in visits:
        day, at = shift.of(visit.local_date, visit.local_time)
        aims.append(Aim(day, at, at, visit.clinician_id))
    first = visits[0]
    where = SeriesDetails(first.visit_type, first.site, first.person, first.mode)
    ids = frozenset(visit.pk for visit in visits)
    search = replace(where.search(now), ignored=Ignored(appointment_ids=ids))
    busy = busy_of(first.person, now=now, but=ids)
    openings = _openings(search, aims, since=now.date())
    return planned(aims, openings, busy=busy)


def _openings(search: Search, aims: Sequence[Aim], *, since: date) -> Iterator[Opening]:
    """Everything free around the days aimed at, a search for each two months of them."""
    if not aims:
        return
    _, latest = bookable_span(search.visit_type, now=search.now)
    first_day = max(aims[0].day - AROUND, since, search.now.date() - timedelta(days=1))
    # A visit aimed at is looked for around its day, but no further than anything can be booked.
    last_day = min(aims[-1].day, latest.date() + timedelta(days=1)) + AROUND
    last_day = min(last_day, latest.date() + timedelta(days=1))
    while first_day <= last_day:
        until = min(first_day + timedelta(days=LONGEST_WINDOW_DAYS - 1), last_day)
        for slot in free_slots(replace(search, first_day=first_day, last_day=until)):
            yield opening_of(slot)
        first_day = until + timedelta(days=1)


def opening_of(slot: Slot) -> Opening:
    local = slot.local
    end = slot.start + slot.schedule.length
    return Opening(slot.start, end, local.date(), local.time(), slot.clinician_id)


def busy_of(person: Person, *, now: datetime, but: frozenset[int] = frozenset()) -> list[Interval]:
    """When a person has other visits, anywhere."""
    visits = Appointment.objects.filter(
        person=person, status__in=UPCOMING | PRESENT, ends_at__gt=now
    ).exclude(pk__in=but)
    spans = visits.values_list("starts_at", "ends_at")
    return [(instant_of(start), instant_of(end)) for start, end in spans]


def series_acted_for(user: User, *, now: datetime) -> QuerySet[Series]:
    """The series of everyone this account may act for. The only way patients reach one."""
    return Series.objects.filter(person__in=people_acted_for(user, now=now)).select_related(
        "person", "visit_type"
    )


def series_for_message(series_id: int) -> Series:
    """One series with whom it is for."""
    return Series.objects.select_related("person").get(pk=series_id)


def visits_of_series(series: Series) -> QuerySet[Appointment]:
    """All its visits in order of time, canceled ones too."""
    return (
        Appointment.objects.filter(series=series)
        .select_related(*WITH_NAMES)
        .order_by("starts_at", "pk")
    )


def rest_of(series: Series, *, since: datetime, now: datetime) -> QuerySet[Appointment]:
    """The visits still to come from one on."""
    coming = visits_of_series(series).filter(status__in=UPCOMING, starts_at__gte=since)
    return coming.filter(starts_at__gt=now)


def undoable_of(series: Series, *, user: User, now: datetime) -> list[Appointment]:
    """The visits to which this account did something last that it may still take back.

    In the order in which that can be done: what was done last comes first.
    """
    newest = (
        AppointmentEvent.objects.filter(appointment__series=series)
        .order_by("appointment_id", "-at", "-pk")
        .distinct("appointment_id")
    )
    done = [event for event in newest if undoable(event, user=user, now=now)]
    ids = [each.appointment_id for each in sorted(done, key=_when, reverse=True)]
    visits = {visit.pk: visit for visit in visits_of_series(series).filter(pk__in=ids)}
    return [visits[pk] for pk in ids]


def _when(event: AppointmentEvent) -> tuple[datetime, int]:
    return event.at, event.pk


def place_in_series(visit: Appointment) -> tuple[int, int]:
    """The how-manieth it is, and of how many: (3, 10). Canceled ones do not count."""
    others = Appointment.objects.filter(series=visit.series_id).exclude(status=Status.CANCELED)
    ids = list(others.order_by("starts_at", "pk").values_list("pk", flat=True))
    return (ids.index(visit.pk) + 1 if visit.pk in ids else 0), len(ids)


def local_today(site: Site, *, now: datetime) -> date:
    return now.astimezone(ZoneInfo(site.time_zone)).date()
