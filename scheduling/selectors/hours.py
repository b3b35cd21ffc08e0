"""Who works where and when, as the plain values of ``availability``."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection

from scheduling.availability import DayChange
from scheduling.models import VisitType
from scheduling.selectors.directory import TOKEN, Calendar, Directory, SiteFacts, directory_of

# The directory, and the days that differ: of whole sites, and of those who are asked for. One row
# without a date when no day does.
CHANGES = f"""
    SELECT {TOKEN}, change.on_date, change.effect = 'extra', change.site_id, change.resource_id,
           change.starts, change.ends
    FROM (VALUES (1)) AS always
    LEFT JOIN scheduling_availabilityexception AS change
           ON change.on_date BETWEEN %(first_day)s AND %(last_day)s
          AND (%(anyone)s OR change.resource_id IS NULL OR change.resource_id IN (
               SELECT resource_id FROM scheduling_clinician WHERE id = ANY(%(clinicians)s)
               UNION ALL
               SELECT id FROM scheduling_resource WHERE leader_id = ANY(%(clinicians)s)))
"""  # noqa: S608  # words of ours


@dataclass(frozen=True, slots=True)
class Hours:
    """The calendars that a search concerns, and every active site, by id."""

    calendars: list[Calendar]
    sites: dict[int, SiteFacts]


@dataclass(frozen=True, slots=True)
class _Changes:
    """The days that differ: of everybody at a site, and each resource's own."""

    of_sites: list[DayChange]
    own: dict[int, list[DayChange]]

    def of(self, calendar: Calendar, leader: Calendar) -> list[DayChange]:
        """What differs for a calendar: where its leader does not work, a session is not held."""
        changes = self.of_sites + self.own.get(calendar.resource_id, [])
        if calendar is not leader:
            changes += [
                replace(change, resource_id=calendar.resource_id)
                for change in self.own.get(leader.resource_id, [])
                if not change.extra
            ]
        return changes

    def extra_at(self, site_ids: Collection[int]) -> set[int]:
        """The resources that have extra hours at one of the sites."""
        return {
            resource_id
            for resource_id, changes in self.own.items()
            if any(change.extra and change.site_id in site_ids for change in changes)
        }


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
    directory, changes = _look(first_day, last_day, clinician_ids)
    if clinician_ids is None:
        concerned = _who_is_there(directory, visit_type, set(site_ids), changes)
    else:
        named = set(clinician_ids)
        concerned = (who for who in directory.offering(visit_type) if who in named)
    calendars = [
        calendar.in_days(first_day, last_day, changes.of(calendar, calendars_of[0]))
        for calendars_of in map(directory.calendars.__getitem__, concerned)
        for calendar in calendars_of
    ]
    return Hours(calendars, directory.facts)


def _look(
    first_day: date, last_day: date, clinician_ids: Collection[int] | None
) -> tuple[Directory, _Changes]:
    asked: dict[str, Any] = {
        "first_day": first_day,
        "last_day": last_day,
        "anyone": clinician_ids is None,
        "clinicians": list(clinician_ids or ()),
    }
    changes = _Changes([], defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, asked)
        rows = cursor.fetchall()
    for _, on_date, *terms in rows:
        if on_date is not None:
            change = DayChange(on_date, *terms)
            whose = change.resource_id
            (changes.of_sites if whose is None else changes.own[whose]).append(change)
    return directory_of(rows[0][0]), changes


def _who_is_there(
    directory: Directory, visit_type: VisitType, site_ids: set[int], changes: _Changes
) -> Iterator[int]:
    """Whoever works at one of the sites, or leads a session there."""
    extra = changes.extra_at(site_ids)
    for clinician_id in directory.offering(visit_type):
        if any(
            calendar.resource_id in extra or not site_ids.isdisjoint(calendar.site_ids)
            for calendar in directory.calendars[clinician_id]
        ):
            yield clinician_id
