"""Reads for the patient's pages, in the shape the pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from scheduling.availability.rules.preferences import Reason
from scheduling.availability.selectors.finding import Found
from scheduling.availability.selectors.search import Slot
from scheduling.clinic.selectors.places import SiteNearby

# Whom a patient may see is told where it is a few; nobody reads twelve names above a time.
MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class SiteTimes:
    """One site's free times of a day, each instant once; with whom, and why all of them fit."""

    nearby: SiteNearby
    slots: list[Slot]
    names: list[str]
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class DayOfTimes:
    """One day and its free times by site: nearest first, or the one with the soonest time."""

    day: date
    sites: list[SiteTimes]

    @property
    def count(self) -> int:
        return sum(len(each.slots) for each in self.sites)

    @property
    def first(self) -> Slot:
        return self.sites[0].slots[0]


def times_by_day(found: Found) -> list[DayOfTimes]:
    """A page of answers as days and sites."""
    by_day: dict[date, list[Slot]] = {}
    for slot in found.slots:
        by_day.setdefault(slot.local.date(), []).append(slot)
    return [DayOfTimes(day, _by_site(found, slots)) for day, slots in sorted(by_day.items())]


def _by_site(found: Found, slots: list[Slot]) -> list[SiteTimes]:
    by_site: dict[int, list[Slot]] = {}
    for slot in slots:
        by_site.setdefault(slot.site_id, []).append(slot)
    groups = [_at_site(found, there) for there in by_site.values()]
    if found.typed.place is not None:
        groups.sort(key=lambda each: each.nearby.miles or 0.0)
    return groups


def _at_site(found: Found, slots: list[Slot]) -> SiteTimes:
    people = found.offering.people_by_id
    names = list(dict.fromkeys(people[slot.clinician_id].name for slot in slots))
    return SiteTimes(
        nearby=found.offering.sites_by_id[slots[0].site_id],
        slots=[next(same) for _, same in groupby(slots, key=lambda slot: slot.start)],
        names=names if len(names) <= MOST_NAMES else [],
        reasons=_shared(found, slots),
    )


def _shared(found: Found, slots: Sequence[Slot]) -> list[Reason]:
    """Why every one of some times fits."""
    first, *others = (found.reasons(slot) for slot in slots)
    all_others = [set(each) for each in others]
    return [
        reason
        for reason in first
        if reason.kind != "soonest" and all(reason in each for each in all_others)
    ]
