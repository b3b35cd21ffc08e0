"""Other times, where the one that was wanted cannot be had."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from scheduling.availability.selectors.search import Search, Slot, bookable_span
from scheduling.availability.selectors.slots import free_slots

# Most are told times of the same hours. Nobody who lost a race with fifty others should wait until
# the whole day of everybody who would do was listed for each of them.
AROUND = timedelta(hours=2)


def alternatives_to(search: Search, *, starts_at: datetime, count: int = 5) -> Sequence[Slot]:
    """The free times nearest to one that cannot be had, each instant once, with anyone who will do.

    ``search`` is the one-day search that found nothing (see ``search_at``). Where the hours around
    that time have enough no others are looked at, and where the day has, no other day.
    """
    if search.keeps_time:
        search = replace(search, keeps_time=False)
    _, latest = bookable_span(search.visit_type, now=search.now)
    near = min(max(starts_at, search.now), latest)
    day = near.astimezone(UTC).date()
    same_day = replace(search, clinician_ids=search.among)
    around = replace(same_day, between=(near - AROUND, near + AROUND))
    wider = replace(same_day, first_day=day - timedelta(days=2), last_day=day + timedelta(days=14))
    start = starts_at.timestamp()
    nearest: list[Slot] = []
    for times in (around, same_day, wider):
        at_once = {slot.start: slot for slot in reversed(free_slots(times)) if slot.start != start}
        nearest = sorted(at_once.values(), key=lambda slot: abs(slot.start - start))[:count]
        if len(nearest) == count:
            break
    return sorted(nearest, key=attrgetter("start"))
