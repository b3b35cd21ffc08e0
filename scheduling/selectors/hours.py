"""Who works where and when, as the plain values of ``availability``."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from django.db import connection

from scheduling.availability import DayChange, Rule
from scheduling.models import VisitType


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a search needs to know of a site. Where it lies is (latitude, longitude) in degrees."""

    site_id: int
    zone: ZoneInfo
    where: tuple[float, float]


@dataclass(slots=True)
class Calendar:
    """What can be asked for: a clinician's time, or the places of a group session they lead."""

    resource_id: int
    clinician_id: int
    capacity: int
    session: bool
    rules: list[Rule] = field(default_factory=list)
    changes: list[DayChange] = field(default_factory=list)

    @property
    def roams(self) -> bool:
        """Whether they work at several sites."""
        return len(self.site_ids) > 1

    @property
    def site_ids(self) -> set[int]:
        """Everywhere they work in these days."""
        extra = {change.site_id for change in self.changes if change.extra and change.site_id}
        return extra | {rule.site_id for rule in self.rules}


THOSE = "clinician.id = ANY(%(clinicians)s)"
# Whoever works at one of the sites, or leads a session there.
WHO_IS_THERE = """
    clinician.id IN (
        SELECT coalesce(calendar.leader_id, owner.id)
        FROM (SELECT resource_id FROM scheduling_availabilityrule WHERE site_id = ANY(%(sites)s)
              UNION
              SELECT resource_id FROM scheduling_availabilityexception
              WHERE site_id = ANY(%(sites)s) AND effect = 'extra') AS there
        JOIN scheduling_resource AS calendar ON calendar.id = there.resource_id
        LEFT JOIN scheduling_clinician AS owner ON owner.resource_id = calendar.id)
"""
CALENDARS = """
    WITH offering AS (
        SELECT clinician.id, clinician.resource_id
        FROM scheduling_clinician AS clinician
        JOIN scheduling_clinician_visit_types AS offers ON offers.clinician_id = clinician.id
        WHERE clinician.active AND offers.visittype_id = %(visit_type)s AND {among}
    ), calendar AS (
        SELECT resource_id, id AS clinician_id, 1 AS capacity, FALSE AS session FROM offering
        UNION ALL
        SELECT resource.id, offering.id, resource.capacity, TRUE
        FROM scheduling_resource AS resource
        JOIN offering ON offering.id = resource.leader_id
        WHERE resource.active AND resource.kind = 'session'
    )
    SELECT calendar.resource_id, calendar.clinician_id, calendar.capacity, calendar.session,
           site.id, site.time_zone, site.latitude, site.longitude,
           rule.weekday, rule.starts, rule.ends, rule.valid_from, rule.valid_until,
           ARRAY(SELECT visittype_id FROM scheduling_availabilityrule_visit_types
                 WHERE availabilityrule_id = rule.id),
           rule.works, rule.every_weeks, rule.mode, rule.kept_for, rule.release_days,
           rule.release_time
    FROM calendar
    LEFT JOIN scheduling_availabilityrule AS rule
           ON rule.resource_id = calendar.resource_id AND rule.valid_from <= %(last_day)s
          AND (rule.valid_until IS NULL OR rule.valid_until >= %(first_day)s)
    LEFT JOIN scheduling_site AS site ON site.id = rule.site_id AND site.active
    UNION ALL
    -- The days that differ, in the same columns: no clinician and no weekday, but a date.
    SELECT change.resource_id, NULL, NULL, NULL,
           change.site_id, site.time_zone, site.latitude, site.longitude,
           NULL, change.starts, change.ends, change.on_date, NULL,
           NULL, change.effect = 'extra', NULL, NULL, NULL, NULL, NULL
    FROM scheduling_availabilityexception AS change
    LEFT JOIN scheduling_site AS site ON site.id = change.site_id AND site.active
    WHERE change.on_date BETWEEN %(first_day)s AND %(last_day)s
      AND (change.resource_id IS NULL OR change.resource_id IN (SELECT resource_id FROM calendar))
"""


@dataclass(frozen=True, slots=True)
class Hours:
    """The calendars that a search concerns, and every site they have to do with, by id."""

    calendars: list[Calendar]
    sites: dict[int, SiteFacts]


def hours_offering(
    visit_type: VisitType,
    *,
    first_day: date,
    last_day: date,
    site_ids: Collection[int],
    clinician_ids: Collection[int] | None = None,
) -> Hours:
    """The calendars of the active clinicians who offer a visit, and of the sessions they lead:
    of those who are named, or else of whoever works at one of the sites.

    With the rules and changes that matter between two days, at all active sites: what somebody
    does elsewhere is time they do not have here. One query.
    """
    hours = Hours([], {})
    calendars: dict[int, Calendar] = {}
    changes: list[DayChange] = []
    with connection.cursor() as cursor:
        cursor.execute(
            CALENDARS.format(among=WHO_IS_THERE if clinician_ids is None else THOSE),
            {
                "visit_type": visit_type.pk,
                "clinicians": list(clinician_ids or ()),
                "sites": list(site_ids),
                "first_day": first_day,
                "last_day": last_day,
            },
        )
        rows = cursor.fetchall()
    for resource_id, clinician_id, capacity, session, site_id, zone, north, east, *terms in rows:
        if zone is not None and site_id not in hours.sites:
            hours.sites[site_id] = SiteFacts(site_id, ZoneInfo(zone), (north, east))
        if clinician_id is None:
            _, starts, ends, on_date, _, _, extra, *_ = terms
            changes.append(DayChange(on_date, extra, site_id, resource_id, starts, ends))
            continue
        if resource_id not in calendars:
            calendars[resource_id] = Calendar(resource_id, clinician_id, capacity, session)
        if site_id is not None:
            calendars[resource_id].rules.append(_rule(resource_id, site_id, *terms))
    _hand_out(changes, calendars)
    hours.calendars.extend(calendars.values())
    return hours


def _rule(resource_id: int, site_id: int, *terms: object) -> Rule:
    weekday, starts, ends, valid_from, valid_until, only_for, *others = terms
    return Rule(  # the columns, in the order of the query
        resource_id,
        site_id,
        weekday,  # type: ignore[arg-type]
        starts,  # type: ignore[arg-type]
        ends,  # type: ignore[arg-type]
        valid_from,  # type: ignore[arg-type]
        valid_until,  # type: ignore[arg-type]
        frozenset(only_for),  # type: ignore[call-overload]
        *others,  # type: ignore[arg-type]
    )


def _hand_out(changes: list[DayChange], calendars: dict[int, Calendar]) -> None:
    of_sites = [change for change in changes if change.resource_id is None]
    own: dict[int, list[DayChange]] = defaultdict(list)
    for change in changes:
        if change.resource_id is not None:
            own[change.resource_id].append(change)
    for calendar in calendars.values():
        calendar.changes = of_sites + own.get(calendar.resource_id, [])
