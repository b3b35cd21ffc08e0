"""Who works where and when, as the plain values of ``rules.working_hours``."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

from scheduling.clinic.rules.working_hours import DayChange
from scheduling.clinic.selectors.directory import Calendar, Directory, Month, SiteFacts
from scheduling.models import VisitType


@dataclass(frozen=True, slots=True)
class Hours:
    """The calendars that a search concerns, and every active site, by id."""

    calendars: list[Calendar]
    sites: dict[int, SiteFacts]


@dataclass(frozen=True, slots=True)
class _Changes:
    """What differs in some days."""

    first_day: date
    last_day: date
    months: list[Month]

    def of(self, calendar: Calendar, leader: Calendar) -> list[DayChange]:
        """What differs for a calendar: where its leader does not work, a session is not held."""
        changes = [change for month in self.months for change in self._then(month.of_sites)]
        changes += self._own(calendar)
        if calendar is not leader:
            changes += [
                replace(change, resource_id=calendar.resource_id)
                for change in self._own(leader)
                if not change.extra
            ]
        return changes

    def extra_at(self, site_ids: Collection[int]) -> set[int]:
        """The resources that have extra hours at one of the sites."""
        return {
            resource_id
            for month in self.months
            for resource_id, changes in month.own.items()
            if any(change.extra and change.site_id in site_ids for change in self._then(changes))
        }

    def _own(self, calendar: Calendar) -> Iterator[DayChange]:
        for month in self.months:
            yield from self._then(month.own.get(calendar.resource_id, ()))

    def _then(self, changes: Collection[DayChange]) -> Iterator[DayChange]:
        first, last = self.first_day, self.last_day
        return (change for change in changes if first <= change.on_date <= last)


def hours_offering(
    directory: Directory,
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
    does elsewhere is time they do not have here.
    """
    changes = _Changes(first_day, last_day, directory.months_of(first_day, last_day))
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
