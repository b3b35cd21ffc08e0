"""The clinic as it is set up: sites, visit types, who offers what, their weekly hours and the days
that differ.

It changes a few times a day and is needed by every search, so each process keeps what it has read.
Every use asks the database for the ``token`` of the current directory (along with something it had
to ask anyway), and reads it anew when that is another: nobody ever sees yesterday's hours.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from scheduling.clinic.rules.clinicians import ClinicianProfile
from scheduling.clinic.rules.working_hours import DayChange, WeeklyRule
from scheduling.models import (
    AvailabilityException,
    AvailabilityRule,
    Clinician,
    Resource,
    Site,
    VisitType,
)

# A part of a query: the token of the current directory, or NULL.
TOKEN = "(SELECT token FROM scheduling_directoryversion)"  # noqa: S105  # not a secret


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a search needs to know of a site. Where it lies is (latitude, longitude) in degrees."""

    site_id: int
    zone: ZoneInfo
    where: tuple[float, float]

    @classmethod
    def of(cls, site: Site) -> "SiteFacts":
        return cls(site.pk, ZoneInfo(site.time_zone), (site.latitude, site.longitude))


@dataclass(frozen=True, slots=True)
class Calendar:
    """What can be asked for: a clinician's time, or the places of a group session they lead."""

    resource_id: int
    clinician_id: int
    capacity: int
    session: bool
    rules: list[WeeklyRule] = field(default_factory=list)
    changes: list[DayChange] = field(default_factory=list)

    @property
    def roams(self) -> bool:
        """Whether they work at several sites."""
        return len(self.site_ids) > 1

    @property
    def site_ids(self) -> set[int]:
        """Everywhere they work."""
        extra = {change.site_id for change in self.changes if change.extra and change.site_id}
        return extra | {rule.site_id for rule in self.rules}

    def in_days(self, first_day: date, last_day: date, changes: list[DayChange]) -> "Calendar":
        """The same with the rules that hold on any of some days, and with what differs then."""
        rules = [
            rule
            for rule in self.rules
            if rule.valid_from <= last_day
            and (rule.valid_until is None or rule.valid_until >= first_day)
        ]
        return Calendar(
            self.resource_id, self.clinician_id, self.capacity, self.session, rules, changes
        )


@dataclass(frozen=True, eq=False)
class Directory:
    """All that is active. Kept and shared: look, do not touch.

    ``sites`` and ``clinicians`` are by id and in order of name, ``visit_types`` by slug.
    ``calendars`` are each clinician's own, first, and those of the sessions they lead. Rules are
    those at active sites. The days that differ are read by the month, when a search first asks.
    """

    token: UUID | None
    sites: dict[int, Site]
    facts: dict[int, SiteFacts]
    visit_types: dict[str, VisitType]
    clinicians: dict[int, Clinician]
    people: dict[int, ClinicianProfile]
    calendars: dict[int, list[Calendar]]
    offered: dict[int, list[int]]
    months: dict[date, "Month"] = field(default_factory=dict)

    def offering(self, visit_type: VisitType) -> list[int]:
        """The clinicians who offer a visit, in order of name."""
        return self.offered.get(visit_type.pk, [])

    def months_of(self, first_day: date, last_day: date) -> list["Month"]:
        """The months that some days are in. One query for each that nobody has asked about."""
        months, first = [], first_day.replace(day=1)
        while first <= last_day:
            if first not in self.months:
                self.months[first] = Month.read(first)
            months.append(self.months[first])
            first = (first + timedelta(days=31)).replace(day=1)
        return months


@dataclass(frozen=True, slots=True)
class Month:
    """The days of a month that differ: of everybody at a site, and each resource's own."""

    of_sites: list[DayChange]
    own: dict[int, list[DayChange]]

    @classmethod
    def read(cls, first: date) -> "Month":
        month = cls([], defaultdict(list))
        rows = AvailabilityException.objects.filter(
            on_date__gte=first, on_date__lt=(first + timedelta(days=31)).replace(day=1)
        )
        for row in rows:
            whose = row.resource_id
            (month.of_sites if whose is None else month.own[whose]).append(day_change(row))
        return month


def day_change(row: AvailabilityException) -> DayChange:
    """A day that differs as a plain value."""
    return DayChange(
        on_date=row.on_date,
        extra=row.effect == AvailabilityException.Effect.EXTRA,
        site_id=row.site_id,
        resource_id=row.resource_id,
        starts=row.starts,
        ends=row.ends,
    )


def current_directory() -> Directory:
    """The directory as it is now. One query, and those of reading it when it has changed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {TOKEN}")
        return directory_of(cursor.fetchone()[0])


def directory_of(token: UUID | None) -> Directory:
    """The directory whose token was read just now. Without one it is not kept."""
    return _read(None) if token is None else _kept(token)


@lru_cache(maxsize=2)
def _kept(token: UUID) -> Directory:
    """As the tables are now, which is as of ``token`` or later; then the next token differs."""
    return _read(token)


def _read(token: UUID | None) -> Directory:
    sites = {site.pk: site for site in Site.objects.filter(active=True).order_by("name", "pk")}
    clinicians = {
        each.pk: each
        for each in Clinician.objects.filter(active=True)
        .select_related("resource")
        .order_by("name", "pk")
    }
    return Directory(
        token=token,
        sites=sites,
        facts={site.pk: SiteFacts.of(site) for site in sites.values()},
        visit_types={each.slug: each for each in VisitType.objects.filter(active=True)},
        clinicians=clinicians,
        people={
            each.pk: ClinicianProfile(each.pk, each.name, tuple(each.languages), each.gender)
            for each in clinicians.values()
        },
        calendars=_calendars(clinicians.values(), _rules(sites)),
        offered=_offered(clinicians),
    )


def _calendars(
    clinicians: Iterable[Clinician], rules: dict[int, list[WeeklyRule]]
) -> dict[int, list[Calendar]]:
    calendars = {each.pk: [_calendar(each.resource, each.pk, rules)] for each in clinicians}
    sessions = Resource.objects.filter(active=True, kind=Resource.Kind.SESSION).order_by("pk")
    for session in sessions:
        if session.leader_id in calendars:
            calendars[session.leader_id].append(_calendar(session, session.leader_id, rules))
    return calendars


def _calendar(
    resource: Resource, clinician_id: int, rules: dict[int, list[WeeklyRule]]
) -> Calendar:
    session = resource.kind == Resource.Kind.SESSION
    return Calendar(resource.pk, clinician_id, resource.capacity, session, rules[resource.pk])


def _offered(clinicians: Collection[int]) -> dict[int, list[int]]:
    offers: dict[int, set[int]] = defaultdict(set)
    pairs = Clinician.visit_types.through._default_manager.values_list(
        "visittype_id", "clinician_id"
    )
    for visit_type_id, clinician_id in pairs:
        offers[visit_type_id].add(clinician_id)
    return {
        visit_type_id: [clinician_id for clinician_id in clinicians if clinician_id in who]
        for visit_type_id, who in offers.items()
    }


def _rules(sites: Collection[int]) -> dict[int, list[WeeklyRule]]:
    """The weekly rules at some sites, by resource."""
    only_for: dict[int, set[int]] = defaultdict(set)
    pairs = AvailabilityRule.visit_types.through._default_manager.values_list(
        "availabilityrule_id", "visittype_id"
    )
    for rule_id, visit_type_id in pairs:
        only_for[rule_id].add(visit_type_id)
    rules: dict[int, list[WeeklyRule]] = defaultdict(list)
    for row in AvailabilityRule.objects.filter(site_id__in=sites).order_by("pk"):
        rules[row.resource_id].append(_rule(row, frozenset(only_for[row.pk])))
    return rules


def _rule(row: AvailabilityRule, visit_type_ids: frozenset[int]) -> WeeklyRule:
    same: dict[str, Any] = {
        name: getattr(row, name) for name in WeeklyRule.__slots__ if name != "visit_type_ids"
    }
    return WeeklyRule(visit_type_ids=visit_type_ids, **same)
