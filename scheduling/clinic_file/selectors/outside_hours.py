"""Upcoming visits at times when who sees the patient does not work."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from scheduling.clinic.rules.working_hours import Interval, instant_of, subtract
from scheduling.clinic.selectors.directory import SiteFacts
from scheduling.clinic.selectors.rosters import Roster
from scheduling.models import Allocation, Appointment, Resource
from scheduling.transitions import UPCOMING

WITH_NAMES = ("site", "clinician")
SEEING = (Resource.Kind.CLINICIAN, Resource.Kind.SESSION)


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit, and whose time it takes: the clinician's own, or that of a session they lead."""

    visit: Appointment
    resource_id: int
    day: date

    @property
    def span(self) -> Interval:
        return instant_of(self.visit.starts_at), instant_of(self.visit.ends_at)


def visits_outside_hours(*, now: datetime) -> list[Appointment]:
    """Those that nobody who works then would have, in order of time. Three queries.

    Whatever the hours are for counts. Left out is who or what is inactive: there all are.
    """
    visits = list(_upcoming(now))
    if not visits:
        return []
    days = [each.day for each in visits]
    roster = Roster({each.resource_id for each in visits}, min(days), max(days))
    sites = {each.visit.site_id: SiteFacts.of(each.visit.site) for each in visits}

    @cache
    def working(resource_id: int, site_id: int, day: date) -> list[Interval]:
        return roster.working(resource_id, sites[site_id], day)

    return [
        each.visit
        for each in visits
        if subtract([each.span], working(each.resource_id, each.visit.site_id, each.day))
    ]


def _upcoming(now: datetime) -> Iterator[Seen]:
    taken = Allocation.objects.filter(
        active=True,
        resource__kind__in=SEEING,
        appointment__status__in=UPCOMING,
        appointment__starts_at__gte=now,
        appointment__site__active=True,
        appointment__clinician__active=True,
    )
    rows = taken.select_related(*(f"appointment__{name}" for name in WITH_NAMES))
    for row in rows.order_by("appointment__starts_at", "pk"):
        visit = row.appointment
        if visit is not None:
            zone = SiteFacts.of(visit.site).zone
            yield Seen(visit, row.resource_id, visit.starts_at.astimezone(zone).date())
