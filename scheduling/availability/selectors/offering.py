"""Who offers a kind of visit and where: what patients can choose among."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from scheduling.availability.rules.preferences import (
    Preferences,
    SiteProfile,
    fits_who,
    sites_that_fit,
)
from scheduling.clinic.rules.clinicians import ClinicianProfile
from scheduling.clinic.rules.travel import miles_between
from scheduling.clinic.rules.working_hours import NEW, RETURNING
from scheduling.clinic.selectors.directory import Calendar, Directory, current_directory
from scheduling.clinic.selectors.places import SiteNearby, TypedPlace
from scheduling.models import AvailabilityException, Mode, VisitType


@dataclass(frozen=True)
class Offering:
    """Everybody who offers a visit, by name, and every site, by name or nearest first.

    ``asks_standing`` says that some times are kept for new or for returning patients.
    """

    people: Sequence[ClinicianProfile]
    sites: Sequence[SiteNearby]
    asks_standing: bool

    @cached_property
    def people_by_id(self) -> dict[int, ClinicianProfile]:
        return {who.clinician_id: who for who in self.people}

    @cached_property
    def sites_by_id(self) -> dict[int, SiteNearby]:
        return {each.site.pk: each for each in self.sites}

    @cached_property
    def places(self) -> dict[int, SiteProfile]:
        """The sites as plain values, by id."""
        return {
            each.site.pk: SiteProfile(each.site.pk, each.site.step_free, each.miles)
            for each in self.sites
        }

    @property
    def languages(self) -> list[str]:
        """What is spoken here, by code."""
        return sorted({code for who in self.people for code in who.languages})

    @property
    def genders(self) -> list[str]:
        return sorted({who.gender for who in self.people if who.gender})

    def clinician_ids(self, preferences: Preferences) -> list[int] | None:
        """Who fits; None where everybody does."""
        if not preferences.of_people:
            return None
        return [who.clinician_id for who in self.people if fits_who(who, preferences)]

    def site_ids(self, preferences: Preferences) -> list[int]:
        """Where to look, nearest first."""
        return [where.site_id for where in sites_that_fit(self.places.values(), preferences)]


def offering_of(
    visit_type: VisitType,
    *,
    now: datetime,
    near: TypedPlace | None = None,
    directory: Directory | None = None,
) -> Offering:
    """Who offers a visit and where, with distances from a place that is known.

    At most one query, and one more for who asks first on a day.
    """
    since = (now - timedelta(days=1)).date()  # no zone is a whole day from UTC
    offering = _offering(directory or current_directory(), visit_type.pk, visit_type.group, since)
    if near is None or near.place is None:
        return offering
    here = (near.place.latitude, near.place.longitude)
    found = [_from(here, each) for each in offering.sites]
    return replace(offering, sites=sorted(found, key=lambda each: each.miles or 0.0))


@lru_cache(maxsize=64)
def _offering(
    directory: Directory,
    visit_type_id: int,
    group: bool,  # noqa: FBT001
    since: date,
) -> Offering:
    """Who offers a visit and where; the same for everybody who asks today."""
    people, site_ids, asks_standing = [], set[int](), False
    extra = _extra_hours(directory, since)
    for clinician_id in directory.offered.get(visit_type_id, ()):
        own = [each for each in directory.calendars[clinician_id] if each.session == group]
        where, kept = _work(own, visit_type_id, since, extra)
        if where:
            people.append(directory.people[clinician_id])
            site_ids |= where
            asks_standing |= kept
    sites = [SiteNearby(site, None) for site in directory.sites.values() if site.pk in site_ids]
    return Offering(people, sites, asks_standing)


@lru_cache(maxsize=4)
def _extra_hours(directory: Directory, since: date) -> Set[tuple[int, int]]:
    """The (resource, site) pairs of extra hours from a day on: where they may not usually work.

    As of ``directory``, which is another whenever a day was made to differ.
    """
    extra = AvailabilityException.objects.filter(
        effect=AvailabilityException.Effect.EXTRA, on_date__gte=since
    )
    return set(extra.values_list("resource_id", "site_id").distinct())


def _work(
    calendars: list[Calendar],
    visit_type_id: int,
    since: date,
    extra: Set[tuple[int, int]],
) -> tuple[set[int], bool]:
    """At which sites somebody takes visits of a kind, and whether some of that time is kept.

    A group visit is had in the sessions that they lead, any other in their own time.
    """
    resources = {calendar.resource_id for calendar in calendars}
    rules = [
        rule
        for calendar in calendars
        for rule in calendar.rules
        if rule.offers(visit_type_id, since)
    ]
    site_ids = {rule.site_id for rule in rules}
    site_ids |= {site_id for resource_id, site_id in extra if resource_id in resources}
    return site_ids, any(rule.kept_for in (NEW, RETURNING) for rule in rules)


def clinicians_among(
    visit_type: VisitType, preferences: Preferences, *, now: datetime
) -> list[int] | None:
    """Who of those who offer a visit fits the preferences; None where anyone does, without asking.

    A wish for one clinician is not counted: where they have no time, others like them would do.
    """
    alike = replace(preferences, clinician_id=None)
    return offering_of(visit_type, now=now).clinician_ids(alike) if alike.of_people else None


def sites_offering(
    visit_type: VisitType, *, now: datetime, near: TypedPlace | None = None
) -> Sequence[SiteNearby]:
    """The active sites where somebody offers this visit, nearest first, or by name."""
    return offering_of(visit_type, now=now, near=near).sites


def _from(here: tuple[float, float], nearby: SiteNearby) -> SiteNearby:
    there = (nearby.site.latitude, nearby.site.longitude)
    return replace(nearby, miles=miles_between(here, there))


def usual_mode(visit_type: VisitType, asked: str = "") -> str:
    """The way of meeting that is asked for, where the visit can be had so, or the usual one."""
    if asked in visit_type.modes:
        return asked
    return str(visit_type.modes[0]) if visit_type.modes else str(Mode.IN_PERSON)
