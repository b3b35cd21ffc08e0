"""Reads for the patient's pages, in the shape the pages show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from scheduling.models import Site, VisitType
from scheduling.selectors.slots import Search, Slot, free_slots

DAYS_A_PAGE = 7
DAYS_LOOKED_AHEAD = 60


@dataclass(frozen=True, slots=True)
class DayOfTimes:
    """One day and its free times, each instant once."""

    day: date
    slots: list[Slot]


def days_with_times(
    *, visit_type: VisitType, site: Site, first_day: date, now: datetime
) -> list[DayOfTimes]:
    """The free times of a week, one entry for each day that has any."""
    last_day = first_day + timedelta(days=DAYS_A_PAGE - 1)
    slots = free_slots(Search(visit_type, [site.pk], first_day, last_day, now))
    return [
        DayOfTimes(day, _each_time_once(group))
        for day, group in groupby(slots, key=lambda slot: slot.local.date())
    ]


def first_free_day(
    *, visit_type: VisitType, site: Site, first_day: date, now: datetime
) -> date | None:
    """The next day with a free time, within two months."""
    last_day = first_day + timedelta(days=DAYS_LOOKED_AHEAD - 1)
    slots = free_slots(Search(visit_type, [site.pk], first_day, last_day, now))
    return slots[0].local.date() if slots else None


def _each_time_once(slots: Iterable[Slot]) -> list[Slot]:
    once: dict[datetime, Slot] = {}
    for slot in slots:
        once.setdefault(slot.starts_at, slot)
    return list(once.values())
